//! The contract that knows random words.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use alloy_primitives::{Bytes, U256, keccak256};
use common::{Wish, deploy, env, rich, rules};
use proptest::prelude::*;
use troupe_chain::state::{Account, Changes, Flat, Slot};
use troupe_crypto::hash::keccak256_concat;
use troupe_types::{Address, Gas, Hash, Height};
use troupe_vm::{
    CallRequest, Env, Executor, Failure, Outcome, RANDOMNESS, REMEMBERED, call, remembered,
};

fn word_at(height: u64) -> Hash {
    keccak256_concat(&[b"test", &height.to_be_bytes()])
}

/// The state that a chain of so many blocks leaves, as the chain writes it.
fn after(blocks: u64) -> Flat {
    let mut state = rich(1);
    for height in 1..=blocks {
        let mut executor = Executor::new(state.clone(), env(), rules());
        for (slot, value) in remembered(Height(height), word_at(height)) {
            executor.write(RANDOMNESS, slot, value);
        }
        let (mut changes, _) = executor.finish().unwrap();
        with_root(&mut changes);
        state.apply(&changes);
    }
    state
}

/// A flat state has no tries: the root says only that there is storage.
fn with_root(changes: &mut Changes) {
    for account in changes.accounts.values_mut().flatten().filter(|account| account.nonce == 1) {
        *account = Account { storage_root: Hash([1; 32]), ..*account };
    }
}

fn ask_with(state: &Flat, height: u64, input: &[u8], gas: u64) -> Outcome {
    let env = Env { height: Height(height), randomness: word_at(height), ..env() };
    let request = CallRequest {
        to: Some(RANDOMNESS),
        gas: Gas(gas),
        input: Bytes::copy_from_slice(input),
        ..CallRequest::default()
    };
    call(state.clone(), env, &request).unwrap().unwrap()
}

fn ask(state: &Flat, height: u64, input: &[u8]) -> Result<Bytes, Failure> {
    ask_with(state, height, input, 1_000_000).result
}

fn abi(signature: &str, arguments: &[U256]) -> Vec<u8> {
    let mut input = keccak256(signature)[..4].to_vec();
    input.extend(arguments.iter().flat_map(|word| word.to_be_bytes::<32>()));
    input
}

fn word(state: &Flat, height: u64, of: U256) -> Result<Bytes, Failure> {
    ask(state, height, &abi("word(uint256)", &[of]))
}

fn reverted<T>(signature: &str, arguments: &[u64]) -> Result<T, Failure> {
    let arguments: Vec<U256> = arguments.iter().copied().map(U256::from).collect();
    Err(Failure::Reverted(abi(signature, &arguments).into()))
}

#[test]
fn the_words_of_the_last_blocks_are_known_and_no_others() {
    for blocks in [1, 2, 255, 256, 257, 600] {
        let state = after(blocks);
        let first = blocks.saturating_sub(REMEMBERED - 1).max(1);
        for height in [first, first.midpoint(blocks), blocks] {
            let got = word(&state, blocks, U256::from(height));
            assert_eq!(got, Ok(Bytes::copy_from_slice(&word_at(height).0)), "{height} of {blocks}");
        }
        for height in [0, first - 1, blocks + 1, u64::MAX] {
            let want = reverted("UnknownBlock(uint256,uint256,uint256)", &[height, first, blocks]);
            assert_eq!(word(&state, blocks, U256::from(height)), want, "{height} of {blocks}");
        }
    }
    // A height that is no height.
    assert!(word(&after(2), 2, U256::MAX).is_err());
    let want = reverted("UnknownBlock(uint256,uint256,uint256)", &[1, 1, 0]);
    assert_eq!(word(&rich(1), 0, U256::from(1)), want, "nothing was written yet");
}

#[test]
fn both_forms_give_the_same_words_which_differ() {
    let state = after(3);
    for count in [0u64, 1, 2, 500] {
        let plain = ask(&state, 3, &U256::from(count).to_be_bytes::<32>()).unwrap();
        assert_eq!(plain.len() as u64, 32 * count);
        let list = ask(&state, 3, &abi("words(uint256)", &[U256::from(count)])).unwrap();
        let (head, words) = list.split_at(64);
        assert_eq!(U256::from_be_slice(&head[..32]), U256::from(32));
        assert_eq!(U256::from_be_slice(&head[32..]), U256::from(count));
        assert_eq!(words, &plain[..]);
        let mut each: Vec<&[u8]> = plain.chunks(32).collect();
        each.sort_unstable();
        each.dedup();
        assert_eq!(each.len() as u64, count);
    }
    // As few bytes as the count has.
    let two = ask(&state, 3, &[2]).unwrap();
    assert_eq!(ask(&state, 3, &U256::from(2).to_be_bytes::<32>()).unwrap(), two);
    assert_eq!(two[..32], ask(&state, 3, &[1]).unwrap()[..]);
    assert_ne!(ask(&state, 2, &[2]).unwrap(), two, "of another block");
    for at in 0..2u64 {
        let want = keccak256_concat(&[b"troupe word", &word_at(3).0, &at.to_be_bytes()]);
        let start = 32 * usize::try_from(at).unwrap();
        assert_eq!(two[start..start + 32], want.0);
    }
}

#[test]
fn what_it_does_not_know_is_refused_by_name() {
    let state = after(1);
    let many = reverted("TooManyWords(uint256,uint256)", &[501, 500]);
    assert_eq!(ask(&state, 1, &U256::from(501).to_be_bytes::<32>()), many);
    assert_eq!(ask(&state, 1, &abi("words(uint256)", &[U256::from(501)])), many);
    assert!(ask(&state, 1, &[0xff; 32]).is_err());
    let unknown = reverted("UnknownCall()", &[]);
    for input in [
        vec![0; 33],
        abi("seed(uint256)", &[U256::from(1)]),
        abi("word(uint256)", &[U256::from(1), U256::ZERO]),
        vec![0; 1_000],
    ] {
        assert_eq!(ask(&state, 1, &input), unknown);
    }
    // It could not give back what it is paid.
    let mut executor = Executor::new(state, env(), rules());
    let wish = Wish { value: 1, ..Wish::call(1, 0, RANDOMNESS, &[1]) };
    let outcome = executor.transact(&wish.sign()).unwrap().unwrap();
    assert_eq!(outcome.result, reverted("NotPayable()", &[]));
}

#[test]
fn a_word_costs_what_is_read_for_it_and_words_by_their_number() {
    let state = after(1);
    let used = |input: &[u8]| {
        let zeros = input.iter().filter(|byte| **byte == 0).count() as u64;
        let data = 4 * zeros + 16 * (input.len() as u64 - zeros);
        ask_with(&state, 1, input, 1_000_000).gas_used.0 - 21_000 - data
    };
    assert_eq!(used(&abi("word(uint256)", &[U256::from(1)])), 100 + 2 * 2_100);
    assert_eq!((used(&[0]), used(&[1]), used(&[200])), (100, 160, 12_100));
    let short = ask_with(&state, 1, &[200], 21_016 + 12_099);
    assert_eq!(short.result, Err(Failure::OutOfGas));
}

#[test]
fn a_contract_asks_it_in_a_static_call_and_gets_what_its_own_instruction_says() {
    // Asks for the word of its own block; returns it, less PREVRANDAO.
    let mut code = vec![0x63];
    code.extend(&keccak256("word(uint256)")[..4]);
    // PUSH1 224 SHL PUSH0 MSTORE NUMBER PUSH1 4 MSTORE
    code.extend([0x60, 224, 0x1b, 0x5f, 0x52, 0x43, 0x60, 4, 0x52]);
    // PUSH1 32 PUSH0 PUSH1 36 PUSH0 PUSH20 address GAS STATICCALL POP
    code.extend([0x60, 32, 0x5f, 0x60, 36, 0x5f, 0x73]);
    code.extend(RANDOMNESS.0);
    // PREVRANDAO PUSH0 MLOAD SUB PUSH0 MSTORE PUSH1 32 PUSH0 RETURN
    code.extend([0x5a, 0xfa, 0x50, 0x44, 0x5f, 0x51, 0x03, 0x5f, 0x52, 0x60, 32, 0x5f, 0xf3]);
    let state = after(5);
    let env = Env { height: Height(5), randomness: word_at(5), ..env() };
    let mut executor = Executor::new(state, env, rules());
    let made = executor.transact(&Wish::create(1, 0, &deploy(&code)).sign()).unwrap().unwrap();
    let asking = Wish::call(1, 1, made.contract.unwrap(), &[]);
    let outcome = executor.transact(&asking.sign()).unwrap().unwrap();
    assert_eq!(outcome.result, Ok(Bytes::from([0; 32])));
}

proptest! {
    #[test]
    fn no_input_breaks_it_or_costs_nothing(
        input in prop::collection::vec(any::<u8>(), 0..80), selected in 0u8..3, gas in 21_000u64..80_000,
    ) {
        let state = after(1);
        let signature = ["word(uint256)", "words(uint256)", ""][usize::from(selected)];
        let mut whole = if selected < 2 { abi(signature, &[]) } else { Vec::new() };
        whole.extend(input);
        let env = Env { height: Height(1), randomness: word_at(1), ..env() };
        let request = CallRequest {
            to: Some(RANDOMNESS),
            gas: Gas(gas),
            input: whole.into(),
            ..CallRequest::default()
        };
        if let Ok(outcome) = call(state, env, &request).unwrap() {
            prop_assert!(outcome.gas_used.0 >= 21_100 || outcome.result == Err(Failure::OutOfGas));
            if let Ok(answer) = outcome.result {
                prop_assert!(answer.len() <= 64 + 32 * 500);
            }
        }
    }
}

#[test]
fn every_place_of_the_ring_is_one_slot_and_the_last_height_another() {
    let mut slots: Vec<Slot> = (1..=REMEMBERED)
        .flat_map(|height| remembered(Height(height), Hash::default()))
        .map(|it| it.0)
        .collect();
    slots.sort_unstable();
    slots.dedup();
    assert_eq!(slots.len() as u64, REMEMBERED + 1);
    assert_eq!(RANDOMNESS, Address(hex_literal()));
}

/// PIP-8.
fn hex_literal() -> [u8; 20] {
    let mut address = [0; 20];
    (address[0], address[19]) = (0x30, 0x01);
    address
}
