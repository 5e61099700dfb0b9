//! Pieces of a flat state, for state files.

use super::{Account, FlatKey, MAX_CODE};
use crate::Error;
use crate::rlp::{Reader, push_bytes, push_list};

/// The largest chunk, encoded: 4 MiB.
pub const MAX_CHUNK: usize = 4 << 20;

/// Keys and values of a flat state, ascending.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chunk {
    /// The items.
    pub items: Vec<(FlatKey, Vec<u8>)>,
}

impl Chunk {
    /// Bytes of keys and values.
    #[must_use]
    pub fn size(&self) -> usize {
        self.items.iter().map(|(_, value)| FlatKey::MAX + value.len()).sum()
    }

    /// The encoding: the list of keys and values. Refused is a chunk over [`MAX_CHUNK`].
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::with_capacity(self.size());
        push_list(&mut bytes, |out| {
            for (key, value) in &self.items {
                push_bytes(&key.to_bytes(), out);
                push_bytes(value, out);
            }
        });
        if bytes.len() > MAX_CHUNK {
            return Err(Error::TooLong { what: "state chunk", got: bytes.len(), limit: MAX_CHUNK });
        }
        Ok(bytes)
    }

    /// Reads the one chunk that `bytes` are. Values are checked to be of their kind.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let mut list = Reader::open("state chunk", bytes, MAX_CHUNK)?;
        let mut chunk = Self::default();
        while !list.is_empty() {
            let key = FlatKey::from_bytes(list.bytes(FlatKey::MAX)?)?;
            if chunk.items.last().is_some_and(|(last, _)| *last >= key) {
                return Err(list.refuse("out of order"));
            }
            let value = list.bytes(MAX_CODE)?;
            check(&key, value)?;
            chunk.items.push((key, value.to_vec()));
        }
        Ok(chunk)
    }
}

/// Whether a value can stand under a key.
fn check(key: &FlatKey, value: &[u8]) -> Result<(), Error> {
    let refuse = |reason| Err(Error::Malformed { what: "state chunk", reason });
    match key {
        FlatKey::Code(_) => Ok(()),
        FlatKey::Account(_) => Account::decode(value).map(drop),
        FlatKey::Slot(..) if value.is_empty() => refuse("a word that is zero"),
        FlatKey::Slot(..) if value.len() > 32 => refuse("a word of more than 32 bytes"),
        FlatKey::Slot(..) if value[0] == 0 => refuse("a number with leading zeros"),
        FlatKey::Slot(..) => Ok(()),
    }
}
