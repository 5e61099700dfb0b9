//! A file of the log: its name and its header.

use super::record::{Sequence, checksum};
use crate::Error;
use crate::cursor::Cursor;
use troupe_types::Hash;

/// Bytes of a segment's header.
pub(crate) const HEADER: usize = 68;
/// The version of the format.
pub(crate) const VERSION: u16 = 1;
const MAGIC: [u8; 8] = *b"troupelg";
const PREFIX: &str = "log-";

/// Whose log it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// The hash of the chain's genesis block.
    pub chain: Hash,
    /// A number that each log draws for itself and keeps to itself.
    pub salt: u32,
}

/// What a segment's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) identity: Identity,
    /// The number of the segment, from 1.
    pub(crate) number: u64,
    /// The number of its first record.
    pub(crate) first: Sequence,
}

/// The name of a segment.
pub(crate) fn name(number: u64) -> String {
    format!("{PREFIX}{number:010}")
}

/// The number of the segment with a name.
pub(crate) fn number(file: &str) -> Option<u64> {
    let number = file.strip_prefix(PREFIX)?.parse().ok()?;
    (name(number) == file).then_some(number)
}

impl Header {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER);
        out.extend(MAGIC);
        out.extend([0; 4]);
        out.extend(VERSION.to_le_bytes());
        out.extend([0; 2]);
        out.extend(self.identity.salt.to_le_bytes());
        out.extend(self.number.to_le_bytes());
        out.extend(self.first.0.to_le_bytes());
        out.extend(self.identity.chain.0);
        let crc = checksum(0, &out[12..]);
        out[8..12].copy_from_slice(&crc.to_le_bytes());
        out
    }

    /// The header at the start of a file.
    pub(crate) fn read(file: &str, bytes: &[u8]) -> Result<Self, Error> {
        let damaged = || Error::damaged(file, 0, "no header of a log segment");
        let bytes = bytes.get(..HEADER).ok_or_else(damaged)?;
        let mut fields = Cursor::new("segment", bytes);
        let (magic, crc) = (fields.array::<8>()?, fields.u32()?);
        if magic != MAGIC || crc != checksum(0, &bytes[12..]) {
            return Err(damaged());
        }
        let (version, _) = (fields.u16()?, fields.u16()?);
        if version != VERSION {
            return Err(Error::Format { file: file.to_owned(), got: version, want: VERSION });
        }
        let (salt, number, first) = (fields.u32()?, fields.u64()?, Sequence(fields.u64()?));
        let identity = Identity { chain: fields.hash()?, salt };
        Ok(Self { identity, number, first })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_the_order_of_numbers_and_nothing_else_is_one() {
        assert_eq!(name(7), "log-0000000007");
        assert_eq!(number(&name(u64::MAX)), Some(u64::MAX));
        for other in ["log-7", "log-", "log-00000000007", "log-0000000007.draft", "log-mark"] {
            assert_eq!(number(other), None, "{other}");
        }
    }

    #[test]
    fn a_header_is_read_back_and_every_changed_byte_is_seen() {
        let identity = Identity { chain: Hash([7; 32]), salt: 9 };
        let header = Header { identity, number: 3, first: Sequence(17) };
        let bytes = header.bytes();
        assert_eq!(bytes.len(), HEADER);
        assert_eq!(Header::read("log-0000000003", &bytes).expect("whole"), header);
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x40;
            assert!(Header::read("x", &changed).is_err(), "byte {at}");
            assert!(Header::read("x", &bytes[..at]).is_err(), "cut at {at}");
        }
    }
}
