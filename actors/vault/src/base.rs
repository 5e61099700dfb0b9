//! The flat state of the store as the chain reads it.

use crate::Error;
use alloy_primitives::U256;
use troupe_chain::state::{
    Account, Chunk, Code, FlatKey, Progress, ReadError, Rebuild, Root, Slot, StateTrie, StateView,
};
use troupe_storage::Reader;
use troupe_types::{Address, Hash};
use troupe_wire::Fork;

/// About so many bytes of the state are read at once.
const CHUNK: usize = 1 << 20;

/// What lies below all layers.
#[derive(Debug, Clone)]
pub(crate) struct StoredBase(pub(crate) Reader);

impl StoredBase {
    fn get(&self, key: FlatKey) -> Result<Option<Vec<u8>>, ReadError> {
        let found = self.0.get(&key.to_bytes());
        found.map_err(|error| ReadError::Store { reason: error.to_string() })
    }

    /// Builds the tries of the whole state.
    pub(crate) fn rebuild(
        &self,
        fork: &impl Fork,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(StateTrie, Root, Hash), Error> {
        let mut rebuild = Rebuild::new();
        let mut after: Option<Vec<u8>> = None;
        loop {
            let items = self.0.scan(after.as_deref(), CHUNK)?;
            let Some((last, _)) = items.last() else { break };
            after = Some(last.clone());
            let items = items
                .into_iter()
                .map(|(key, value)| Ok((FlatKey::from_bytes(&key)?, value)))
                .collect::<Result<_, troupe_chain::Error>>()?;
            rebuild.feed(&Chunk { items }, fork)?;
            progress(rebuild.progress());
        }
        Ok(rebuild.finish(fork)?)
    }
}

impl StateView for StoredBase {
    fn account(&self, address: &Address) -> Result<Option<Account>, ReadError> {
        let found = self.get(FlatKey::Account(*address))?;
        let read = found.map(|bytes| Account::decode(&bytes)).transpose();
        read.map_err(|_| ReadError::Corrupt { what: "account" })
    }

    fn storage(&self, address: &Address, slot: &Slot) -> Result<U256, ReadError> {
        let found = self.get(FlatKey::Slot(*address, *slot))?;
        let value = found.map_or(Some(U256::ZERO), |bytes| U256::try_from_be_slice(&bytes));
        value.ok_or(ReadError::Corrupt { what: "word of storage" })
    }

    fn next_word(
        &self,
        address: &Address,
        after: Option<&Slot>,
    ) -> Result<Option<(Slot, U256)>, ReadError> {
        let key = after.map(|after| FlatKey::Slot(*address, *after).to_bytes());
        let found = self.0.next(&FlatKey::storage_prefix(address), key.as_deref());
        let found = found.map_err(|error| ReadError::Store { reason: error.to_string() })?;
        let read = |(key, value): (Vec<u8>, Vec<u8>)| match FlatKey::from_bytes(&key) {
            Ok(FlatKey::Slot(_, slot)) => Some((slot, U256::try_from_be_slice(&value)?)),
            _ => None,
        };
        let corrupt = ReadError::Corrupt { what: "word of storage" };
        found.map(|item| read(item).ok_or(corrupt)).transpose()
    }

    fn code(&self, hash: &Hash) -> Result<Code, ReadError> {
        let found = self.get(FlatKey::Code(*hash))?;
        found.map(Code::from).ok_or(ReadError::MissingCode { hash: *hash })
    }
}
