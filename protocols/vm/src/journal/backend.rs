//! The journal as the interpreter wants it.

use super::Journal;
use super::undo::Undo;
use alloy_primitives::{B256, Bytes, Log, LogData, U256};
use evm::MergeStrategy;
use evm::backend::TransactionalBackend;
use evm::interpreter::runtime::{
    Log as RawLog, RuntimeBackend, RuntimeBaseBackend, RuntimeEnvironment, SetCodeOrigin, TouchKind,
};
use evm::interpreter::{ExitError, ExitException, ExitFatal};
use primitive_types::{H160, H256};
use troupe_chain::state::{EMPTY_CODE, StateView};
use troupe_chain::trie::EMPTY_ROOT;
use troupe_crypto::hash::keccak256;
use troupe_types::{Address, Hash, Height};

/// How many blocks back `BLOCKHASH` sees.
const ANCESTORS: u64 = 256;

pub(crate) const fn address(raw: H160) -> Address {
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

impl<V: StateView> RuntimeEnvironment for Journal<V> {
    fn block_hash(&self, number: U256) -> H256 {
        let here = self.env.height.0;
        let wanted = u64::try_from(number).ok().filter(|n| *n < here && here - *n <= ANCESTORS);
        let found = wanted.and_then(|height| self.env.ancestors.hash(Height(height)));
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

impl<V: StateView> RuntimeBaseBackend for Journal<V> {
    fn balance(&self, of: H160) -> U256 {
        self.account(&address(of)).balance
    }

    fn code_size(&self, of: H160) -> U256 {
        let of = address(of);
        if self.excused == Some(of) {
            return U256::ZERO;
        }
        U256::from(self.code_of(&of).len())
    }

    fn code_hash(&self, of: H160) -> H256 {
        // EIP-1052: nothing for accounts that do not exist.
        let account = self.account(&address(of));
        H256(if account.is_empty() { [0; 32] } else { account.code_hash.0 })
    }

    fn code(&self, of: H160) -> Vec<u8> {
        self.code_of(&address(of)).to_vec()
    }

    fn storage(&self, of: H160, index: H256) -> H256 {
        raw(self.word((address(of), hash(index))).now)
    }

    fn transient_storage(&self, of: H160, index: H256) -> H256 {
        let found = self.transaction.transient.get(&(address(of), hash(index)));
        raw(found.copied().unwrap_or_default())
    }

    fn exists(&self, what: H160) -> bool {
        !self.account(&address(what)).is_empty()
    }

    fn can_create(&self, at: H160) -> bool {
        // EIP-684, EIP-7610
        let account = self.account(&address(at));
        account.nonce == 0 && account.code_hash == EMPTY_CODE && account.storage_root == EMPTY_ROOT
    }

    fn nonce(&self, of: H160) -> U256 {
        U256::from(self.account(&address(of)).nonce)
    }
}

impl<V: StateView> RuntimeBackend for Journal<V> {
    fn original_storage(&self, of: H160, index: H256) -> H256 {
        raw(self.word((address(of), hash(index))).before_transaction)
    }

    fn deleted(&self, what: H160) -> bool {
        self.transaction.deleted.contains(&address(what))
    }

    fn created(&self, what: H160) -> bool {
        self.transaction.created.contains(&address(what))
    }

    fn is_cold(&self, of: H160, index: Option<H256>) -> bool {
        !self.transaction.accessed.contains(&(address(of), index.map(hash)))
    }

    fn mark_hot(&mut self, what: H160, kind: TouchKind) {
        // Empty accounts are none here, so that a state change needs no mark (EIP-161); the
        // coinbase is warm (EIP-3651).
        if kind != TouchKind::StateChange {
            self.access((address(what), None));
        }
    }

    fn mark_storage_hot(&mut self, of: H160, index: H256) {
        self.access((address(of), Some(hash(index))));
    }

    fn set_storage(&mut self, of: H160, index: H256, value: H256) -> Result<(), ExitError> {
        self.set_word((address(of), hash(index)), number(value));
        Ok(())
    }

    fn set_transient_storage(
        &mut self,
        of: H160,
        index: H256,
        value: H256,
    ) -> Result<(), ExitError> {
        let key = (address(of), hash(index));
        let before = self.transaction.transient.insert(key, number(value)).unwrap_or_default();
        self.undo.push(Undo::Transient(key, before));
        Ok(())
    }

    fn log(&mut self, log: RawLog) -> Result<(), ExitError> {
        let topics = log.topics.iter().map(|topic| B256::from(topic.0)).collect();
        let data = LogData::new_unchecked(topics, Bytes::from(log.data));
        self.transaction.logs.push(Log { address: log.address.0.into(), data });
        Ok(())
    }

    fn mark_delete_reset(&mut self, what: H160) {
        // EIP-6780: only what this transaction made goes; the balance was sent on before.
        let what = address(what);
        if self.transaction.created.contains(&what) {
            if self.transaction.deleted.insert(what) {
                self.undo.push(Undo::Deleted(what));
            }
            self.change(what, |account| account.balance = U256::ZERO);
        }
    }

    fn mark_create(&mut self, what: H160) {
        let what = address(what);
        if self.transaction.created.insert(what) {
            self.undo.push(Undo::Created(what));
        }
    }

    fn reset_storage(&mut self, _: H160) {
        // What can be created has no storage: see `can_create`.
    }

    fn set_code(&mut self, of: H160, code: Vec<u8>, _: SetCodeOrigin) -> Result<(), ExitError> {
        let hash = keccak256(&code);
        if !code.is_empty() {
            self.known.get_mut().codes.insert(hash, code.into());
        }
        self.change(address(of), |account| account.code_hash = hash);
        Ok(())
    }

    fn deposit(&mut self, target: H160, value: U256) {
        self.add_balance(address(target), value);
    }

    fn withdrawal(&mut self, source: H160, value: U256) -> Result<(), ExitError> {
        if value.is_zero() {
            return Ok(());
        }
        let source = address(source);
        let left = self.account(&source).balance.checked_sub(value);
        let left = left.ok_or(ExitException::OutOfFund)?;
        self.change(source, |account| account.balance = left);
        Ok(())
    }

    fn inc_nonce(&mut self, of: H160) -> Result<(), ExitError> {
        // The first thing that a call does.
        self.excused = None;
        let of = address(of);
        let next = self.account(&of).nonce.checked_add(1).ok_or(ExitException::MaxNonce)?;
        self.change(of, |account| account.nonce = next);
        Ok(())
    }
}

impl<V: StateView> Journal<V> {
    fn access(&mut self, key: (Address, Option<Hash>)) {
        if self.transaction.accessed.insert(key) {
            self.undo.push(Undo::Accessed(key));
        }
    }
}

impl<V: StateView> TransactionalBackend for Journal<V> {
    fn push_substate(&mut self) {
        self.push_checkpoint();
    }

    fn pop_substate(&mut self, strategy: MergeStrategy) -> Result<(), ExitError> {
        let is_balanced = match strategy {
            MergeStrategy::Commit => self.keep(),
            MergeStrategy::Revert | MergeStrategy::Discard => self.take_back(),
        };
        if is_balanced { Ok(()) } else { Err(ExitFatal::Unfinished.into()) }
    }
}
