//! A log as a process before left it.

use super::mark;
use super::record::{Found, Sequence};
use super::scan::{Rest, read_batches};
use super::segment::{self, Header, Identity};
use super::writer::{Log, Segment, create};
use crate::Error;
use std::sync::Arc;
use troupe_runtime::{DRAFT, Disk};
use troupe_types::Bytes;

/// What was cut off the end: bytes of a batch that was never acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The file.
    pub file: String,
    /// From where on.
    pub offset: Bytes,
    /// How much.
    pub length: Bytes,
}

/// An open log, and how it was found.
#[derive(Debug)]
pub struct Opened {
    /// The log.
    pub log: Log,
    /// What was cut off its end.
    pub cut: Option<Cut>,
    /// Whether its last record says that everything was synced, everywhere.
    pub was_closed: bool,
}

/// What is done with each record, and with the bytes of segments read so far.
pub type Visit<'v> = &'v mut dyn FnMut(Found<'_>, Bytes) -> Result<(), Error>;

impl Log {
    /// Opens the log of a chain, or begins one with the salt of `identity`; the salt of a log that is
    /// there is its own. Shows every record, in order. A segment grows to about `limit`.
    ///
    /// Refused is a log that lacks anything which was acknowledged.
    pub fn open(
        disk: Arc<dyn Disk>,
        identity: Identity,
        limit: Bytes,
        visit: Visit<'_>,
    ) -> Result<Opened, Error> {
        let numbers = segments(&*disk)?;
        let (segments, next) = (Vec::new(), Sequence::FIRST);
        let log = Self { disk, identity, segments, next, limit, has_failed: false };
        let mut opened = Opened { log, cut: None, was_closed: false };
        let Some((last, inner)) = numbers.split_last() else {
            opened.log.check_mark(segment::name(1), 0)?;
            opened.log.begin(1)?;
            return Ok(opened);
        };
        for number in inner {
            opened.take_inner(*number, visit)?;
        }
        opened.take_last(*last, visit)?;
        Ok(opened)
    }

    fn begin(&mut self, number: u64) -> Result<(), Error> {
        let segment = create(&*self.disk, self.identity, number, self.next)?;
        self.segments.push(segment);
        Ok(())
    }

    fn read_segment(&self, number: u64) -> Result<(String, Vec<u8>), Error> {
        let file = segment::name(number);
        let bytes = self.disk.read(&file).map_err(Error::io(&file))?;
        Ok((file, bytes))
    }

    /// Whether a segment continues what was read.
    fn check(&self, file: &str, number: u64, header: &Header) -> Result<(), Error> {
        let (got, want) = (header.identity.chain, self.identity.chain);
        if got != want {
            return Err(Error::OtherChain { file: file.to_owned(), got, want });
        }
        if let Some(before) = self.segments.last()
            && header.first > self.next
        {
            let file = segment::name(before.number);
            return Err(Error::damaged(&file, before.length, "it ends before the next one begins"));
        }
        let continues = self.segments.is_empty()
            || (header.first == self.next && header.identity.salt == self.identity.salt);
        if header.number != number || !continues {
            return Err(Error::damaged(file, 0, "it does not continue the segment before"));
        }
        Ok(())
    }

    /// Whether all that was acknowledged is there, in a log that ends with this file.
    fn check_mark(&self, file: String, offset: u64) -> Result<(), Error> {
        let bytes = self.disk.read(mark::FILE).map_err(Error::io(mark::FILE))?;
        // Of a log that is gone the salt is gone, too.
        let salt = self.identity.salt;
        let acknowledged = match mark::read(salt, &bytes) {
            Some(acknowledged) => acknowledged,
            None if self.segments.is_empty() && !bytes.is_empty() => Sequence::FIRST,
            None => return Ok(()),
        };
        if acknowledged < self.next {
            return Ok(());
        }
        Err(Error::Lost { file, offset, last: self.next.previous(), acknowledged })
    }
}

impl Opened {
    /// Takes over a segment that others follow.
    fn take_inner(&mut self, number: u64, visit: Visit<'_>) -> Result<(), Error> {
        let (file, bytes) = self.log.read_segment(number)?;
        let header = Header::read(&file, &bytes)?;
        let end = self.take(number, &header, (&file, &bytes), visit)?;
        if end < bytes.len() {
            return Err(Error::damaged(&file, end as u64, "a later segment is there"));
        }
        Ok(())
    }

    /// Takes over the last segment, and makes sure that it is on the disk as it was read.
    fn take_last(&mut self, number: u64, visit: Visit<'_>) -> Result<(), Error> {
        let (file, bytes) = self.log.read_segment(number)?;
        let header = match Header::read(&file, &bytes) {
            // The sync that began the file did not end, so that nothing else was written to it.
            Err(Error::Damaged { .. }) if bytes.len() <= segment::HEADER => {
                let length = Bytes::of(bytes.len());
                self.log.check_mark(file.clone(), 0)?;
                self.log.disk.remove(&file).map_err(Error::io(&file))?;
                self.cut = Some(Cut { file, offset: Bytes::ZERO, length });
                return self.log.begin(number);
            }
            outcome => outcome?,
        };
        let end = self.take(number, &header, (&file, &bytes), visit)?;
        self.log.check_mark(file.clone(), end as u64)?;
        if end < bytes.len() {
            let length = Bytes::of(bytes.len() - end);
            self.cut = Some(Cut { file: file.clone(), offset: Bytes::of(end), length });
        }
        if end < bytes.len() || !self.was_closed {
            self.log.disk.replace(&file, &bytes[..end]).map_err(Error::io(&file))?;
        }
        Ok(())
    }

    /// Shows the records of a segment; where its whole batches end.
    fn take(
        &mut self,
        number: u64,
        header: &Header,
        (file, bytes): (&str, &[u8]),
        visit: Visit<'_>,
    ) -> Result<usize, Error> {
        self.log.check(file, number, header)?;
        let place = (number, segment::HEADER as u64);
        let batches = &bytes[segment::HEADER..];
        let scanned = read_batches(header.identity.salt, header.first, place, batches);
        if let Rest::Damaged { at } = scanned.rest {
            let offset = (segment::HEADER + at) as u64;
            return Err(Error::damaged(file, offset, "later records are there"));
        }
        let (end, before) = (segment::HEADER + scanned.end, self.log.size());
        let first = header.first;
        self.log.identity = header.identity;
        self.log.next = Sequence(first.0 + scanned.records.len() as u64);
        self.log.segments.push(Segment { number, first, length: end as u64 });
        if let Some(last) = scanned.records.last() {
            self.was_closed = last.is_close();
        }
        for found in scanned.records {
            let read = Bytes(before.0 + found.place.offset + u64::from(found.place.length));
            visit(found, read)?;
        }
        Ok(end)
    }
}

/// The numbers of the segments, without a gap. What was never finished is removed.
fn segments(disk: &dyn Disk) -> Result<Vec<u64>, Error> {
    let names = disk.list().map_err(Error::io("the folder"))?;
    let mut numbers: Vec<u64> = Vec::new();
    for name in names.keys() {
        let finished = name.strip_suffix(DRAFT).unwrap_or(name);
        let Some(number) = segment::number(finished) else { continue };
        if finished != name {
            disk.remove(name).map_err(Error::io(name))?;
            continue;
        }
        let want = numbers.last().map_or(number, |last| last + 1);
        if number != want {
            return Err(Error::Missing { file: segment::name(want) });
        }
        numbers.push(number);
    }
    Ok(numbers)
}

/// Bytes of all segments on a disk.
pub(crate) fn size_on(disk: &dyn Disk) -> Result<Bytes, Error> {
    let names = disk.list().map_err(Error::io("the folder"))?;
    let ours = names.iter().filter(|(name, _)| segment::number(name).is_some());
    Ok(Bytes(ours.map(|(_, length)| length).sum()))
}
