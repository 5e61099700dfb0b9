//! The journal as the package's instructions want it. Prices are taken elsewhere, so that nothing here is
//! cold or warm.

use super::Journal;
use crate::observe::Observer;
use alloy_primitives::U256;
use evm::interpreter::runtime::{
    Log, RuntimeBackend, RuntimeBaseBackend, RuntimeEnvironment, SetCodeOrigin, TouchKind,
};
use evm::interpreter::{ExitError, ExitException, ExitFatal};
use primitive_types::{H160, H256};
use troupe_chain::state::{EMPTY_CODE, StateView};
use troupe_chain::trie::EMPTY_ROOT;
use troupe_types::{Address, Hash, Height};

/// How many blocks back `BLOCKHASH` sees.
const ANCESTORS: u64 = 256;

const fn address(raw: H160) -> Address {
    Address(raw.0)
}

const fn hash(raw: H256) -> Hash {
    Hash(raw.0)
}

fn number(raw: H256) -> U256 {
    U256::from_be_bytes(raw.0)
}

fn raw(number: U256) -> H256 {
    H256(number.to_be_bytes())
}

/// What the interpreter of this crate does itself.
fn not_here(what: &'static str) -> ExitError {
    ExitFatal::Other(what.into()).into()
}

impl<V: StateView, O: Observer> Journal<V, O> {
    /// The hash of an earlier block; zero for what is too far back.
    pub(crate) fn ancestor(&self, height: u64) -> Hash {
        let here = self.env.height.0;
        let is_seen = height < here && here - height <= ANCESTORS;
        is_seen.then(|| self.env.ancestors.hash(Height(height))).flatten().unwrap_or_default()
    }

    /// The hash of an account's code; zero where there is no account.
    // EIP-1052
    pub(crate) fn code_hash_of(&self, of: &Address) -> Hash {
        let account = self.account(of);
        if account.is_empty() { Hash::default() } else { account.code_hash }
    }

    /// Whether a contract may begin there.
    // EIP-684, EIP-7610
    pub(crate) fn is_free(&self, at: &Address) -> bool {
        let account = self.account(at);
        account.nonce == 0 && account.code_hash == EMPTY_CODE && account.storage_root == EMPTY_ROOT
    }
}

impl<V: StateView, O: Observer> RuntimeEnvironment for Journal<V, O> {
    fn block_hash(&self, number: U256) -> H256 {
        let found = u64::try_from(number).map(|height| self.ancestor(height));
        H256(found.unwrap_or_default().0)
    }

    fn block_number(&self) -> U256 {
        U256::from(self.env.height.0)
    }

    fn block_coinbase(&self) -> H160 {
        H160(self.env.coinbase.0)
    }

    fn block_timestamp(&self) -> U256 {
        U256::from(self.env.time.0 / 1_000)
    }

    fn block_difficulty(&self) -> U256 {
        U256::ZERO
    }

    fn block_randomness(&self) -> Option<H256> {
        Some(H256(self.env.randomness.0))
    }

    fn block_gas_limit(&self) -> U256 {
        U256::from(self.env.gas_limit.0)
    }

    fn block_base_fee_per_gas(&self) -> U256 {
        U256::from(self.env.base_fee)
    }

    fn blob_versioned_hash(&self, _: U256) -> H256 {
        H256::zero()
    }

    fn blob_base_fee_per_gas(&self) -> U256 {
        // The least there is: no transaction of this chain carries blobs. EIP-4844
        U256::from(1)
    }

    fn chain_id(&self) -> U256 {
        U256::from(self.env.chain_id)
    }
}

impl<V: StateView, O: Observer> RuntimeBaseBackend for Journal<V, O> {
    fn balance(&self, of: H160) -> U256 {
        self.account(&address(of)).balance
    }

    fn code_size(&self, of: H160) -> U256 {
        U256::from(self.program(&address(of)).code().len())
    }

    fn code_hash(&self, of: H160) -> H256 {
        H256(self.code_hash_of(&address(of)).0)
    }

    fn code(&self, of: H160) -> Vec<u8> {
        self.program(&address(of)).code().to_vec()
    }

    fn storage(&self, of: H160, index: H256) -> H256 {
        raw(self.word((address(of), hash(index))))
    }

    fn transient_storage(&self, of: H160, index: H256) -> H256 {
        raw(self.load_transient(address(of), hash(index)))
    }

    fn exists(&self, what: H160) -> bool {
        !self.account(&address(what)).is_empty()
    }

    fn nonce(&self, of: H160) -> U256 {
        U256::from(self.account(&address(of)).nonce)
    }
}

impl<V: StateView, O: Observer> RuntimeBackend for Journal<V, O> {
    fn original_storage(&self, of: H160, index: H256) -> H256 {
        self.storage(of, index)
    }

    fn deleted(&self, what: H160) -> bool {
        self.transaction.deleted.contains(&address(what))
    }

    fn created(&self, what: H160) -> bool {
        self.transaction.created.contains(&address(what))
    }

    fn is_cold(&self, _: H160, _: Option<H256>) -> bool {
        false
    }

    fn mark_hot(&mut self, what: H160, _: TouchKind) {
        self.touch(address(what));
    }

    fn mark_storage_hot(&mut self, of: H160, index: H256) {
        self.touch_slot(address(of), hash(index));
    }

    fn set_storage(&mut self, of: H160, index: H256, value: H256) -> Result<(), ExitError> {
        self.store(address(of), hash(index), number(value));
        Ok(())
    }

    fn set_transient_storage(
        &mut self,
        of: H160,
        index: H256,
        value: H256,
    ) -> Result<(), ExitError> {
        self.store_transient(address(of), hash(index), number(value));
        Ok(())
    }

    fn log(&mut self, _: Log) -> Result<(), ExitError> {
        Err(not_here("LOG"))
    }

    fn mark_delete_reset(&mut self, what: H160) {
        let what = address(what);
        self.destroy(what, what);
    }

    fn mark_create(&mut self, what: H160) {
        self.create(address(what));
    }

    fn reset_storage(&mut self, _: H160) {
        // What can be created has no storage: see `is_free`.
    }

    fn set_code(&mut self, _: H160, _: Vec<u8>, _: SetCodeOrigin) -> Result<(), ExitError> {
        Err(not_here("code of a new contract"))
    }

    fn deposit(&mut self, target: H160, value: U256) {
        self.add_balance(address(target), value);
    }

    fn withdrawal(&mut self, source: H160, value: U256) -> Result<(), ExitError> {
        let source = address(source);
        if self.account(&source).balance < value {
            return Err(ExitException::OutOfFund.into());
        }
        self.take_balance(source, value);
        Ok(())
    }

    fn inc_nonce(&mut self, of: H160) -> Result<(), ExitError> {
        if self.count(address(of)) { Ok(()) } else { Err(ExitException::MaxNonce.into()) }
    }
}
