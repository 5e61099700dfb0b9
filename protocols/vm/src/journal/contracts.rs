//! Code, and the beginning and end of contracts.

use super::Journal;
use super::undo::Undo;
use crate::observe::Observer;
use crate::program::Program;
use alloy_primitives::{Bytes, U256};
use std::sync::Arc;
use troupe_chain::state::{EMPTY_CODE, StateView};
use troupe_crypto::hash::keccak256;
use troupe_types::Address;

impl<V: StateView, O: Observer> Journal<V, O> {
    /// What an account runs.
    pub(crate) fn program(&self, address: &Address) -> Arc<Program> {
        let hash = self.account(address).code_hash;
        if hash == EMPTY_CODE {
            return Arc::default();
        }
        if let Some(program) = self.known.borrow().programs.get(&hash) {
            return Arc::clone(program);
        }
        let program = self.env.vm.programs.get(&hash).unwrap_or_else(|| {
            let code = self.read(|view| view.code(&hash));
            let program = Arc::new(Program::new(hash, &code));
            if self.failed.borrow().is_none() {
                self.env.vm.programs.add(Arc::clone(&program));
            }
            program
        });
        self.known.borrow_mut().programs.insert(hash, Arc::clone(&program));
        program
    }

    /// Gives code to an account that is being created.
    pub(crate) fn set_program(&mut self, address: Address, code: &Bytes) {
        if code.is_empty() {
            return;
        }
        let hash = keccak256(code);
        self.known.get_mut().programs.insert(hash, Arc::new(Program::new(hash, code)));
        self.change(address, |account| account.code_hash = hash);
    }

    /// Begins an account; its address was checked to be free.
    // EIP-161: a contract begins with nonce 1
    pub(crate) fn create(&mut self, address: Address) {
        self.change(address, |account| account.nonce = 1);
        if self.transaction.created.insert(address) {
            self.undo.push(Undo::Created(address));
        }
    }

    /// Ends an account: its balance goes, and all else if this transaction created it.
    // EIP-6780
    pub(crate) fn destroy(&mut self, address: Address, heir: Address) {
        let balance = self.account(&address).balance;
        if O::EVENTS
            && let Some(observer) = self.observer()
        {
            observer.destroy(address, heir, balance);
        }
        self.pay(address, heir, balance);
        if self.transaction.created.contains(&address) {
            if self.transaction.deleted.insert(address) {
                self.undo.push(Undo::Deleted(address));
            }
            self.change(address, |account| account.balance = U256::ZERO);
        }
    }
}
