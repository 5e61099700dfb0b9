//! What a contract reads and writes, but for calls.

use super::frame::{Halt, Inner};
use super::state::Log;
use crate::{Address, Hash, U256};
use alloc::vec::Vec;
use k256::ecdsa::{RecoveryId, Signature, VerifyingKey};
use sha2::{Digest, Sha256};

/// The test host meters no gas.
const GAS: u64 = 30_000_000;

impl Inner {
    pub(crate) fn storage_load(&self, key: &[u8; 32]) -> [u8; 32] {
        let state = self.world.state.borrow();
        let account = state.accounts.get(&self.frame.address);
        account.and_then(|account| account.storage.get(key)).copied().unwrap_or_default()
    }

    pub(crate) fn storage_store(&self, key: &[u8; 32], word: &[u8; 32]) {
        self.refuse_static();
        let mut state = self.world.state.borrow_mut();
        state.account(self.frame.address).storage.insert(*key, *word);
    }

    pub(crate) fn transient_load(&self, key: &[u8; 32]) -> [u8; 32] {
        let state = self.world.state.borrow();
        state.transient.get(&(self.frame.address, *key)).copied().unwrap_or_default()
    }

    pub(crate) fn transient_store(&self, key: &[u8; 32], word: &[u8; 32]) {
        self.refuse_static();
        self.world.state.borrow_mut().transient.insert((self.frame.address, *key), *word);
    }

    pub(crate) fn address(&self) -> [u8; 20] {
        self.frame.address.0
    }

    pub(crate) fn caller(&self) -> [u8; 20] {
        self.frame.caller.0
    }

    pub(crate) fn origin(&self) -> [u8; 20] {
        self.frame.origin.0
    }

    pub(crate) fn value(&self) -> [u8; 32] {
        self.frame.value.to_be_bytes()
    }

    pub(crate) fn gas_left(&self) -> u64 {
        GAS
    }

    pub(crate) fn height(&self) -> u64 {
        self.world.block.borrow().height
    }

    pub(crate) fn time(&self) -> u64 {
        self.time_millis() / 1000
    }

    pub(crate) fn time_millis(&self) -> u64 {
        self.world.block.borrow().time_millis
    }

    pub(crate) fn gas_limit(&self) -> u64 {
        self.world.block.borrow().gas_limit
    }

    pub(crate) fn chain_id(&self) -> u64 {
        self.world.block.borrow().chain_id
    }

    pub(crate) fn coinbase(&self) -> [u8; 20] {
        self.world.block.borrow().coinbase.0
    }

    pub(crate) fn gas_price(&self) -> [u8; 32] {
        self.world.block.borrow().gas_price.to_be_bytes()
    }

    pub(crate) fn base_fee(&self) -> [u8; 32] {
        self.world.block.borrow().base_fee.to_be_bytes()
    }

    pub(crate) fn randomness(&self) -> [u8; 32] {
        self.world.block.borrow().randomness.to_be_bytes()
    }

    /// The hash of the number, for the last 256 blocks.
    pub(crate) fn block_hash(&self, height: u64) -> [u8; 32] {
        match self.height().checked_sub(height) {
            Some(1..=256) => crate::keccak256(&height.to_be_bytes()).0,
            _ => [0; 32],
        }
    }

    pub(crate) fn balance(&self, of: &[u8; 20]) -> [u8; 32] {
        self.world.state.borrow().balance(Address(*of)).to_be_bytes()
    }

    /// A program in memory has no bytes; one stands for them.
    pub(crate) fn code_size(&self, of: &[u8; 20]) -> u32 {
        u32::from(self.world.state.borrow().program(Address(*of)).is_some())
    }

    pub(crate) fn code_hash(&self, of: &[u8; 20]) -> [u8; 32] {
        let is_known = self.world.state.borrow().accounts.contains_key(&Address(*of));
        if !is_known {
            return [0; 32];
        }
        crate::keccak256(&self.code(of)).0
    }

    pub(crate) fn code(&self, of: &[u8; 20]) -> Vec<u8> {
        alloc::vec![0xfe; self.code_size(of) as usize]
    }

    pub(crate) fn log(&self, topics: &[Hash], data: &[u8]) {
        self.refuse_static();
        assert!(topics.len() <= 4, "a log of {} topics exceeds 4", topics.len());
        let log = Log { address: self.frame.address, topics: topics.to_vec(), data: data.to_vec() };
        self.world.state.borrow_mut().logs.push(log);
    }

    pub(crate) fn destroy(&self, beneficiary: &[u8; 20]) -> ! {
        self.refuse_static();
        {
            let mut state = self.world.state.borrow_mut();
            let all = state.balance(self.frame.address);
            state.transfer(self.frame.address, Address(*beneficiary), all);
        }
        std::panic::panic_any(Halt::Destroyed)
    }

    pub(crate) fn sha256(&self, bytes: &[u8]) -> [u8; 32] {
        Sha256::digest(bytes).into()
    }

    pub(crate) fn ecrecover(&self, hash: &[u8; 32], signature: &[u8; 65]) -> Option<[u8; 20]> {
        let (numbers, parity) = signature.split_at(64);
        let parity = match parity {
            [parity @ (0 | 1)] => *parity,
            [parity @ (27 | 28)] => parity - 27,
            _ => return None,
        };
        let signature = Signature::from_slice(numbers).ok()?;
        let parity = RecoveryId::from_byte(parity)?;
        let key = VerifyingKey::recover_from_prehash(hash, &signature, parity).ok()?;
        let point = key.to_encoded_point(false);
        // SEC 1: 4 for an uncompressed point, then both coordinates. The address is the end of
        // their hash.
        let hash = crate::keccak256(&point.as_bytes()[1..]);
        hash.0.last_chunk().copied()
    }

    pub(crate) fn sr25519_verify(&self, key: &[u8; 32], message: &[u8], sig: &[u8; 64]) -> bool {
        let check = self.world.answers.borrow().sr25519;
        check(key, message, sig)
    }

    pub(crate) fn bls_verify(&self, key: &[u8; 48], message: &[u8], sig: &[u8; 96]) -> bool {
        let check = self.world.answers.borrow().bls;
        check(key, message, sig)
    }

    pub(crate) fn vrf_verify(
        &self,
        key: &[u8; 32],
        input: &[u8],
        proof: &[u8; 96],
    ) -> Option<[u8; 32]> {
        let draw = self.world.answers.borrow().vrf;
        draw(key, input, proof)
    }

    pub(crate) fn debug(&self, text: &str) {
        std::println!("{}: {text}", self.frame.address);
    }

    /// The number of a contract that is about to be created.
    pub(super) fn next_creation(&self) -> u64 {
        let mut state = self.world.state.borrow_mut();
        let account = state.account(self.frame.address);
        account.created += 1;
        account.created - 1
    }

    pub(super) fn balance_of_self(&self) -> U256 {
        self.world.state.borrow().balance(self.frame.address)
    }
}
