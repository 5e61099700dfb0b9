//! States of the past.

use crate::versions::Versioned;
use crate::{Keeps, Vault};
use alloy_primitives::U256;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use troupe_chain::state::{
    Account, AccountProof, Code, FlatKey, ReadError, Slot, StateView, prove_flat,
};
use troupe_chain::trie::EMPTY_ROOT;
use troupe_storage::Reader;
use troupe_storage::state::Item;
use troupe_types::{Address, Hash, Height};

/// How far back `BLOCKHASH` sees. Yellow paper, 9.4.2
const BEHIND: u64 = 256;

/// The state after a block of the past, and the blocks before it: read from a vault that
/// [keeps states](crate::Keeps::States).
#[derive(Clone)]
pub struct Archived {
    vault: Arc<Mutex<Vault>>,
    reader: Reader,
    height: Height,
    /// Whether the index has all of it, and nobody who writes has to wait for a read.
    is_flushed: bool,
    /// What went wrong where no error could be given: nothing is read any more.
    failed: Arc<OnceLock<String>>,
}

impl std::fmt::Debug for Archived {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Archived({})", self.height)
    }
}

impl Archived {
    /// The state after a final block, of the vault that is behind `shared`. `None` above the last one,
    /// and where states are not kept.
    #[must_use]
    pub fn of(vault: &Vault, shared: &Arc<Mutex<Vault>>, height: Height) -> Option<Self> {
        let is_there = vault.store.committed().is_some_and(|tip| height <= tip.height);
        if !is_there || vault.keeps != Keeps::States {
            return None;
        }
        Some(Self {
            vault: Arc::clone(shared),
            reader: vault.store.reader(),
            height,
            is_flushed: vault.store.flushed().is_some_and(|tip| height <= tip.height),
            failed: Arc::default(),
        })
    }

    /// The hash of one of the 256 blocks before the one of this state. After an error here every read
    /// of the state is one.
    #[must_use]
    pub fn ancestor(&self, height: Height) -> Option<Hash> {
        if height >= self.height || self.height.0 - height.0 > BEHIND {
            return None;
        }
        match self.lock().store.block(height) {
            Ok(found) => found.map(|commit| commit.hash),
            Err(error) => {
                let _ = self.failed.set(error.to_string());
                None
            }
        }
    }

    /// Proves an account and words of its storage against the state root: all accounts and all of the account's
    /// words are read, and the nodes on the ways to what was asked for are made from them. At most `most` accounts
    /// and words are read; of a larger state nothing is proven.
    pub fn prove(
        &self,
        address: &Address,
        slots: &[Slot],
        most: usize,
    ) -> Result<Option<(Hash, AccountProof)>, ReadError> {
        let (mut accounts, mut after) = (Vec::new(), None);
        while let Some(next) = self.next_account(after.as_ref())? {
            if let Some(account) = self.account(&next)? {
                accounts.push((next, account));
            }
            if accounts.len() > most {
                return Ok(None);
            }
            after = Some(next);
        }
        let (mut words, mut after) = (Vec::new(), None);
        // Of an account that ended itself words are left that are of no storage any more.
        let has_storage = self.account(address)?.is_some_and(|it| it.storage_root != EMPTY_ROOT);
        while has_storage && let Some((slot, word)) = self.next_word(address, after.as_ref())? {
            words.push((slot, word));
            if words.len() + accounts.len() > most {
                return Ok(None);
            }
            after = Some(slot);
        }
        Ok(Some(prove_flat(&accounts, address, &words, slots)))
    }

    /// The first account above one of which some block wrote something.
    fn next_account(&self, after: Option<&Address>) -> Result<Option<Address>, ReadError> {
        let prefix = Versioned::ACCOUNTS;
        let after = after
            .map_or_else(|| prefix.to_vec(), |after| Versioned::Account(*after).key(Height::ZERO));
        let found = self.first_after(prefix, &after)?;
        Ok(found.and_then(|(key, _)| Versioned::address(&key)))
    }

    /// The newest version that is not above the height, and the height it is of.
    fn newest(&self, key: Versioned) -> Result<Option<(Height, Vec<u8>)>, ReadError> {
        let found = self.first_after(&key.prefix(), &key.before(self.height))?;
        let read = |(key, value): (Vec<u8>, _)| Some((Versioned::height(&key)?, value));
        Ok(found.and_then(read))
    }

    /// The first slot above one that some block wrote something under.
    fn next_slot(
        &self,
        address: &Address,
        after: Option<&Slot>,
    ) -> Result<Option<Slot>, ReadError> {
        let prefix = Versioned::slots(address);
        let after = after.map_or_else(
            || prefix.clone(),
            // The oldest version of all is the last of its slot.
            |after| Versioned::Slot(*address, *after).key(Height::ZERO),
        );
        let found = self.first_after(&prefix, &after)?;
        Ok(found.and_then(|(key, _)| Versioned::slot(&key)))
    }

    fn first_after(&self, prefix: &[u8], after: &[u8]) -> Result<Option<Item>, ReadError> {
        if let Some(reason) = self.failed.get() {
            return Err(ReadError::Store { reason: reason.clone() });
        }
        let found = match self.is_flushed {
            true => self.reader.derived_after(prefix, after),
            false => self.lock().store.derived_after(prefix, after),
        };
        found.map_err(|error| ReadError::Store { reason: error.to_string() })
    }

    fn lock(&self) -> MutexGuard<'_, Vault> {
        self.vault.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StateView for Archived {
    fn account(&self, address: &Address) -> Result<Option<Account>, ReadError> {
        let newest = self.newest(Versioned::Account(*address))?;
        let there = newest.filter(|(_, bytes)| !bytes.is_empty());
        let read = there.map(|(_, bytes)| Account::decode(&bytes)).transpose();
        read.map_err(|_| ReadError::Corrupt { what: "account" })
    }

    fn storage(&self, address: &Address, slot: &Slot) -> Result<U256, ReadError> {
        let Some((set, word)) = self.newest(Versioned::Slot(*address, *slot))? else {
            return Ok(U256::ZERO);
        };
        let wiped = self.newest(Versioned::Wipe(*address))?;
        if wiped.is_some_and(|(wiped, _)| wiped > set) {
            return Ok(U256::ZERO);
        }
        U256::try_from_be_slice(&word).ok_or(ReadError::Corrupt { what: "word of storage" })
    }

    fn next_word(
        &self,
        address: &Address,
        after: Option<&Slot>,
    ) -> Result<Option<(Slot, U256)>, ReadError> {
        let mut after = after.copied();
        while let Some(slot) = self.next_slot(address, after.as_ref())? {
            let word = self.storage(address, &slot)?;
            if !word.is_zero() {
                return Ok(Some((slot, word)));
            }
            after = Some(slot);
        }
        Ok(None)
    }

    fn code(&self, hash: &Hash) -> Result<Code, ReadError> {
        let key = FlatKey::Code(*hash).to_bytes();
        let found = match self.is_flushed {
            true => self.reader.get(&key),
            false => self.lock().store.get(&key),
        };
        let found = found.map_err(|error| ReadError::Store { reason: error.to_string() })?;
        found.map(Code::from).ok_or(ReadError::MissingCode { hash: *hash })
    }
}
