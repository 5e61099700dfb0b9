//! What was learned: kept beside the data, and told to its requester where both policies said so.

use super::entry::{Common, Life};
use crate::manager::Datasets;
use crate::table::Table;
use std::sync::Arc;
use troupe_psi::message::{Delivery, Fetch, Fetched, PAGE};
use troupe_runtime::{Cx, Disk, Fault, Handle, Pool, Reply};
use troupe_types::SessionId;
use troupe_wire::{CallError, List, Text};

/// Results that the disk keeps; their owner removes what it has read.
pub(super) const MOST_WRITTEN: usize = 256;

/// The file of a result.
fn file(session: SessionId) -> String {
    format!("match-{session}.csv")
}

/// Whether a file is a result.
pub(super) fn is_result(name: &str) -> bool {
    name.starts_with("match-") && name.ends_with(".csv")
}

/// Writes the keys of common rows, in their order.
fn write(disk: &dyn Disk, file: &str, result: &Matched) -> Result<(), String> {
    let mut line = csv::WriterBuilder::new().from_writer(Vec::new());
    let unwritten = |error: csv::Error| error.to_string();
    line.write_record(&result.columns).map_err(unwritten)?;
    for row in result.rows.iter() {
        let cells = result.columns.iter();
        let cells =
            cells.map(|column| result.table.text(column, *row as usize).unwrap_or_default());
        line.write_record(cells).map_err(unwritten)?;
    }
    let bytes = line.into_inner().map_err(|error| error.to_string())?;
    disk.replace(file, &bytes).map_err(|error| error.to_string())
}

/// Common rows of a table.
struct Matched {
    table: Arc<Table>,
    columns: Vec<String>,
    rows: Arc<[u32]>,
}

impl Datasets {
    /// The rows that this owner learned are common.
    fn matched(&self, session: SessionId) -> Option<Matched> {
        let entry = self.matchings.entries.get(&session)?;
        let Life::Over { common, .. } = &entry.life else { return None };
        let mine = entry.task.owner(entry.side);
        let offer = self.offer(&mine.dataset, entry.task.requester).ok()?;
        if !entry.is_about(&offer.table) {
            return None;
        }
        let columns = mine.keys.iter().map(ToString::to_string).collect();
        Some(Matched { table: Arc::clone(&offer.table), columns, rows: common.rows()? })
    }

    /// Keeps the common keys as a file among the owner's own.
    pub(super) fn write(&mut self, session: SessionId, cx: &mut Cx<'_, Self>) {
        let Some(matched) = self.matched(session) else { return };
        let Some(disk) = cx.node().disk().cloned() else { return };
        let work = move || write(disk.as_ref(), &file(session), &matched);
        let then = move |datasets: &mut Self,
                         written: Result<Result<(), String>, CallError>,
                         _: &mut Cx<'_, Self>| {
            match written.map_err(|why| why.to_string()).and_then(|written| written) {
                Ok(()) => datasets.matchings.written += 1,
                Err(reason) => {
                    tracing::warn!(session = %session.short(), reason, "a result was not written");
                }
            }
            Ok(())
        };
        if let Err(why) = cx.pool(Pool::Urgent, work, then) {
            tracing::warn!(session = %session.short(), %why, "a result was not written");
        }
    }

    fn fetch(&self, fetch: &Fetch, cx: &Cx<'_, Self>) -> Result<Fetched, String> {
        let entry = self.mine(fetch.session, cx).ok_or("no such matching of this requester")?;
        let Life::Over { common, .. } = &entry.life else {
            return Err("it is not over".to_owned());
        };
        let count = match common {
            Common::Nothing => return Err("this owner learned nothing".to_owned()),
            Common::Count(count) => *count,
            Common::Rows(rows) => {
                // No more than items of a set.
                u32::try_from(rows.len()).unwrap_or(u32::MAX)
            }
        };
        if entry.task.delivery == Delivery::Kept {
            return Err("by its task, the result stays with its owners".to_owned());
        }
        let keys = List::new(self.page(fetch)?).map_err(|error| error.to_string())?;
        Ok(Fetched::Common { count, keys })
    }

    /// The keys of the next common rows.
    fn page<const KEYS: usize>(&self, fetch: &Fetch) -> Result<Vec<List<Text<256>, KEYS>>, String> {
        let entry = self.matchings.entries.get(&fetch.session);
        let has_rows = entry.is_some_and(|entry| match &entry.life {
            Life::Over { common, .. } => common.rows().is_some(),
            Life::Preparing | Life::Running(_) => false,
        });
        if !has_rows {
            return Ok(Vec::new());
        }
        let matched = self.matched(fetch.session).ok_or("the data set is not what it was")?;
        let rows = matched.rows.iter().skip(fetch.from as usize).take(PAGE);
        let key = |row: &u32| {
            let cells = matched.columns.iter().map(|column| {
                let cell = matched.table.text(column, *row as usize).unwrap_or_default();
                Text::new(cell).map_err(|_| "a key exceeds 256 bytes".to_owned())
            });
            List::new(cells.collect::<Result<Vec<_>, _>>()?).map_err(|error| error.to_string())
        };
        rows.map(key).collect()
    }
}

impl Handle<Fetch> for Datasets {
    fn handle(
        &mut self,
        fetch: Fetch,
        reply: Reply<Fetch>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let answer = match self.fetch(&fetch, cx) {
            Ok(common) => common,
            Err(reason) => Fetched::No(Text::cut(&reason)),
        };
        reply.send(answer, cx);
        Ok(())
    }
}
