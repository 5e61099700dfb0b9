//! Values laid over a document before it is read: `--set path=value` and its kin.

use crate::error::{Error, Place, Problem};
use crate::nearest::hint;
use crate::section::label;
use crate::value::{Item, Table, Value, parse_value};

/// Paths have few parts; a deep tree would only be somebody's attempt to exhaust the stack.
const DEEPEST: usize = 8;

/// Values that replace those of the document, later ones over earlier ones.
///
/// They pass the same strict reading as the document; only the place of a mistake differs.
///
/// ```
/// use troupe_config::Overrides;
/// let mut overrides = Overrides::default();
/// overrides.assign("process.drain=5s", "--set").unwrap();
/// let error = overrides.assign("process.drain", "--set").unwrap_err();
/// assert_eq!(error.to_string(), "--set: process.drain: wants path=value, got \"process.drain\"");
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overrides(Vec<Override>);

#[derive(Debug, Clone, PartialEq)]
struct Override {
    path: Vec<String>,
    item: Item,
}

impl Overrides {
    /// Adds `path=value`; `source` is the flag or variable it came from.
    pub fn assign(&mut self, text: &str, source: &str) -> Result<(), Error> {
        let Some((path, value)) = text.split_once('=') else {
            let got = Value::Text(text.to_owned()).shown();
            let problem = Problem::Type { want: "path=value", got };
            let field = shorten(text);
            return Err(Error::new(Place::Given(source.to_owned()), field, problem));
        };
        let place = Place::Given(source.to_owned());
        let value = parse_value(value.trim(), &place)
            .map_err(|error| Error { field: shorten(path.trim()), ..error })?;
        self.put(path.trim(), value, source)
    }

    /// Adds a value that a flag of its own names.
    pub fn put(&mut self, path: &str, value: Value, source: &str) -> Result<(), Error> {
        let place = Place::Given(source.to_owned());
        let parts: Vec<String> = path.split('.').map(str::to_owned).collect();
        if parts.iter().any(String::is_empty) || parts.len() > DEEPEST {
            let problem = Problem::Type {
                want: "a path of 1 to 8 keys such as process.drain",
                got: Value::Text(path.to_owned()).shown(),
            };
            return Err(Error::new(place, shorten(path), problem));
        }
        self.0.push(Override { path: parts, item: Item { value, place } });
        Ok(())
    }

    /// Adds a list that a flag of its own names.
    pub fn put_list(&mut self, path: &str, values: Vec<Value>, source: &str) -> Result<(), Error> {
        let place = Place::Given(source.to_owned());
        let items = values.into_iter().map(|value| Item { value, place: place.clone() });
        self.put(path, Value::List(items.collect()), source)
    }

    /// Lays the values over a document.
    pub(crate) fn apply(&self, table: &mut Table) -> Result<(), Error> {
        self.0.iter().try_for_each(|entry| lay(table, &entry.path, 0, &entry.item))
    }
}

fn lay(table: &mut Table, path: &[String], depth: usize, item: &Item) -> Result<(), Error> {
    let key = &path[depth];
    if depth + 1 == path.len() {
        table.0.insert(key.clone(), item.clone());
        return Ok(());
    }
    let inner = table.0.entry(key.clone()).or_insert_with(|| Item {
        value: Value::Table(Table::default()),
        place: item.place.clone(),
    });
    match &mut inner.value {
        Value::Table(table) => lay(table, path, depth + 1, item),
        Value::List(items) => lay_in_list(items, path, depth + 1, item),
        Value::Text(_) | Value::Whole(_) | Value::Decimal(_) | Value::Truth(_) => {
            let got = inner.value.shown();
            let problem = Problem::Type { want: "a table to set a key in", got };
            Err(Error::new(item.place.clone(), path[..=depth].join("."), problem))
        }
    }
}

/// An entry of a list is named by its `name`, or by its number from 0.
fn lay_in_list(
    items: &mut [Item],
    path: &[String],
    depth: usize,
    item: &Item,
) -> Result<(), Error> {
    let wanted = &path[depth];
    let mut labels = Vec::with_capacity(items.len());
    for (index, entry) in items.iter_mut().enumerate() {
        let Value::Table(table) = &mut entry.value else { continue };
        let label = label(table, index);
        if (label == *wanted || index.to_string() == *wanted) && depth + 1 < path.len() {
            return lay(table, path, depth + 1, item);
        }
        labels.push(label);
    }
    let problem = Problem::UnknownName {
        what: "entry",
        got: Value::Text(wanted.clone()).shown(),
        hint: hint(wanted, labels.iter().map(String::as_str)),
    };
    Err(Error::new(item.place.clone(), path[..depth].join("."), problem))
}

fn shorten(path: &str) -> String {
    path.chars().filter(|c| !c.is_control()).take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn laid(document: &str, assignments: &[&str]) -> Result<Table, Error> {
        let mut table = Table::parse(document).unwrap();
        let mut overrides = Overrides::default();
        for assignment in assignments {
            overrides.assign(assignment, "--set")?;
        }
        overrides.apply(&mut table)?;
        Ok(table)
    }

    #[test]
    fn a_value_is_replaced_or_added_and_the_last_one_holds() {
        let document = "[process]\ndrain = \"1s\"\n[[group]]\nname = \"base\"\n";
        let assignments = [
            "process.drain=4s",
            "process.drain=5s",
            "process.threads={ jobs = 3 }",
            "group.base.restart = all",
            "metrics.listen=127.0.0.1:0",
        ];
        let table = laid(document, &assignments).unwrap();
        let want = "process = { drain = \"5s\", threads = { jobs = 3 } }\n\
            group = [{ name = \"base\", restart = \"all\" }]\n\
            metrics = { listen = \"127.0.0.1:0\" }";
        assert_eq!(table, Table::parse(want).unwrap());
    }

    #[test]
    fn a_path_that_leads_nowhere_names_what_is_there() {
        let document = "role = \"data\"\n[[group]]\nname = \"base\"\n";
        for (assignment, want) in [
            ("role.name=x", "--set: role: wants a table to set a key in, got \"data\""),
            ("group.bas.restart=all", "--set: group: unknown entry \"bas\", nearest is \"base\""),
            ("group.base=all", "--set: group: unknown entry \"base\", nearest is \"base\""),
            (
                "a..b=1",
                "--set: a..b: wants a path of 1 to 8 keys such as process.drain, got \"a..b\"",
            ),
        ] {
            assert_eq!(laid(document, &[assignment]).unwrap_err().to_string(), want);
        }
    }

    proptest! {
        #[test]
        fn no_assignment_panics(text in "[a-c.=0-9\"{}\\[\\] \n]{0,40}") {
            let _ = laid("a = 1\n[b]\nc = [1]\n[[c]]\nname = \"a\"\n", &[&text]);
        }
    }
}
