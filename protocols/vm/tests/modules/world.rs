//! A state with contracts of both machines, and transactions on it.

use crate::common::{Wish, account, env, rich, rules};
use alloy_primitives::U256;
use troupe_chain::state::{Flat, Slot, StateView};
use troupe_types::{Address, Gas, Hash};
use troupe_vm::{CallRequest, Env, Executor, Observer, Outcome, Vm, call, call_observed};

pub(crate) const HOP: &str = include_str!("hop.wat");
pub(crate) const MAKER: &str = include_str!("maker.wat");
pub(crate) const BORROWER: &str = include_str!("borrower.wat");

/// The same as `hop.wat`.
// PUSH0 SLOAD 1 ADD DUP1 PUSH0 SSTORE; MSTORE(0); LOG0(0, 32); an empty input: to the end; an input of one
// byte: REVERT(0, 0); CALLDATACOPY(0, 20, size - 20); CALL(gas, the address, 0, 0, size - 20, 0, 0);
// MSTORE(0, the answer); RETURN(0, 32)
const EVM_HOP: &str = "5f54 6001 01 80 5f55 5f52 6020 5f a0 36 15 6039 57 6001 36 14 6035 57 \
    6014 36 03 80 6014 5f 37 5f 5f 82 5f 5f 5f35 6060 1c 5a f1 5f52 6020 5f f3 5b 5f 5f fd 5b 00";

pub(crate) fn evm_hop() -> Vec<u8> {
    code(EVM_HOP)
}

pub(crate) fn code(text: &str) -> Vec<u8> {
    hex::decode(text.replace(' ', "")).unwrap()
}

/// A module and the length at its head, as tools leave it.
pub(crate) fn module(text: &str) -> Vec<u8> {
    troupe_wasm::with_length(&wat::parse_str(text).unwrap()).unwrap()
}

/// A state, its contracts, and what executions on it share.
pub(crate) struct World {
    pub(crate) state: Flat,
    pub(crate) vm: Vm,
    nonce: u64,
}

impl World {
    pub(crate) fn new() -> Self {
        Self { state: rich(1), vm: Vm::default(), nonce: 0 }
    }

    pub(crate) fn env(&self) -> Env {
        Env { vm: self.vm.clone(), ..env() }
    }

    /// Sends a transaction and keeps what it did.
    pub(crate) fn send(&mut self, wish: Wish) -> Outcome {
        let mut executor = Executor::new(self.state.clone(), self.env(), rules());
        let wish = Wish { nonce: self.nonce, who: 1, ..wish };
        let outcome = executor.transact(&wish.sign()).unwrap().unwrap();
        self.nonce += 1;
        let (mut changes, _) = executor.finish().unwrap();
        // There are no tries here; whoever has storage has some root.
        for address in changes.storage.keys() {
            let known = self.state.account(address).unwrap();
            let account = changes.accounts.entry(*address).or_insert(known);
            account.as_mut().unwrap().storage_root = Hash([1; 32]);
        }
        self.state.apply(&changes);
        outcome
    }

    /// Deploys init code or a module.
    pub(crate) fn deploy(&mut self, data: &[u8]) -> Outcome {
        self.send(Wish { gas: 5_000_000, ..Wish::create(1, 0, data) })
    }

    pub(crate) fn made(&mut self, data: &[u8]) -> Address {
        let outcome = self.deploy(data);
        assert!(outcome.result.is_ok(), "{:?}", outcome.result);
        outcome.contract.unwrap()
    }

    pub(crate) fn call(&mut self, to: Address, input: &[u8]) -> Outcome {
        self.send(Wish { gas: 3_000_000, ..Wish::call(1, 0, to, input) })
    }

    pub(crate) fn request(&self, to: Address, input: &[u8], gas: u64) -> CallRequest {
        let (from, to, input) = (account(1), Some(to), input.to_vec().into());
        CallRequest { from, to, input, gas: Gas(gas), ..CallRequest::default() }
    }

    pub(crate) fn ask(&self, request: &CallRequest) -> Outcome {
        call(self.state.clone(), self.env(), request).unwrap().unwrap()
    }

    pub(crate) fn watch<O: Observer>(&self, request: &CallRequest, observer: O) -> (Outcome, O) {
        let (outcome, observer) =
            call_observed(self.state.clone(), self.env(), request, observer).unwrap();
        (outcome.unwrap(), observer.unwrap())
    }

    /// The word at slot 0.
    pub(crate) fn word(&self, of: Address) -> u64 {
        self.state.storage(&of, &Slot::default()).unwrap().try_into().unwrap()
    }
}

pub(crate) fn number(output: &[u8]) -> U256 {
    U256::from_be_slice(output)
}

pub(crate) fn address(output: &[u8]) -> Address {
    Address(*output.last_chunk().unwrap())
}
