//! Documents made by programs: what differs from the defaults, in the order people expect.

use crate::setting::{Field, Setting, Unit};
use crate::value::{Item, Table, Value, write_key};

impl Table {
    /// Adds a setting unless it has its default.
    pub(crate) fn set<T: Unit>(&mut self, setting: &Setting<T>, value: &T) {
        if *value != setting.default {
            self.put(setting.key, value.write());
        }
    }

    /// Adds a list unless it is empty.
    pub(crate) fn set_list<T: Unit>(&mut self, field: &Field, values: &[T]) {
        if !values.is_empty() {
            let items = values.iter().map(|value| Item::new(value.write()));
            self.put(field.key, Value::List(items.collect()));
        }
    }

    /// Adds a table unless it is empty.
    pub(crate) fn nest(&mut self, key: &str, table: Self) {
        if !table.0.is_empty() {
            self.put(key, Value::Table(table));
        }
    }
}

/// Writes a document section by section.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    text: String,
}

impl Writer {
    /// The named entries that are there, in this order.
    pub(crate) fn entries(&mut self, order: &[&str], table: &Table) {
        for key in order {
            if let Some(item) = table.0.get(*key) {
                self.entry(key, &item.value);
            }
        }
    }

    /// `[header]` and its entries, unless there are none.
    pub(crate) fn section(&mut self, header: &str, table: &Table) {
        if table.0.is_empty() {
            return;
        }
        self.text.push_str(&format!("\n[{header}]\n"));
        self.body(header, table);
    }

    /// `[[header]]` and its entries.
    pub(crate) fn list_entry(&mut self, header: &str, table: &Table) {
        self.text.push_str(&format!("\n[[{header}]]\n"));
        self.body(header, table);
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }

    /// The name and plain entries first; tables with headers of their own last, as TOML wants it.
    fn body(&mut self, header: &str, table: &Table) {
        self.entries(&["name"], table);
        for (key, item) in &table.0 {
            if key != "name" && !wants_header(&item.value) {
                self.entry(key, &item.value);
            }
        }
        for (key, item) in &table.0 {
            if !wants_header(&item.value) {
                continue;
            }
            let header = format!("{header}.{}", write_key(key));
            match &item.value {
                Value::Table(table) => self.section(&header, table),
                Value::List(items) => items.iter().filter_map(as_table).for_each(|table| {
                    self.list_entry(&header, table);
                }),
                Value::Text(_) | Value::Whole(_) | Value::Decimal(_) | Value::Truth(_) => {}
            }
        }
    }

    fn entry(&mut self, key: &str, value: &Value) {
        self.text.push_str(&format!("{} = {value}\n", write_key(key)));
    }
}

fn as_table(item: &Item) -> Option<&Table> {
    match &item.value {
        Value::Table(table) => Some(table),
        Value::Text(_) | Value::Whole(_) | Value::Decimal(_) | Value::Truth(_) | Value::List(_) => {
            None
        }
    }
}

/// A list of nothing but tables is too long for one line, and so is a table that holds one.
fn wants_header(value: &Value) -> bool {
    match value {
        Value::List(items) => {
            !items.is_empty() && items.iter().all(|item| as_table(item).is_some())
        }
        Value::Table(table) => table.0.values().any(|item| wants_header(&item.value)),
        Value::Text(_) | Value::Whole(_) | Value::Decimal(_) | Value::Truth(_) => false,
    }
}
