//! A flat state in memory.

use super::{Account, Changes, Chunk, Code, FlatKey, ReadError, Slot, StateScan, StateView};
use alloy_primitives::U256;
use std::collections::BTreeMap;
use std::ops::Bound;
use troupe_types::{Address, Bytes, Hash};

/// A whole flat state in memory: the base of simulations and small networks, and of tests.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Flat {
    accounts: BTreeMap<Address, Account>,
    slots: BTreeMap<(Address, Slot), U256>,
    codes: BTreeMap<Hash, Code>,
}

impl Flat {
    /// Writes changes.
    pub fn apply(&mut self, changes: &Changes) {
        for address in &changes.wiped {
            let all = (*address, Hash([0; 32]))..=(*address, Hash([0xff; 32]));
            let gone: Vec<_> = self.slots.range(all).map(|(key, _)| *key).collect();
            for key in gone {
                self.slots.remove(&key);
            }
        }
        for (address, account) in &changes.accounts {
            match account {
                Some(account) => self.accounts.insert(*address, *account),
                None => self.accounts.remove(address),
            };
        }
        for (address, slots) in &changes.storage {
            for (slot, value) in slots {
                if value.is_zero() {
                    self.slots.remove(&(*address, *slot));
                } else {
                    self.slots.insert((*address, *slot), *value);
                }
            }
        }
        let codes = changes.codes.iter().map(|(hash, code)| (*hash, code.clone()));
        self.codes.extend(codes);
    }

    /// Every account, by address.
    #[must_use]
    pub const fn accounts(&self) -> &BTreeMap<Address, Account> {
        &self.accounts
    }

    fn after(&self, after: Option<&FlatKey>) -> Option<(FlatKey, Vec<u8>)> {
        use Bound::{Excluded, Included, Unbounded};
        let codes = match after {
            None => Some(Unbounded),
            Some(FlatKey::Code(hash)) => Some(Excluded(*hash)),
            Some(FlatKey::Account(_) | FlatKey::Slot(..)) => None,
        };
        if let Some(from) = codes
            && let Some((hash, code)) = self.codes.range((from, Unbounded)).next()
        {
            return Some((FlatKey::Code(*hash), code.to_vec()));
        }
        // The storage of the account at hand, then the next account.
        let slots = match after {
            Some(FlatKey::Account(address)) => {
                Some((*address, Included((*address, Hash([0; 32])))))
            }
            Some(FlatKey::Slot(address, slot)) => Some((*address, Excluded((*address, *slot)))),
            Some(FlatKey::Code(_)) | None => None,
        };
        let accounts = match slots {
            None => Unbounded,
            Some((address, from)) => {
                let next = self.slots.range((from, Unbounded)).next();
                if let Some(((_, slot), value)) = next.filter(|((owner, _), _)| *owner == address) {
                    let key = FlatKey::Slot(address, *slot);
                    return Some((key, value.to_be_bytes_trimmed_vec()));
                }
                Excluded(address)
            }
        };
        let (address, account) = self.accounts.range((accounts, Unbounded)).next()?;
        let mut bytes = Vec::new();
        account.encode(&mut bytes);
        Some((FlatKey::Account(*address), bytes))
    }
}

impl StateView for Flat {
    fn account(&self, address: &Address) -> Result<Option<Account>, ReadError> {
        Ok(self.accounts.get(address).copied())
    }

    fn storage(&self, address: &Address, slot: &Slot) -> Result<U256, ReadError> {
        Ok(self.slots.get(&(*address, *slot)).copied().unwrap_or_default())
    }

    fn next_word(
        &self,
        address: &Address,
        after: Option<&Slot>,
    ) -> Result<Option<(Slot, U256)>, ReadError> {
        let last = Bound::Included((*address, Hash([0xff; 32])));
        let first = match after {
            Some(after) => Bound::Excluded((*address, *after)),
            None => Bound::Included((*address, Hash([0; 32]))),
        };
        // There is none above the highest slot, and no range either.
        if after == Some(&Hash([0xff; 32])) {
            return Ok(None);
        }
        let next = self.slots.range((first, last)).next();
        Ok(next.map(|((_, slot), word)| (*slot, *word)))
    }

    fn code(&self, hash: &Hash) -> Result<Code, ReadError> {
        self.codes.get(hash).cloned().ok_or(ReadError::MissingCode { hash: *hash })
    }
}

impl StateScan for Flat {
    fn scan(&self, after: Option<&FlatKey>, limit: Bytes) -> Result<Chunk, ReadError> {
        let mut chunk = Chunk::default();
        let mut size = 0;
        let mut last = after.copied();
        while size < limit.as_usize() {
            let Some((key, value)) = self.after(last.as_ref()) else { break };
            size += FlatKey::MAX + value.len();
            last = Some(key);
            chunk.items.push((key, value));
        }
        Ok(chunk)
    }
}
