//! Who contradicts what it signed is slashed by what the others find to be their duty.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use alloy_sol_types::SolCall;
use common::shell::{BY, By, ask};
use common::{Market, account, posting};
use proptest::prelude::*;
use troupe_market::call::abi::TaskMarket;
use troupe_market::contract::TASKS;
use troupe_market::duty::{Duty, Knows, Who, duties};
use troupe_market::node::Node;
use troupe_market::statement::{Held, Kind};
use troupe_market::task::{End, Posting, post};
use troupe_types::Hash;

const KINDS: [Kind; 3] = [Kind::Result, Kind::Transcript, Kind::Pair];

/// What a party of a seat states honestly, as one byte.
fn honest(seat: u8, kind: Kind) -> u8 {
    let posting = posting(1, seat.into());
    let hash = match kind {
        Kind::Result => posting.result,
        Kind::Transcript => posting.transcript,
        // About the next seat: the first other one, but for the one in the middle.
        _ => posting.pairs[usize::from(seat == 1)],
    };
    hash.0[0]
}

fn held(market: &mut Market, number: u64, seat: u8, kind: Kind, hash: u8) -> Held {
    let (statement, signature) = market.signed(number, seat, kind, hash);
    Held { seat, statement, signature }
}

fn lie(seat: usize, about: Kind) -> Posting {
    let mut posting = posting(1, seat);
    match about {
        Kind::Result => posting.result = Hash([99; 32]),
        Kind::Transcript => posting.transcript = Hash([99; 32]),
        _ => posting.pairs = [Hash([99; 32]); 2],
    }
    posting
}

fn shown(market: &mut Market, number: u64) -> TaskMarket::Task {
    let asked = TaskMarket::getTaskCall { task: number }.abi_encode();
    let (answer, _) = ask(market, TASKS, By { is_static: true, ..BY }, &asked);
    TaskMarket::getTaskCall::abi_decode_returns(&answer.unwrap()).unwrap()
}

/// A party reports whom it finds, by what it holds; whom.
fn act(market: &mut Market, number: u64, one: u8, knows: &Knows) -> Vec<u8> {
    let compute = (1..=20).find(|id| {
        let node = Node::of(&mut market.world, *id);
        node.is_some_and(|node| node.account == account(one))
    });
    let who = Who { account: account(one), compute };
    let mut reported = Vec::new();
    for duty in duties(&shown(market, number), &who, knows) {
        let (Duty::Report(held, _) | Duty::ReportPosted(held)) = &duty else { continue };
        let (answer, _) = ask(market, TASKS, By { who: one, ..BY }, &duty.call(number, &[]));
        assert!(answer.is_ok(), "{duty:?}: {answer:?}");
        reported.push(held.seat);
    }
    reported
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_liar_is_slashed_by_the_others_whenever_it_posts_and_nobody_else_is(
        order in Just(vec![0usize, 1, 2]).prop_shuffle(),
        liar in proptest::option::of(0usize..3),
        about in proptest::sample::select(KINDS.to_vec()),
        is_stranger in any::<bool>(),
    ) {
        let mut market = Market::busy();
        let number = market.started();
        let parties = market.parties(number);
        let stakes: Vec<u128> = (1..=20)
            .map(|it| Node::of(&mut market.world, it).unwrap().stake)
            .collect();
        let mut all = Vec::new();
        for seat in 0..3 {
            for kind in KINDS {
                all.push(held(&mut market, number, seat, kind, honest(seat, kind)));
            }
        }
        // Each holds all, its own too: nobody reports itself.
        let knows = Knows { held: all, ..Knows::default() };
        let mut reported = Vec::new();
        for seat in order {
            let posting = if liar == Some(seat) { lie(seat, about) } else { posting(1, seat) };
            let party = account(parties[seat]);
            // Once a liar is caught, the others need not say anything.
            let done = market.act(|world, now| post(world, party, number, posting, now));
            prop_assert!(done.is_ok() || !reported.is_empty());
            for (at, one) in parties.clone().into_iter().enumerate() {
                let one = if is_stranger { 60 } else { one };
                if is_stranger || Some(at) != liar {
                    reported.extend(act(&mut market, number, one, &knows));
                }
            }
            market.block(1);
        }
        let want: Vec<u8> = liar.iter().map(|seat| u8::try_from(*seat).unwrap()).collect();
        prop_assert_eq!(reported, want, "once");
        let task = market.task(number);
        for (at, seat) in task.seats.iter().enumerate() {
            prop_assert_eq!(seat.is_punished, Some(at) == liar);
        }
        for (id, before) in (1..=20).zip(stakes) {
            let is_liar = liar.is_some_and(|liar| task.seats[liar].node == id);
            let now = Node::of(&mut market.world, id).unwrap().stake;
            let has_lost = now < before;
            prop_assert!(has_lost == is_liar && now <= before);
        }
        let end = task.ending.map(|ending| ending.end);
        let is_over = matches!(end, Some(End::Caught | End::Disagreed));
        // What nobody else said needs no agreement of others, so it may have been paid for otherwise.
        prop_assert!(is_over == liar.is_some() || about == Kind::Pair, "{:?}", end);
        market.check();
    }
}

#[test]
fn two_statements_that_contradict_each_other_are_enough() {
    let mut market = Market::busy();
    let number = market.started();
    let parties = market.parties(number);
    let both = [1, 2].map(|hash| held(&mut market, number, 1, Kind::Transcript, hash));
    let one = Knows { held: both[..1].to_vec(), ..Knows::default() };
    assert!(act(&mut market, number, parties[0], &one).is_empty());
    let knows = Knows { held: both.to_vec(), ..Knows::default() };
    assert_eq!(act(&mut market, number, parties[0], &knows), [1]);
    assert!(act(&mut market, number, parties[2], &knows).is_empty(), "once");
    assert_eq!(market.task(number).ending.unwrap().end, End::Caught);
    market.check();
}
