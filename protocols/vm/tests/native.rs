//! Contracts that are a part of the node.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use alloy_primitives::{B256, Bytes, U256};
use common::{Wish, account, deploy, env, rich, rules};
use std::sync::Arc;
use troupe_chain::state::{Flat, Slot, StateView};
use troupe_types::{Address, Gas};
use troupe_vm::{Env, Executor, Failure, Native, NativeCall, NativeHost, Outcome, Refusal, Vm};

const AT: Address = Address([0x10; 20]);

/// Keeps what it is paid, counts it, logs it, and gives a half back; says no to an input.
struct Purse;

impl Native for Purse {
    fn call(&self, host: &mut NativeHost<'_>, call: &NativeCall<'_>) -> Result<Bytes, Refusal> {
        host.charge(1_000)?;
        let sum = host.load(Slot::default())? + call.value;
        host.store(Slot::default(), sum)?;
        host.log(&[B256::ZERO], sum.to_be_bytes::<32>().to_vec().into())?;
        if !call.input.is_empty() {
            return Err(Refusal::Reverted(Bytes::copy_from_slice(call.input)));
        }
        assert!(host.pay(call.caller, call.value / U256::from(2))?);
        Ok(host.balance(host.address())?.to_be_bytes::<32>().to_vec().into())
    }
}

fn run(state: &mut Flat, wish: Wish) -> Outcome {
    let vm = Vm::default().with(AT, Arc::new(Purse));
    let mut executor = Executor::new(state.clone(), Env { vm, ..env() }, rules());
    let outcome = executor.transact(&wish.sign()).unwrap().unwrap();
    state.apply(&executor.finish().unwrap().0);
    outcome
}

fn count(state: &Flat) -> U256 {
    state.storage(&AT, &Slot::default()).unwrap()
}

#[test]
fn a_native_contract_remembers_pays_and_logs() {
    let mut state = rich(1);
    let outcome = run(&mut state, Wish { value: 10, ..Wish::call(1, 0, AT, &[]) });
    assert_eq!(U256::from_be_slice(&outcome.result.unwrap()), U256::from(5));
    assert_eq!((count(&state), outcome.logs.len()), (U256::from(10), 1));
    assert_eq!(state.account(&AT).unwrap().unwrap().balance, U256::from(5));
    // Its own price; a cold slot, which is warm when it is written; a log of a topic and a word; a call that
    // pays somebody warm; a warm balance, or a cold one.
    let parts = 1_000 + 2_100 + 20_000 + (375 + 375 + 8 * 32) + 9_100 + 100;
    assert_eq!(outcome.gas_used, Gas(21_000 + parts));
}

#[test]
fn a_native_contract_that_says_no_or_runs_out_leaves_nothing_and_the_block_goes_on() {
    let mut state = rich(1);
    let outcome = run(&mut state, Wish { value: 10, ..Wish::call(1, 0, AT, &[7]) });
    assert_eq!(outcome.result, Err(Failure::Reverted(vec![7].into())));
    let outcome = run(&mut state, Wish { gas: 30_000, value: 10, ..Wish::call(1, 1, AT, &[]) });
    assert_eq!((outcome.result, outcome.gas_used), (Err(Failure::OutOfGas), Gas(30_000)));
    assert_eq!(count(&state), U256::ZERO);
    assert_eq!(state.account(&AT).unwrap(), None);
}

#[test]
fn a_native_contract_is_called_as_others_are_and_not_in_somebody_elses_place() {
    // The four calls of Ethereum's machine, of which the last is static: only the first goes through.
    for (instruction, is_taken) in [(0xf1, true), (0xf2, false), (0xf4, false), (0xfa, false)] {
        let mut state = rich(1);
        let mut code = vec![0x5f; 4];
        if instruction <= 0xf2 {
            code.push(0x5f);
        }
        code.push(0x73);
        code.extend(AT.0);
        code.extend([0x5a, instruction, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3]);
        let made = run(&mut state, Wish::create(1, 0, &deploy(&code)));
        let outcome = run(&mut state, Wish::call(1, 1, made.contract.unwrap(), &[]));
        let answer = U256::from_be_slice(&outcome.result.unwrap());
        assert_eq!(answer, U256::from(u64::from(is_taken)), "{instruction:#x}");
        assert_eq!(outcome.logs.len(), usize::from(is_taken));
        assert!(state.account(&account(1)).unwrap().is_some());
    }
}
