//! XML as a walk over elements, with a byte offset for each and bounds on
//! everything a hostile file could grow: depth, attributes, the size of one
//! subtree. Knows nothing of schedules.
//!
//! A document type declaration is skipped and nothing of it is ever expanded;
//! a reference to any entity but XML's own five is refused.

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

use crate::errors::{Position, ReadError};

pub(crate) const MAX_DEPTH: usize = 64;
const MAX_ATTRIBUTES: usize = 64;
/// Elements and texts in one session or conference block.
const MAX_NODES: usize = 20_000;
/// Elements in the whole file: thirty for each of 100,000 sessions, and more.
const MAX_ELEMENTS: usize = 4_000_000;

/// An element's start.
#[derive(Debug)]
pub(crate) struct Tag {
    /// Without a namespace prefix.
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub offset: usize,
}

/// A whole element.
#[derive(Debug)]
pub(crate) struct Element {
    pub tag: Tag,
    children: Vec<Node>,
}

#[derive(Debug)]
enum Node {
    Text(String),
    Element(Element),
}

/// What comes next inside the element that was entered last.
#[derive(Debug)]
pub(crate) enum Next {
    Open(Tag),
    Text(String),
    Close,
    /// The document is over.
    End,
}

pub(crate) struct Elements<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    /// Names of the open elements.
    open: Vec<String>,
    /// An empty element was opened and must be closed next.
    close_pending: bool,
    seen_root: bool,
    elements: usize,
}

impl<'a> Elements<'a> {
    pub fn new(text: &'a str) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().trim_markup_names_in_closing_tags = true;
        Self {
            text,
            reader,
            open: Vec::new(),
            close_pending: false,
            seen_root: false,
            elements: 0,
        }
    }

    pub fn next(&mut self) -> Result<Next, ReadError> {
        if std::mem::take(&mut self.close_pending) {
            self.open.pop();
            return Ok(Next::Close);
        }
        loop {
            let offset = self.offset();
            let event = self.reader.read_event().map_err(|e| {
                let at = usize::try_from(self.reader.error_position()).unwrap_or(0);
                self.malformed(at, describe(&e))
            })?;
            match event {
                Event::Start(start) => return self.enter(&start, offset).map(Next::Open),
                Event::Empty(start) => {
                    let tag = self.enter(&start, offset)?;
                    self.close_pending = true;
                    return Ok(Next::Open(tag));
                }
                Event::End(_) => {
                    self.open.pop();
                    return Ok(Next::Close);
                }
                Event::Text(text) => {
                    let text = text.xml10_content();
                    if !self.open.is_empty() {
                        return Ok(Next::Text(text.into_owned()));
                    }
                    let blank = |c: char| c.is_whitespace() || c == '\u{FEFF}';
                    if let Some(stray) = text.find(|c| !blank(c)) {
                        return Err(
                            self.malformed(offset + stray, "text outside of any element".into())
                        );
                    }
                }
                Event::CData(data) if !self.open.is_empty() => {
                    return Ok(Next::Text(data.xml10_content().into_owned()));
                }
                Event::GeneralRef(reference) if !self.open.is_empty() => {
                    return self.resolve(&reference, offset).map(Next::Text);
                }
                Event::CData(_) | Event::GeneralRef(_) => {
                    return Err(self.malformed(offset, "text outside of any element".into()));
                }
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::DocType(_) => {}
                Event::Eof => return self.finish(),
            }
        }
    }

    /// Leaves the element entered last, passing over the rest of it.
    pub fn skip(&mut self) -> Result<(), ReadError> {
        let mut depth = 1_usize;
        while depth > 0 {
            match self.next()? {
                Next::Open(_) => depth += 1,
                Next::Close | Next::End => depth -= 1,
                Next::Text(_) => {}
            }
        }
        Ok(())
    }

    /// The rest of the element whose start is `tag`.
    pub fn element(&mut self, tag: Tag) -> Result<Element, ReadError> {
        let mut nodes = 0;
        let mut stack = Vec::new();
        let mut current = Element {
            tag,
            children: Vec::new(),
        };
        loop {
            nodes += 1;
            if nodes > MAX_NODES {
                let what = format!("more than {MAX_NODES} parts in one <{}>", current.tag.name);
                return Err(self.too_much(self.offset(), what));
            }
            match self.next()? {
                Next::Open(tag) => stack.push(std::mem::replace(
                    &mut current,
                    Element {
                        tag,
                        children: Vec::new(),
                    },
                )),
                Next::Text(text) => match current.children.last_mut() {
                    Some(Node::Text(before)) => {
                        before.push_str(&text);
                        // Joined text grows no tree.
                        nodes -= 1;
                    }
                    _ => current.children.push(Node::Text(text)),
                },
                Next::Close | Next::End => match stack.pop() {
                    Some(mut parent) => {
                        parent.children.push(Node::Element(current));
                        current = parent;
                    }
                    None => return Ok(current),
                },
            }
        }
    }

    pub fn offset(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    fn enter(&mut self, start: &BytesStart<'_>, offset: usize) -> Result<Tag, ReadError> {
        if self.open.is_empty() && std::mem::replace(&mut self.seen_root, true) {
            return Err(self.malformed(offset, "a second root element".into()));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(self.too_much(offset, format!("elements nest deeper than {MAX_DEPTH}")));
        }
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            return Err(self.too_much(offset, format!("more than {MAX_ELEMENTS} elements")));
        }
        let name = start.local_name().as_ref().to_owned();
        let mut attributes = Vec::new();
        // The reader's own check for repeated attributes is quadratic.
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|e| {
                self.malformed(offset, format!("broken attribute in <{name}>: {e}"))
            })?;
            if attributes.len() >= MAX_ATTRIBUTES {
                return Err(self.too_much(
                    offset,
                    format!("more than {MAX_ATTRIBUTES} attributes in <{name}>"),
                ));
            }
            let key = attribute.key.local_name().as_ref().to_owned();
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|e| {
                    self.malformed(
                        offset,
                        format!("attribute {key} of <{name}>: {}", describe(&e)),
                    )
                })?
                .into_owned();
            attributes.push((key, value));
        }
        self.open.push(name.clone());
        Ok(Tag {
            name,
            attributes,
            offset,
        })
    }

    fn resolve(&self, reference: &BytesRef<'_>, offset: usize) -> Result<String, ReadError> {
        match reference.resolve_char_ref() {
            Ok(Some(character)) => return Ok(character.into()),
            Ok(None) => {}
            Err(e) => return Err(self.malformed(offset, describe(&e))),
        }
        let name = reference.xml10_content();
        resolve_predefined_entity(&name)
            .map(str::to_owned)
            .ok_or_else(|| {
                let name: String = name.chars().take(40).collect();
                self.malformed(
                    offset,
                    format!("the entity &{name}; is not one of XML's own and is not expanded"),
                )
            })
    }

    fn finish(&self) -> Result<Next, ReadError> {
        match self.open.last() {
            Some(name) => Err(self.malformed(
                self.text.len(),
                format!("the file ends inside <{name}>; it was cut short"),
            )),
            None if self.seen_root => Ok(Next::End),
            None => Err(self.malformed(self.text.len(), "no element at all".into())),
        }
    }

    fn malformed(&self, offset: usize, what: String) -> ReadError {
        ReadError::Malformed {
            at: Position::of(self.text, offset),
            what,
        }
    }

    pub fn too_much(&self, offset: usize, what: String) -> ReadError {
        ReadError::TooMuch {
            at: Position::of(self.text, offset),
            what,
        }
    }
}

/// An error of the XML reader, cut to a line's length: it may quote the file.
fn describe(error: &quick_xml::Error) -> String {
    let text = error.to_string();
    if text.chars().count() > 200 {
        text.chars().take(200).chain(['…']).collect()
    } else {
        text
    }
}

impl Tag {
    /// An attribute's value; empty where it is missing.
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
    }
}

impl Element {
    pub fn name(&self) -> &str {
        &self.tag.name
    }

    pub fn attribute(&self, name: &str) -> &str {
        self.tag.attribute(name)
    }

    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// Elements called `inner` inside the element called `outer`.
    pub fn inside<'a>(
        &'a self,
        outer: &'a str,
        inner: &'a str,
    ) -> impl Iterator<Item = &'a Element> {
        self.elements()
            .filter(move |e| e.name() == outer)
            .flat_map(Self::elements)
            .filter(move |e| e.name() == inner)
    }

    /// All text in document order; tags between are passed over.
    pub fn text(&self) -> String {
        match self.children.as_slice() {
            [] => String::new(),
            [Node::Text(text)] => text.clone(),
            children => children
                .iter()
                .map(|node| match node {
                    Node::Text(text) => text.clone(),
                    Node::Element(element) => element.text(),
                })
                .collect(),
        }
    }

    /// The text of the first child called `name` that has any.
    pub fn child_text(&self, name: &str) -> String {
        self.elements()
            .filter(|child| child.name() == name)
            .map(Self::text)
            .find(|text| !text.trim().is_empty())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Element, ReadError> {
        let mut elements = Elements::new(text);
        let Next::Open(tag) = elements.next()? else {
            panic!("no element")
        };
        let element = elements.element(tag)?;
        while !matches!(elements.next()?, Next::End) {}
        Ok(element)
    }

    #[test]
    fn text_joins_over_references_and_cdata() {
        let root =
            read("<a><b x='1 &amp; 2'>x &lt;p&gt; &#252;<![CDATA[<i>]]> y</b><b/></a>").unwrap();
        assert_eq!(root.child_text("b"), "x <p> ü<i> y");
        assert_eq!(root.elements().next().unwrap().attribute("x"), "1 & 2");
        assert_eq!(root.elements().count(), 2);
    }

    #[test]
    fn entities_of_the_file_are_never_expanded() {
        let laughs = "<!DOCTYPE a [<!ENTITY x \"ha\"><!ENTITY y \"&x;&x;&x;\">]>\n<a>\n  &y;</a>";
        let error = read(laughs).unwrap_err();
        assert_eq!(error.position(), Some(Position { line: 3, column: 3 }));
        let inside_attribute =
            "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n<a b=\"&x;\"/>";
        assert_eq!(
            read(inside_attribute).unwrap_err().position(),
            Some(Position { line: 2, column: 1 })
        );
        assert!(read("<!DOCTYPE a SYSTEM \"http://a.example/x.dtd\"><a/>").is_ok());
    }

    #[test]
    fn broken_documents_say_where() {
        for (text, line, column) in [
            ("<a>\n <b></c>\n</a>", 2, 5),
            ("<a>\n <b>", 2, 5),
            ("<a/>\nx", 2, 1),
            ("<a/>\n<b/>", 2, 1),
            ("<a>\n <b x=1/></a>", 2, 2),
            ("<a>&nbsp;</a>", 1, 4),
        ] {
            let error = read(text).unwrap_err();
            assert!(
                matches!(error, ReadError::Malformed { .. }),
                "{text}: {error}"
            );
            assert_eq!(
                error.position(),
                Some(Position { line, column }),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn depth_width_and_attributes_are_bounded() {
        let deep = format!("{}{}", "<a>".repeat(65), "</a>".repeat(65));
        assert!(matches!(read(&deep), Err(ReadError::TooMuch { .. })));
        let wide = format!("<a>{}</a>", "<b/>".repeat(MAX_NODES));
        assert!(matches!(read(&wide), Err(ReadError::TooMuch { .. })));
        let attributes: String = (0..65).map(|i| format!(" a{i}=''")).collect();
        assert!(matches!(
            read(&format!("<a{attributes}/>")),
            Err(ReadError::TooMuch { .. })
        ));
        let long = format!("<a>{}</a>", "x &amp; ".repeat(MAX_NODES));
        assert!(read(&long).is_ok(), "a long text is one part");
    }
}
