//! What is kept on the disk: where looking for open tasks begins, and of each task what must not be forgotten.

use bincode::{Decode, Encode};
use std::collections::BTreeMap;
use std::io;
use troupe_market::duty::Say;
use troupe_market::statement::{Held, MOST_HELD, MOST_SIGNED, Statement};
use troupe_market::task::MAX_PUBLISHED;
use troupe_runtime::{Disk, Fault, Node, record, records};
use troupe_wire::{Error, Limit, List, codec};

/// Of all tasks.
pub(crate) const FILE: &str = "market";
/// Of one, with its number behind.
const TASK: &str = "market-";
/// A message that was sent is the longest.
const LIMIT: Limit = Limit::KiB64;

/// A record.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Record {
    /// All tasks up to this one are over.
    Over(u64),
    /// The process has registered its account's compute node.
    Registered,
    /// What came of a computation.
    Said(Say),
    /// What was sent to a seat in a round.
    Sent(u8, u32, List<u8, MAX_PUBLISHED>),
    /// The seat and the round of a message that never came.
    Missing(u8, u32),
    /// What others signed.
    Holds(List<Held, MOST_HELD>),
    /// What was signed here.
    Signed(List<Statement, MOST_SIGNED>),
}

impl Record {
    fn decode(bytes: &[u8]) -> Result<Self, Error> {
        codec::decode(bytes, LIMIT)
    }

    /// What is appended for it: the longest one fits.
    pub(crate) fn framed(&self) -> Vec<u8> {
        codec::encode(self, LIMIT).map(|bytes| record(&bytes)).unwrap_or_default()
    }
}

/// Of all tasks.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Marks {
    /// All tasks up to this one are over.
    pub(crate) over: u64,
    /// The process has registered its account's compute node.
    pub(crate) has_registered: bool,
}

/// The file of a task.
pub(crate) fn of_task(task: u64) -> String {
    format!("{TASK}{task}")
}

fn disk(node: &Node) -> Result<&dyn Disk, Fault> {
    let Some(disk) = node.disk() else {
        return Err(Fault::Fatal("a market needs a disk for what was said".to_owned()));
    };
    Ok(&**disk)
}

fn failed(file: &str) -> impl Fn(io::Error) -> Fault {
    let file = file.to_owned();
    move |error| Fault::Storage(format!("{file}: {error}"))
}

fn read(disk: &dyn Disk, file: &str) -> Result<Vec<Record>, Fault> {
    let bytes = disk.read(file).map_err(failed(file))?;
    let (payloads, used) = records(&bytes);
    if used < bytes.len() {
        tracing::warn!(file, torn = bytes.len() - used, "torn tail removed");
        let length = u64::try_from(used).unwrap_or(u64::MAX);
        disk.truncate(file, length).map_err(failed(file))?;
    }
    let read = |payload: &[u8]| {
        Record::decode(payload).map_err(|error| Fault::Fatal(format!("{file}: {error}")))
    };
    payloads.into_iter().map(read).collect()
}

/// What an earlier process left of all tasks, written anew.
pub(crate) fn marks(node: &Node) -> Result<Marks, Fault> {
    let disk = disk(node)?;
    let mut marks = Marks::default();
    let found = read(disk, FILE)?;
    for record in &found {
        match record {
            Record::Over(task) => marks.over = marks.over.max(*task),
            Record::Registered => marks.has_registered = true,
            Record::Said(_)
            | Record::Sent(..)
            | Record::Holds(_)
            | Record::Missing(..)
            | Record::Signed(_) => {}
        }
    }
    if found.len() > 8 {
        let registered = marks.has_registered.then_some(Record::Registered);
        let kept = [Record::Over(marks.over)].into_iter().chain(registered);
        let bytes: Vec<u8> = kept.flat_map(|record| record.framed()).collect();
        disk.replace(FILE, &bytes).map_err(failed(FILE))?;
    }
    Ok(marks)
}

/// What an earlier process left of each task.
pub(crate) fn tasks(node: &Node) -> Result<BTreeMap<u64, Vec<Record>>, Fault> {
    let disk = disk(node)?;
    let mut found = BTreeMap::new();
    for file in disk.list().map_err(failed(TASK))?.into_keys() {
        let Some(task) = file.strip_prefix(TASK).and_then(|number| number.parse().ok()) else {
            continue;
        };
        found.insert(task, read(disk, &file)?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use troupe_market::statement::{Kind, Statement};

    fn any_record() -> impl Strategy<Value = Record> {
        let message = proptest::collection::vec(any::<u8>(), 0..200);
        let kind = (1u8..=6).prop_map(|kind| Kind::of(kind).unwrap());
        let held = (kind, any::<[u8; 3]>(), any::<[u32; 2]>(), any::<[u8; 32]>()).prop_map(
            |(kind, [seat, peer, signed], [round, part], hash)| {
                let hash = troupe_types::Hash(hash);
                let statement = Statement { kind, peer, round, part, hash };
                Held { seat, statement, signature: [signed; 64] }
            },
        );
        let held = proptest::collection::vec(held, 0..4);
        let signed = held.clone().prop_map(|held| {
            let signed = held.into_iter().map(|held: Held| held.statement).collect();
            Record::Signed(List::new(signed).unwrap())
        });
        prop_oneof![
            signed,
            held.prop_map(|held| Record::Holds(List::new(held).unwrap())),
            any::<(u8, u32)>().prop_map(|(of, round)| Record::Missing(of, round)),
            any::<u64>().prop_map(Record::Over),
            Just(Record::Registered),
            any::<Option<u8>>().prop_map(|blamed| Record::Said(Say::GivesUp(blamed))),
            (any::<u8>(), any::<u32>(), message).prop_map(|(to, round, sent)| Record::Sent(
                to,
                round,
                List::new(sent).unwrap()
            )),
        ]
    }

    proptest! {
        #[test]
        fn a_record_is_read_as_it_was_written_and_no_part_of_it_is_another(one in any_record()) {
            let bytes = codec::encode(&one, LIMIT).unwrap();
            prop_assert_eq!(Record::decode(&bytes).unwrap(), one);
            for cut in 0..bytes.len() {
                prop_assert!(Record::decode(&bytes[..cut]).is_err());
            }
        }

        #[test]
        fn bytes_of_somebody_else_are_refused_or_read_as_they_are(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            if let Ok(read) = Record::decode(&bytes) {
                prop_assert_eq!(codec::encode(&read, LIMIT).unwrap(), bytes);
            }
        }
    }

    #[test]
    fn the_longest_message_that_may_be_demanded_fits() {
        let message = List::new(vec![7; MAX_PUBLISHED]).unwrap();
        let sent = Record::Sent(1, u32::MAX, message);
        assert!(!sent.framed().is_empty());
    }
}
