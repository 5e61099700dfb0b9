//! One record: a header of [`HEADER`] bytes, a payload.

use crate::Error;
use crate::cursor::Cursor;

/// Bytes of a record's header.
pub(crate) const HEADER: usize = 28;
/// The longest payload: a block, its receipts, and 64 MiB of changes.
pub const MAX_PAYLOAD: usize = 96 << 20;
/// The most records of a batch.
pub const MAX_BATCH: usize = u16::MAX as usize;

/// The number of a record, counted from 1 over the life of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Sequence(pub u64);

impl Sequence {
    /// The number of the first record.
    pub const FIRST: Self = Self(1);

    /// The one after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The one before it; 0, which no record has, before the first.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

impl core::fmt::Display for Sequence {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// What consensus writes before it speaks: a block, a vote with the certificate of the parent, a
    /// proposal, a view given up with the highest certificate.
    Consensus = 1,
    /// A committed block with its proof, receipts and changes: a [`Commit`](crate::Commit).
    Commit = 2,
    /// Evidence of a task.
    Evidence = 3,
    /// A process begins to use the files; the boot of the machine it runs in.
    Boot = 4,
    /// A process ended, and everything it wrote anywhere is synced.
    Close = 5,
    /// The log begins in the middle of a chain; what has to be known of the blocks before.
    Origin = 6,
}

impl Kind {
    const ALL: [Self; 6] =
        [Self::Consensus, Self::Commit, Self::Evidence, Self::Boot, Self::Close, Self::Origin];

    fn of(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == byte)
    }
}

/// Where a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The number of the segment.
    pub segment: u64,
    /// Where its header begins there, in bytes.
    pub offset: u64,
    /// Bytes of header and payload.
    pub length: u32,
}

/// A record that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found<'a> {
    /// Its number.
    pub sequence: Sequence,
    /// What it is.
    pub kind: Kind,
    /// Where it is.
    pub place: Place,
    /// What it says.
    pub payload: &'a [u8],
}

/// What a header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) sequence: Sequence,
    pub(crate) kind: Kind,
    /// Its place in the batch, from 0.
    pub(crate) index: u16,
    /// How many records the batch has.
    pub(crate) count: u16,
    /// Bytes of the payload.
    pub(crate) length: u32,
    payload: u32,
}

pub(crate) fn checksum(salt: u32, bytes: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new_with_initial(salt);
    crc.update(bytes);
    crc.finalize()
}

impl Header {
    fn onto(&self, salt: u32, out: &mut Vec<u8>) {
        let at = out.len();
        out.extend([0; 4]);
        out.extend(self.payload.to_le_bytes());
        out.extend(self.length.to_le_bytes());
        out.extend(self.sequence.0.to_le_bytes());
        out.extend(self.index.to_le_bytes());
        out.extend(self.count.to_le_bytes());
        out.extend([self.kind as u8, 0, 0, 0]);
        let crc = checksum(salt, &out[at + 4..]);
        out[at..at + 4].copy_from_slice(&crc.to_le_bytes());
    }

    /// The header at the start of `bytes`, if one is there.
    pub(crate) fn read(salt: u32, bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.get(..HEADER)?;
        // Cheap, and wrong for nearly all bytes that are no header.
        if bytes[25..] != [0; 3] {
            return None;
        }
        let kind = Kind::of(bytes[24])?;
        let mut fields = Cursor::new("record", bytes);
        let crc = fields.u32().ok()?;
        if checksum(salt, &bytes[4..]) != crc {
            return None;
        }
        let (payload, length) = (fields.u32().ok()?, fields.u32().ok()?);
        let sequence = Sequence(fields.u64().ok()?);
        let (index, count) = (fields.u16().ok()?, fields.u16().ok()?);
        Some(Self { sequence, kind, index, count, length, payload })
    }

    /// The payload behind the header at the start of `bytes`, if it is whole.
    pub(crate) fn payload<'a>(&self, salt: u32, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let length = usize::try_from(self.length).ok()?;
        let payload = bytes.get(HEADER..HEADER.checked_add(length)?)?;
        (checksum(salt, payload) == self.payload).then_some(payload)
    }
}

/// Appends a batch whose first record has the number `first`.
pub(crate) fn batch_onto(
    salt: u32,
    first: Sequence,
    batch: &[(Kind, &[u8])],
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    let got = batch.len();
    let count = u16::try_from(got).map_err(|_| Error::TooLong {
        what: "a batch of records",
        got,
        limit: MAX_BATCH,
    })?;
    let mut sequence = first;
    for (index, (kind, payload)) in (0..count).zip(batch) {
        let got = payload.len();
        let length = u32::try_from(got).ok().filter(|_| got <= MAX_PAYLOAD);
        let what = "a record's payload";
        let length = length.ok_or(Error::TooLong { what, got, limit: MAX_PAYLOAD })?;
        let payload_crc = checksum(salt, payload);
        let header = Header { sequence, kind: *kind, index, count, length, payload: payload_crc };
        header.onto(salt, out);
        out.extend(*payload);
        sequence = sequence.next();
    }
    Ok(())
}
