//! Text of messages as a small tree. comrak parses what was typed; only this
//! tree travels, and templates and islands build nodes from it, so that no
//! HTML of a message exists anywhere.

use comrak::nodes::{AstNode, ListType, NodeValue};
use comrak::{Arena, Options, parse_document};
use hallway_model::ids::PersonId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Levels of nesting kept; what lies deeper is flattened to its text.
const MAX_DEPTH: usize = 6;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Block {
    Paragraph {
        children: Vec<Inline>,
    },
    Code {
        language: Option<String>,
        text: String,
    },
    Quote {
        children: Vec<Block>,
    },
    List {
        ordered: bool,
        items: Vec<ListItem>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ListItem {
    pub children: Vec<Block>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Inline {
    Text {
        text: String,
    },
    Strong {
        children: Vec<Inline>,
    },
    Emphasis {
        children: Vec<Inline>,
    },
    Strike {
        children: Vec<Inline>,
    },
    Code {
        text: String,
    },
    /// `href` is http, https or mailto, nothing else.
    Link {
        href: String,
        children: Vec<Inline>,
    },
    /// Somebody who is called, with their name as it is now; empty where they
    /// deleted their account.
    Mention {
        #[ts(type = "string")]
        person: PersonId,
        name: String,
    },
    /// Everybody who is in the channel is called.
    Here,
    Break,
}

/// Reads the Markdown subset of messages: paragraphs, emphasis, code, links,
/// quotes and lists. Headings become strong paragraphs; HTML is text.
pub fn parse(source: &str) -> Vec<Block> {
    let arena = Arena::new();
    let mut options = Options::default();
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    let root = parse_document(&arena, source, &options);
    let blocks = blocks(root, 0);
    if blocks.is_empty() && !source.trim().is_empty() {
        // Something like a lone link definition: show what was typed.
        return vec![Block::Paragraph {
            children: vec![Inline::Text {
                text: source.trim().into(),
            }],
        }];
    }
    blocks
}

/// What words mean that hold no mark of any kind: one paragraph of them.
pub fn as_typed(source: &str) -> Vec<Block> {
    match source {
        "" => vec![],
        text => vec![Block::Paragraph {
            children: vec![Inline::Text { text: text.into() }],
        }],
    }
}

/// Whether there is nothing in it but one paragraph of what was typed.
pub fn is_as_typed(blocks: &[Block], source: &str) -> bool {
    match blocks {
        [] => source.is_empty(),
        [Block::Paragraph { children }] => {
            matches!(&children[..], [Inline::Text { text }] if text == source)
        }
        _ => false,
    }
}

/// Whether there is a link anywhere in it.
pub fn has_link(blocks: &[Block]) -> bool {
    let of_inlines = |inlines: &[Inline]| inlines.iter().any(is_link);
    blocks.iter().any(|block| match block {
        Block::Paragraph { children } => of_inlines(children),
        Block::Code { .. } => false,
        Block::Quote { children } => has_link(children),
        Block::List { items, .. } => items.iter().any(|item| has_link(&item.children)),
    })
}

fn is_link(inline: &Inline) -> bool {
    match inline {
        Inline::Link { .. } => true,
        Inline::Strong { children }
        | Inline::Emphasis { children }
        | Inline::Strike { children } => children.iter().any(is_link),
        Inline::Text { .. }
        | Inline::Code { .. }
        | Inline::Mention { .. }
        | Inline::Here
        | Inline::Break => false,
    }
}

/// The text alone, for announcements, notifications and search.
pub fn plain(blocks: &[Block]) -> String {
    let mut out = String::new();
    plain_blocks(blocks, &mut out);
    out.trim_end().to_owned()
}

fn blocks<'a>(node: &'a AstNode<'a>, depth: usize) -> Vec<Block> {
    node.children()
        .flat_map(|child| block(child, depth))
        .collect()
}

fn block<'a>(node: &'a AstNode<'a>, depth: usize) -> Vec<Block> {
    if depth >= MAX_DEPTH {
        let text = text_of(node);
        return if text.is_empty() {
            vec![]
        } else {
            vec![Block::Paragraph {
                children: vec![Inline::Text { text }],
            }]
        };
    }
    let value = node.data.borrow().value.clone();
    match value {
        NodeValue::Paragraph => vec![Block::Paragraph {
            children: inlines(node, depth),
        }],
        NodeValue::Heading(_) => {
            vec![Block::Paragraph {
                children: vec![Inline::Strong {
                    children: inlines(node, depth),
                }],
            }]
        }
        NodeValue::CodeBlock(code) => {
            let word: String = code
                .info
                .split_whitespace()
                .next()
                .unwrap_or("")
                .chars()
                .take(20)
                .collect();
            let plain_word = word
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-#.".contains(c));
            vec![Block::Code {
                language: (!word.is_empty() && plain_word).then_some(word),
                text: code.literal.trim_end_matches('\n').to_owned(),
            }]
        }
        NodeValue::BlockQuote => vec![Block::Quote {
            children: blocks(node, depth + 1),
        }],
        NodeValue::List(list) => vec![Block::List {
            ordered: list.list_type == ListType::Ordered,
            items: node
                .children()
                .map(|item| ListItem {
                    children: blocks(item, depth + 1),
                })
                .collect(),
        }],
        NodeValue::HtmlBlock(html) => {
            vec![Block::Paragraph {
                children: vec![Inline::Text {
                    text: html.literal.trim_end().to_owned(),
                }],
            }]
        }
        NodeValue::ThematicBreak => vec![Block::Paragraph {
            children: vec![Inline::Text { text: "—".into() }],
        }],
        _ => blocks(node, depth + 1),
    }
}

fn inlines<'a>(node: &'a AstNode<'a>, depth: usize) -> Vec<Inline> {
    let mut out: Vec<Inline> = vec![];
    for child in node.children() {
        inline(child, depth, &mut out);
    }
    out
}

fn inline<'a>(node: &'a AstNode<'a>, depth: usize, out: &mut Vec<Inline>) {
    if depth >= MAX_DEPTH + 4 {
        push_text(out, &text_of(node));
        return;
    }
    let value = node.data.borrow().value.clone();
    match value {
        NodeValue::Text(text) => push_text(out, &text),
        NodeValue::HtmlInline(html) => push_text(out, &html),
        NodeValue::SoftBreak | NodeValue::LineBreak => out.push(Inline::Break),
        NodeValue::Code(code) => out.push(Inline::Code { text: code.literal }),
        NodeValue::Strong => out.push(Inline::Strong {
            children: inlines(node, depth + 1),
        }),
        NodeValue::Emph => out.push(Inline::Emphasis {
            children: inlines(node, depth + 1),
        }),
        NodeValue::Strikethrough => out.push(Inline::Strike {
            children: inlines(node, depth + 1),
        }),
        NodeValue::Link(link) if is_safe(&link.url) => {
            out.push(Inline::Link {
                href: link.url.clone(),
                children: inlines(node, depth + 1),
            });
        }
        // An image is never fetched from elsewhere by a reader: it becomes its link.
        NodeValue::Image(link) if is_safe(&link.url) => {
            let alt = text_of(node);
            let text = if alt.is_empty() {
                link.url.clone()
            } else {
                alt
            };
            out.push(Inline::Link {
                href: link.url.clone(),
                children: vec![Inline::Text { text }],
            });
        }
        _ => {
            for child in node.children() {
                inline(child, depth + 1, out);
            }
        }
    }
}

fn push_text(out: &mut Vec<Inline>, more: &str) {
    if let Some(Inline::Text { text }) = out.last_mut() {
        text.push_str(more);
    } else if !more.is_empty() {
        out.push(Inline::Text {
            text: more.to_owned(),
        });
    }
}

/// Schemes a link of a message may have.
pub fn is_safe(url: &str) -> bool {
    let lower = url.trim().to_ascii_lowercase();
    let schemed = lower.starts_with("https://")
        || lower.starts_with("http://")
        || lower.starts_with("mailto:");
    schemed && !url.chars().any(char::is_control)
}

fn text_of<'a>(node: &'a AstNode<'a>) -> String {
    let mut text = String::new();
    for child in node.descendants() {
        match &child.data.borrow().value {
            NodeValue::Text(t) => text.push_str(t),
            NodeValue::Code(code) => text.push_str(&code.literal),
            NodeValue::CodeBlock(code) => text.push_str(&code.literal),
            NodeValue::SoftBreak | NodeValue::LineBreak => text.push(' '),
            _ => {}
        }
    }
    text
}

fn plain_blocks(blocks: &[Block], out: &mut String) {
    for block in blocks {
        match block {
            Block::Paragraph { children } => plain_inlines(children, out),
            Block::Code { text, .. } => out.push_str(text),
            Block::Quote { children } => plain_blocks(children, out),
            Block::List { items, .. } => items
                .iter()
                .for_each(|item| plain_blocks(&item.children, out)),
        }
        if !out.ends_with(' ') {
            out.push(' ');
        }
    }
}

fn plain_inlines(inlines: &[Inline], out: &mut String) {
    for inline in inlines {
        match inline {
            Inline::Text { text } | Inline::Code { text } => out.push_str(text),
            Inline::Mention { name, .. } => {
                out.push('@');
                out.push_str(name);
            }
            Inline::Here => out.push_str("@here"),
            Inline::Strong { children }
            | Inline::Emphasis { children }
            | Inline::Strike { children }
            | Inline::Link { children, .. } => plain_inlines(children, out),
            Inline::Break => out.push(' '),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(text: &str) -> Inline {
        Inline::Text { text: text.into() }
    }

    #[test]
    fn emphasis_code_and_links_become_nodes() {
        assert_eq!(
            parse("**Hi** `x` see https://example.org"),
            [Block::Paragraph {
                children: vec![
                    Inline::Strong {
                        children: vec![text("Hi")]
                    },
                    text(" "),
                    Inline::Code { text: "x".into() },
                    text(" see "),
                    Inline::Link {
                        href: "https://example.org".into(),
                        children: vec![text("https://example.org")]
                    },
                ]
            }]
        );
    }

    #[test]
    fn html_is_text_and_script_links_are_dropped() {
        assert_eq!(
            parse("<script>alert(1)</script>"),
            [Block::Paragraph {
                children: vec![text("<script>alert(1)</script>")]
            }]
        );
        assert_eq!(
            parse("[click](javascript:alert(1))"),
            [Block::Paragraph {
                children: vec![text("click")]
            }]
        );
    }

    #[test]
    fn an_image_is_a_link_and_never_fetched() {
        let Block::Paragraph { children } = &parse("![cat](https://example.org/c.png)")[0] else {
            panic!()
        };
        assert_eq!(
            children,
            &[Inline::Link {
                href: "https://example.org/c.png".into(),
                children: vec![text("cat")]
            }]
        );
    }

    #[test]
    fn plain_text_keeps_words() {
        assert_eq!(plain(&parse("> *a*\n\n- b\n- `c`")), "a b c");
    }

    fn safe(blocks: &[Block]) -> bool {
        fn inline(i: &Inline) -> bool {
            match i {
                Inline::Link { href, children } => is_safe(href) && children.iter().all(inline),
                Inline::Strong { children }
                | Inline::Emphasis { children }
                | Inline::Strike { children } => children.iter().all(inline),
                _ => true,
            }
        }
        blocks.iter().all(|b| match b {
            Block::Paragraph { children } => children.iter().all(inline),
            Block::Quote { children } => safe(children),
            Block::List { items, .. } => items.iter().all(|i| safe(&i.children)),
            Block::Code { .. } => true,
        })
    }

    fn depth(blocks: &[Block]) -> usize {
        fn inline(i: &Inline) -> usize {
            match i {
                Inline::Strong { children }
                | Inline::Emphasis { children }
                | Inline::Strike { children }
                | Inline::Link { children, .. } => {
                    1 + children.iter().map(inline).max().unwrap_or(0)
                }
                _ => 1,
            }
        }
        let block = |b: &Block| match b {
            Block::Paragraph { children } => children.iter().map(inline).max().unwrap_or(0),
            Block::Quote { children } => depth(children),
            Block::List { items, .. } => items
                .iter()
                .map(|i| 1 + depth(&i.children))
                .max()
                .unwrap_or(0),
            Block::Code { .. } => 0,
        };
        blocks.iter().map(|b| 1 + block(b)).max().unwrap_or(0)
    }

    #[test]
    fn the_deepest_nesting_is_flattened() {
        for deep in [
            "> ".repeat(2_000),
            "- ".repeat(2_000),
            "*".repeat(3_999),
            "[".repeat(3_999),
            "**a ~~b *c ".repeat(350),
        ] {
            let blocks = parse(&format!("{deep}x"));
            assert!(depth(&blocks) <= 30, "{}", depth(&blocks));
        }
    }

    proptest! {
        #[test]
        fn a_tree_is_bounded_in_depth(source in "[\\[\\]()!<>&;a-z:/\\n*_`~#0-9. -]{0,400}") {
            prop_assert!(depth(&parse(&source)) <= 30);
        }

        #[test]
        fn whatever_is_typed_gives_a_safe_tree(source in "[\\[\\]()!<>a-z:/\\n*_`~# -]{0,200}") {
            prop_assert!(safe(&parse(&source)));
        }
    }
}
