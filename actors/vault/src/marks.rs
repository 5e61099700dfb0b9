//! Which blocks are under which [`Mark`].
//!
//! | key | value |
//! |---|---|
//! | `M` mark, height | nothing: the block of the height is under the mark |
//!
//! No key has the length of a transaction's hash.

use crate::{Error, Keeps, Vault};
use std::collections::BTreeSet;
use troupe_chain::Block;
use troupe_chain::block::Receipt;
use troupe_chain::search::{Found, Kind, Mark, Order, Search, logged};
use troupe_chain::state::FlatKey;
use troupe_storage::{Edit, Reader};
use troupe_types::{Address, Height};

/// How all keys begin.
const MARKED: u8 = b'M';
/// How long they are.
const KEY: usize = 1 + 8 + 8;

fn prefix(mark: Mark) -> [u8; 9] {
    let mut key = [MARKED; 9];
    key[1..].copy_from_slice(&mark.0);
    key
}

fn key(mark: Mark, height: Height) -> [u8; KEY] {
    let mut key = [0; KEY];
    key[..9].copy_from_slice(&prefix(mark));
    key[9..].copy_from_slice(&height.0.to_be_bytes());
    key
}

fn height(key: &[u8]) -> Option<Height> {
    let key: &[u8; KEY] = key.try_into().ok()?;
    key.last_chunk().map(|height| Height(u64::from_be_bytes(*height)))
}

/// The keys under which a block is found by its logs.
pub(crate) fn of_logs(height: Height, receipts: &[Receipt]) -> Vec<Vec<u8>> {
    logged(receipts).into_iter().map(|mark| key(mark, height).to_vec()).collect()
}

/// The keys under which a block is found by the accounts that it concerns: who got a transaction, what was changed.
pub(crate) fn of_accounts(block: &Block, edits: &[Edit]) -> Vec<Vec<u8>> {
    let transactions = &block.body().transactions;
    let mut accounts: BTreeSet<Address> =
        transactions.iter().filter_map(|transaction| transaction.to()).collect();
    accounts.extend(edits.iter().filter_map(|edit| match edit {
        Edit::Put(key, _) | Edit::Remove(key) => match FlatKey::from_bytes(key).ok()? {
            FlatKey::Account(address) => Some(address),
            FlatKey::Slot(..) | FlatKey::Code(_) => None,
        },
        Edit::Wipe(_) => None,
    }));
    let height = block.header().height;
    let keys = accounts.iter().map(|account| key(Mark::account(account), height).to_vec());
    keys.collect()
}

/// The marks of a vault, to be searched without holding up those who use it.
#[derive(Debug)]
pub struct Marks {
    reader: Reader,
    /// Up to which block they are in the index: all above it are looked at.
    flushed: Option<Height>,
    committed: Height,
}

impl Marks {
    /// Those of a vault as it is now; `None` where marks of this kind are not kept.
    #[must_use]
    pub fn of(vault: &Vault, kind: Kind) -> Option<Self> {
        let are_kept = match (kind, vault.keeps) {
            (_, Keeps::States) | (Kind::Logs, Keeps::Blocks) => true,
            (Kind::Accounts, Keeps::Blocks) | (_, Keeps::Recent) => false,
        };
        let committed = vault.store.committed().filter(|_| are_kept)?.height;
        let flushed = vault.store.flushed().map(|tip| tip.height);
        Some(Self { reader: vault.store.reader(), flushed, committed })
    }

    /// Searches: blocks under all that is asked for are found, and maybe others.
    pub fn search(&self, search: &Search) -> Result<Found, Error> {
        let highest = search.highest.min(self.committed);
        let search = Search { highest, ..search.clone() };
        search.run(|mark, from| match search.order {
            Order::Ascending => self.at_or_above(mark, from),
            Order::Descending => self.at_or_below(mark, from),
        })
    }

    fn is_indexed(&self, height: Height) -> bool {
        self.flushed.is_some_and(|flushed| height <= flushed)
    }

    fn at_or_above(&self, mark: Mark, from: Height) -> Result<Option<Height>, Error> {
        if !self.is_indexed(from) {
            return Ok(Some(from));
        }
        let prefix = prefix(mark);
        let mut after = match from.0.checked_sub(1) {
            Some(below) => key(mark, Height(below)).to_vec(),
            None => prefix.to_vec(),
        };
        while let Some((found, _)) = self.reader.derived_after(&prefix, &after)? {
            match height(&found) {
                Some(height) if self.is_indexed(height) => return Ok(Some(height)),
                Some(_) => break,
                // The hash of a transaction, by accident.
                None => after = found,
            }
        }
        Ok(self.flushed.and_then(Height::next))
    }

    fn at_or_below(&self, mark: Mark, from: Height) -> Result<Option<Height>, Error> {
        if !self.is_indexed(from) {
            return Ok(Some(from));
        }
        let prefix = prefix(mark);
        let mut before = key(mark, from.next().unwrap_or(from)).to_vec();
        while let Some((found, _)) = self.reader.derived_before(&prefix, &before)? {
            match height(&found) {
                Some(height) => return Ok(Some(height)),
                None => before = found,
            }
        }
        Ok(None)
    }
}
