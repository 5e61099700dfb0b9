//! The table of all settings.

use super::document::Manifest;
use crate::kinds::Kinds;
use crate::section::Holding;
use crate::setting::Unit;
use crate::value::{Item, Table, Value};

/// What entries of lists are called while they are read.
const SAMPLE: &str = "sample";

/// Every setting with its default, range and reason, those of the given kinds included.
///
/// The rows come from reading a document with one entry of everything, so that there is no second
/// list which could say something else than the reader does. Entries of lists are called `NAME`.
#[must_use]
pub fn settings(kinds: &Kinds) -> Vec<Holding> {
    let mut group = Table::default();
    group.put("name", Value::Text(SAMPLE.to_owned()));
    let names = kinds.iter().map(|kind| Item::new(Value::Text(kind.name.to_owned())));
    group.put("actors", Value::List(names.collect()));
    let mut peer = Table::default();
    peer.put("name", Value::Text(SAMPLE.to_owned()));
    let mut network = Table::default();
    network.put("peer", Value::List(vec![Item::new(Value::Table(peer))]));
    let mut document = Table::default();
    document.put("role", Value::Text("role".to_owned()));
    document.put("version", 1u32.write());
    document.put("group", Value::List(vec![Item::new(Value::Table(group))]));
    document.put("network", Value::Table(network));
    document.put("chain", Value::Table(Table::default()));

    let (_, report) = Manifest::read_document(&document, kinds);
    report.holdings.into_iter().map(blank).collect()
}

/// A row without the values of the sample document.
fn blank(row: Holding) -> Holding {
    let path = row.path.replace(&format!(".{SAMPLE}."), ".NAME.");
    Holding { path, value: row.default.clone(), place: None, ..row }
}
