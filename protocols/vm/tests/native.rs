//! Contracts that are a part of the node.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use alloy_primitives::{B256, Bytes, U256};
use common::{Wish, account, deploy, env, rich, rules};
use std::sync::Arc;
use troupe_chain::state::{Flat, Slot, StateView};
use troupe_types::{Address, Gas};
use troupe_vm::{
    Env, Executor, Failure, Follow, Native, NativeCall, NativeHost, Outcome, Refusal, Vm,
};

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

/// Counts its calls, then has somebody called, and logs what came of that. The input says who and with how much gas.
struct Caller;

const CALLER: Address = Address([0x11; 20]);

fn wanted(input: &[u8]) -> (Address, u64) {
    let (to, gas) = input.split_first_chunk::<20>().unwrap();
    (Address(*to), u64::from_be_bytes(*gas.first_chunk().unwrap()))
}

impl Native for Caller {
    fn call(&self, host: &mut NativeHost<'_>, call: &NativeCall<'_>) -> Result<Bytes, Refusal> {
        let count = host.load(Slot::default())? + U256::ONE;
        host.store(Slot::default(), count)?;
        let (to, gas) = wanted(call.input);
        // Whoever is called calls back with the same.
        host.follow(Follow { to, input: Bytes::copy_from_slice(call.input), gas })?;
        Ok(Bytes::from_static(b"not this"))
    }

    fn followed(
        &self,
        host: &mut NativeHost<'_>,
        _: &NativeCall<'_>,
        has_succeeded: bool,
    ) -> Result<Bytes, Refusal> {
        host.log(&[B256::with_last_byte(has_succeeded.into())], Bytes::new())?;
        Ok(vec![u8::from(has_succeeded)].into())
    }
}

/// A contract of this code is made, and called by the native one with so much gas.
fn followed(code: &[u8], gas: u64) -> (Flat, Outcome, Address) {
    let mut state = rich(1);
    let vm = Vm::default().with(CALLER, Arc::new(Caller));
    let mut step = |wish: Wish| {
        let mut executor = Executor::new(state.clone(), Env { vm: vm.clone(), ..env() }, rules());
        let outcome = executor.transact(&wish.sign()).unwrap().unwrap();
        state.apply(&executor.finish().unwrap().0);
        outcome
    };
    let to = step(Wish::create(1, 0, &deploy(code))).contract.unwrap();
    let input = [&to.0[..], &gas.to_be_bytes()].concat();
    let outcome = step(Wish { gas: 5_000_000, ..Wish::call(1, 1, CALLER, &input) });
    (state, outcome, to)
}

fn topics(outcome: &Outcome) -> Vec<u8> {
    outcome.logs.iter().map(|log| log.data.topics()[0].0[31]).collect()
}

#[test]
fn a_native_contract_has_another_one_called_and_hears_what_came_of_it() {
    // CALLER, PUSH0, SSTORE: whoever called it is kept.
    let (state, outcome, to) = followed(&[0x33, 0x5f, 0x55], 50_000);
    assert_eq!(outcome.result, Ok(vec![1].into()));
    assert_eq!(topics(&outcome), [1]);
    let kept = state.storage(&to, &Slot::default()).unwrap();
    assert_eq!(kept, U256::from_be_slice(&CALLER.0));
    assert_eq!(state.storage(&CALLER, &Slot::default()).unwrap(), U256::ONE);
    // What was not used came back. A cold slot of each; the call of a cold account; a log of a topic.
    let input = 28 * 16;
    let least = 21_000 + 22_100 + 2_600 + 22_100 + 750;
    assert!((least..least + input + 10).contains(&outcome.gas_used.0), "{outcome:?}");
}

#[test]
fn what_a_native_contract_did_stays_done_whatever_comes_of_the_call_that_follows() {
    // REVERT; an endless loop; an instruction that is none. Each writes before.
    for (end, used) in
        [(&[0x5f, 0x5f, 0xfd][..], 0), (&[0x5b, 0x60, 4, 0x56], 50_000), (&[0xfe], 50_000)]
    {
        let code = [&[0x33, 0x5f, 0x55, 0x5f][..], end].concat();
        let (state, outcome, to) = followed(&code, 50_000);
        assert_eq!(outcome.result, Ok(vec![0].into()), "{end:?}");
        assert_eq!(topics(&outcome), [0]);
        assert_eq!(state.storage(&to, &Slot::default()).unwrap(), U256::ZERO);
        assert_eq!(state.storage(&CALLER, &Slot::default()).unwrap(), U256::ONE);
        assert!(outcome.gas_used.0 >= used);
    }
}

#[test]
fn a_call_that_follows_is_paid_for_before_anything_is_done() {
    let (state, outcome, _) = followed(&[0x33, 0x5f, 0x55], 6_000_000);
    assert_eq!(outcome.result, Err(Failure::OutOfGas));
    assert_eq!(state.storage(&CALLER, &Slot::default()).unwrap(), U256::ZERO);
}

#[test]
fn contracts_that_call_each_other_through_a_native_one_come_to_an_end() {
    // Copies its input, puts a little less than the gas that it has in the place of the other, and calls the native contract
    // with that: CALLDATACOPY; GAS - (GAS >> 5), moved into eight bytes; MSTORE; CALL.
    let mut code = vec![0x36, 0x5f, 0x5f, 0x37, 0x5a, 0x80, 0x60, 5, 0x1c, 0x90, 0x03];
    code.extend([0x60, 0xc0, 0x1b, 0x60, 20, 0x52, 0x5f, 0x5f, 0x60, 28, 0x5f, 0x5f, 0x73]);
    code.extend(CALLER.0);
    code.extend([0x5a, 0xf1, 0x00]);
    let (state, outcome, _) = followed(&code, 4_500_000);
    assert_eq!(outcome.result, Ok(vec![1].into()));
    // Half as many as there may be of the other machine's contracts within each other.
    assert_eq!(state.storage(&CALLER, &Slot::default()).unwrap(), U256::from(32));
    assert_eq!(outcome.logs.len(), 32);
}
