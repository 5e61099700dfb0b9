//! Models that stay with this party: its part of each is on the disk, a file each, for later tasks of those for whom it was kept.

use bincode::{Decode, Encode};
use std::io;
use std::sync::Arc;
use troupe_config::SessionSettings;
use troupe_learning::Task;
use troupe_learning::deed::Deed;
use troupe_learning::task::{Kind, Origin};
use troupe_mpc::{Kept, Shelf};
use troupe_runtime::{Disk, Fault, record, records};
use troupe_types::{Hash, Millis, SessionId, UnixMillis};
use troupe_wire::{Limit, codec};

/// The file of a model, with its name behind.
const MODEL: &str = "model-";
/// Of what is written before its shares.
const HEAD: Limit = Limit::KiB16;

/// What this party keeps.
pub(super) struct Models {
    /// Nothing is kept where there is none.
    disk: Option<Arc<dyn Disk>>,
    most: u32,
    life: Millis,
}

/// What stands before the shares of a model.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct Head {
    deed: Deed,
    /// When it was kept.
    since: UnixMillis,
}

/// What a session takes up, and what it leaves.
#[derive(Clone, Default)]
pub(super) struct Stock {
    pub(super) shelf: Shelf,
    /// The task, where its model is to stay.
    pub(super) keeps: Option<Box<Task>>,
}

/// Whether a task is for those who have a model, or are to keep one: then nobody else computes it in their name.
pub(super) fn concerns(task: &Task) -> bool {
    keeps(task) || taken(task).is_some()
}

fn keeps(task: &Task) -> bool {
    match &task.kind {
        Kind::Train(train) => train.reveal.keeps(),
        Kind::Statistics(_) | Kind::Predict(_) => false,
    }
}

/// The model that a task takes up.
fn taken(task: &Task) -> Option<Hash> {
    match task.applied()?.model {
        Origin::Kept(model) => Some(model),
        Origin::Owner(_) => None,
    }
}

impl Models {
    pub(super) fn new(disk: Option<Arc<dyn Disk>>, settings: &SessionSettings) -> Self {
        Self { disk, most: settings.models, life: settings.models_for }
    }

    /// What a task needs of it, while so many others are to keep a model; the error is for the receiver.
    pub(super) fn stock(
        &self,
        task: &Task,
        keeping: usize,
        now: UnixMillis,
    ) -> Result<Stock, String> {
        if !concerns(task) {
            return Ok(Stock::default());
        }
        let Some(disk) = self.disk.as_deref() else {
            return Err("this node has no disk to keep a model on".to_owned());
        };
        if let Some(model) = taken(task) {
            let shelf = Shelf::default();
            shelf.put(self.take(disk, model, task, now)?);
            return Ok(Stock { shelf, keeps: None });
        }
        let kept = self.sweep(disk, now).map_err(|error| {
            tracing::error!(%error, "models on the disk cannot be looked at");
            "its models cannot be looked at".to_owned()
        })?;
        let kept = kept.saturating_add(keeping);
        if kept >= self.most as usize {
            return Err(format!("it keeps {kept} models already"));
        }
        Ok(Stock { shelf: Shelf::default(), keeps: Some(Box::new(task.clone())) })
    }

    fn is_over(&self, head: &Head, now: UnixMillis) -> bool {
        head.since.0.saturating_add(self.life.0) < now.0
    }

    fn take(
        &self,
        disk: &dyn Disk,
        model: Hash,
        task: &Task,
        now: UnixMillis,
    ) -> Result<Kept, String> {
        let unknown = || format!("it has no model {}", model.short());
        let bytes = disk.read(&file(model)).map_err(|error| {
            tracing::error!(%error, model = %model.short(), "a model cannot be read");
            format!("its part of model {} cannot be read", model.short())
        })?;
        let (head, shares) = parts(&bytes).ok_or_else(unknown)?;
        if self.is_over(&head, now) {
            return Err(unknown());
        }
        head.deed.allows(task).map_err(|withheld| withheld.to_string())?;
        let kept = Kept::decode(shares).map_err(|spoilt| {
            tracing::error!(%spoilt, model = %model.short(), "a model is not as it was kept");
            format!("its part of model {} is not as it was kept", model.short())
        })?;
        if kept.id() == model { Ok(kept) } else { Err(unknown()) }
    }

    /// Removes what is too old; how many are left. One that a crash cut off is left alone: it may be one that is just being written.
    fn sweep(&self, disk: &dyn Disk, now: UnixMillis) -> io::Result<usize> {
        let mut kept = 0;
        for name in disk.list()?.into_keys().filter(|name| name.starts_with(MODEL)) {
            let start = disk.read_part(&name, 0, HEAD.bytes())?;
            let (payloads, _) = records(&start);
            let Some(head) = payloads.first().and_then(|head| read_head(head)) else { continue };
            if self.is_over(&head, now) {
                tracing::info!(model = %head.deed.model.short(), "a model has been kept long enough");
                disk.remove(&name)?;
            } else {
                kept += 1;
            }
        }
        Ok(kept)
    }

    /// Removes at the start what need not be there.
    pub(super) fn open(&self, now: UnixMillis) -> Result<(), Fault> {
        let Some(disk) = self.disk.as_deref() else { return Ok(()) };
        let failed = |error: io::Error| Fault::Storage(format!("models: {error}"));
        self.sweep(disk, now).map(drop).map_err(failed)
    }
}

impl Stock {
    /// What is to be on the disk once a session has ended well: files and what is in them.
    pub(super) fn left(&self, session: SessionId, since: UnixMillis) -> Vec<(String, Vec<u8>)> {
        let Some(task) = &self.keeps else { return Vec::new() };
        let written = |kept: Arc<Kept>| {
            let deed = Deed::new(task, kept.id())?;
            let head = codec::encode(&Head { deed, since }, HEAD).ok()?;
            let mut bytes = record(&head);
            bytes.extend(record(&kept.encode()));
            Some((file(kept.id()), bytes))
        };
        self.shelf.of(session).into_iter().filter_map(written).collect()
    }
}

fn file(model: Hash) -> String {
    format!("{MODEL}{model}")
}

fn read_head(bytes: &[u8]) -> Option<Head> {
    codec::decode(bytes, HEAD).ok()
}

/// What stands before the shares, and the shares; nothing where they are not whole.
fn parts(bytes: &[u8]) -> Option<(Head, &[u8])> {
    let (payloads, _) = records(bytes);
    let [first, shares] = payloads[..] else { return None };
    Some((read_head(first)?, shares))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use troupe_types::NodeId;
    use troupe_wire::List;

    fn any_head() -> impl Strategy<Value = Head> {
        let holders = proptest::collection::vec(any::<[u8; 32]>(), 0..16);
        (any::<[[u8; 32]; 4]>(), holders, any::<u64>()).prop_map(|(hashes, holders, since)| {
            let holders = holders.into_iter().map(NodeId).collect();
            let [model, parties @ ..] = hashes;
            let parties = parties.map(NodeId);
            let holders = List::new(holders).unwrap();
            Head { deed: Deed { model: Hash(model), parties, holders }, since: UnixMillis(since) }
        })
    }

    proptest! {
        #[test]
        fn a_head_is_read_as_it_was_written_and_no_part_of_it_is_another(head in any_head()) {
            let bytes = codec::encode(&head, HEAD).unwrap();
            prop_assert_eq!(read_head(&bytes), Some(head));
            for cut in 0..bytes.len() {
                prop_assert_eq!(read_head(&bytes[..cut]), None);
            }
        }

        #[test]
        fn a_file_that_was_cut_off_is_no_model(head in any_head(), cut in any::<prop::sample::Index>()) {
            let mut bytes = record(&codec::encode(&head, HEAD).unwrap());
            bytes.extend(record(&[7; 100]));
            prop_assert_eq!(parts(&bytes), Some((head, &[7; 100][..])));
            prop_assert_eq!(parts(&bytes[..cut.index(bytes.len())]), None);
        }
    }
}
