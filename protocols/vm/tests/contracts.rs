//! Contracts, in a few bytes of code each.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use alloy_primitives::{B256, U256};
use common::{CHAIN, COINBASE, Wish, account, deploy, env, rich, rules};
use std::sync::Arc;
use troupe_chain::block::Receipt;
use troupe_chain::state::{
    Account, Changes, Code, Flat, Layered, ReadError, Slot, State, StateView,
};
use troupe_crypto::hash::keccak256;
use troupe_types::{Address, Gas, Hash, Height};
use troupe_vm::{CallRequest, Env, Error, Executor, Failure, Outcome, Unfit, call};
use troupe_wire::Sequential;

/// Adds its first word of input to its first word of storage, logs the sum under topic 1, returns it.
// SLOAD(0) + CALLDATALOAD(0); DUP, SSTORE(0, sum); MSTORE(0, sum); LOG1(0, 32, 1); RETURN(0, 32)
const COUNTER: &str = "5f54 5f35 01 80 5f55 5f52 6001 6020 5f a1 60205ff3";
/// Reverts with the four bytes c0ffee00.
const REFUSER: &str = "63c0ffee00 60e01b 5f52 60045ffd";
/// Destroys itself in favour of its caller.
const MORTAL: &str = "33ff";

fn code(text: &str) -> Vec<u8> {
    hex::decode(text.replace(' ', "")).unwrap()
}

/// A chain of blocks, their state in layers and tries.
struct Chain {
    state: State,
    head: Hash,
}

impl Chain {
    fn new() -> Self {
        let genesis = Hash([0; 32]);
        let state = State::new(Arc::new(Flat::default()), Height::ZERO, genesis);
        let mut chain = Self { state, head: genesis };
        let mut changes = Changes::default();
        for (address, account) in rich(2).accounts() {
            changes.accounts.insert(*address, Some(*account));
        }
        chain.grow(changes);
        chain
    }

    fn grow(&mut self, changes: Changes) {
        let block = keccak256(self.head.0);
        let sealed = self.state.seal(self.head, changes, &Sequential).unwrap();
        self.state.insert(block, sealed).unwrap();
        self.state.commit(block).unwrap();
        self.head = block;
    }

    fn view(&self) -> Layered {
        self.state.view(self.head).unwrap()
    }

    /// A block of these transactions, each of which has a place.
    fn block(&mut self, wishes: Vec<Wish>) -> (Vec<Outcome>, Vec<Receipt>) {
        let view = self.view();
        let mut executor = Executor::new(view, env(), rules());
        let outcomes: Vec<Outcome> = wishes
            .into_iter()
            .map(|wish| executor.transact(&wish.sign()).unwrap().unwrap())
            .collect();
        let (changes, receipts) = executor.finish().unwrap();
        self.grow(changes);
        (outcomes, receipts)
    }

    fn made(&mut self, nonce: u64, code: &[u8]) -> Address {
        self.block(vec![Wish::create(1, nonce, &deploy(code))]).0[0].contract.unwrap()
    }

    fn account(&self, address: Address) -> Account {
        self.view().account(&address).unwrap().unwrap_or_default()
    }
}

fn word(number: u64) -> Vec<u8> {
    U256::from(number).to_be_bytes::<32>().to_vec()
}

#[test]
fn a_contract_is_made_called_stores_logs_and_returns() {
    let mut chain = Chain::new();
    let at = chain.made(0, &code(COUNTER));
    let created = alloy_primitives::Address::from(account(1).0).create(0);
    assert_eq!(at.0, created.into_array(), "where Ethereum puts it");
    let stored = chain.account(at);
    assert_eq!((stored.nonce, stored.code_hash), (1, keccak256(code(COUNTER))));
    assert_eq!(chain.view().code(&stored.code_hash).unwrap().to_vec(), code(COUNTER));

    let calls = vec![Wish::call(2, 0, at, &word(5)), Wish::call(1, 1, at, &word(7))];
    let (called, receipts) = chain.block(calls);
    assert_eq!(called[1].result.as_ref().unwrap().to_vec(), word(12));
    assert_eq!(chain.view().storage(&at, &Slot::default()).unwrap(), U256::from(12));
    let log = &receipts[1].logs[0];
    let topic = B256::from(U256::from(1));
    assert_eq!((log.address.into_array(), log.data.topics()), (at.0, &[topic][..]));
    assert_eq!(log.data.data.to_vec(), word(12));
    assert_eq!(receipts[1].cumulative_gas.0, called[0].gas_used.0 + called[1].gas_used.0);

    // 31 bytes of zero and one other, as data; a cold SLOAD; a first and a second write of the slot
    // that it made warm (EIP-2929, EIP-2200: the original value is what the transaction found);
    // LOG1 of 32 bytes; six pushes of zero, seven instructions of 3, a word of memory.
    let others = 21_000 + 31 * 4 + 16 + 2_100 + (375 + 375 + 8 * 32) + 6 * 2 + 7 * 3 + 3;
    assert_eq!(called[0].gas_used, Gas(others + 20_000));
    assert_eq!(called[1].gas_used, Gas(others + 2_900));
}

#[test]
fn the_tries_agree_with_the_storage_that_was_written() {
    let mut chain = Chain::new();
    let at = chain.made(0, &code(COUNTER));
    chain.block(vec![Wish::call(1, 1, at, &word(5))]);
    let proof = chain.state.prove(chain.head, &at, &[Slot::default()]).unwrap();
    assert_eq!(proof.account.unwrap().storage_root, chain.account(at).storage_root);
    assert_eq!(proof.slots[0].value, U256::from(5));
}

#[test]
fn a_revert_gives_its_data_pays_for_its_gas_and_leaves_nothing_else() {
    let mut chain = Chain::new();
    let at = chain.made(0, &code(REFUSER));
    let before = chain.account(account(1)).balance;
    let (called, receipts) = chain.block(vec![Wish { value: 3, ..Wish::call(1, 1, at, &[]) }]);
    let data = [0xc0, 0xff, 0xee, 0].to_vec();
    assert_eq!(called[0].result, Err(Failure::Reverted(data.into())));
    assert!(!receipts[0].is_success && receipts[0].logs.is_empty());
    assert!(called[0].gas_used < Gas(21_100), "{}", called[0].gas_used);
    assert_eq!(chain.account(at).balance, U256::ZERO);
    assert_eq!(before - chain.account(account(1)).balance, U256::from(called[0].gas_used.0 * 9));
}

#[test]
fn whatever_breaks_a_rule_uses_all_its_gas() {
    for (text, words) in [
        ("fe", "invalid opcode: INVALID"),
        ("0c", "invalid opcode: opcode 0xc not defined"),
        ("600056", "invalid jump destination"),
        ("01", "stack underflow"),
        ("5b5f56", "out of gas"),
    ] {
        let mut chain = Chain::new();
        let at = chain.made(0, &code(text));
        let (called, _) = chain.block(vec![Wish::call(1, 1, at, &[])]);
        assert_eq!(called[0].result.as_ref().unwrap_err().to_string(), words, "{text}");
        assert_eq!(called[0].gas_used, Gas(500_000), "{text}");
    }
}

#[test]
fn a_precompiled_contract_answers_takes_its_price_and_is_warm() {
    // MSTORE(0, 7); STATICCALL(gas, 2, 0, 32, 32, 32): the digest of a word; RETURN(32, 32).
    let text = "60075f52 60206020 60205f 6002 61ffff fa 50 60206020f3";
    let mut chain = Chain::new();
    let at = chain.made(0, &code(text));
    let (called, _) = chain.block(vec![Wish::call(1, 1, at, &[])]);
    let digest = troupe_crypto::hash::sha256(word(7));
    assert_eq!(called[0].result.as_ref().unwrap().to_vec(), digest.0);
    // Seven pushes of three bytes' worth, two of zero, MSTORE, POP, three words of memory; 100 for a warm
    // account (EIP-2929), 60 and 12 a word for the digest.
    let pushes = 8 * 3 + 2 * 2;
    assert_eq!(called[0].gas_used, Gas(21_000 + pushes + 3 + 2 + 2 * 3 + 100 + 72));
}

#[test]
fn a_precompiled_contract_that_fails_takes_all_it_was_given() {
    // CALL(1000, 6, 0, 0, 64, 0, 0) of a point that is not on the curve; returns the status.
    let text = "60015f52 5f5f60405f5f60066103e8f1 5f52 60205ff3";
    let mut chain = Chain::new();
    let at = chain.made(0, &code(text));
    let (called, _) = chain.block(vec![Wish::call(1, 1, at, &[])]);
    assert_eq!(called[0].result.as_ref().unwrap().to_vec(), word(0));
    assert!(called[0].gas_used > Gas(22_000), "{}", called[0].gas_used);
}

#[test]
fn only_a_contract_of_the_same_transaction_is_destroyed() {
    let mut chain = Chain::new();
    let at = chain.made(0, &code(MORTAL));
    chain.block(vec![Wish { value: 9, ..Wish::call(1, 1, at, &[]) }]);
    // EIP-6780: its balance went to the caller, it stays.
    let stays = chain.account(at);
    assert_eq!((stays.balance, stays.nonce), (U256::ZERO, 1));

    // Init code that writes a word and destroys itself leaves nothing.
    let (made, _) = chain.block(vec![Wish::create(1, 2, &code("60075f55 33ff"))]);
    let gone = made[0].contract.unwrap();
    assert_eq!(chain.view().account(&gone).unwrap(), None);
    assert_eq!(chain.view().storage(&gone, &Slot::default()).unwrap(), U256::ZERO);
}

#[test]
fn what_a_failed_frame_did_is_taken_back_and_what_came_before_it_stays() {
    // Writes 1 to slot 0, calls itself with a byte of input, which writes 2 to slot 0 and breaks.
    let text = "36 6014 57 60015f55 5f5f60015f5f30 5af1 00 5b 60025f55 fe";
    let mut chain = Chain::new();
    let at = chain.made(0, &code(text));
    let (called, _) = chain.block(vec![Wish::call(1, 1, at, &[])]);
    assert!(called[0].result.is_ok(), "{:?}", called[0].result);
    assert_eq!(chain.view().storage(&at, &Slot::default()).unwrap(), U256::from(1));
}

#[test]
fn a_sender_with_code_has_no_place() {
    let mut state = rich(1);
    let mut changes = Changes::default();
    let code_hash = keccak256([0xfe]);
    let mut sender = state.account(&account(1)).unwrap().unwrap();
    sender.code_hash = code_hash;
    changes.accounts.insert(account(1), Some(sender));
    changes.codes.insert(code_hash, Code::from_static(&[0xfe]));
    state.apply(&changes);
    let mut executor = Executor::new(state, env(), rules());
    let outcome = executor.transact(&Wish::pay(1, 0, COINBASE, 1).sign()).unwrap();
    assert_eq!(outcome, Err(Unfit::SenderIsContract { address: account(1) }));
}

#[test]
fn contracts_see_the_block_around_them() {
    let around = [
        ("43", U256::from(77)),
        ("42", U256::from(1_700_000_000u64)),
        ("46", U256::from(CHAIN)),
        ("45", U256::from(30_000_000)),
        ("44", U256::from_be_bytes([8; 32])),
        ("41", U256::from_be_slice(&COINBASE.0)),
    ];
    for (instruction, want) in around {
        let env = Env {
            height: Height(77),
            time: troupe_types::UnixMillis(1_700_000_000_999),
            randomness: Hash([8; 32]),
            ..env()
        };
        let text = format!("{instruction} 5f52 60205ff3");
        let code = code(&text);
        let mut state = rich(1);
        let at = Address([0x77; 20]);
        let mut changes = Changes::default();
        let code_hash = keccak256(&code);
        changes.accounts.insert(at, Some(Account { nonce: 1, code_hash, ..Account::default() }));
        changes.codes.insert(code_hash, code.into());
        state.apply(&changes);
        let request = CallRequest { from: account(1), to: Some(at), ..CallRequest::default() };
        let outcome = call(state, env, &request).unwrap().unwrap();
        assert_eq!(U256::from_be_slice(&outcome.result.unwrap()), want, "{instruction}");
    }
}

#[test]
fn a_question_about_a_creation_is_answered_with_the_code_and_one_without_gas_is_refused() {
    let state = rich(1);
    let request = CallRequest {
        from: account(1),
        input: deploy(&code(COUNTER)).into(),
        ..CallRequest::default()
    };
    let outcome = call(state.clone(), env(), &request).unwrap().unwrap();
    assert_eq!(outcome.result.unwrap().to_vec(), code(COUNTER));

    let request = CallRequest { to: Some(COINBASE), gas: Gas(20_999), ..request };
    let refused = call(state, env(), &request).unwrap().unwrap_err().to_string();
    assert!(refused.starts_with("intrinsic gas too low: gas 20999, minimum needed"), "{refused}");
}

#[test]
fn a_question_may_come_from_a_contract_and_sees_that_it_is_one() {
    let (asker, at) = (Address([0x66; 20]), Address([0x77; 20]));
    // The size of the caller's code.
    let code = code("33 3b 5f52 60205ff3");
    let code_hash = keccak256(&code);
    let mut changes = Changes::default();
    for contract in [asker, at] {
        let account = Account { nonce: 1, code_hash, ..Account::default() };
        changes.accounts.insert(contract, Some(account));
    }
    changes.codes.insert(code_hash, code.clone().into());
    let mut state = rich(1);
    state.apply(&changes);
    for (from, size) in [(asker, code.len()), (at, code.len()), (account(1), 0)] {
        let request = CallRequest { from, to: Some(at), ..CallRequest::default() };
        let outcome = call(state.clone(), env(), &request).unwrap().unwrap();
        assert_eq!(U256::from_be_slice(&outcome.result.unwrap()), U256::from(size));
    }
    let request =
        CallRequest { from: asker, input: deploy(&code).into(), ..CallRequest::default() };
    let outcome = call(state, env(), &request).unwrap().unwrap();
    assert_eq!(outcome.result.unwrap().to_vec(), code, "it may make contracts");
}

/// A store that answers nothing about one account.
struct Broken(Flat, Address);

impl StateView for Broken {
    fn account(&self, address: &Address) -> Result<Option<Account>, ReadError> {
        if *address == self.1 {
            return Err(ReadError::Store { reason: "the disk is gone".to_owned() });
        }
        self.0.account(address)
    }

    fn storage(&self, address: &Address, slot: &Slot) -> Result<U256, ReadError> {
        self.0.storage(address, slot)
    }

    fn next_word(
        &self,
        address: &Address,
        after: Option<&Slot>,
    ) -> Result<Option<(Slot, U256)>, ReadError> {
        self.0.next_word(address, after)
    }

    fn code(&self, hash: &Hash) -> Result<Code, ReadError> {
        self.0.code(hash)
    }
}

#[test]
fn a_store_that_fails_never_looks_like_an_empty_account() {
    for lost in [account(1), Address([9; 20]), COINBASE] {
        let broken = Broken(rich(1), lost);
        let mut executor = Executor::new(broken, env(), rules());
        let outcome = executor.transact(&Wish::pay(1, 0, Address([9; 20]), 1).sign());
        assert!(matches!(outcome, Err(Error::Read(_))), "{lost}: {outcome:?}");
        assert!(matches!(executor.finish(), Err(Error::Read(_))), "{lost}");
    }
}
