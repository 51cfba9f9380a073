//! AMF0, the values RTMP commands and metadata are written in. Depth and count
//! are bounded, so that a few bytes cannot ask for much.

use bytes::BufMut;

/// A value. Types nobody sends in commands (references, dates, XML) are read
/// past and given as [`Value::Null`].
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Number(f64),
    Boolean(bool),
    String(String),
    /// Objects and ECMA arrays, in order.
    Object(Vec<(String, Value)>),
    Array(Vec<Value>),
    Null,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmfError {
    #[error("AMF0 ends in the middle of a value")]
    CutShort,
    #[error("AMF0 is nested deeper than 8")]
    TooDeep,
    #[error("AMF0 holds more than 1024 values")]
    TooMany,
    #[error("AMF0 type {0} is not known")]
    UnknownType(u8),
}

const DEEPEST: usize = 8;
const MOST: usize = 1_024;

impl Value {
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// A field of an object.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Object(fields) => fields
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    pub(crate) fn write(&self, out: &mut impl BufMut) {
        match self {
            Self::Number(number) => {
                out.put_u8(0);
                out.put_f64(*number);
            }
            Self::Boolean(boolean) => {
                out.put_u8(1);
                out.put_u8(u8::from(*boolean));
            }
            Self::String(text) => {
                out.put_u8(2);
                write_text(text, out);
            }
            Self::Object(fields) => {
                out.put_u8(3);
                for (name, value) in fields {
                    write_text(name, out);
                    value.write(out);
                }
                out.put_slice(&[0, 0, 9]);
            }
            Self::Array(values) => {
                out.put_u8(10);
                out.put_u32(values.len() as u32);
                values.iter().for_each(|value| value.write(out));
            }
            Self::Null => out.put_u8(5),
        }
    }
}

/// What we write is short; what is not is cut, at a character.
fn write_text(text: &str, out: &mut impl BufMut) {
    let text = &text[..text.floor_char_boundary(usize::from(u16::MAX))];
    out.put_u16(text.len() as u16);
    out.put_slice(text.as_bytes());
}

/// Reads values until the bytes end.
pub(crate) fn read_all(bytes: &[u8]) -> Result<Vec<Value>, AmfError> {
    let mut reader = Reader {
        rest: bytes,
        left: MOST,
    };
    let mut values = Vec::new();
    while !reader.rest.is_empty() {
        values.push(reader.value(0)?);
    }
    Ok(values)
}

struct Reader<'a> {
    rest: &'a [u8],
    left: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], AmfError> {
        let (taken, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or(AmfError::CutShort)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], AmfError> {
        self.take(N)?.try_into().map_err(|_| AmfError::CutShort)
    }

    fn text(&mut self) -> Result<String, AmfError> {
        let length = u16::from_be_bytes(self.array()?);
        self.take(usize::from(length)).map(lossy)
    }

    fn value(&mut self, depth: usize) -> Result<Value, AmfError> {
        self.left = self.left.checked_sub(1).ok_or(AmfError::TooMany)?;
        if depth > DEEPEST {
            return Err(AmfError::TooDeep);
        }
        let [kind] = self.array()?;
        Ok(match kind {
            0 => Value::Number(f64::from_be_bytes(self.array()?)),
            1 => Value::Boolean(self.array::<1>()? != [0]),
            2 => Value::String(self.text()?),
            3 => self.object(depth)?,
            5 | 6 | 13 => Value::Null,
            7 => {
                self.take(2)?;
                Value::Null
            }
            8 => {
                // The count is a hint only (AMF0 2.10).
                self.take(4)?;
                self.object(depth)?
            }
            10 => {
                let count = u32::from_be_bytes(self.array()?);
                let mut values = Vec::new();
                for _ in 0..count {
                    values.push(self.value(depth + 1)?);
                }
                Value::Array(values)
            }
            11 => {
                self.take(10)?;
                Value::Null
            }
            12 => {
                let length = u32::from_be_bytes(self.array()?);
                Value::String(lossy(self.take(length as usize)?))
            }
            15 => {
                let length = u32::from_be_bytes(self.array()?);
                self.take(length as usize)?;
                Value::Null
            }
            other => return Err(AmfError::UnknownType(other)),
        })
    }

    fn object(&mut self, depth: usize) -> Result<Value, AmfError> {
        let mut fields = Vec::new();
        loop {
            let name = self.text()?;
            if name.is_empty() && self.rest.first() == Some(&9) {
                self.take(1)?;
                return Ok(Value::Object(fields));
            }
            fields.push((name, self.value(depth + 1)?));
        }
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(depth: usize) -> Value {
        (0..depth).fold(Value::Null, |inner, _| {
            Value::Object(vec![("a".into(), inner)])
        })
    }

    fn written(value: &Value) -> Vec<u8> {
        let mut out = Vec::new();
        value.write(&mut out);
        out
    }

    #[test]
    fn values_read_as_they_were_written() {
        let values = [
            Value::String("connect".into()),
            Value::Number(1.0),
            Value::Object(vec![
                ("app".into(), Value::String("live".into())),
                ("fpad".into(), Value::Boolean(false)),
                ("none".into(), Value::Null),
            ]),
            Value::Array(vec![Value::Number(-0.5)]),
        ];
        let mut bytes = Vec::new();
        values.iter().for_each(|value| value.write(&mut bytes));
        assert_eq!(read_all(&bytes).unwrap(), values);
        assert_eq!(values[2].get("app").and_then(Value::as_str), Some("live"));
    }

    #[test]
    fn depth_and_count_are_bounded() {
        assert!(read_all(&written(&nested(8))).is_ok());
        assert_eq!(read_all(&written(&nested(9))), Err(AmfError::TooDeep));
        assert_eq!(read_all(&[5; 1_025]), Err(AmfError::TooMany));
        // A strict array of four thousand million: fails where the bytes end.
        assert_eq!(
            read_all(&[10, 255, 255, 255, 255, 5]),
            Err(AmfError::CutShort)
        );
        assert_eq!(
            read_all(&[12, 255, 255, 255, 255, 5]),
            Err(AmfError::CutShort)
        );
        assert_eq!(read_all(&[17]), Err(AmfError::UnknownType(17)));
    }
}
