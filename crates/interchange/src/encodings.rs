//! Bytes to text: UTF-8 with or without a byte order mark, UTF-16 with one,
//! and the Western single-byte encodings an XML declaration may name.
//! Everything else is refused with the place where it went wrong.

use std::borrow::Cow;

use crate::errors::{Position, ReadError};

/// The text of a file.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, ReadError> {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => match declared_encoding(bytes) {
            None => utf8(bytes),
            Some((label, offset)) => match label.to_ascii_lowercase().as_str() {
                "utf-8" | "utf8" | "us-ascii" | "ascii" => utf8(bytes),
                // As browsers do (WHATWG Encoding), Latin-1 means windows-1252.
                "iso-8859-1" | "latin1" | "latin-1" | "l1" | "windows-1252" | "cp1252" => Ok(bytes
                    .iter()
                    .map(|b| windows_1252(*b))
                    .collect::<String>()
                    .into()),
                "iso-8859-15" | "latin9" | "latin-9" => {
                    Ok(bytes.iter().map(|b| latin_9(*b)).collect::<String>().into())
                }
                _ => Err(ReadError::Encoding {
                    at: Position {
                        line: 1,
                        column: offset + 1,
                    },
                    what: format!(
                        "the encoding `{label}` is not supported; save the file as UTF-8"
                    ),
                }),
            },
        },
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, ReadError> {
    std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|e| {
        let valid = std::str::from_utf8(&bytes[..e.valid_up_to()]).unwrap_or_default();
        let byte = bytes.get(valid.len()).copied().unwrap_or_default();
        ReadError::Encoding {
            at: Position::of(valid, valid.len()),
            what: format!("the byte 0x{byte:02X} is not UTF-8 here; save the file as UTF-8 or declare its encoding"),
        }
    })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'_, str>, ReadError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len() / 2);
    for character in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        match character {
            Ok(character) => text.push(character),
            Err(_) => return Err(broken_utf16(&text)),
        }
    }
    if rest.is_empty() {
        Ok(text.into())
    } else {
        Err(broken_utf16(&text))
    }
}

fn broken_utf16(read: &str) -> ReadError {
    ReadError::Encoding {
        at: Position::of(read, read.len()),
        what: "broken UTF-16; save the file as UTF-8".into(),
    }
}

/// The label in `<?xml ... encoding="label"?>` on the first line, and its offset.
fn declared_encoding(bytes: &[u8]) -> Option<(&str, usize)> {
    let head = bytes.get(..bytes.len().min(200))?;
    let end = head.iter().position(|b| *b == b'>')?;
    let head = std::str::from_utf8(&head[..end])
        .ok()
        .filter(|head| head.starts_with("<?xml"))?;
    let after = head.find("encoding")? + "encoding".len();
    let open = after + head[after..].find(['"', '\''])?;
    let quote = head[open..].chars().next()?;
    let label = &head[open + 1..];
    Some((&label[..label.find(quote)?], open + 1))
}

fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9F => HIGH[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

fn latin_9(byte: u8) -> char {
    match byte {
        0xA4 => '€',
        0xA6 => 'Š',
        0xA8 => 'š',
        0xB4 => 'Ž',
        0xB8 => 'ž',
        0xBC => 'Œ',
        0xBD => 'œ',
        0xBE => 'Ÿ',
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_not_text() {
        assert_eq!(decode(b"\xEF\xBB\xBF<a/>").unwrap(), "<a/>");
        assert_eq!(decode(b"\xFF\xFE<\0\xFC\0").unwrap(), "<ü");
        assert_eq!(decode(b"\xFE\xFF\0<\0\xFC").unwrap(), "<ü");
    }

    #[test]
    fn a_declared_western_encoding_is_decoded() {
        let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>M\xFCnchen \x96</a>";
        assert!(decode(latin).unwrap().ends_with("<a>München –</a>"));
        let nine = b"<?xml version=\"1.0\" encoding=\"iso-8859-15\"?><a>5 \xA4</a>";
        assert!(decode(nine).unwrap().ends_with("<a>5 €</a>"));
    }

    #[test]
    fn what_is_not_the_declared_text_is_refused_with_its_place() {
        let error = decode(b"<a>\nM\xFCnchen</a>").unwrap_err();
        assert_eq!(error.position(), Some(Position { line: 2, column: 2 }));
        let error = decode(b"<?xml version='1.0' encoding='koi8-r'?><a/>").unwrap_err();
        assert_eq!(
            error.position(),
            Some(Position {
                line: 1,
                column: 31
            })
        );
        assert!(matches!(
            decode(b"\xFF\xFEa"),
            Err(ReadError::Encoding { .. })
        ));
    }
}
