//! A document as a tree of values that know where they were written.

use crate::error::{Error, Errors, Place, Problem};
use core::fmt;
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use troupe_types::Bytes;

/// No manifest is larger; more is refused before it is parsed.
pub const LARGEST_DOCUMENT: Bytes = Bytes::mib(1);

/// A value of the subset of TOML that manifests use: no dates, no infinities.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A string.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A finite decimal number.
    Decimal(f64),
    /// `true` or `false`.
    Truth(bool),
    /// An array.
    List(Vec<Item>),
    /// A table.
    Table(Table),
}

/// A value and its place. Two are equal when their values are.
#[derive(Debug, Clone)]
pub struct Item {
    /// What was written.
    pub value: Value,
    /// Where it was written.
    pub place: Place,
}

/// Values by key, each key once.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table(pub BTreeMap<String, Item>);

impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Item {
    /// A value that stands in no document.
    #[must_use]
    pub fn new(value: Value) -> Self {
        Self { value, place: Place::Document }
    }
}

impl Table {
    /// Parses a document. The error is one line and names the line.
    pub fn parse(text: &str) -> Result<Self, Errors> {
        let size = Bytes::of(text.len());
        if size > LARGEST_DOCUMENT {
            let problem = Problem::TooLarge { got: size, limit: LARGEST_DOCUMENT };
            let error = Error::new(Place::Document, "size", problem);
            return Err(error.into());
        }
        let lines = Lines::of(text);
        let root = DeTable::parse(text).map_err(|error| {
            let line = error.span().map_or(1, |span| lines.at(span.start));
            syntax(line, error.message())
        })?;
        convert_table(root.get_ref(), &lines).map_err(Errors::from)
    }

    /// Adds a value, for documents made by programs.
    pub fn put(&mut self, key: &str, value: Value) {
        self.0.insert(key.to_owned(), Item::new(value));
    }
}

/// Parses the value of an override: TOML where it is TOML, a plain text otherwise.
pub(crate) fn parse_value(text: &str, place: &Place) -> Result<Value, Error> {
    let plain = || Ok(Value::Text(text.to_owned()));
    let Ok(parsed) = DeValue::parse(text) else { return plain() };
    let lines = Lines { starts: Vec::new() };
    match convert(parsed.get_ref(), &lines, 1) {
        Ok(mut value) => {
            relocate(&mut value, place);
            Ok(value)
        }
        Err(error) => Err(Error { place: place.clone(), ..error }),
    }
}

fn relocate(value: &mut Value, place: &Place) {
    let items: Vec<&mut Item> = match value {
        Value::List(items) => items.iter_mut().collect(),
        Value::Table(table) => table.0.values_mut().collect(),
        Value::Text(_) | Value::Whole(_) | Value::Decimal(_) | Value::Truth(_) => return,
    };
    for item in items {
        item.place = place.clone();
        relocate(&mut item.value, place);
    }
}

/// Byte offsets at which lines begin.
struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    fn of(text: &str) -> Self {
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self { starts: newlines.map(|(at, _)| at + 1).collect() }
    }

    fn at(&self, offset: usize) -> usize {
        1 + self.starts.partition_point(|start| *start <= offset)
    }
}

fn syntax(line: usize, reason: &str) -> Error {
    let words: Vec<&str> = reason.split_whitespace().collect();
    let reason = escape(&shorten(&words.join(" "), 200));
    let problem = Problem::Syntax { reason };
    Error::new(Place::Line(line), "document", problem)
}

fn convert_table(table: &DeTable<'_>, lines: &Lines) -> Result<Table, Error> {
    let mut out = Table::default();
    for (key, value) in table {
        // A table that was opened by its header is at the header, not at its first value.
        let line = lines.at(key.span().start.min(value.span().start));
        let item = Item { value: convert(value.get_ref(), lines, line)?, place: Place::Line(line) };
        out.0.insert(key.get_ref().to_string(), item);
    }
    Ok(out)
}

fn convert_list(values: &[Spanned<DeValue<'_>>], lines: &Lines) -> Result<Vec<Item>, Error> {
    let mut out = Vec::with_capacity(values.len());
    for value in values {
        let line = lines.at(value.span().start);
        let item = Item { value: convert(value.get_ref(), lines, line)?, place: Place::Line(line) };
        out.push(item);
    }
    Ok(out)
}

fn convert(value: &DeValue<'_>, lines: &Lines, line: usize) -> Result<Value, Error> {
    let converted = match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Boolean(truth) => Value::Truth(*truth),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map(Value::Whole)
            .map_err(|_| syntax(line, &format!("number {number} does not fit 64 bits")))?,
        DeValue::Float(number) => match number.as_str().parse::<f64>() {
            Ok(decimal) if decimal.is_finite() => Value::Decimal(decimal),
            _ => return Err(syntax(line, &format!("number {number} is not finite"))),
        },
        DeValue::Datetime(date) => {
            return Err(syntax(line, &format!("dates are not used in manifests, got {date}")));
        }
        DeValue::Array(values) => {
            let values: Vec<Spanned<DeValue<'_>>> = values.iter().cloned().collect();
            Value::List(convert_list(&values, lines)?)
        }
        DeValue::Table(table) => Value::Table(convert_table(table, lines)?),
    };
    Ok(converted)
}

/// As in `"20s"`: quoted and escaped, so that it never spans lines or moves a terminal's cursor.
pub(crate) fn quote(text: &str) -> String {
    format!("\"{}\"", escape(&text.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// What would break a line, move a cursor or turn the direction of writing, as `\uXXXX`.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}') {
            out.push_str(&format!("\\u{:04X}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

/// At most so many characters, and dots where there were more.
pub(crate) fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// A key as it must be written: bare where TOML allows it.
pub(crate) fn write_key(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !key.is_empty() && key.chars().all(bare) { key.to_owned() } else { quote(key) }
}

impl fmt::Display for Value {
    /// As one line of TOML.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(&quote(text)),
            Self::Whole(number) => number.fmt(f),
            // `{:?}` keeps the point of 1.0, without which it would be read as a whole number.
            Self::Decimal(number) => write!(f, "{number:?}"),
            Self::Truth(truth) => truth.fmt(f),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(|item| item.value.to_string()).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Self::Table(table) => table.fmt(f),
        }
    }
}

impl fmt::Display for Table {
    /// As an inline table.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entry = |(key, item): (&String, &Item)| format!("{} = {}", write_key(key), item.value);
        let entries: Vec<String> = self.0.iter().map(entry).collect();
        if entries.is_empty() {
            return f.write_str("{}");
        }
        write!(f, "{{ {} }}", entries.join(", "))
    }
}

impl Value {
    /// As in an error: at most so much of it that the line stays readable.
    pub(crate) fn shown(&self) -> String {
        shorten(&self.to_string(), 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<String>().prop_map(Value::Text),
            any::<i64>().prop_map(Value::Whole),
            any::<f64>().prop_filter("finite", |n| n.is_finite()).prop_map(Value::Decimal),
            any::<bool>().prop_map(Value::Truth),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone().prop_map(Item::new), 0..4)
                    .prop_map(Value::List),
                prop::collection::btree_map(".{0,6}", inner.prop_map(Item::new), 0..4)
                    .prop_map(|entries| Value::Table(Table(entries))),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(value in value()) {
            let text = format!("key = {value}\n");
            prop_assert_eq!(text.lines().count(), 1);
            let table = Table::parse(&text).unwrap();
            prop_assert_eq!(&table.0["key"].value, &value);
        }

        #[test]
        fn no_text_panics(text in "[\\[\\]{}a-c=\"'#.,0-9 \n\\\\-]{0,60}") {
            let _ = Table::parse(&text);
        }
    }

    #[test]
    fn values_know_their_line() {
        let table = Table::parse("a = 1\n\n[b]\nc = 2\n[[d]]\n[[d]]\n").unwrap();
        assert_eq!(table.0["a"].place, Place::Line(1));
        assert_eq!(table.0["b"].place, Place::Line(3));
        let Value::Table(inner) = &table.0["b"].value else { panic!("b is a table") };
        assert_eq!(inner.0["c"].place, Place::Line(4));
        let Value::List(list) = &table.0["d"].value else { panic!("d is a list") };
        assert_eq!(list[1].place, Place::Line(6));
    }

    #[test]
    fn broken_documents_are_refused_with_their_line() {
        for (text, want) in [
            ("a = 1\nb = = 2\n", "line 2: document: no valid TOML: "),
            ("a = 1\na = 2\n", "line 2: document: no valid TOML: duplicate key"),
            ("a = 1\n\nb = 1979-05-27\n", "line 3: document: no valid TOML: dates are not used"),
            ("a = inf\n", "line 1: document: no valid TOML: number inf is not finite"),
            (
                "a = 9223372036854775808",
                "line 1: document: no valid TOML: number 9223372036854775808 does not fit 64 bits",
            ),
        ] {
            let error = Table::parse(text).unwrap_err().to_string();
            assert!(error.starts_with(want), "{error}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
    }

    #[test]
    fn a_document_beyond_the_limit_is_not_parsed() {
        let text = " ".repeat(LARGEST_DOCUMENT.as_usize() + 1);
        let error = Table::parse(&text).unwrap_err().to_string();
        assert_eq!(error, "document: size: got 1048577B, allowed is at most 1MiB");
    }
}
