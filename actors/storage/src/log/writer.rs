//! Appending, reading and letting go.

use super::mark;
use super::record::{Found, HEADER, Header, Kind, Place, Sequence, batch_onto};
use super::scan::read_batches;
use super::segment::{self, Identity};
use crate::Error;
use std::ops::Range;
use std::sync::Arc;
use troupe_runtime::Disk;
use troupe_types::Bytes;

/// A segment that is there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment {
    pub(super) number: u64,
    pub(super) first: Sequence,
    /// Bytes, the header among them.
    pub(super) length: u64,
}

/// An open log. There is one writer, in one process.
pub struct Log {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) identity: Identity,
    /// At least one, in order.
    pub(super) segments: Vec<Segment>,
    pub(super) next: Sequence,
    pub(super) limit: Bytes,
    pub(super) has_failed: bool,
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Log({} to {}, {} segments)", self.first(), self.next, self.segments.len())
    }
}

impl Log {
    /// Appends a batch, and returns the number of its first record once all of it is durable. After an
    /// error the log takes no more.
    pub fn append(&mut self, batch: &[(Kind, &[u8])]) -> Result<Sequence, Error> {
        self.append_placed(batch).map(|(first, _)| first)
    }

    /// As [`Log::append`], with the place of the first record but for its length.
    pub(crate) fn append_placed(
        &mut self,
        batch: &[(Kind, &[u8])],
    ) -> Result<(Sequence, Place), Error> {
        let first = self.next;
        if self.has_failed {
            return Err(Error::Failed);
        }
        if batch.is_empty() {
            return Ok((first, Place { segment: 0, offset: 0, length: 0 }));
        }
        let sizes = batch.iter().map(|(_, payload)| HEADER + payload.len());
        let mut bytes = Vec::with_capacity(sizes.sum());
        batch_onto(self.identity.salt, first, batch, &mut bytes)?;
        // From here on nobody knows what is in the file, until the disk has said that it is all there.
        self.has_failed = true;
        if self.current().length >= self.limit.0 {
            self.rotate()?;
        }
        let file = segment::name(self.current().number);
        self.disk.append(&file, &bytes).map_err(Error::io(&file))?;
        let Segment { number, length: offset, .. } = self.current();
        let length = bytes.len() as u64;
        if let Some(current) = self.segments.last_mut() {
            current.length += length;
        }
        self.next = Sequence(first.0 + batch.len() as u64);
        let acknowledged = mark::bytes(self.identity.salt, self.next.previous());
        self.disk.note(mark::FILE, &acknowledged).map_err(Error::io(mark::FILE))?;
        self.has_failed = false;
        Ok((first, Place { segment: number, offset, length: 0 }))
    }

    /// How long the record of a payload is.
    pub(crate) fn record_length(payload: &[u8]) -> u32 {
        u32::try_from(HEADER + payload.len()).unwrap_or(u32::MAX)
    }

    /// The same log for reading alone, as it is now.
    pub(crate) fn read_only(&self) -> Self {
        let (disk, segments) = (Arc::clone(&self.disk), self.segments.clone());
        Self { disk, segments, has_failed: true, ..*self }
    }

    /// Whose log it is.
    #[must_use]
    pub const fn identity(&self) -> Identity {
        self.identity
    }

    /// Begins a segment; what is in the one before is durable.
    fn rotate(&mut self) -> Result<(), Error> {
        let segment = create(&*self.disk, self.identity, self.current().number + 1, self.next)?;
        self.segments.push(segment);
        Ok(())
    }

    pub(super) fn current(&self) -> Segment {
        *self.segments.last().expect("an open log has a segment")
    }

    /// The first record that is kept, or would be.
    #[must_use]
    pub fn first(&self) -> Sequence {
        self.segments.first().map_or(self.next, |segment| segment.first)
    }

    /// The number of the next record.
    #[must_use]
    pub const fn next(&self) -> Sequence {
        self.next
    }

    /// Bytes of all segments.
    #[must_use]
    pub fn size(&self) -> Bytes {
        Bytes(self.segments.iter().map(|segment| segment.length).sum())
    }

    /// Shows the records of a range, in order, until the visitor refuses one. Segments are read whole,
    /// one at a time.
    pub fn replay(
        &self,
        range: Range<Sequence>,
        visit: &mut dyn FnMut(Found<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for (at, segment) in self.segments.iter().enumerate() {
            let end = self.segments.get(at + 1).map_or(self.next, |next| next.first);
            if end <= range.start || segment.first >= range.end {
                continue;
            }
            let file = segment::name(segment.number);
            let bytes = self.disk.read(&file).map_err(Error::io(&file))?;
            let header = segment::HEADER as u64;
            let batches = bytes.get(segment::HEADER..).unwrap_or_default();
            let place = (segment.number, header);
            let scanned = read_batches(self.identity.salt, segment.first, place, batches);
            if header + scanned.end as u64 != segment.length {
                let offset = header + scanned.end as u64;
                return Err(Error::damaged(&file, offset, "it was whole before"));
            }
            let wanted = scanned.records.into_iter();
            for found in wanted.filter(|found| range.contains(&found.sequence)) {
                visit(found)?;
            }
        }
        Ok(())
    }

    /// The first record of a segment that is kept.
    pub(crate) fn start_of(&self, number: u64) -> Option<Sequence> {
        let found = self.segments.iter().find(|segment| segment.number == number);
        found.map(|segment| segment.first)
    }

    /// The first record that stays when segments of which every record is older than `before` go.
    #[must_use]
    pub fn retirable(&self, before: Sequence) -> Sequence {
        let starts = self.segments.iter().map(|segment| segment.first);
        starts.take_while(|first| *first <= before).last().unwrap_or(self.first())
    }

    /// The payload of one record.
    pub fn read(&self, place: Place) -> Result<Vec<u8>, Error> {
        let file = segment::name(place.segment);
        if !self.segments.iter().any(|segment| segment.number == place.segment) {
            return Err(Error::Missing { file });
        }
        let length = usize::try_from(place.length).unwrap_or(usize::MAX);
        let mut bytes =
            self.disk.read_part(&file, place.offset, length).map_err(Error::io(&file))?;
        let salt = self.identity.salt;
        let is_whole =
            Header::read(salt, &bytes).is_some_and(|header| header.payload(salt, &bytes).is_some());
        if !is_whole || bytes.len() != length {
            return Err(Error::damaged(&file, place.offset, "a record of another checksum"));
        }
        Ok(bytes.split_off(HEADER))
    }

    /// Removes segments of which every record is older than `before`, the oldest first.
    pub fn retire(&mut self, before: Sequence) -> Result<usize, Error> {
        let mut removed = 0;
        while let [oldest, next, ..] = self.segments[..]
            && next.first <= before
        {
            let file = segment::name(oldest.number);
            self.disk.remove(&file).map_err(Error::io(&file))?;
            self.segments.remove(0);
            removed += 1;
        }
        Ok(removed)
    }
}

/// Makes the file of a segment, durably.
pub(super) fn create(
    disk: &dyn Disk,
    identity: Identity,
    number: u64,
    first: Sequence,
) -> Result<Segment, Error> {
    let file = segment::name(number);
    let bytes = segment::Header { identity, number, first }.bytes();
    disk.append(&file, &bytes).map_err(Error::io(&file))?;
    Ok(Segment { number, first, length: bytes.len() as u64 })
}
