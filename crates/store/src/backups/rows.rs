//! One row as one line of JSON and back. Both databases give and take the same
//! line: UUIDs as hyphenated text, booleans as true and false.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::{BackupError, Column, Kind};

/// A value on its way into a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Uuid(Option<Uuid>),
    Text(Option<String>),
    Boolean(Option<bool>),
    Integer(Option<i64>),
}

/// The JSON value of a column of a row, from either database.
macro_rules! read_cell {
    ($row:expr, $index:expr, $kind:expr) => {
        match $kind {
            $crate::backups::Kind::Uuid => $row
                .try_get::<Option<uuid::Uuid>, _>($index)
                .map(|id| id.map(|id| id.hyphenated().to_string()).into()),
            $crate::backups::Kind::Text => {
                $row.try_get::<Option<String>, _>($index).map(Into::into)
            }
            $crate::backups::Kind::Boolean => {
                $row.try_get::<Option<bool>, _>($index).map(Into::into)
            }
            $crate::backups::Kind::Integer => {
                $row.try_get::<Option<i64>, _>($index).map(Into::into)
            }
        }
    };
}
pub(super) use read_cell;

/// The cells of a line in the order of `columns`, all of which it must have.
pub(super) fn parse(line: &str, columns: &[Column]) -> Result<Vec<Cell>, BackupError> {
    let mut row: Map<String, Value> =
        serde_json::from_str(line).map_err(|error| BackupError::Damaged(error.to_string()))?;
    let cells = columns
        .iter()
        .map(|column| {
            let value = row.shift_remove(&column.name);
            value
                .and_then(|value| cell(value, column.kind))
                .ok_or_else(|| {
                    BackupError::Damaged(format!("a value of column {} does not read", column.name))
                })
        })
        .collect();
    match row.keys().next() {
        None => cells,
        Some(name) => Err(BackupError::Damaged(format!(
            "a row has a column {name} that its table has not"
        ))),
    }
}

fn cell(value: Value, kind: Kind) -> Option<Cell> {
    Some(match (kind, value) {
        (Kind::Uuid, Value::Null) => Cell::Uuid(None),
        (Kind::Uuid, Value::String(text)) => Cell::Uuid(Some(text.parse().ok()?)),
        (Kind::Text, Value::Null) => Cell::Text(None),
        (Kind::Text, Value::String(text)) => Cell::Text(Some(text)),
        (Kind::Boolean, Value::Null) => Cell::Boolean(None),
        (Kind::Boolean, Value::Bool(it)) => Cell::Boolean(Some(it)),
        (Kind::Integer, Value::Null) => Cell::Integer(None),
        (Kind::Integer, Value::Number(number)) => Cell::Integer(Some(number.as_i64()?)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<Column> {
        [
            ("id", Kind::Uuid),
            ("n", Kind::Integer),
            ("yes", Kind::Boolean),
            ("word", Kind::Text),
        ]
        .map(|(name, kind)| Column {
            name: name.into(),
            kind,
        })
        .to_vec()
    }

    #[test]
    fn a_line_reads_in_the_order_of_the_columns() {
        let line = r#"{"word":null,"n":-9223372036854775808,"yes":true,"id":"018f3c2e-0000-7000-8000-000000000001"}"#;
        assert_eq!(
            parse(line, &columns()).unwrap(),
            [
                Cell::Uuid(Some(Uuid::from_u128(
                    0x018f3c2e_0000_7000_8000_000000000001
                ))),
                Cell::Integer(Some(i64::MIN)),
                Cell::Boolean(Some(true)),
                Cell::Text(None),
            ]
        );
    }

    #[test]
    fn a_line_of_another_shape_is_refused() {
        for line in [
            "",
            "[]",
            r#"{"id":null,"n":1,"yes":true}"#,
            r#"{"id":null,"n":1,"yes":1,"word":"a"}"#,
            r#"{"id":"no","n":1,"yes":true,"word":"a"}"#,
            r#"{"id":null,"n":1.5,"yes":true,"word":"a"}"#,
            r#"{"id":null,"n":1,"yes":true,"word":"a","more":1}"#,
        ] {
            assert!(parse(line, &columns()).is_err(), "{line}");
        }
    }
}
