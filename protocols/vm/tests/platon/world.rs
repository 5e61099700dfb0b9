//! A state with contracts of PlatON's convention, and transactions on it.

use crate::common::{Wish, account, env, rich, rules};
use alloy_primitives::{U256, keccak256};
use troupe_chain::state::{Account, Changes, Flat, Slot, StateView};
use troupe_types::{Address, Gas, Hash};
use troupe_vm::{CallRequest, Env, Executor, Outcome, Vm, call};
use troupe_wasm::{platon_deployment, platon_function, with_length};

pub(crate) const HOP: &str = include_str!("hop.wat");
pub(crate) const KEEPER: &str = include_str!("keeper.wat");
const OURS: &str = include_str!("ours.wat");

/// What calls a function of PlatON's convention, in the fewest bytes.
pub(crate) const CALL: &[u8] = &[0xc1, 0x80];

/// The same as `hop.wat`, with the count in slot 0.
// PUSH0 SLOAD 1 ADD DUP1 PUSH0 SSTORE; MSTORE(0); LOG0(0, 32); an input of two bytes: to the end; of three:
// REVERT(0, 0); CALLDATACOPY(0, 22, size - 22); CALL(gas, the address at 2, 0, 0, size - 22, 0, 0);
// MSTORE(0, the answer); RETURN(0, 32)
const EVM_HOP: &str = "5f54 6001 01 80 5f55 5f52 6020 5f a0 36 6002 14 603c 57 36 6003 14 6038 57 \
    6016 36 03 80 6016 5f 37 5f 5f 82 5f 5f 6002 35 6060 1c 5a f1 5f52 6020 5f f3 5b 5f 5f fd 5b 00";

pub(crate) fn code(text: &str) -> Vec<u8> {
    hex::decode(text.replace(' ', "")).unwrap()
}

pub(crate) fn evm_hop() -> Vec<u8> {
    crate::common::deploy(&code(EVM_HOP))
}

pub(crate) fn our_hop() -> Vec<u8> {
    with_length(&wat::parse_str(OURS).unwrap()).unwrap()
}

/// The call of the constructor.
pub(crate) fn init() -> Vec<u8> {
    [&[0xc9, 0x88][..], &platon_function("init").to_be_bytes()].concat()
}

/// Creation data of a contract; what follows its constructor's call makes that revert or panic.
pub(crate) fn platon(text: &str, more: &[u8]) -> Vec<u8> {
    platon_deployment(&wat::parse_str(text).unwrap(), &[&init(), more].concat())
}

/// An input for `keeper.wat`.
pub(crate) fn letter(letter: u8, more: &[u8]) -> Vec<u8> {
    [CALL, &[letter], more].concat()
}

pub(crate) fn put(count: u16, length: u16) -> Vec<u8> {
    letter(b'p', &[count.to_le_bytes(), length.to_le_bytes()].concat())
}

pub(crate) fn get(key: u32) -> Vec<u8> {
    letter(b'g', &key.to_le_bytes())
}

/// Where the first word of a key lies.
pub(crate) fn slot(key: &[u8]) -> Slot {
    Hash(keccak256([b"platon state ", key].concat()).0)
}

/// A state, its contracts, and what executions on it share.
#[derive(Clone)]
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

    /// Executes transactions in one block and keeps what they did.
    pub(crate) fn block(&mut self, wishes: Vec<Wish>) -> Vec<Outcome> {
        let mut executor = Executor::new(self.state.clone(), self.env(), rules());
        let mut outcomes = Vec::new();
        for wish in wishes {
            let wish = Wish { nonce: self.nonce, who: 1, ..wish };
            outcomes.push(executor.transact(&wish.sign()).unwrap().unwrap());
            self.nonce += 1;
        }
        let (changes, _) = executor.finish().unwrap();
        self.apply(changes);
        outcomes
    }

    /// There are no tries here; whoever has storage has some root.
    fn apply(&mut self, mut changes: Changes) {
        for address in changes.storage.keys() {
            let known = self.state.account(address).unwrap();
            let account = changes.accounts.entry(*address).or_insert(known);
            account.as_mut().unwrap().storage_root = Hash([1; 32]);
        }
        self.state.apply(&changes);
    }

    pub(crate) fn send(&mut self, wish: Wish) -> Outcome {
        self.block(vec![wish]).remove(0)
    }

    /// Deploys with so much value.
    pub(crate) fn deploy(&mut self, data: &[u8], value: u128) -> Outcome {
        self.send(Wish { gas: 5_000_000, value, ..Wish::create(1, 0, data) })
    }

    pub(crate) fn made(&mut self, data: &[u8]) -> Address {
        let outcome = self.deploy(data, 0);
        assert!(outcome.result.is_ok(), "{:?}", outcome.result);
        outcome.contract.unwrap()
    }

    pub(crate) fn call(&mut self, to: Address, input: &[u8]) -> Outcome {
        self.send(Wish { gas: 25_000_000, ..Wish::call(1, 0, to, input) })
    }

    /// What a call returns that is only asked for.
    pub(crate) fn ask(&self, to: Address, input: &[u8]) -> Vec<u8> {
        let (from, to, input) = (account(1), Some(to), input.to_vec().into());
        let gas = Gas(20_000_000);
        let request = CallRequest { from, to, input, gas, ..CallRequest::default() };
        let outcome = call(self.state.clone(), self.env(), &request).unwrap().unwrap();
        outcome.result.unwrap().to_vec()
    }

    pub(crate) fn account(&self, of: Address) -> Account {
        self.state.account(&of).unwrap().unwrap_or_default()
    }

    pub(crate) fn balance(&self, of: Address) -> u128 {
        self.account(of).balance.try_into().unwrap()
    }

    pub(crate) fn code(&self, of: Address) -> Vec<u8> {
        self.state.code(&self.account(of).code_hash).unwrap().to_vec()
    }

    /// Words of storage.
    pub(crate) fn words(&self, of: Address) -> usize {
        let (mut count, mut after) = (0, None);
        while let Some((slot, _)) = self.state.next_word(&of, after.as_ref()).unwrap() {
            (count, after) = (count + 1, Some(slot));
        }
        count
    }

    /// What a hop has counted, of whichever machine it is.
    pub(crate) fn count(&self, hop: Address) -> u64 {
        let word = self.state.storage(&hop, &Slot::default()).unwrap();
        let value = self.state.storage(&hop, &slot(b"n")).unwrap();
        // One byte at the head of the word, and twice its length at the end.
        (word + (value >> 248_u32)).to::<u64>()
    }
}

pub(crate) fn number(output: &[u8]) -> U256 {
    U256::from_be_slice(output)
}
