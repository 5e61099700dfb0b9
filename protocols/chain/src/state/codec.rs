//! Changes as bytes, for the log.

use super::{Account, Changes, Code};
use crate::Error;
use crate::rlp::{Reader, push_bytes, push_list};
use alloy_primitives::U256;
use alloy_rlp::Encodable;
use troupe_crypto::hash::keccak256;
use troupe_types::{Address, Hash};

/// The largest encoding of a block's changes: 64 MiB.
pub const MAX_CHANGES: usize = 64 << 20;
/// The longest code of a contract, as PlatON has it: 512 KiB.
pub const MAX_CODE: usize = 512 << 10;

const WHAT: &str = "state changes";

impl Changes {
    /// The encoding: the list of accounts, wiped storages, storages and codes, each ordered by key.
    /// Refused is what a reader would not take.
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        if let Some(code) = self.codes.values().find(|code| code.len() > MAX_CODE) {
            return Err(Error::TooLong { what: "code", got: code.len(), limit: MAX_CODE });
        }
        let mut bytes = Vec::with_capacity(64 * self.accounts.len());
        push_list(&mut bytes, |out| {
            push_list(out, |out| self.push_accounts(out));
            push_list(out, |out| {
                for address in &self.wiped {
                    address.0.encode(out);
                }
            });
            push_list(out, |out| self.push_storage(out));
            push_list(out, |out| {
                for code in self.codes.values() {
                    push_bytes(code, out);
                }
            });
        });
        if bytes.len() > MAX_CHANGES {
            return Err(Error::TooLong { what: WHAT, got: bytes.len(), limit: MAX_CHANGES });
        }
        Ok(bytes)
    }

    fn push_accounts(&self, out: &mut Vec<u8>) {
        for (address, account) in &self.accounts {
            address.0.encode(out);
            match account {
                Some(account) => account.encode(out),
                None => push_bytes(&[], out),
            }
        }
    }

    fn push_storage(&self, out: &mut Vec<u8>) {
        for (address, slots) in &self.storage {
            address.0.encode(out);
            push_list(out, |out| {
                for (slot, value) in slots {
                    slot.0.encode(out);
                    value.encode(out);
                }
            });
        }
    }

    /// Reads the one set of changes that `bytes` are.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let mut parts = Reader::open(WHAT, bytes, MAX_CHANGES)?;
        let mut changes = Self::default();
        let mut accounts = parts.list()?;
        while !accounts.is_empty() {
            let address = next(&mut accounts, changes.accounts.last_key_value().map(key_of))?;
            let account = if accounts.is_at_list() {
                Some(Account::read(accounts.list()?)?)
            } else if accounts.bytes(0)?.is_empty() {
                None
            } else {
                return Err(accounts.refuse("an account that is neither there nor gone"));
            };
            changes.accounts.insert(address, account);
        }
        let mut wiped = parts.list()?;
        while !wiped.is_empty() {
            let address = next(&mut wiped, changes.wiped.last())?;
            changes.wiped.insert(address);
        }
        let mut storage = parts.list()?;
        while !storage.is_empty() {
            let address = next(&mut storage, changes.storage.last_key_value().map(key_of))?;
            changes.storage.entry(address).or_default();
            changes.read_slots(address, storage.list()?)?;
        }
        let mut codes = parts.list()?;
        while !codes.is_empty() {
            let code = Code::copy_from_slice(codes.bytes(MAX_CODE)?);
            let hash = keccak256(&code);
            if changes.codes.last_key_value().is_some_and(|(last, _)| *last >= hash) {
                return Err(codes.refuse("out of order"));
            }
            changes.codes.insert(hash, code);
        }
        parts.end()?;
        Ok(changes)
    }

    fn read_slots(&mut self, address: Address, mut items: Reader<'_>) -> Result<(), Error> {
        let slots = self.storage.entry(address).or_default();
        if items.is_empty() {
            return Err(items.refuse("storage without a word"));
        }
        while !items.is_empty() {
            let slot: Hash = items.hash()?;
            let value: U256 = items.value()?;
            if slots.last_key_value().is_some_and(|(last, _)| *last >= slot) {
                return Err(items.refuse("out of order"));
            }
            slots.insert(slot, value);
        }
        Ok(())
    }
}

fn key_of<'a, V>((key, _): (&'a Address, &'a V)) -> &'a Address {
    key
}

/// The next address, which has to be above the last one.
fn next(items: &mut Reader<'_>, last: Option<&Address>) -> Result<Address, Error> {
    let address = items.address()?;
    if last.is_some_and(|last| *last >= address) {
        return Err(items.refuse("out of order"));
    }
    Ok(address)
}
