//! The text of messages: whatever is typed becomes a tree that is bounded in
//! depth and size, with links of safe schemes alone.
#![no_main]

use hallway_protocol::rich_text::{Block, Inline, is_safe, parse, plain};

libfuzzer_sys::fuzz_target!(|source: &str| {
    let blocks = parse(source);
    let _ = plain(&blocks);
    let nodes = walk(&blocks, 0);
    assert!(nodes <= 10 * source.len() + 200, "{nodes} nodes");
    let json = serde_json::to_string(&blocks).expect("a tree is written");
    let again: Vec<Block> = serde_json::from_str(&json).expect("and read again");
    assert_eq!(again, blocks);
});

fn walk(blocks: &[Block], depth: usize) -> usize {
    assert!(depth <= 30, "too deep");
    let inside = blocks.iter().map(|block| match block {
        Block::Paragraph { children } => inlines(children, depth + 1),
        Block::Code { .. } => 0,
        Block::Quote { children } => walk(children, depth + 1),
        Block::List { items, .. } => items
            .iter()
            .map(|item| 1 + walk(&item.children, depth + 2))
            .sum(),
    });
    blocks.len() + inside.sum::<usize>()
}

fn inlines(children: &[Inline], depth: usize) -> usize {
    assert!(depth <= 30, "too deep");
    let inside = children.iter().map(|inline| match inline {
        Inline::Strong { children }
        | Inline::Emphasis { children }
        | Inline::Strike { children } => inlines(children, depth + 1),
        Inline::Link { href, children } => {
            assert!(is_safe(href), "{href}");
            inlines(children, depth + 1)
        }
        _ => 0,
    });
    children.len() + inside.sum::<usize>()
}
