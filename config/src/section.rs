//! Reads one table strictly: every key has a reader, or it is a mistake.

use crate::error::{Error, Errors, Place, Problem};
use crate::nearest::hint;
use crate::setting::{Field, Setting, Unit, wrong_type};
use crate::value::{Item, Table, Value, write_key};
use std::collections::{BTreeMap, BTreeSet};

/// No list in a manifest is longer.
pub const LONGEST_LIST: usize = 1_024;

/// What holds for one setting, and who says so: a row of `node explain`.
#[derive(Debug, Clone, PartialEq)]
pub struct Holding {
    /// Full path: `process.threads.jobs`.
    pub path: String,
    /// The value that holds, as TOML; `None` where the setting is absent and has no default.
    pub value: Option<String>,
    /// The default, as TOML.
    pub default: Option<String>,
    /// The smallest and the largest value allowed.
    pub range: Option<(String, String)>,
    /// The words allowed, where it is one of a closed list.
    pub words: Vec<&'static str>,
    /// Where the value was written; `None` when it is the default.
    pub place: Option<Place>,
    /// Why the setting exists.
    pub why: &'static str,
}

/// What reading yields besides the values: mistakes and a row for each setting.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) errors: Vec<Error>,
    pub(crate) holdings: Vec<Holding>,
}

/// One table while it is read. Mistakes are collected; the reader goes on with the default.
#[derive(Debug)]
pub struct Section<'a> {
    table: &'a Table,
    path: String,
    place: Place,
    known: Vec<String>,
    report: &'a mut Report,
}

/// Reads a whole table with `body`; keys that `body` did not ask for are mistakes.
///
/// `path` is where the table stands in its document and begins the field names of errors.
///
/// ```
/// use troupe_config::{Setting, Table, read};
/// const DEPTH: Setting<u32> =
///     Setting { key: "depth", default: 3, range: Some((1, 9)), why: "Deeper is slower." };
/// let table = Table::parse("dept = 4").unwrap();
/// let error = read(&table, "actor.search.settings", |section| section.get(&DEPTH)).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "line 1: actor.search.settings.dept: unknown key with value 4, nearest is \"depth\""
/// );
/// ```
pub fn read<T>(
    table: &Table,
    path: &str,
    body: impl FnOnce(&mut Section<'_>) -> T,
) -> Result<T, Errors> {
    let mut report = Report::default();
    let value = read_into(table, path, &mut report, body);
    match Errors::of(report.errors) {
        Some(errors) => Err(errors),
        None => Ok(value),
    }
}

/// As [`read`], for callers that look at the mistakes and at the rows themselves.
pub(crate) fn read_into<T>(
    table: &Table,
    path: &str,
    report: &mut Report,
    body: impl FnOnce(&mut Section<'_>) -> T,
) -> T {
    let mut section =
        Section { table, path: path.to_owned(), place: Place::Document, known: Vec::new(), report };
    let value = body(&mut section);
    section.refuse_unknown();
    value
}

impl<'a> Section<'a> {
    /// The value of a setting: what was written, or its default.
    pub fn get<T: Unit>(&mut self, setting: &Setting<T>) -> T {
        let read = self.read_key::<T>(setting.key).and_then(|(value, place)| {
            match setting.check(&value) {
                Ok(()) => Some((value, place)),
                Err(problem) => {
                    self.note(place, setting.key, problem);
                    None
                }
            }
        });
        let written = |value: &T| value.write().to_string();
        let range = setting.range.as_ref();
        let (value, place) = match read {
            Some((value, place)) => (value, Some(place)),
            None => (setting.default.clone(), None),
        };
        self.report.holdings.push(Holding {
            path: self.path_of(setting.key),
            value: Some(written(&value)),
            default: Some(written(&setting.default)),
            range: range.map(|(least, most)| (least.to_string(), most.to_string())),
            words: T::words(),
            place,
            why: setting.why,
        });
        value
    }

    /// The value of a field that may be absent.
    pub fn optional<T: Unit>(&mut self, field: &Field) -> Option<T> {
        let read = self.read_key::<T>(field.key);
        let shown = read.as_ref().map(|(value, place)| (value.write().to_string(), place.clone()));
        self.hold(field, T::words(), shown);
        read.map(|(value, _)| value)
    }

    /// The value of a field that must be there; `None` is noted as a mistake.
    pub fn need<T: Unit>(&mut self, field: &Field) -> Option<T> {
        let value = self.optional::<T>(field);
        if value.is_none() {
            self.note_missing(field.key, T::WANT);
        }
        value
    }

    /// As [`Section::need`], for a field with a smallest and a largest value.
    pub fn need_within<T: Unit + 'static>(
        &mut self,
        field: &Field,
        least: T,
        most: T,
    ) -> Option<T> {
        let value = self.need::<T>(field)?;
        let setting = Setting {
            key: field.key,
            default: least.clone(),
            range: Some((least, most)),
            why: field.why,
        };
        match setting.check(&value) {
            Ok(()) => Some(value),
            Err(problem) => {
                self.fault(field.key, problem);
                None
            }
        }
    }

    /// A list of single values, at most [`LONGEST_LIST`]; absent is empty.
    pub fn values<T: Unit>(&mut self, field: &Field) -> Vec<T> {
        let Some(items) = self.read_list(field.key) else {
            self.hold(field, T::words(), None);
            return Vec::new();
        };
        let place = self.table.0.get(field.key).map(|item| item.place.clone());
        let mut values: Vec<T> = Vec::with_capacity(items.len());
        for item in items {
            match T::read(&item.value) {
                Ok(value) if values.contains(&value) => {
                    let problem = Problem::Twice { got: item.value.shown() };
                    self.note(item.place.clone(), field.key, problem);
                }
                Ok(value) => values.push(value),
                Err(problem) => self.note(item.place.clone(), field.key, problem),
            }
        }
        let shown = Value::List(values.iter().map(|value| Item::new(value.write())).collect());
        self.hold(field, T::words(), place.map(|place| (shown.to_string(), place)));
        values
    }

    /// A table; absent reads as empty, so that its defaults hold.
    pub fn table<T>(&mut self, key: &str, body: impl FnOnce(&mut Section<'_>) -> T) -> T {
        let empty = Table::default();
        self.know(key);
        let (table, place) = match self.table.0.get(key) {
            None => (&empty, self.place.clone()),
            Some(Item { value: Value::Table(table), place }) => (table, place.clone()),
            Some(Item { value, place }) => {
                self.note(place.clone(), key, wrong_type("a table such as { }", value));
                (&empty, place.clone())
            }
        };
        let path = self.path_of(key);
        self.inside(table, path, place, body)
    }

    /// A table that may be absent.
    pub fn optional_table<T>(
        &mut self,
        key: &str,
        body: impl FnOnce(&mut Section<'_>) -> T,
    ) -> Option<T> {
        self.know(key);
        self.table.0.contains_key(key).then(|| self.table(key, body))
    }

    /// The single values of a table by their keys, which are values themselves; absent is empty.
    pub fn map<K: Unit + Ord, V: Unit>(&mut self, key: &str) -> BTreeMap<K, V> {
        self.table(key, |section| {
            let mut values = BTreeMap::new();
            for name in section.table.0.keys() {
                let key = K::read(&Value::Text(name.clone()));
                let value = section.read_key::<V>(name);
                match (key, value) {
                    (Err(problem), _) => section.fault(name, problem),
                    (Ok(_), None) => {}
                    (Ok(key), Some((value, _))) => {
                        if values.insert(key, value).is_some() {
                            let got = Value::Text(name.clone()).shown();
                            section.fault(name, Problem::Twice { got });
                        }
                    }
                }
            }
            values
        })
    }

    /// A list of tables; what `body` returns `None` for is left out.
    pub fn tables<T>(
        &mut self,
        key: &str,
        mut body: impl FnMut(&mut Section<'_>) -> Option<T>,
    ) -> Vec<T> {
        let items = self.read_list(key).unwrap_or_default();
        let mut values = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let Value::Table(table) = &item.value else {
                let problem = wrong_type("a list of tables", &item.value);
                self.note(item.place.clone(), key, problem);
                continue;
            };
            let path = format!("{}.{}", self.path_of(key), label(table, index));
            values.extend(self.inside(table, path, item.place.clone(), &mut body));
        }
        values
    }

    /// Every table in a table, by key: for keys that are names.
    pub fn entries<T>(
        &mut self,
        key: &str,
        mut body: impl FnMut(&str, &mut Section<'_>) -> Option<T>,
    ) -> Vec<T> {
        self.table(key, |section| {
            let mut values = Vec::new();
            for name in section.table.0.keys() {
                values.extend(section.table(name, |inner| body(name, inner)));
            }
            values
        })
    }

    /// A table that somebody else reads later.
    pub fn raw(&mut self, key: &str) -> Table {
        self.know(key);
        match self.table.0.get(key) {
            None => Table::default(),
            Some(Item { value: Value::Table(table), .. }) => table.clone(),
            Some(Item { value, place }) => {
                self.note(place.clone(), key, wrong_type("a table such as { }", value));
                Table::default()
            }
        }
    }

    /// Notes a mistake at a key of this table, at the place of its value.
    pub fn fault(&mut self, key: &str, problem: Problem) {
        let place = self.table.0.get(key).map_or(&self.place, |item| &item.place);
        self.note(place.clone(), key, problem);
    }

    /// Notes a mistake further in: keys, and numbers or names of entries of lists.
    pub fn fault_at(&mut self, path: &[&str], problem: Problem) {
        let place = match place(self.table, path) {
            Place::Document => self.place.clone(),
            deeper => deeper,
        };
        let keys: Vec<String> = path.iter().map(|key| write_key(key)).collect();
        let mut field = keys.join(".");
        if !self.path.is_empty() {
            field = format!("{}.{field}", self.path);
        }
        self.report.errors.push(Error::new(place, field, problem));
    }

    /// Notes every name of a list that stood there before, at the list.
    pub(crate) fn refuse_twins<'n>(
        &mut self,
        key: &str,
        what: &str,
        names: impl Iterator<Item = &'n str>,
    ) {
        let mut seen = BTreeSet::new();
        for name in names {
            if !seen.insert(name) {
                let name = Value::Text(name.to_owned()).shown();
                self.fault(key, Problem::Twice { got: format!("{what} {name}") });
            }
        }
    }

    /// Whether the table has this key.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.table.0.contains_key(key)
    }

    fn inside<T>(
        &mut self,
        table: &Table,
        path: String,
        place: Place,
        body: impl FnOnce(&mut Section<'_>) -> T,
    ) -> T {
        let mut section =
            Section { table, path, place, known: Vec::new(), report: &mut *self.report };
        let value = body(&mut section);
        section.refuse_unknown();
        value
    }

    fn read_key<T: Unit>(&mut self, key: &str) -> Option<(T, Place)> {
        self.know(key);
        let item = self.table.0.get(key)?;
        match T::read(&item.value) {
            Ok(value) => Some((value, item.place.clone())),
            Err(problem) => {
                self.note(item.place.clone(), key, problem);
                None
            }
        }
    }

    fn read_list(&mut self, key: &str) -> Option<&'a [Item]> {
        self.know(key);
        let table = self.table;
        let item = table.0.get(key)?;
        let Value::List(items) = &item.value else {
            self.note(item.place.clone(), key, wrong_type("a list such as [ ]", &item.value));
            return None;
        };
        if items.len() > LONGEST_LIST {
            let problem = Problem::Range {
                got: format!("{} entries", items.len()),
                least: "0".to_owned(),
                most: LONGEST_LIST.to_string(),
            };
            self.note(item.place.clone(), key, problem);
            return None;
        }
        Some(items)
    }

    fn hold(&mut self, field: &Field, words: Vec<&'static str>, written: Option<(String, Place)>) {
        let path = self.path_of(field.key);
        let (value, place) = written.unzip();
        let why = field.why;
        let holding = Holding { path, value, default: None, range: None, words, place, why };
        self.report.holdings.push(holding);
    }

    fn know(&mut self, key: &str) {
        self.known.push(key.to_owned());
    }

    fn path_of(&self, key: &str) -> String {
        let key = write_key(key);
        if self.path.is_empty() { key } else { format!("{}.{key}", self.path) }
    }

    fn note(&mut self, place: Place, key: &str, problem: Problem) {
        let field = self.path_of(key);
        self.report.errors.push(Error::new(place, field, problem));
    }

    fn note_missing(&mut self, key: &str, want: &'static str) {
        // A value that is there but wrong was noted when it was read.
        if !self.table.0.contains_key(key) {
            self.note(self.place.clone(), key, Problem::Missing { want });
        }
    }

    fn refuse_unknown(&mut self) {
        let table = self.table;
        for (key, item) in &table.0 {
            if self.known.iter().any(|known| known == key) {
                continue;
            }
            let hint = hint(key, self.known.iter().map(String::as_str));
            let problem = Problem::UnknownKey { got: item.value.shown(), hint };
            self.note(item.place.clone(), key, problem);
        }
    }
}

/// How an entry of a list of tables is called in paths: by its name, or by its number from 0.
pub(crate) fn label(table: &Table, index: usize) -> String {
    match table.0.get("name").map(|item| &item.value) {
        Some(Value::Text(name)) => write_key(&name.chars().take(64).collect::<String>()),
        _ => index.to_string(),
    }
}

/// The place of the deepest part of a path that was written.
pub(crate) fn place(document: &Table, path: &[&str]) -> Place {
    let mut table = document;
    let mut deepest = Place::Document;
    let mut parts = path.iter();
    while let Some(part) = parts.next() {
        let Some(item) = table.0.get(*part) else { return deepest };
        deepest = item.place.clone();
        match &item.value {
            Value::Table(inner) => table = inner,
            Value::List(items) => {
                let Some(wanted) = parts.next() else { return deepest };
                let mut entries = items.iter().enumerate().filter_map(|(index, item)| {
                    let Value::Table(inner) = &item.value else { return None };
                    let named = label(inner, index) == *wanted || index.to_string() == *wanted;
                    named.then_some((inner, &item.place))
                });
                // The last of several of one name is the one that is one too many.
                let Some((inner, place)) = entries.next_back() else { return deepest };
                deepest = place.clone();
                table = inner;
            }
            Value::Text(_) | Value::Whole(_) | Value::Decimal(_) | Value::Truth(_) => {
                return deepest;
            }
        }
    }
    deepest
}
