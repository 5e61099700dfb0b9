//! The flat state as the chain reads it.

use crate::{Edit, Error, Reader};
use alloy_primitives::U256;
use troupe_chain::state::{Account, Chunk, Code, FlatKey, ReadError, Slot, StateScan, StateView};
use troupe_types::{Address, Bytes, Hash};

impl From<troupe_chain::state::Edit> for Edit {
    fn from(edit: troupe_chain::state::Edit) -> Self {
        use troupe_chain::state::Edit as Change;
        match edit {
            Change::Wipe(address) => Self::Wipe(FlatKey::storage_prefix(&address)),
            Change::Put(key, value) => Self::Put(key.to_bytes(), value),
            Change::Remove(key) => Self::Remove(key.to_bytes()),
        }
    }
}

fn failed(error: Error) -> ReadError {
    ReadError::Store { reason: error.to_string() }
}

impl Reader {
    fn read(&self, key: FlatKey) -> Result<Option<Vec<u8>>, ReadError> {
        self.get(&key.to_bytes()).map_err(failed)
    }
}

impl StateView for Reader {
    fn account(&self, address: &Address) -> Result<Option<Account>, ReadError> {
        let Some(bytes) = self.read(FlatKey::Account(*address))? else { return Ok(None) };
        Account::decode(&bytes).map(Some).map_err(|_| ReadError::Corrupt { what: "account" })
    }

    fn storage(&self, address: &Address, slot: &Slot) -> Result<U256, ReadError> {
        let Some(bytes) = self.read(FlatKey::Slot(*address, *slot))? else { return Ok(U256::ZERO) };
        U256::try_from_be_slice(&bytes).ok_or(ReadError::Corrupt { what: "word of storage" })
    }

    fn code(&self, hash: &Hash) -> Result<Code, ReadError> {
        let code = self.read(FlatKey::Code(*hash))?;
        code.map(Code::from).ok_or(ReadError::MissingCode { hash: *hash })
    }
}

impl StateScan for Reader {
    fn scan(&self, after: Option<&FlatKey>, limit: Bytes) -> Result<Chunk, ReadError> {
        let after = after.map(FlatKey::to_bytes);
        let items = Self::scan(self, after.as_deref(), limit.as_usize()).map_err(failed)?;
        let corrupt = |_| ReadError::Corrupt { what: "key of the state" };
        let keyed = items.into_iter().map(|(key, value)| Ok((FlatKey::from_bytes(&key)?, value)));
        let items = keyed.collect::<Result<_, troupe_chain::Error>>().map_err(corrupt)?;
        Ok(Chunk { items })
    }
}
