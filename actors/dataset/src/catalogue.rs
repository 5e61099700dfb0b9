//! Data sets that the owner's keepers added while the process ran. They are on the disk before anybody hears of them.

use crate::Error;
use crate::manager::{Datasets, MOST_OFFERS, Offer, Source, requester};
use crate::table::Table;
use bincode::{Decode, Encode};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use troupe_config::Dataset;
use troupe_learning::message::{Declare, Declared, Inventory, Listed, Retract, Retracted, Shelf};
use troupe_runtime::{Cx, Fault, Handle, Node, Origin, Pool, Reply, record, records};
use troupe_types::Bytes;
use troupe_wire::{CallError, Limit, List, Text, codec};

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
                let (table, policy, price) = (Arc::new(table), dataset.policy, dataset.price.0);
                offers.insert(name, Offer { table, policy, price, source: Source::Added });
            }
            Err(error) => tracing::error!(dataset = %name, %error, "data set cannot be offered"),
        }
    }
    offers
}

fn change(change: &Change) -> Result<Vec<u8>, String> {
    codec::encode(change, Limit::KiB64).map(|bytes| record(&bytes)).map_err(|e| e.to_string())
}

impl Datasets {
    fn check_keeper(&self, origin: &Origin) -> Result<(), String> {
        let from = requester(origin)?;
        if self.keepers.contains(&from) {
            return Ok(());
        }
        Err("only its keepers may change or list what this node offers".to_owned())
    }

    /// What is declared, if it may be added.
    fn declared(&self, text: &str, origin: &Origin) -> Result<Dataset, String> {
        self.check_keeper(origin)?;
        let dataset = Dataset::load(text).map_err(|errors| errors.to_string())?;
        if self.has(dataset.name.as_str()) {
            return Err(format!("there is a data set {} already", dataset.name));
        }
        if self.count() >= MOST_OFFERS {
            return Err(format!("{MOST_OFFERS} data sets are offered already"));
        }
        Ok(dataset)
    }

    /// Puts a data set that was read among the others.
    fn add(
        &mut self,
        dataset: Dataset,
        text: Text<16_384>,
        table: Table,
        cx: &mut Cx<'_, Self>,
    ) -> Result<Shelf, String> {
        let name = dataset.name.to_string();
        // Another one may have come while this one was read.
        if self.has(&name) {
            return Err(format!("there is a data set {name} already"));
        }
        if table.weight > self.room.left {
            return Err(Error::Memory(self.room.left).to_string());
        }
        cx.persist(FILE, change(&Change::Added(text))?);
        self.room.left.0 -= table.weight.0;
        let (table, policy, price) = (Arc::new(table), dataset.policy, dataset.price.0);
        let offer = Offer { table, policy, price, source: Source::Added };
        let shelf = self.shelf(&name, &offer);
        self.insert(name, offer);
        self.list(cx);
        shelf.ok_or_else(|| "its name is too long".to_owned())
    }

    fn shelf(&self, name: &str, offer: &Offer) -> Option<Shelf> {
        Some(Shelf {
            name: Text::new(name).ok()?,
            rows: offer.table.rows as u64,
            columns: u32::try_from(offer.table.columns()).ok()?,
            content: offer.table.content,
            uses: self.room.uses.of(name),
            is_added: offer.source == Source::Added,
        })
    }

    fn retract(&mut self, name: &Text<64>, cx: &mut Cx<'_, Self>) -> Result<(), String> {
        self.check_keeper(cx.origin())?;
        match self.source(name) {
            None => return Err(format!("there is no data set {}", &**name)),
            Some(Source::Manifest) => {
                return Err(format!("{} stands in the manifest of its node", &**name));
            }
            Some(Source::Added) => {}
        }
        cx.persist(FILE, change(&Change::Removed(name.clone()))?);
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
        let dataset = match self.declared(&text, cx.origin()) {
            Ok(dataset) => dataset,
            Err(reason) => {
                reply.send(Declared::No(Text::cut(&reason)), cx);
                return Ok(());
            }
        };
        let (path, declared) = (self.base.join(&dataset.file), dataset.clone());
        let left = self.room.left;
        let load = move || Table::load(&path, &declared, left).map_err(|error| error.to_string());
        let then = move |datasets: &mut Self,
                         loaded: Result<Result<Table, String>, CallError>,
                         cx: &mut Cx<'_, Self>| {
            let loaded = loaded.map_err(|why| why.to_string()).and_then(|loaded| loaded);
            let name = dataset.name.to_string();
            let answer = match loaded.and_then(|table| datasets.add(dataset, text, table, cx)) {
                Ok(shelf) => Declared::As(shelf),
                Err(reason) => Declared::No(Text::cut(&reason)),
            };
            tracing::info!(dataset = %name, ?answer, "data set declared");
            // Leaves when the catalogue is on the disk.
            reply.send(answer, cx);
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
        let answer = match self.retract(&name, cx) {
            Ok(()) => Retracted::Yes,
            Err(reason) => Retracted::No(Text::cut(&reason)),
        };
        tracing::info!(dataset = %&*name, ?answer, "data set retracted");
        reply.send(answer, cx);
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
        let answer = match self.check_keeper(cx.origin()) {
            Ok(()) => {
                let shelves = self.offers().filter_map(|(name, offer)| self.shelf(name, offer));
                let shelves = List::new(shelves.take(MOST_OFFERS).collect());
                Listed::As(shelves.expect("no more than may be offered"))
            }
            Err(reason) => Listed::No(Text::cut(&reason)),
        };
        reply.send(answer, cx);
        Ok(())
    }
}
