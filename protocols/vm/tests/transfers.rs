//! Transfers, fees, and what has no place in a block.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use alloy_primitives::U256;
use common::{BASE_FEE, COINBASE, LAT, Wish, account, env, rich, rules};
use proptest::prelude::*;
use troupe_chain::Invalid;
use troupe_chain::state::{Flat, StateView};
use troupe_types::{Address, Gas};
use troupe_vm::{Executor, Unfit};

fn balance(state: &Flat, of: Address) -> u128 {
    let account = state.account(&of).unwrap().unwrap_or_default();
    account.balance.try_into().unwrap()
}

fn run(state: &mut Flat, wishes: Vec<Wish>) -> Vec<Result<Gas, Unfit>> {
    let before = state.clone();
    let mut executor = Executor::new(before, env(), rules());
    let outcomes = wishes
        .into_iter()
        .map(|wish| executor.transact(&wish.sign()).unwrap().map(|outcome| outcome.gas_used))
        .collect();
    let (changes, _) = executor.finish().unwrap();
    state.apply(&changes);
    outcomes
}

#[test]
fn a_transfer_moves_the_value_and_pays_all_of_its_fee_to_the_producer() {
    let mut state = rich(1);
    let (from, to) = (account(1), Address([9; 20]));
    let outcomes = run(&mut state, vec![Wish::pay(1, 0, to, LAT)]);
    assert_eq!(outcomes, [Ok(Gas(21_000))]);
    let fee = 21_000 * (u128::from(BASE_FEE) + 2);
    assert_eq!(balance(&state, to), LAT);
    assert_eq!(balance(&state, COINBASE), fee);
    assert_eq!(balance(&state, from), 999 * LAT - fee);
    assert_eq!(state.account(&from).unwrap().unwrap().nonce, 1);
}

#[test]
fn what_has_no_place_is_refused_in_geths_words_and_changes_nothing() {
    let to = Address([9; 20]);
    let pay = |nonce| Wish::pay(1, nonce, to, 1);
    for (wish, words) in [
        (pay(1), "nonce too high: next nonce 0, tx nonce 1"),
        (
            Wish { cap: 6, tip: 1, ..pay(0) },
            "max fee per gas less than block base fee: maxFeePerGas: 6, baseFee: 7",
        ),
        (Wish { gas: 20_999, ..pay(0) }, "intrinsic gas too low: gas 20999, minimum needed 21000"),
        (Wish { value: 1_000 * LAT, ..pay(0) }, "insufficient funds for gas * price + value"),
    ] {
        let mut state = rich(1);
        let outcome = run(&mut state, vec![wish]).remove(0).unwrap_err();
        assert!(outcome.to_string().starts_with(words), "{outcome}");
        assert_eq!(state, rich(1));
    }
    let mut state = rich(1);
    let outcomes = run(&mut state, vec![pay(0), pay(0)]);
    let too_low = Unfit::Invalid(Invalid::NonceTooLow { got: 0, want: 1 });
    assert_eq!(outcomes, [Ok(Gas(21_000)), Err(too_low)]);
}

#[test]
fn a_block_holds_no_more_than_its_gas() {
    let state = rich(1);
    let few = troupe_vm::Env { gas_limit: Gas(50_000), ..env() };
    let mut executor = Executor::new(state, few, rules());
    for nonce in 0..2 {
        executor.transact(&Wish::pay(1, nonce, COINBASE, 1).sign()).unwrap().unwrap();
    }
    let outcome = executor.transact(&Wish::pay(1, 2, COINBASE, 1).sign()).unwrap();
    assert_eq!(outcome, Err(Unfit::BlockFull { got: Gas(21_000), left: Gas(8_000) }));
    assert_eq!(executor.receipts()[1].cumulative_gas, Gas(42_000));
}

#[test]
fn an_account_that_gives_all_away_is_the_empty_account_and_nobody_else_appears() {
    let mut state = rich(1);
    run(&mut state, vec![Wish::pay(1, 0, Address([9; 20]), 0)]);
    assert_eq!(state.account(&Address([9; 20])).unwrap(), None, "nothing was paid to it");
    assert_eq!(state.accounts().len(), 2, "the sender and the producer");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Nothing is made and nothing is lost, and the order within the block is what counts.
    #[test]
    fn value_is_conserved_and_nonces_count(
        steps in proptest::collection::vec((1u8..4, 1u8..5, 0u128..600), 1..20),
    ) {
        let mut state = rich(3);
        let mut nonces = [0u64; 4];
        let mut wishes = Vec::new();
        let mut model: Vec<u128> = vec![0, 1_000 * LAT, 1_000 * LAT, 1_000 * LAT, 0];
        let price = u128::from(BASE_FEE) + 2;
        let mut expected = Vec::new();
        for (from, to, lat) in steps {
            let (who, payee) = (usize::from(from), usize::from(to));
            wishes.push(Wish::pay(from, nonces[who], account(to), lat * LAT));
            let fits = model[who] >= lat * LAT + 21_000 * 100;
            expected.push(fits);
            if fits {
                nonces[who] += 1;
                model[who] -= lat * LAT + 21_000 * price;
                model[payee] += lat * LAT;
                model[0] += 21_000 * price;
            }
        }
        let outcomes = run(&mut state, wishes);
        prop_assert_eq!(outcomes.iter().map(Result::is_ok).collect::<Vec<_>>(), expected);
        prop_assert_eq!(balance(&state, COINBASE), model[0]);
        for who in 1..=4u8 {
            prop_assert_eq!(balance(&state, account(who)), model[usize::from(who)]);
        }
        let total: U256 = state.accounts().values().map(|account| account.balance).sum();
        prop_assert_eq!(total, U256::from(3_000 * LAT));
    }
}
