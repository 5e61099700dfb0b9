//! A task is done when everybody does what is found to be its duty, whatever the order.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use alloy_sol_types::SolCall;
use common::shell::{BY, By, ask};
use common::{CHAIN, Market, account, posting};
use proptest::prelude::*;
use std::collections::BTreeMap;
use troupe_market::call::abi::TaskMarket;
use troupe_market::contract::TASKS;
use troupe_market::duty::{
    Duty, Knows, Say, Who, concerns, duties, has_forgotten, is_running, seat_of,
};
use troupe_market::message::Decision;
use troupe_market::node::Node;
use troupe_market::statement::{Held, Kind, NOBODY, Statement};
use troupe_market::task::End;
use troupe_types::Hash;

/// Owners of data, and those who may be elected.
const OWNERS: [u8; 2] = [1, 2];
const NODES: core::ops::Range<u8> = 10..30;
const RECEIVER: u8 = 4;

fn shown(market: &mut Market, number: u64) -> TaskMarket::Task {
    let by = By { is_static: true, ..BY };
    let asked = TaskMarket::getTaskCall { task: number }.abi_encode();
    let (answer, _) = ask(market, TASKS, by, &asked);
    TaskMarket::getTaskCall::abi_decode_returns(&answer.unwrap()).unwrap()
}

fn who(market: &mut Market, who: u8) -> Who {
    let asked = TaskMarket::getNodeOfCall { account: account(who).0.into() }.abi_encode();
    let (answer, _) = ask(market, TASKS, By { is_static: true, ..BY }, &asked);
    let compute =
        answer.ok().map(|bytes| TaskMarket::getNodeOfCall::abi_decode_returns(&bytes).unwrap().id);
    Who { account: account(who), compute }
}

fn stake(market: &mut Market, compute: u64) -> u128 {
    Node::of(&mut market.world, compute).unwrap().stake
}

/// What everybody did, by its id.
type Done = BTreeMap<Hash, Duty>;

/// One does all of its duties; each of them succeeds, and is found once.
fn act(market: &mut Market, number: u64, one: u8, gives_up: bool, done: &mut Done) {
    let who = who(market, one);
    let task = shown(market, number);
    let seat = seat_of(&task, &who);
    let said = seat.map(|seat| match gives_up {
        true => Say::GivesUp(None),
        false => Say::Done(posting(1, seat.into())),
    });
    let knows = Knows {
        is_allowed: true,
        is_confirmed: true,
        declines: None,
        is_able: true,
        said: said.filter(|_| is_running(&task)),
        received: (0..=u8::MAX).collect(),
        missing: None,
        callback: 0,
        held: Vec::new(),
    };
    for duty in duties(&task, &who, &knows) {
        let (answer, _) = ask(market, TASKS, By { who: one, ..BY }, &duty.call(number, &[]));
        assert!(answer.is_ok(), "{duty:?}: {answer:?}");
        let before = done.insert(duty.id(CHAIN, number, &who.account), duty.clone());
        assert_eq!(before, None, "found twice");
    }
}

fn demand(market: &mut Market, number: u64, by: u8, of: u8, round: u32) {
    let asked = TaskMarket::demandCall { task: number, of_: of, round }.abi_encode();
    let (answer, _) = ask(market, TASKS, By { who: by, ..BY }, &asked);
    assert!(answer.is_ok(), "{answer:?}");
}

/// Plays a task to its end: how it ended, and through whom.
fn play(orders: &[Vec<u8>], absent: Option<(u8, usize)>) -> (u8, Done, Market, u64) {
    let mut market = Market::busy();
    let number = market.declared();
    let mut done = Done::new();
    let before: Vec<(u64, u128)> = (1..=20).map(|it| (it, stake(&mut market, it))).collect();
    for turn in 0..200 {
        let order = &orders[turn % orders.len()];
        for one in order {
            if absent.is_some_and(|(who, from)| who == *one && turn >= from) {
                continue;
            }
            act(&mut market, number, *one, false, &mut done);
        }
        let task = shown(&mut market, number);
        if task.end != 0 {
            for (compute, before) in before {
                let now = stake(&mut market, compute);
                let who = Node::of(&mut market.world, compute).unwrap().account.0[0];
                let is_absent = absent.is_some_and(|(absent, _)| absent == who);
                assert!(is_absent || now == before, "{who} lost {}", before - now);
            }
            market.check();
            return (task.end, done, market, number);
        }
        market.block(37);
    }
    panic!("it does not end");
}

fn orders() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let all: Vec<u8> = OWNERS.into_iter().chain(NODES).collect();
    proptest::collection::vec(Just(all).prop_shuffle(), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn in_any_order_it_is_done_and_paid(orders in orders()) {
        let (end, done, _, _) = play(&orders, None);
        prop_assert_eq!(end, 1);
        let said = done.values().filter(|duty| matches!(duty, Duty::Say(_))).count();
        prop_assert_eq!(said, 3);
    }

    #[test]
    fn whoever_does_its_duties_loses_nothing_by_another_s_absence(
        orders in orders(),
        who in prop_oneof![1u8..=2, NODES],
        from in 0usize..20,
    ) {
        let (end, _, _, _) = play(&orders, Some((who, from)));
        prop_assert!([1, 3, 8, 9].contains(&end), "{}", end);
    }
}

#[test]
fn what_a_party_demands_is_published_and_acknowledged() {
    let mut market = Market::busy();
    let number = market.started();
    let parties = market.parties(number);
    demand(&mut market, number, parties[0], 1, 7);
    let task = shown(&mut market, number);
    let (asker, asked) = (who(&mut market, parties[0]), who(&mut market, parties[1]));
    let knows = Knows { received: vec![0], ..Knows::default() };
    assert_eq!(duties(&task, &asker, &knows), []);
    let found = duties(&task, &asked, &knows);
    let until = task.demands[0].until;
    assert_eq!(found, [Duty::Publish { number: 0, to: 0, round: 7, until }]);
    let call = found[0].call(number, b"sealed");
    assert!(ask(&mut market, TASKS, By { who: parties[1], ..BY }, &call).0.is_ok());

    let task = shown(&mut market, number);
    assert_eq!(duties(&task, &asked, &knows), []);
    assert_eq!(duties(&task, &asker, &Knows::default()), [], "it cannot read it");
    let found = duties(&task, &asker, &knows);
    let hash = troupe_crypto::hash::keccak256(b"sealed");
    assert_eq!(found, [Duty::Acknowledge { number: 0, hash }]);
    let call = found[0].call(number, &[]);
    assert!(ask(&mut market, TASKS, By { who: parties[0], ..BY }, &call).0.is_ok());
    assert_eq!(duties(&shown(&mut market, number), &asker, &knows), []);
}

/// A party that gives up for a message of another one, and what others know.
fn misses(of: u8, round: u32) -> Knows {
    let said = Some(Say::GivesUp(Some(of)));
    Knows { is_able: true, said, missing: Some((of, round)), ..Knows::default() }
}

/// What a party finds to be done, and whether it does it; of `kinds` alone.
fn does(market: &mut Market, number: u64, one: u8, knows: &Knows) -> Vec<&'static str> {
    let who = who(market, one);
    let found = duties(&shown(market, number), &who, knows);
    for duty in &found {
        let (answer, _) = ask(market, TASKS, By { who: one, ..BY }, &duty.call(number, b"sealed"));
        assert!(answer.is_ok(), "{duty:?}: {answer:?}");
    }
    found.iter().map(Duty::name).collect()
}

#[test]
fn a_party_demands_what_never_came_before_it_gives_up_and_both_keep_their_bonds() {
    let mut market = Market::busy();
    let number = market.started();
    let parties = market.parties(number);
    let before: Vec<u128> = (1..=20).map(|it| stake(&mut market, it)).collect();
    let gives_up = Knows { is_able: true, said: Some(Say::GivesUp(Some(0))), ..Knows::default() };
    for one in &parties[1..] {
        assert_eq!(does(&mut market, number, *one, &gives_up), ["give up"]);
    }
    let waits = misses(1, 7);
    assert_eq!(does(&mut market, number, parties[0], &waits), ["demand"]);
    market.block(1);
    assert!(does(&mut market, number, parties[0], &waits).is_empty(), "it waits");
    assert_eq!(does(&mut market, number, parties[1], &gives_up), ["publish"]);
    assert_eq!(does(&mut market, number, parties[0], &waits), ["acknowledge"]);
    assert_eq!(does(&mut market, number, parties[0], &waits), ["give up"]);
    let task = market.task(number);
    assert_eq!(task.ending.unwrap().end, End::Aborted);
    let after: Vec<u128> = (1..=20).map(|it| stake(&mut market, it)).collect();
    assert_eq!(before, after);
    market.check();
}

#[test]
fn whoever_does_not_publish_loses_its_small_bond_and_who_waits_for_it_nothing() {
    let mut market = Market::busy();
    let number = market.started();
    let parties = market.parties(number);
    let seats: Vec<u64> = market.task(number).seats.iter().map(|seat| seat.node).collect();
    let stakes = |market: &mut Market| -> Vec<u128> {
        seats.iter().map(|seat| stake(market, *seat)).collect()
    };
    let before = stakes(&mut market);
    let waits = misses(1, 7);
    let gives_up = Knows { is_able: true, said: Some(Say::GivesUp(Some(0))), ..Knows::default() };
    does(&mut market, number, parties[0], &waits);
    // The accused says something of the computation, and nothing of the message.
    let word = Duty::Say(Say::GivesUp(None)).call(number, &[]);
    assert!(ask(&mut market, TASKS, By { who: parties[1], ..BY }, &word).0.is_ok());
    does(&mut market, number, parties[2], &gives_up);
    while market.task(number).ending.is_none() {
        assert!(does(&mut market, number, parties[0], &waits).is_empty());
        market.block(997);
    }
    let ending = market.task(number).ending.unwrap();
    assert_eq!((ending.end, ending.through), (End::Unanswered, Some(account(parties[1]))));
    let small = common::RULES.small_bond;
    assert_eq!(stakes(&mut market), [before[0], before[1] - small, before[2]]);
    market.check();
}

#[test]
fn whoever_says_nothing_at_all_loses_its_bond_though_something_was_demanded_of_it() {
    let mut market = Market::busy();
    let number = market.started();
    let parties = market.parties(number);
    let seats: Vec<u64> = market.task(number).seats.iter().map(|seat| seat.node).collect();
    let before: Vec<u128> = seats.iter().map(|seat| stake(&mut market, *seat)).collect();
    // Each of the others waits for it; it is gone.
    for one in [0, 2] {
        assert_eq!(does(&mut market, number, parties[one], &misses(1, 7)), ["demand"]);
    }
    while market.task(number).ending.is_none() {
        market.block(997);
    }
    let after: Vec<u128> = seats.iter().map(|seat| stake(&mut market, *seat)).collect();
    assert_eq!(after, [before[0], before[1] - common::RULES.bond, before[2]]);
    market.check();
}

#[test]
fn a_party_that_gives_up_stops_the_others() {
    let mut market = Market::busy();
    let number = market.started();
    let parties = market.parties(number);
    assert!(is_running(&shown(&mut market, number)));
    let mut done = Done::new();
    act(&mut market, number, parties[2], true, &mut done);
    assert!(!is_running(&shown(&mut market, number)));
    for one in &parties[..2] {
        // They say nothing of a result, but that they give up as well.
        act(&mut market, number, *one, false, &mut done);
    }
    assert_eq!(done.len(), 1);
}

#[test]
fn whoever_has_no_part_has_no_duty() {
    let mut market = Market::busy();
    let number = market.drawn();
    let task = shown(&mut market, number);
    let knows = Knows { is_allowed: true, is_confirmed: true, is_able: true, ..Knows::default() };
    let stranger = who(&mut market, 50);
    assert_eq!((seat_of(&task, &stranger), duties(&task, &stranger, &knows)), (None, vec![]));
    let parties = market.parties(number);
    let idle = NODES.clone().find(|node| !parties.contains(node)).unwrap();
    let idle = who(&mut market, idle);
    assert_eq!(duties(&task, &idle, &knows), []);
    let elected = who(&mut market, parties[0]);
    assert_eq!(duties(&task, &elected, &Knows::default()), []);
    assert_eq!(duties(&task, &elected, &knows), [Duty::Accept]);
}

#[test]
fn a_task_concerns_whoever_may_have_something_to_do_in_it() {
    let mut market = Market::busy();
    let [declared, drawn, started] =
        [Market::declared, Market::drawn, Market::started].map(|make| make(&mut market));
    let concerned = |market: &mut Market, task: u64, one: u8| {
        let (task, who) = (shown(market, task), who(market, one));
        concerns(&task, &who)
    };
    let owners = |task: &mut Market, number| {
        OWNERS.iter().filter(|one| concerned(task, number, **one)).count()
    };
    assert!(owners(&mut market, declared) > 0 && owners(&mut market, started) > 0);
    assert!(!concerned(&mut market, declared, 10), "nobody is drawn before all have agreed");
    let count =
        |market: &mut Market, task| NODES.filter(|one| concerned(market, task, *one)).count();
    let of = shown(&mut market, drawn);
    assert_eq!(count(&mut market, drawn), of.seats.len() + of.reserves.len());
    assert_eq!(count(&mut market, started), 3, "nobody is replaced any more");
    let waiting = market.authorised();
    assert_eq!(count(&mut market, waiting), NODES.len(), "each may be drawn");
    assert!(!concerned(&mut market, waiting, RECEIVER));
}

#[test]
fn only_a_party_that_knows_nothing_of_what_it_computes_has_forgotten() {
    let mut market = Market::busy();
    let number = market.started();
    let parties = market.parties(number);
    let idle = NODES.clone().find(|node| !parties.contains(node)).unwrap();
    let task = shown(&mut market, number);
    let (party, idle) = (who(&mut market, parties[0]), who(&mut market, idle));
    assert!(has_forgotten(&task, &party, &Knows::default()));
    assert!(!has_forgotten(&task, &idle, &Knows::default()));
    let able = Knows { is_able: true, ..Knows::default() };
    let said = Knows { said: Some(Say::GivesUp(None)), ..Knows::default() };
    assert!(!has_forgotten(&task, &party, &able) && !has_forgotten(&task, &party, &said));
    let call = Duty::Say(Say::GivesUp(None)).call(number, &[]);
    assert!(ask(&mut market, TASKS, By { who: parties[0], ..BY }, &call).0.is_ok());
    assert!(!has_forgotten(&shown(&mut market, number), &party, &Knows::default()));
    let before = market.accepted();
    let before = shown(&mut market, before);
    assert!(!has_forgotten(&before, &party, &Knows::default()), "it does not compute yet");
}

#[test]
fn an_owner_that_declines_lets_nobody_start_and_the_task_is_over() {
    let mut market = Market::busy();
    let number = market.accepted();
    let owner = who(&mut market, OWNERS[0]);
    let mut knows = Knows::default();
    for decision in [Decision::Confirm, Decision::Decline(End::TooLittle)] {
        knows.add(&decision);
    }
    // The first reason counts.
    knows.add(&Decision::Decline(End::Unready));
    let found = duties(&shown(&mut market, number), &owner, &knows);
    assert_eq!(found, [Duty::Decline(End::TooLittle)]);
    let party = market.parties(number)[0];
    let party = who(&mut market, party);
    assert_eq!(duties(&shown(&mut market, number), &party, &knows), []);
    let call = found[0].call(number, &[]);
    let (answer, _) = ask(&mut market, TASKS, By { who: OWNERS[0], ..BY }, &call);
    assert!(answer.is_ok(), "{answer:?}");
    let task = shown(&mut market, number);
    assert_eq!((task.end, task.through.0.0), (14, account(OWNERS[0]).0));
    assert_eq!(duties(&task, &owner, &knows), []);
    // Not with any number.
    for end in [0, 8, 17, u8::MAX] {
        let call = TaskMarket::declineCall { task: number, end }.abi_encode();
        let (answer, _) = ask(&mut market, TASKS, By { who: OWNERS[0], ..BY }, &call);
        assert!(answer.is_err());
    }
}

#[test]
fn what_was_decided_adds_up_and_the_first_word_counts() {
    let mut knows = Knows::default();
    let word = Say::GivesUp(Some(1));
    let hash = Hash([4; 32]);
    let statement = Statement { kind: Kind::Result, peer: NOBODY, round: 0, part: 0, hash };
    let held = Held { seat: 2, statement, signature: [5; 64] };
    for decision in [
        Decision::Allow,
        Decision::Received(2),
        Decision::Confirm,
        Decision::Received(2),
        Decision::Say(word),
        Decision::Able,
        Decision::Missing { of: 0, round: 9 },
        Decision::Holds(vec![held]),
        Decision::Holds(vec![held]),
        Decision::Say(Say::GivesUp(None)),
        Decision::Sent { to: 1, round: 3, message: vec![1] },
    ] {
        knows.add(&decision);
    }
    let want = Knows {
        is_allowed: true,
        is_confirmed: true,
        declines: None,
        is_able: true,
        said: Some(word),
        received: vec![2],
        missing: Some((0, 9)),
        callback: 0,
        held: vec![held],
    };
    assert_eq!(knows, want);
}

#[test]
fn what_a_party_signed_that_gives_up_is_shown_by_those_who_posted_it() {
    let mut market = Market::busy();
    let number = market.started();
    let parties = market.parties(number);
    let mut hold = |kind, hash| {
        let (statement, signature) = market.signed(number, 2, kind, hash);
        Held { seat: 2, statement, signature }
    };
    // As much as a session hands over.
    let held = vec![hold(Kind::Pair, 3), hold(Kind::Transcript, 9), hold(Kind::Result, 1)];
    let (transcript, result) = (held[1], held[2]);
    let knows = |seat| Knows {
        is_able: true,
        said: Some(Say::Done(posting(1, seat))),
        held: held.clone(),
        ..Knows::default()
    };
    assert_eq!(does(&mut market, number, parties[0], &knows(0)), ["post"]);
    assert_eq!(does(&mut market, number, parties[1], &knows(1)), ["post"]);
    let gives_up = Knows { said: Some(Say::GivesUp(None)), ..Knows::default() };
    assert_eq!(does(&mut market, number, parties[2], &gives_up), ["give up"]);
    let (first, empty) = (who(&mut market, parties[0]), Knows::default());
    let task = shown(&mut market, number);
    assert_eq!(duties(&task, &first, &empty), [], "it holds nothing");
    let found = duties(&task, &first, &knows(0));
    assert_eq!(found, [Duty::Show(result, transcript)]);
    let call = found[0].call(number, &[]);
    assert!(ask(&mut market, TASKS, By { who: parties[1], ..BY }, &call).0.is_ok());
    let task = shown(&mut market, number);
    assert_eq!((task.phase, task.seats[2].word), (6, 3));
    assert_eq!(task.seats[2].posting.result, task.seats[0].posting.result);
    assert_eq!(duties(&task, &first, &knows(0)), []);
    market.check();
}
