//! Owners and compute nodes before a chain of one validator: real actors, disks and clocks.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

#[path = "../../../gateway/tests/common/mod.rs"]
mod common;
mod leaving;
#[path = "../../../../protocols/ledger/tests/common/receiver.rs"]
mod receiver;
mod signing;
mod told;
mod town;

use alloy_sol_types::SolCall;
use common::{CHAIN_ID, Process, account, sent};
use serde_json::json;
use troupe_account::Reader;
use troupe_crypto::ed25519::Sign;
use troupe_market::call::abi::TaskMarket as Market;
use troupe_market::contract::TASKS;
use troupe_market::data::Listing;
use troupe_market::duty::{Say, seat_of};
use troupe_market::message::{Decision, Seen, Unseen};
use troupe_market::statement::{Held, Kind, NOBODY, Place, Statement};
use troupe_market::task::{End, Phase, Posting};
use troupe_runtime::run;
use troupe_types::{Hash, NodeId};

use town::*;

#[test]
fn a_task_is_done_and_paid_when_everybody_decides_and_nobody_sends_anything() {
    run(async {
        let town = Town::new().await;
        let task = town.declare(1, [SPAN, SPAN, SPAN, SPAN, 4_000]).await;
        let seen = town.owner.wait(task, Phase::Consent).await;
        assert_eq!(
            (seen.chain_id, seen.me.account, seen.me.compute),
            (CHAIN_ID, account(OWNER), None)
        );
        assert_eq!(seen.datasets[0].id, town.dataset);
        assert!(seen.height.0 > 0 && seen.time.0 > 0);
        town.owner.decide(task, Decision::Allow).await;
        let parties = town.parties(task).await;
        for (seat, party) in (0..).zip(&parties) {
            party.decide(task, Decision::Able).await;
            let seen = party.look(task).await.unwrap();
            assert_eq!(seat_of(&seen.task, &seen.me), Some(seat));
            assert_eq!(seen.nodes[usize::from(seat)].1, node_key(party.who).public_key().0);
        }
        let idle = town.nodes.iter().find(|node| parties.iter().all(|it| it.who != node.who));
        // It has no part in it, and whatever it decides does nothing.
        idle.unwrap().decide(task, Decision::Able).await;
        town.owner.wait(task, Phase::Start).await;
        town.owner.decide(task, Decision::Confirm).await;
        for (seat, party) in (0..).zip(&parties) {
            party.wait(task, Phase::Compute).await;
            party.decide(task, Decision::Say(Say::Done(posting(seat)))).await;
        }
        town.sender.wait(task, Phase::Settle).await;
        let demand = Market::demandCall { task, of_: 1, round: 0 };
        assert!(!town.sender.call(99, 0, demand).await, "nothing is missing any more");
        let over = town.sender.wait(task, Phase::Ended).await;
        assert_eq!(over.task.end, End::Paid as u8);
        let idle = town.chain.call("eth_getTransactionCount", {
            json!([format!("0x{}", account(idle.unwrap().who)), "latest"])
        });
        assert_eq!(idle.await, "0x1", "it has registered and done nothing else");
        town.end().await;
    });
}

#[test]
fn a_party_that_was_away_says_what_it_has_said_and_one_that_has_forgotten_gives_up() {
    run(async {
        let mut town = Town::new().await;
        let task = town.declare(1, [SPAN; 5]).await;
        town.owner.decide(task, Decision::Allow).await;
        let seats: Vec<u8> = town.parties(task).await.iter().map(|party| party.who).collect();
        for party in town.parties(task).await {
            party.decide(task, Decision::Able).await;
        }
        town.owner.wait(task, Phase::Start).await;
        let at = |town: &Town, who: u8| town.nodes.iter().position(|it| it.who == who).unwrap();
        // One has said everything when it goes, one nothing. Both come back.
        let (said, forgot) = (at(&town, seats[0]), at(&town, seats[1]));
        town.nodes[said].decide(task, Decision::Say(Say::Done(posting(0)))).await;
        for place in [said, forgot] {
            let peer = town.nodes.remove(place);
            let peer = peer.restart(&town.chain).await;
            town.nodes.insert(place, peer);
        }
        town.owner.decide(task, Decision::Confirm).await;
        let seen = loop {
            let seen = town.sender.look(task).await.unwrap();
            if seen.task.seats.iter().filter(|seat| seat.word != 0).count() == 2 {
                break seen;
            }
            town.chain.wait(50).await;
        };
        let words: Vec<u8> = seen.task.seats.iter().map(|seat| seat.word).collect();
        assert_eq!(words, [1, 2, 0], "done, given up, and silent who still computes");
        // It hears of that and gives up as well.
        let third = &town.nodes[at(&town, seats[2])];
        third.decide(task, Decision::Say(Say::GivesUp(None))).await;
        let over = town.sender.wait(task, Phase::Ended).await;
        assert_eq!(over.task.end, End::Aborted as u8);
        assert!(over.task.seats.iter().all(|seat| !seat.punished));
        town.end().await;
    });
}

#[test]
fn what_the_chain_refuses_is_tried_again_and_done_once_it_may_be() {
    run(async {
        let town = Town::new().await;
        let task = town.declare(1, [SPAN; 5]).await;
        town.owner.decide(task, Decision::Allow).await;
        let parties = town.parties(task).await;
        let party = parties[0];
        assert!(party.call(90, 0, Market::setCapacityCall { capacity: 0 }).await);
        party.decide(task, Decision::Able).await;
        let nonce = async || {
            let asked = json!([format!("0x{}", account(party.who)), "latest"]);
            town.chain.call("eth_getTransactionCount", asked).await
        };
        while nonce().await != "0x3" {
            town.chain.wait(20).await;
        }
        assert!(!party.look(task).await.unwrap().task.seats[0].accepted, "refused");
        assert!(party.call(91, 0, Market::setCapacityCall { capacity: 1 }).await);
        while !town.sender.look(task).await.unwrap().task.seats[0].accepted {
            town.chain.wait(50).await;
        }
        town.end().await;
    });
}

#[test]
fn an_end_without_a_log_is_noticed_and_ends_what_was_decided() {
    run(async {
        let town = Town::new().await;
        let missing = town.owner.look(70).await;
        assert_eq!(missing.unwrap_err(), Unseen::NoTask(70));
        let task = town.declare(1, [SPAN, SPAN, 2_000, SPAN, SPAN]).await;
        town.owner.decide(task, Decision::Allow).await;
        for party in town.parties(task).await {
            party.decide(task, Decision::Able).await;
        }
        let over = town.owner.wait(task, Phase::Compute).await;
        assert_eq!(over.task.end, End::NotStarted as u8, "nobody has confirmed it");
        // Too late, and of no effect.
        town.owner.decide(task, Decision::Confirm).await;
        // One that is declined is over at once.
        let declined = town.declare(2, [SPAN; 5]).await;
        town.owner.decide(declined, Decision::Allow).await;
        for party in town.parties(declined).await {
            party.decide(declined, Decision::Able).await;
        }
        town.owner.wait(declined, Phase::Start).await;
        town.owner.decide(declined, Decision::Decline(End::TooLittle)).await;
        let over = town.sender.wait(declined, Phase::Ended).await;
        assert_eq!(over.task.end, End::TooLittle as u8);
        assert_eq!(over.task.through.0.0, account(OWNER).0);
        let another = town.declare(3, [1_500, SPAN, SPAN, SPAN, SPAN]).await;
        let over = town.owner.wait(another, Phase::Ended).await;
        assert_eq!(over.task.end, End::NoConsent as u8);
        town.end().await;
    });
}

/// What a party states of how a task ends, if it is honest.
fn held(seen: &Seen, seat: u8, who: u8) -> Held {
    let (kind, hash) = (Kind::Result, posting(seat).result);
    let statement = Statement { kind, peer: NOBODY, round: 0, part: 0, hash };
    let terms = Hash(seen.task.terms.0);
    let place = Place { chain_id: seen.chain_id, task: seen.task.id, terms, seat };
    let signature = node_key(who).sign(&statement.digest(&place)).unwrap().0;
    Held { seat, statement, signature }
}

#[test]
fn whoever_posts_something_else_than_it_signed_is_slashed_by_the_others_alone() {
    run(async {
        let mut town = Town::new().await;
        // The liar speaks first, and last: then the task is over by its word.
        for (number, is_first) in [(1, true), (2, false)] {
            let (seats, seen) = town.computing(number, [SPAN; 5]).await;
            let task = seen.task.id;
            let of = |town: &Town, seat: usize| {
                town.nodes.iter().position(|it| it.who == seats[seat]).unwrap()
            };
            let lie = Posting { result: Hash([99; 32]), ..posting(2) };
            let words = [Say::Done(posting(0)), Say::Done(posting(1)), Say::Done(lie)];
            let signed = [0u8, 1, 2].map(|seat| held(&seen, seat, seats[usize::from(seat)]));
            let first = &town.nodes[of(&town, 0)];
            let others = |seat: usize| {
                signed.into_iter().filter(move |held| usize::from(held.seat) != seat).collect()
            };
            first.decide(task, Decision::Holds(others(0))).await;
            // What it holds it has again after it was away.
            let at = of(&town, 0);
            let back = town.nodes.remove(at).restart(&town.chain).await;
            back.decide(task, Decision::Able).await;
            town.nodes.insert(at, back);
            // Who is caught at once ends the task before the others have spoken.
            let order: &[usize] = if is_first { &[2] } else { &[0, 1, 2] };
            for seat in order.iter().copied() {
                let party = &town.nodes[of(&town, seat)];
                party.decide(task, Decision::Say(words[seat])).await;
                while party.look(task).await.unwrap().task.seats[seat].word == 0 {
                    town.chain.wait(20).await;
                }
            }
            let over = town.sender.wait(task, Phase::Ended).await;
            let end = if is_first { End::Caught } else { End::Disagreed };
            assert_eq!(over.task.end, end as u8);
            let over = loop {
                let seen = town.sender.look(task).await.unwrap();
                if seen.task.seats[2].punished {
                    break seen;
                }
                town.chain.wait(50).await;
            };
            let punished: Vec<bool> = over.task.seats.iter().map(|it| it.punished).collect();
            assert_eq!(punished, [false, false, true]);
            assert!(over.task.seats.iter().all(|seat| seat.bond == 0));
        }
        town.end().await;
    });
}

#[test]
fn a_message_that_never_came_is_shown_and_whoever_shows_nothing_pays_for_it() {
    run(async {
        let mut town = Town::new().await;
        for (number, answers) in [(1, true), (2, false)] {
            let (seats, seen) = town.computing(number, [SPAN, SPAN, SPAN, 12_000, SPAN]).await;
            let task = seen.task.id;
            let stakes = async |town: &Town| {
                let mut stakes = Vec::new();
                for seat in &seen.task.seats {
                    stakes.push(town.stake(seat.id).await);
                }
                stakes
            };
            let before = stakes(&town).await;
            let at = |town: &Town, seat: usize| {
                town.nodes.iter().position(|it| it.who == seats[seat]).unwrap()
            };
            let gives_up = |through| Decision::Say(Say::GivesUp(Some(through)));
            for seat in [1, 2] {
                let party = &town.nodes[at(&town, seat)];
                let (to, message) = (0, vec![9; 20_000]);
                if seat == 1 && answers {
                    party.decide(task, Decision::Sent { to, round: 7, message }).await;
                }
                party.decide(task, gives_up(0)).await;
                while party.look(task).await.unwrap().task.seats[seat].word != 2 {
                    town.chain.wait(20).await;
                }
            }
            if !answers {
                // It has spoken, and is gone.
                let place = at(&town, 1);
                town.nodes.remove(place).end().await;
            }
            let waits = &town.nodes[at(&town, 0)];
            waits.decide(task, Decision::Missing { of: 1, round: 7 }).await;
            waits.decide(task, gives_up(1)).await;
            let over = town.sender.wait(task, Phase::Ended).await;
            let end = if answers { End::Aborted } else { End::Unanswered };
            assert_eq!(over.task.end, end as u8);
            let [demand] = &over.task.demands[..] else { panic!("{:?}", over.task.demands.len()) };
            assert_eq!((demand.from, demand.of_, demand.round), (0, 1, 7));
            let lost = if answers { 0 } else { RULES.small_bond };
            let after = stakes(&town).await;
            assert_eq!(after, [before[0], before[1] - lost, before[2]]);
        }
        town.end().await;
    });
}

#[test]
fn a_node_waits_for_its_stake_and_registers_once() {
    run(async {
        let chain = chain();
        let peer = Peer::start(&chain, POOR);
        let reason = loop {
            let health = peer.health.lock().unwrap().clone();
            if let Some(Err(reason)) = health {
                break reason;
            }
            chain.wait(20).await;
        };
        assert!(reason.contains("it has 0 von"), "{reason}");
        // The stake, and a little more than what is left for fees.
        let value = 200_000_000_000_000_000;
        chain.call("eth_sendRawTransaction", json!([sent(7, 0, account(POOR), value)])).await;
        peer.is_ready(&chain).await;
        let source = troupe_gateway::source(&chain.about, &chain.reader, &chain.node);
        let reader = Reader::new(source.backend);
        let of = Market::getNodeOfCall { account: account(POOR).0.into() };
        let registered = async {
            let answer = reader.ask(TASKS, of.abi_encode()).await.unwrap();
            Market::getNodeOfCall::abi_decode_returns(&answer).unwrap()
        };
        let registered =
            tokio::select! { () = source.beside => unreachable!(), it = registered => it };
        assert_eq!((registered.stake, registered.capacity), (2_000, 2));
        assert_eq!(registered.node.0, node_id(POOR).0);
        let peer = peer.restart(&chain).await;
        peer.is_ready(&chain).await;
        chain.wait(1_500).await;
        let asked = json!([format!("0x{}", account(POOR)), "latest"]);
        assert_eq!(chain.call("eth_getTransactionCount", asked).await, "0x1");
        peer.end().await;
        chain.end().await;
    });
}

#[test]
fn what_is_offered_is_listed_changed_and_taken_back() {
    run(async {
        let chain = chain();
        let owner = Peer::start(&chain, OWNER);
        let first = owner.offer(vec![listing("rows", 1), listing("more", 2)]).await.unwrap();
        assert_eq!(first, [1, 2]);
        let offered = vec![listing("more", 2), listing("rows", 1)];
        assert_eq!(owner.offer(offered.clone()).await.unwrap(), [2, 1], "nothing to do");
        let owner = owner.restart(&chain).await;
        assert_eq!(owner.offer(offered).await.unwrap(), [2, 1]);
        let nonce = async |chain: &Process| {
            let asked = json!([format!("0x{}", account(OWNER)), "latest"]);
            chain.call("eth_getTransactionCount", asked).await
        };
        assert_eq!(nonce(&chain).await, "0x2");
        // One with another price, one gone, one new.
        let offered = vec![listing("other", 5), listing("rows", 9)];
        assert_eq!(owner.offer(offered).await.unwrap(), [3, 1]);
        assert_eq!(nonce(&chain).await, "0x5");
        // What comes back is another one; what changes back is changed.
        assert_eq!(owner.offer(vec![listing("more", 2)]).await.unwrap(), [4]);
        assert_eq!(owner.offer(vec![listing("rows", 1)]).await.unwrap(), [5]);
        for wrong in [
            vec![listing("rows", 1), listing("rows", 2)],
            vec![Listing { node: NodeId([9; 32]), ..listing("rows", 1) }],
        ] {
            assert!(matches!(owner.offer(wrong).await, Err(Unseen::Refused(_))));
        }
        let nothing = Listing { rows: 0, ..listing("empty", 1) };
        let refused = owner.offer(vec![nothing]).await;
        assert!(matches!(refused, Err(Unseen::Refused(_))), "{refused:?}");
        assert_eq!(
            owner.offer(vec![listing("rows", 1)]).await.unwrap(),
            [6],
            "it was taken back by an offer without it, though that could not be listed"
        );
        owner.end().await;
        chain.end().await;
    });
}
