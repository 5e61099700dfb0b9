//! Accounts and their storage.

use crate::arguments::Named;
use crate::backend::Found;
use crate::context::Api;
use crate::error::Error;
use alloy_primitives::U256;
use troupe_chain::state::{Account, AccountProof, Code, EMPTY_CODE, Slot, StateView};
use troupe_types::{Address, Bytes};

impl Api {
    /// An account after a block; one that is not there has nothing.
    pub async fn account(
        &self,
        address: Address,
        block: Named,
    ) -> Result<(Found, Option<Account>), Error> {
        let (found, snapshot) = self.state(block).await?;
        let account = self.read(snapshot, move |state| Ok(state.account(&address)?)).await?;
        Ok((found, account))
    }

    /// The nonce that an account with this one uses next after a block: for [`Named::Pending`], what waits in the
    /// pool counts as sent.
    pub async fn next_nonce(
        &self,
        address: Address,
        nonce: u64,
        block: Named,
    ) -> Result<u64, Error> {
        if block != Named::Pending {
            return Ok(nonce);
        }
        let pooled = self.backend.next_nonce(address).await?;
        // The pool may not have seen the last block yet.
        Ok(pooled.unwrap_or(0).max(nonce))
    }

    /// The code of an account after a block; nothing where it has none.
    pub async fn code(&self, address: Address, block: Named) -> Result<(Found, Code), Error> {
        let (found, snapshot) = self.state(block).await?;
        let read = move |state: &dyn StateView| {
            let account = state.account(&address)?.unwrap_or_default();
            if account.code_hash == EMPTY_CODE {
                return Ok(Code::default());
            }
            Ok(state.code(&account.code_hash)?)
        };
        Ok((found, self.read(snapshot, read).await?))
    }

    /// Words of an account's storage after a block, in the order of their slots; at most
    /// [`Settings::stored_values`](crate::Settings::stored_values).
    pub async fn words(
        &self,
        address: Address,
        slots: Vec<Slot>,
        block: Named,
    ) -> Result<(Found, Vec<U256>), Error> {
        at_most(slots.len(), self.settings.stored_values, "words")?;
        let (found, snapshot) = self.state(block).await?;
        let read = move |state: &dyn StateView| {
            let words = slots.iter().map(|slot| Ok(state.storage(&address, slot)?));
            words.collect::<Result<Vec<_>, Error>>()
        };
        Ok((found, self.read(snapshot, read).await?))
    }

    /// A proof of an account and of some of its storage against a block's state root; at most
    /// [`Settings::proved_slots`](crate::Settings::proved_slots).
    // EIP-1186
    pub async fn prove(
        &self,
        address: Address,
        slots: Vec<Slot>,
        block: Named,
    ) -> Result<(Found, AccountProof), Error> {
        at_most(slots.len(), self.settings.proved_slots, "slots")?;
        let found = self.header(block).await?;
        let height = found.header.height;
        let proof = self.backend.prove(height, address, slots).await?;
        Ok((found, proof.ok_or(Error::NoState { height })?))
    }
}

fn at_most(got: usize, limit: usize, what: &'static str) -> Result<(), Error> {
    if got <= limit {
        return Ok(());
    }
    Err(Error::Limit { what, limit: Bytes::of(limit).0 })
}
