//! Data sets that the owner added while the process ran. They are on the disk before anybody hears of them.

use crate::Error;
use crate::manager::{Datasets, Offer};
use crate::message::{Declare, Inventory, LONGEST, MOST, Refused, Retract, Shelf, Source};
use crate::table::Table;
use bincode::{Decode, Encode};
use std::collections::BTreeMap;
use std::path::Path;
use troupe_config::{Column, Dataset};
use troupe_runtime::{Cx, Fault, Handle, Node, Pool, Reply, record, records};
use troupe_types::Bytes;
use troupe_wire::{CallError, Limit, Text, codec};

/// The file.
const FILE: &str = "catalogue";

/// A change of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
enum Change {
    /// By its declaration.
    Added(Text<16_384>),
    /// By its name.
    Removed(Text<64>),
}

/// What was added and not removed, by name.
pub(crate) fn load(node: &Node) -> Result<BTreeMap<String, Dataset>, Fault> {
    let Some(disk) = node.disk() else { return Ok(BTreeMap::new()) };
    let failed = |error: std::io::Error| Fault::Storage(format!("{FILE}: {error}"));
    let damaged = |reason: String| Fault::Fatal(format!("{FILE}: {reason}"));
    let bytes = disk.read(FILE).map_err(failed)?;
    let (payloads, used) = records(&bytes);
    let mut found = BTreeMap::new();
    for payload in payloads {
        let change: Change =
            codec::decode(payload, Limit::KiB64).map_err(|error| damaged(error.to_string()))?;
        match change {
            Change::Added(text) => {
                let dataset = Dataset::load(&text).map_err(|errors| damaged(errors.to_string()))?;
                found.insert(dataset.name.to_string(), dataset);
            }
            Change::Removed(name) => {
                found.remove(&*name);
            }
        }
    }
    if used < bytes.len() {
        tracing::warn!(file = FILE, torn = bytes.len() - used, "torn tail removed");
        disk.truncate(FILE, used as u64).map_err(failed)?;
    }
    Ok(found)
}

/// Reads what was added before. A file that is gone since is no reason not to start: the others are still there.
pub(crate) fn reopen(
    added: BTreeMap<String, Dataset>,
    base: &Path,
    left: &mut Bytes,
) -> BTreeMap<String, Offer> {
    let mut offers = BTreeMap::new();
    for (name, dataset) in added {
        match Table::load(&base.join(&dataset.file), &dataset, *left) {
            Ok(table) => {
                left.0 = left.0.saturating_sub(table.weight.0);
                tracing::info!(dataset = %name, rows = table.rows, "data set read");
                offers.insert(name, Offer::new(dataset, table, Source::Added));
            }
            Err(error) => tracing::error!(dataset = %name, %error, "data set cannot be offered"),
        }
    }
    offers
}

fn change(change: &Change) -> Result<Vec<u8>, Refused> {
    let bytes = codec::encode(change, Limit::KiB64);
    bytes.map(|bytes| record(&bytes)).map_err(|error| Refused::Kept(error.to_string()))
}

impl Datasets {
    /// What is declared, if it may be added.
    fn declared(&self, text: &str) -> Result<Dataset, Refused> {
        if text.len() > LONGEST {
            return Err(Refused::Long(text.len()));
        }
        let dataset = Dataset::load(text);
        let dataset = dataset.map_err(|errors| Refused::Declaration(errors.to_string()))?;
        if self.has(dataset.name.as_str()) {
            return Err(Refused::Twice(dataset.name.to_string()));
        }
        if self.count() >= MOST {
            return Err(Refused::Full);
        }
        Ok(dataset)
    }

    /// Puts a data set that was read among the others.
    fn add(
        &mut self,
        dataset: Dataset,
        text: &str,
        table: Table,
        cx: &mut Cx<'_, Self>,
    ) -> Result<Shelf, Refused> {
        let name = dataset.name.to_string();
        // Others may have come while this one was read.
        if self.has(&name) {
            return Err(Refused::Twice(name));
        }
        if self.count() >= MOST {
            return Err(Refused::Full);
        }
        if table.weight > self.room.left {
            return Err(Error::Memory(self.room.left).into());
        }
        let text = Text::new(text).map_err(|error| Refused::Kept(error.to_string()))?;
        cx.persist(FILE, change(&Change::Added(text))?);
        self.room.left.0 -= table.weight.0;
        let offer = Offer::new(dataset, table, Source::Added);
        let shelf = self.shelf(&name, &offer);
        self.insert(name, offer);
        self.list(cx);
        Ok(shelf)
    }

    fn shelf(&self, name: &str, offer: &Offer) -> Shelf {
        let shown = |column: &Column| match offer.table.bounds(&column.name) {
            Some((low, high)) => Column { low: Some(low), high: Some(high), ..column.clone() },
            None => column.clone(),
        };
        Shelf {
            name: name.to_owned(),
            holds: offer.holds,
            // A model is one row of weights to a computation, and none to people.
            rows: if offer.table.model.is_some() { 0 } else { offer.table.rows as u64 },
            columns: offer.columns.iter().map(shown).collect(),
            content: offer.table.content,
            price: offer.price,
            policy: offer.policy.clone(),
            number: self.listed.get(name).copied().filter(|number| *number > 0),
            uses: self.room.uses.of(name),
            source: offer.source,
        }
    }

    fn retract(&mut self, name: &str, cx: &mut Cx<'_, Self>) -> Result<(), Refused> {
        match self.source(name) {
            None => return Err(Refused::Unknown(name.to_owned())),
            Some(Source::Manifest) => return Err(Refused::Fixed(name.to_owned())),
            Some(Source::Added) => {}
        }
        let text = Text::new(name).map_err(|error| Refused::Kept(error.to_string()))?;
        cx.persist(FILE, change(&Change::Removed(text))?);
        if let Some(offer) = self.remove(name) {
            self.room.left.0 += offer.table.weight.0;
        }
        self.list(cx);
        Ok(())
    }
}

impl Handle<Declare> for Datasets {
    fn handle(
        &mut self,
        Declare(text): Declare,
        reply: Reply<Declare>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let dataset = match self.declared(&text) {
            Ok(dataset) => dataset,
            Err(refused) => {
                reply.send(Err(refused), cx);
                return Ok(());
            }
        };
        let (path, declared) = (self.base.join(&dataset.file), dataset.clone());
        let left = self.room.left;
        let load = move || Table::load(&path, &declared, left);
        let then = move |datasets: &mut Self,
                         loaded: Result<Result<Table, Error>, CallError>,
                         cx: &mut Cx<'_, Self>| {
            let name = dataset.name.to_string();
            let loaded = loaded.map_err(Refused::Unread).and_then(|loaded| Ok(loaded?));
            let added = loaded.and_then(|table| datasets.add(dataset, &text, table, cx));
            match &added {
                Ok(shelf) => tracing::info!(dataset = %name, rows = shelf.rows, "data set added"),
                Err(refused) => tracing::info!(dataset = %name, %refused, "data set not added"),
            }
            // Leaves when the catalogue is on the disk.
            reply.send(added, cx);
            Ok(())
        };
        if let Err(why) = cx.pool(Pool::Jobs, load, then) {
            // The asker hears that nobody answers.
            tracing::warn!(%why, "a data set was not read");
        }
        Ok(())
    }
}

impl Handle<Retract> for Datasets {
    fn handle(
        &mut self,
        Retract(name): Retract,
        reply: Reply<Retract>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let gone = self.retract(&name, cx);
        match &gone {
            Ok(()) => tracing::info!(dataset = %name, "data set removed"),
            Err(refused) => tracing::info!(%refused, "data set not removed"),
        }
        reply.send(gone, cx);
        Ok(())
    }
}

impl Handle<Inventory> for Datasets {
    fn handle(
        &mut self,
        Inventory: Inventory,
        reply: Reply<Inventory>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let shelves = self.offers().map(|(name, offer)| self.shelf(name, offer)).collect();
        reply.send(shelves, cx);
        Ok(())
    }
}
