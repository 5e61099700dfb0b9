//! What is said of something, for people and for programs at once.

use crate::output::{Report, columns};
use crate::tx::Amount;
use alloy_primitives::U256;
use serde_json::{Map, Value};
use std::fmt::Display;

/// Names with values, in an order. Names are those of JSON and stay; people read them with spaces.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts(Vec<Fact>);

#[derive(Debug, Clone)]
struct Fact {
    name: &'static str,
    /// Nothing where people are told by another one.
    text: Option<String>,
    json: Value,
}

impl Facts {
    /// One with a text for people and a value for programs.
    pub(crate) fn put(
        mut self,
        name: &'static str,
        text: impl Display,
        json: impl Into<Value>,
    ) -> Self {
        self.0.push(Fact { name, text: Some(text.to_string()), json: json.into() });
        self
    }

    /// One that programs alone are told.
    pub(crate) fn quiet(mut self, name: &'static str, json: impl Into<Value>) -> Self {
        self.0.push(Fact { name, text: None, json: json.into() });
        self
    }

    /// An amount in von: a string of digits for programs.
    pub(crate) fn amount(self, name: &'static str, von: u128) -> Self {
        self.put(name, Amount(U256::from(von)), von.to_string())
    }

    /// A text that is the same for both.
    pub(crate) fn text(self, name: &'static str, text: impl Display) -> Self {
        let text = text.to_string();
        self.put(name, text.clone(), text)
    }

    /// A number.
    pub(crate) fn number(self, name: &'static str, number: u64) -> Self {
        self.put(name, number, number)
    }

    /// And others.
    pub(crate) fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// As an object.
    pub(crate) fn json(&self) -> Value {
        let all = self.0.iter().map(|fact| (fact.name.to_owned(), fact.json.clone()));
        Value::Object(all.collect::<Map<_, _>>())
    }

    /// One on a line.
    pub(crate) fn lines(&self) -> String {
        let rows = self.0.iter().filter_map(|fact| {
            let text = fact.text.as_ref().filter(|text| !text.is_empty())?;
            Some(vec![spaced(fact.name), plain(text)])
        });
        columns(&rows.collect::<Vec<_>>())
    }

    /// What people are told, each as a cell.
    fn cells(&self, cell: impl Fn(&Fact, &str) -> String) -> Vec<String> {
        let shown = |fact: &Fact| fact.text.as_ref().map(|text| cell(fact, text));
        self.0.iter().filter_map(shown).collect()
    }

    /// All of it as a result.
    pub(crate) fn report(self) -> Report {
        Report::new(self.lines(), self.json())
    }
}

/// Things of one kind, one on a line under the names.
pub(crate) fn table(all: &[Facts]) -> String {
    let Some(first) = all.first() else { return String::new() };
    let rows = std::iter::once(first.cells(|fact, _| spaced(fact.name)));
    let rows = rows.chain(all.iter().map(|facts| facts.cells(|_, text| plain(text))));
    columns(&rows.collect::<Vec<_>>())
}

fn spaced(name: &str) -> String {
    name.replace('_', " ")
}

/// What strangers wrote stays on its line, and moves no cursor.
fn plain(text: &str) -> String {
    let visible = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(visible).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_lines_for_people_and_an_object_for_programs() {
        let facts = Facts::default()
            .amount("own_stake", 1_500_000_000_000_000_000)
            .text("name", "a\u{1b}[2Jb")
            .text("website", "")
            .quiet("id", 7u64);
        assert_eq!(facts.lines(), "own stake  1.5 LAT\nname       a [2Jb");
        let json = facts.json();
        assert_eq!(json["own_stake"], "1500000000000000000");
        assert_eq!((&json["name"], &json["id"]), (&Value::from("a\u{1b}[2Jb"), &Value::from(7)));
        assert_eq!(table(&[facts]), "own stake  name    website\n1.5 LAT    a [2Jb");
        assert_eq!(table(&[]), "");
    }
}
