//! What is refused, and how it is said.

use crate::common::{Chain, LAT, Secrets, account};
use crate::platon::{self, bytes, item};
use crate::same::{changes, node};
use crate::shell::{By, Punished, ask, ask_with};
use alloy_sol_types::{SolCall, SolError};
use troupe_staking::call::Stop;
use troupe_staking::call::abi::{Slashing, Staking};
use troupe_staking::contract::{REWARD_POOL, SLASHING, STAKING};
use troupe_staking::office::Office;
use troupe_staking::stake::Status;
use troupe_types::Epoch;

/// The code and the reason of a refusal.
pub fn read(result: &Result<Vec<u8>, Stop>) -> (u32, String) {
    match result {
        Ok(_) => (0, String::new()),
        Err(Stop::Reverted(bytes)) => {
            let error = Staking::Refused::abi_decode(bytes).unwrap();
            (error.code, error.reason)
        }
        Err(stop) => panic!("{stop:?}"),
    }
}

#[test]
fn a_refusal_says_code_value_and_bound_in_both_forms() {
    let mut chain = Chain::new(4, 4);
    let before = chain.world.clone();
    let delegate = Staking::delegateCall { node: node(1), source: 0, amount: LAT }.abi_encode();
    let platon = platon::call(1004, &[item(&0u16), bytes(&node(1).0), item(&LAT)]);
    let by = By::account(50);
    let one = ask(&mut chain, STAKING, by.sending(LAT), &delegate);
    let other = ask(&mut chain, STAKING, by, &platon);
    let reason = format!("{LAT} von are delegated, wanted are at least {}", 10 * LAT);
    assert_eq!(read(&one.result), (301_105, reason));
    assert_eq!(other.result, one.result);
    assert!(other.receipts.is_empty() && chain.world == before);
}

#[test]
fn what_is_sent_has_to_be_what_is_taken() {
    let mut chain = Chain::new(4, 4);
    for change in changes(&mut chain) {
        let by = By::account(change.by);
        for value in [change.value + 1, change.value.wrapping_sub(1)] {
            if value == u128::MAX {
                continue;
            }
            let refused = ask(&mut chain, change.contract, by.sending(value), &change.abi);
            assert_eq!(read(&refused.result).0, 301_121);
        }
        let refused = ask(&mut chain, change.contract, by.sending(1), &change.platon);
        assert_eq!(read(&refused.result).0, 301_121, "nothing is sent in PlatON's form");
        let by = by.sending(change.value);
        ask(&mut chain, change.contract, by, &change.abi).result.unwrap();
    }
}

#[test]
fn nothing_changes_by_a_call_that_may_not() {
    let mut chain = Chain::new(4, 4);
    for change in changes(&mut chain) {
        let by = By { is_static: true, ..By::account(change.by) };
        for input in [&change.abi, &change.platon] {
            let stopped = ask(&mut chain, change.contract, by, input);
            assert_eq!(stopped.result, Err(Stop::Static));
        }
        let by = By::account(change.by).sending(change.value);
        ask(&mut chain, change.contract, by, &change.abi).result.unwrap();
    }
    let asked = Staking::getCalendarCall {}.abi_encode();
    let by = By { is_static: true, ..By::account(9) };
    assert!(ask(&mut chain, STAKING, by, &asked).result.is_ok());
}

#[test]
fn with_less_gas_than_it_takes_nothing_is_done() {
    let mut chain = Chain::new(4, 4);
    for change in changes(&mut chain) {
        let by = By::account(change.by).sending(change.value);
        let mut copy = Chain { world: chain.world.clone(), ..Chain::new(4, 4) };
        let done = ask(&mut copy, change.contract, by, &change.abi);
        done.result.unwrap();
        // The last charge of a change comes before the first record that it writes.
        for gas in [0, done.used / 2, done.used - 1] {
            let stopped = ask(&mut chain, change.contract, By { gas, ..by }, &change.abi);
            assert_eq!(stopped.result, Err(Stop::OutOfGas));
            assert!(stopped.works <= done.works);
        }
        ask(&mut chain, change.contract, By { gas: done.used, ..by }, &change.abi).result.unwrap();
    }
}

#[test]
fn other_functions_and_other_accounts_are_refused() {
    let mut chain = Chain::new(4, 4);
    let calendar = Staking::getCalendarCall {}.abi_encode();
    for (contract, input) in [
        (STAKING, Vec::new()),
        (STAKING, vec![1, 2, 3]),
        (STAKING, vec![1, 2, 3, 4]),
        (SLASHING, calendar.clone()),
        (REWARD_POOL, calendar),
        (SLASHING, platon::call(1006, &[])),
        (STAKING, platon::call(1007, &[])),
        (STAKING, vec![0; 70_000]),
    ] {
        let refused = ask(&mut chain, contract, By::account(9), &input);
        assert_eq!(read(&refused.result).0, 3);
    }
    let asked = Staking::getCalendarCall {}.abi_encode();
    let refused = ask(&mut chain, STAKING, By::account(9).sending(1), &asked);
    assert_eq!(read(&refused.result).0, 301_121, "nothing is sent with a question");
}

#[test]
fn who_contradicted_itself_is_punished_once_and_by_another() {
    let mut chain = Chain::new(4, 4);
    let key = Secrets::new(2).keys().vote_key;
    let evidence = |round: u64| [&key[..], &round.to_be_bytes()].concat();
    let mut punished = Punished::new();
    let mut report = |chain: &mut Chain, by: u8, evidence: Vec<u8>| {
        let call = Slashing::reportDuplicateSignCall { evidence: evidence.into() }.abi_encode();
        ask_with(chain, &mut punished, SLASHING, By::account(by), &call).result
    };
    assert_eq!(read(&report(&mut chain, 50, vec![1])).0, 303_000);
    let other = [&[7; 48][..], &[0; 8]].concat();
    assert_eq!(read(&report(&mut chain, 50, other)).0, 303_009);
    let round = troupe_staking::Calendar::now(&mut chain.world).round.0;
    assert_eq!(read(&report(&mut chain, 2, evidence(round))).0, 303_010);
    let before = chain.world.balances[&account(50)];
    let told = report(&mut chain, 50, evidence(round)).unwrap();
    let lost = Slashing::reportDuplicateSignCall::abi_decode_returns(&told).unwrap();
    assert!(lost > 0 && chain.world.balances[&account(50)] == before + lost / 2);
    assert_eq!(read(&report(&mut chain, 50, evidence(round))).0, 303_001);
    chain.check();

    let office = Office::of(&mut chain.world, Epoch(round)).unwrap();
    let member = office.members.iter().find(|member| member.vote_key == key).unwrap();
    let stake = troupe_staking::stake::Stake::of(&mut chain.world, member.id).unwrap();
    assert!(stake.status.has(Status::DOUBLE_SIGN));
    let asked = Slashing::isPunishedCall { voteKey: key.into(), round }.abi_encode();
    let told = ask_with(&mut chain, &mut punished, SLASHING, By::account(9), &asked);
    assert_eq!(Slashing::isPunishedCall::abi_decode_returns(&told.result.unwrap()), Ok(true));
    let asked = platon::call(3001, &[item(&1u8), bytes(&node(2).0), item(&round)]);
    let told = ask_with(&mut chain, &mut punished, SLASHING, By::account(9), &asked);
    let text = String::from_utf8(told.result.unwrap()).unwrap();
    assert!(text.starts_with("{\"Code\":0,\"Ret\":\"0x"), "{text}");
}
