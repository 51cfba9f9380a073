//! Where things stand in a JSON text: the bounds a hostile file is held
//! against before it is parsed, and the way from a path back to its place.

use crate::drafts::Step;
use crate::errors::{Position, ReadError};
use crate::xml_elements::MAX_DEPTH;

/// A parsed value takes up to a hundred times its text: `[0,0,0,...]`.
const MAX_VALUES: usize = 3_000_000;

/// Refuses what nests too deep or holds too many values. Takes no position on
/// whether the text is JSON.
pub(crate) fn check_bounds(text: &str) -> Result<(), ReadError> {
    let (mut depth, mut values) = (0_usize, 0_usize);
    let bytes = text.as_bytes();
    let mut offset = 0;
    let refuse = |offset, what| ReadError::TooMuch {
        at: Position::of(text, offset),
        what,
    };
    while let Some(byte) = bytes.get(offset) {
        match byte {
            b'"' => offset = string_end(bytes, offset) - 1,
            b'[' | b'{' => {
                depth += 1;
                values += 1;
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' => values += 1,
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err(refuse(
                offset,
                format!("values nest deeper than {MAX_DEPTH}"),
            ));
        }
        if values > MAX_VALUES {
            return Err(refuse(offset, format!("more than {MAX_VALUES} values")));
        }
        offset += 1;
    }
    Ok(())
}

/// The byte offset of the value at `path`; of the nearest one above where the
/// path leads nowhere.
pub(crate) fn locate(text: &str, path: &[Step]) -> usize {
    let bytes = text.as_bytes();
    let mut at = skip_blank(bytes, 0);
    for step in path {
        match child(text, at, step) {
            Some(offset) => at = offset,
            None => break,
        }
    }
    at
}

fn child(text: &str, at: usize, step: &Step) -> Option<usize> {
    let bytes = text.as_bytes();
    let keyed = match (bytes.get(at)?, step) {
        (b'{', Step::Key(_)) => true,
        (b'[', Step::Index(_)) => false,
        _ => return None,
    };
    let mut offset = skip_blank(bytes, at + 1);
    let mut index = 0;
    while !matches!(bytes.get(offset)?, b'}' | b']') {
        let mut found = matches!(step, Step::Index(wanted) if *wanted == index);
        if keyed {
            let end = string_end(bytes, offset);
            let key: Option<String> = serde_json::from_str(text.get(offset..end)?).ok();
            found = matches!(step, Step::Key(wanted) if Some(wanted) == key.as_ref());
            let colon = skip_blank(bytes, end);
            offset = skip_blank(bytes, colon + 1);
        }
        if found {
            return Some(offset);
        }
        offset = skip_blank(bytes, value_end(bytes, offset));
        if bytes.get(offset) == Some(&b',') {
            offset = skip_blank(bytes, offset + 1);
        }
        index += 1;
    }
    None
}

/// Just past the string that begins at `offset`.
fn string_end(bytes: &[u8], offset: usize) -> usize {
    let mut at = offset + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len().max(offset + 1)
}

/// Just past the value that begins at `offset`; always moves on.
fn value_end(bytes: &[u8], offset: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = offset;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = string_end(bytes, at) - 1,
            b'[' | b'{' => depth += 1,
            b']' | b'}' if depth <= 1 => {
                return if depth == 1 {
                    at + 1
                } else {
                    at.max(offset + 1)
                };
            }
            b']' | b'}' => depth -= 1,
            b',' if depth == 0 => return at.max(offset + 1),
            _ => {}
        }
        at += 1;
    }
    bytes.len().max(offset + 1)
}

fn skip_blank(bytes: &[u8], mut offset: usize) -> usize {
    while bytes.get(offset).is_some_and(u8::is_ascii_whitespace) {
        offset += 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_back_to_its_place() {
        let text = r#"{"a": {"x": "}]\"", "b / ü": [1, {"c": 7}, [2], 3]}}"#;
        let key = |k: &str| Step::Key(k.into());
        let place = |path: &[Step]| &text[locate(text, path)..];
        assert!(place(&[key("a"), key("b / ü"), Step::Index(1), key("c")]).starts_with("7}"));
        assert!(place(&[key("a"), key("b / ü"), Step::Index(3)]).starts_with("3]"));
        assert!(
            place(&[key("a"), key("b / ü"), Step::Index(9)]).starts_with("[1"),
            "nearest above"
        );
        assert!(place(&[key("nothing")]).starts_with('{'));
    }

    #[test]
    fn bounds_hold_before_anything_is_parsed() {
        assert!(check_bounds(&"[".repeat(64)).is_ok());
        let error = check_bounds(&"[".repeat(65)).unwrap_err();
        assert_eq!(
            error.position(),
            Some(Position {
                line: 1,
                column: 65
            })
        );
        assert!(check_bounds(&format!("[{}0]", "0,".repeat(MAX_VALUES))).is_err());
        assert!(
            check_bounds("[\"[[[[\\\"[[[\"]").is_ok(),
            "brackets in text do not count"
        );
    }
}
