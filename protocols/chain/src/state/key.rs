//! Keys of the flat state.

use super::Slot;
use crate::Error;
use core::cmp::Ordering;
use troupe_types::{Address, Hash};

/// Where something is in the flat state. Codes come first, then each account followed by its storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlatKey {
    /// Code by its hash.
    Code(Hash),
    /// An account.
    Account(Address),
    /// A word of an account's storage.
    Slot(Address, Slot),
}

const CODE: u8 = 0;
const ACCOUNT: u8 = 1;
/// After an account's address: its storage.
const STORAGE: u8 = 1;

impl Ord for FlatKey {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.place(), other.place()) {
            (Err(code), Err(other)) => code.cmp(other),
            (Err(_), Ok(_)) => Ordering::Less,
            (Ok(_), Err(_)) => Ordering::Greater,
            (Ok(place), Ok(other)) => place.cmp(&other),
        }
    }
}

impl PartialOrd for FlatKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl FlatKey {
    /// The account and the word of its storage, if it is one; or a code.
    const fn place(&self) -> Result<(&Address, Option<&Slot>), &Hash> {
        match self {
            Self::Code(hash) => Err(hash),
            Self::Account(address) => Ok((address, None)),
            Self::Slot(address, slot) => Ok((address, Some(slot))),
        }
    }

    /// The longest key, in bytes.
    pub const MAX: usize = 1 + 20 + 1 + 32;

    /// As bytes, whose order is the order in which a state is walked through.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Code(hash) => [&[CODE], &hash.0[..]].concat(),
            Self::Account(address) => [&[ACCOUNT], &address.0[..]].concat(),
            Self::Slot(address, slot) => {
                [&[ACCOUNT], &address.0[..], &[STORAGE], &slot.0[..]].concat()
            }
        }
    }

    /// Reads the one key that `bytes` are.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let refused = Error::Malformed { what: "state key", reason: "of no known form" };
        match bytes {
            [CODE, hash @ ..] => {
                hash.try_into().map(|hash| Self::Code(Hash(hash))).map_err(|_| refused)
            }
            [ACCOUNT, rest @ ..] => {
                let (address, rest) = rest.split_first_chunk().ok_or(refused.clone())?;
                let address = Address(*address);
                match rest {
                    [] => Ok(Self::Account(address)),
                    [STORAGE, slot @ ..] => slot
                        .try_into()
                        .map(|slot| Self::Slot(address, Hash(slot)))
                        .map_err(|_| refused),
                    _ => Err(refused),
                }
            }
            _ => Err(refused),
        }
    }

    /// How the keys of an account's storage begin.
    #[must_use]
    pub fn storage_prefix(address: &Address) -> Vec<u8> {
        [&[ACCOUNT], &address.0[..], &[STORAGE]].concat()
    }
}
