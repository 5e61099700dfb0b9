//! Reading a log that somebody else may be writing: nothing is changed, and nothing is decided.

use super::mark;
use super::open::Cut;
use super::record::{Found, Kind, Sequence};
use super::scan::{Rest, read_batches};
use super::segment::{self, Header, Identity};
use crate::Error;
use std::ops::ControlFlow;
use troupe_runtime::{DRAFT, Disk};
use troupe_types::{Bytes, Hash};

/// A segment as it lies there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The file.
    pub file: String,
    /// Its first record.
    pub first: Sequence,
    /// How many records of whole batches it has.
    pub records: u64,
    /// How long it is.
    pub length: Bytes,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Look {
    /// Whose log it is; `None` where there is none.
    pub identity: Option<Identity>,
    /// The segments, in order; those that cannot be read at all are left out.
    pub segments: Vec<Segment>,
    /// Bytes at the end that are no whole batch: one that a crash cut short, or that is being written.
    pub torn: Option<Cut>,
    /// The number of the next record.
    pub next: Sequence,
    /// The boot of the machine in which it was written last.
    pub boot: Option<Vec<u8>>,
    /// Whether its last record says that everything was synced, everywhere.
    pub was_closed: bool,
    /// What is wrong: each of these makes a start refuse.
    pub wrong: Vec<Error>,
    /// Bytes of all segments.
    pub size: Bytes,
}

/// What is done with each record, and with the bytes of segments read so far. Breaking off ends the look.
pub type Show<'v> = &'v mut dyn FnMut(Found<'_>, Bytes) -> ControlFlow<()>;

/// Reads the log of a chain and shows every record of whole batches, in order, past whatever is damaged. One
/// segment is in memory at a time.
///
/// Beside a process that writes it, what is acknowledged before the look begins is seen; the oldest segments
/// may go meanwhile, which is then an error.
pub fn look(disk: &dyn Disk, chain: Hash, show: Show<'_>) -> Result<Look, Error> {
    // First of all: what is acknowledged later is no loss.
    let mark = disk.read(mark::FILE).map_err(Error::io(mark::FILE))?;
    let names = disk.list().map_err(Error::io("the folder"))?;
    let numbers: Vec<u64> = names.keys().filter_map(|name| segment::number(name)).collect();
    let mut look = Look { next: Sequence::FIRST, ..Look::default() };
    look.size = super::size_on(disk)?;
    let mut read = Bytes::ZERO;
    for (at, number) in numbers.iter().enumerate() {
        if let Some(before) = at.checked_sub(1).and_then(|at| numbers.get(at))
            && before + 1 != *number
        {
            look.wrong.push(Error::Missing { file: segment::name(before + 1) });
        }
        let is_last = at + 1 == numbers.len();
        if look.segment(disk, (*number, is_last), chain, (&mut read, show))?.is_break() {
            return Ok(look);
        }
    }
    look.check_mark(&mark);
    Ok(look)
}

/// Names of segments that were never finished.
#[must_use]
pub fn is_unfinished(name: &str) -> bool {
    name.strip_suffix(DRAFT).is_some_and(|name| segment::number(name).is_some())
}

impl Look {
    fn segment(
        &mut self,
        disk: &dyn Disk,
        (number, is_last): (u64, bool),
        chain: Hash,
        (read, show): (&mut Bytes, Show<'_>),
    ) -> Result<ControlFlow<()>, Error> {
        let file = segment::name(number);
        let bytes = disk.read(&file).map_err(Error::io(&file))?;
        let begun = *read;
        read.0 += bytes.len() as u64;
        let header = match Header::read(&file, &bytes) {
            Ok(header) => header,
            // The sync that began the file did not end.
            Err(Error::Damaged { .. }) if is_last && bytes.len() <= segment::HEADER => {
                self.torn = Some(Cut { file, offset: Bytes::ZERO, length: Bytes::of(bytes.len()) });
                return Ok(ControlFlow::Continue(()));
            }
            Err(error) => {
                self.wrong.push(error);
                return Ok(ControlFlow::Continue(()));
            }
        };
        self.wrong.extend(self.continues(&file, number, &header, chain));
        self.identity.get_or_insert(header.identity);
        let place = (number, segment::HEADER as u64);
        let batches = bytes.get(segment::HEADER..).unwrap_or_default();
        let scanned = read_batches(header.identity.salt, header.first, place, batches);
        let (records, length) = (scanned.records.len() as u64, Bytes::of(bytes.len()));
        self.segments.push(Segment { file: file.clone(), first: header.first, records, length });
        self.next = Sequence(header.first.0.saturating_add(records));
        self.was_closed = scanned.records.last().is_some_and(Found::is_close);
        let end = (segment::HEADER + scanned.end) as u64;
        match scanned.rest {
            Rest::Nothing => {}
            Rest::Torn if is_last => {
                let left = Bytes::of(batches.len() - scanned.end);
                self.torn = Some(Cut { file, offset: Bytes(end), length: left });
            }
            Rest::Torn => self.wrong.push(Error::damaged(&file, end, "a later segment is there")),
            Rest::Damaged { at } => {
                let offset = (segment::HEADER + at) as u64;
                self.wrong.push(Error::damaged(&file, offset, "later records are there"));
            }
        }
        for found in scanned.records {
            if found.kind == Kind::Boot {
                self.boot = Some(found.payload.to_vec());
            }
            let done = found.place.offset + u64::from(found.place.length);
            if show(found, Bytes(begun.0 + done)).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// What is wrong with a segment after those before it.
    fn continues(&self, file: &str, number: u64, header: &Header, want: Hash) -> Option<Error> {
        let got = header.identity.chain;
        if got != want {
            return Some(Error::OtherChain { file: file.to_owned(), got, want });
        }
        let is_later = header.first > self.next;
        if let Some(before) = self.segments.last().filter(|_| is_later && self.wrong.is_empty()) {
            let reason = "it ends before the next one begins";
            return Some(Error::damaged(&before.file, before.length.0, reason));
        }
        let is_next = header.first == self.next && self.identity == Some(header.identity);
        // Of what ends too early the end was named.
        let continues = self.segments.is_empty() || is_next || is_later;
        let fits = header.number == number && continues;
        (!fits).then(|| Error::damaged(file, 0, "it does not continue the segment before"))
    }

    fn check_mark(&mut self, mark: &[u8]) {
        let acknowledged = match self.identity {
            Some(identity) => mark::read(identity.salt, mark),
            None => (!mark.is_empty()).then_some(Sequence::FIRST),
        };
        let Some(acknowledged) = acknowledged.filter(|number| *number >= self.next) else { return };
        let (file, offset) = match (&self.torn, self.segments.last()) {
            (Some(cut), _) => (cut.file.clone(), cut.offset.0),
            (None, Some(segment)) => (segment.file.clone(), segment.length.0),
            (None, None) => (segment::name(1), 0),
        };
        self.wrong.push(Error::Lost { file, offset, last: self.next.previous(), acknowledged });
    }
}
