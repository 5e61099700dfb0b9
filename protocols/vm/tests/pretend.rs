//! Transactions that nobody signed.

mod common;

use alloy_primitives::U256;
use common::{BASE_FEE, Wish, account, deploy, env, rich, rules};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_chain::Invalid;
use troupe_chain::state::{Account, Changes, Flat};
use troupe_chain::transaction::Kind;
use troupe_types::{Address, Gas};
use troupe_vm::{CallRequest, Env, Error, Executor, Failure, Fee, Observer, Pretence, Unfit, call};

const FREE: Pretence = Pretence { kind: Kind::DynamicFee, nonce: None, fee: None };
const IDENTITY: Address = Address([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4]);

fn pay(from: Address, to: Address, value: u64) -> CallRequest {
    let gas = Gas(21_000);
    CallRequest { from, to: Some(to), value: U256::from(value), gas, ..CallRequest::default() }
}

/// A state in which an account runs this code.
fn running(at: Address, code: &str) -> Flat {
    let code = hex::decode(code.replace(' ', "")).expect("digits");
    let code_hash = troupe_crypto::hash::keccak256(&code);
    let mut changes = Changes::default();
    let account = Account { nonce: 1, code_hash, balance: U256::from(5), ..Account::default() };
    changes.accounts.insert(at, Some(account));
    changes.codes.insert(code_hash, code.into());
    let mut state = Flat::default();
    state.apply(&changes);
    state
}

proptest! {
    #[test]
    fn the_terms_of_a_signed_transaction_give_what_it_gives(
        value in 0u64..9, tip in 0u64..9, cap in 7u64..30, to in 1u8..4, makes: bool,
    ) {
        let (tip, cap) = (u128::from(tip.min(cap)), u128::from(cap));
        let mut wish = Wish { tip, cap, ..Wish::pay(1, 0, account(to), value.into()) };
        if makes {
            wish = Wish { tip, cap, ..Wish::create(1, 0, &deploy(&[0x5f, 0x5f, 0xfd])) };
        }
        let request = CallRequest {
            from: account(1),
            to: wish.to,
            value: U256::from(wish.value),
            gas: Gas(wish.gas),
            input: wish.input.clone().into(),
            access_list: Vec::new(),
        };
        let terms = Pretence { nonce: Some(0), fee: Some(Fee { cap, tip }), ..FREE };
        let mut signed = Executor::new(rich(3), env(), rules());
        let mut pretended = Executor::new(rich(3), env(), rules());
        let want = signed.transact(&wish.sign()).unwrap().unwrap();
        let mut got = pretended.pretend(&request, terms).unwrap().unwrap();
        if makes {
            // Whoever asks is shown the code.
            let shown = std::mem::replace(&mut got.result, want.result.clone());
            prop_assert_eq!(shown.unwrap().to_vec(), vec![0x5f, 0x5f, 0xfd]);
        }
        prop_assert_eq!(got, want);
        prop_assert_eq!(pretended.finish().unwrap(), signed.finish().unwrap());
    }
}

#[test]
fn each_sees_what_the_one_before_did() {
    let (poor, friend) = (Address([0xaa; 20]), Address([0xbb; 20]));
    let mut executor = Executor::new(rich(1), env(), rules());
    let refused = executor.pretend(&pay(poor, friend, 5), FREE).unwrap();
    assert!(matches!(refused, Err(Unfit::Invalid(Invalid::Funds { .. }))), "{refused:?}");
    executor.pretend(&pay(account(1), poor, 5), FREE).unwrap().unwrap();
    executor.pretend(&pay(poor, friend, 5), FREE).unwrap().unwrap();
    assert_eq!(executor.gas_used(), Gas(42_000));
    let (changes, receipts) = executor.finish().unwrap();
    assert_eq!(changes.account(&friend).unwrap().unwrap().balance, U256::from(5));
    assert_eq!(receipts[1].effective_price, 0);
}

#[test]
fn terms_that_do_not_hold_are_refused_by_name() {
    let mut executor = Executor::new(rich(1), env(), rules());
    let request = pay(account(1), account(2), 1);
    let mut refuse = |pretence, request: &CallRequest| {
        executor.pretend(request, pretence).unwrap().unwrap_err().to_string()
    };
    let numbered = |nonce| Pretence { nonce: Some(nonce), ..FREE };
    assert!(refuse(numbered(3), &request).starts_with("nonce too high"));
    let base = u128::from(BASE_FEE);
    let paying = |cap, tip| Pretence { fee: Some(Fee { cap, tip }), ..FREE };
    assert!(refuse(paying(base - 1, 0), &request).starts_with("max fee per gas less than block"));
    assert!(refuse(paying(base, base + 1), &request).starts_with("max priority fee"));
    assert!(refuse(paying(u128::MAX, 0), &request).starts_with("insufficient funds"));
    let small = CallRequest { gas: Gas(20_999), ..request.clone() };
    assert!(refuse(FREE, &small).starts_with("intrinsic gas too low"));
    let large = CallRequest { gas: Gas(30_000_001), ..request };
    assert!(refuse(FREE, &large).starts_with("gas limit reached"));
}

#[test]
fn a_precompiled_contract_answers_where_it_was_moved_to() {
    let elsewhere = Address([0xee; 20]);
    let moved = BTreeMap::from([(IDENTITY, None), (elsewhere, Some(IDENTITY))]);
    let ask = |to| {
        let env = Env { moved: Arc::new(moved.clone()), ..env() };
        let request =
            CallRequest { to: Some(to), input: vec![7, 8].into(), ..CallRequest::default() };
        call(Flat::default(), env, &request).unwrap().unwrap().result.unwrap()
    };
    assert_eq!(ask(elsewhere).to_vec(), [7, 8]);
    assert!(ask(IDENTITY).is_empty());
}

/// Has enough after so many instructions.
struct Impatient(u32);

impl Observer for Impatient {
    const STOPS: bool = true;

    fn is_over(&mut self) -> bool {
        self.0 = self.0.saturating_sub(1);
        self.0 == 0
    }
}

#[test]
fn an_execution_that_is_stopped_has_no_result() {
    let contract = Address([0xcc; 20]);
    // JUMPDEST, CALL itself, again: every frame ends when the innermost is stopped.
    let state = running(contract, "5b 5f5f5f5f5f305af1 50 5f56");
    let request = CallRequest { to: Some(contract), ..CallRequest::default() };
    let stopped = troupe_vm::call_observed(state.clone(), env(), &request, Impatient(1_000));
    assert_eq!(stopped.err(), Some(Error::Stopped));
    let (outcome, _) =
        troupe_vm::call_observed(state, env(), &request, Impatient(u32::MAX)).unwrap();
    assert_eq!(outcome.unwrap().result, Err(Failure::OutOfGas));
}

/// What was left to whom.
#[derive(Default)]
struct Heirs(Vec<(Address, Address, U256)>);

impl Observer for Heirs {
    fn destroy(&mut self, account: Address, heir: Address, balance: U256) {
        self.0.push((account, heir, balance));
    }
}

#[test]
fn the_end_of_a_contract_is_seen() {
    let (contract, heir) = (Address([0xcc; 20]), Address([0x11; 20]));
    let state = running(contract, &format!("73{} ff", hex::encode(heir.0)));
    let request = CallRequest { to: Some(contract), ..CallRequest::default() };
    let (_, heirs) = troupe_vm::call_observed(state, env(), &request, Heirs::default()).unwrap();
    assert_eq!(heirs.unwrap().0, [(contract, heir, U256::from(5))]);
}
