//! Transactions on their way from one pool to the others, in a simulated world.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use bytes::Bytes;
use common::{Town, genesis, head, received, submit, transfer, until};
use troupe_blocks::{PoolContent, PoolStatus, Pooled, Submit, Submitted};
use troupe_chain::message::{Announce, Announced, POOL, Pull, Push};
use troupe_chain::pool::{Limits, Status};
use troupe_chain::transaction::{Recovered, Transaction};
use troupe_runtime::sim::{Adversary, Scenario, Sent, Wants, Weather, World, node_id};
use troupe_runtime::{Node, Request};
use troupe_types::{Hash, Millis};
use troupe_wire::{Blob, CallError, List, Seed, Stream, Wire, codec};

const FOUR: [usize; 4] = [0, 1, 2, 3];

fn town(nodes: usize) -> Town {
    Town::new(genesis(&[(0, &FOUR)]), nodes)
}

fn four(seed: u64) -> Scenario {
    town(4).scenario(seed, 4, 0)
}

fn hash(who: u8, nonce: u64) -> Hash {
    Transaction::decode(&transfer(who, nonce)).unwrap().hash()
}

fn has(world: &mut World, at: usize, hash: Hash) -> bool {
    let asked = world.call(at, Millis::secs(5), move |node: Node| async move {
        node.link::<Pooled>("mempool").ask(Pooled(hash)).await
    });
    asked.and_then(Result::ok).flatten().is_some()
}

fn status(world: &mut World, at: usize) -> Status {
    let asked = world.call(at, Millis::secs(5), |node: Node| async move {
        node.link::<PoolStatus>("mempool").ask(PoolStatus).await
    });
    asked.unwrap().unwrap()
}

fn answer(world: &mut World, at: usize, who: u8, nonce: u64) -> Submitted {
    let envelope = transfer(who, nonce);
    let asked = world.call(at, Millis::secs(5), |node: Node| async move {
        node.link::<Submit>("mempool").ask(Submit(envelope)).await
    });
    asked.unwrap().unwrap()
}

/// Runs until the payee has as much on all these nodes; how long it took.
fn until_received(world: &mut World, nodes: &[usize], wanted: u64, most: Millis) -> Millis {
    until(world, most, "final everywhere", |world| {
        nodes.iter().all(|at| head(world, *at).is_some_and(|head| received(&head) >= wanted))
    })
}

#[test]
fn a_transfer_sent_to_one_node_is_with_all_validators_after_one_hop_and_soon_final() {
    for at in FOUR {
        let mut world = four(at as u64).open();
        world.run_for(Millis(3_000));
        submit(&mut world, [at], 1, 0);
        world.run_for(Millis(3));
        let waits = FOUR.iter().filter(|at| has(&mut world, **at, hash(1, 0))).count();
        assert_eq!(waits, 4, "after one hop and a look at its signature");
        let took = until_received(&mut world, &FOUR, 1, Millis::secs(5));
        assert!(took <= Millis(1_000), "{took}");
        assert!(world.stops().is_empty(), "{:?}", world.stops());
    }
}

#[test]
fn under_loss_and_with_messages_that_vanish_every_transfer_sent_to_one_node_becomes_final() {
    for seed in 0..4 {
        let weather = Weather { lost: 50, vanish: 50, twice: 20, ..Weather::internet() };
        let mut world = four(20 + seed).weather(weather).open();
        world.run_for(Millis(3_000));
        for nonce in 0..6 {
            for who in 1..=3 {
                submit(&mut world, [usize::from(who)], who, nonce);
            }
        }
        until_received(&mut world, &FOUR, 18, Millis::secs(120));
    }
}

#[test]
fn nonces_that_came_to_different_nodes_meet() {
    let mut world = four(30).open();
    world.run_for(Millis(2_000));
    for (at, nonce) in [(0, 3), (1, 1), (2, 2), (3, 0)] {
        submit(&mut world, [at], 1, nonce);
    }
    until_received(&mut world, &FOUR, 4, Millis::secs(5));
}

#[test]
fn what_a_user_gives_a_node_without_a_vote_becomes_final_and_it_hears_of_what_waits_elsewhere() {
    let mut world = town(5).scenario(40, 4, 1).open();
    world.run_for(Millis(3_000));
    submit(&mut world, [4], 1, 0);
    let took = until_received(&mut world, &[0, 1, 2, 3, 4], 1, Millis::secs(5));
    assert!(took <= Millis(1_500), "{took}");
    // One that cannot be final yet is pulled by whoever hears of it.
    submit(&mut world, [2], 2, 1);
    let took =
        until(&mut world, Millis::secs(5), "with the follower", |world| has(world, 4, hash(2, 1)));
    assert!(took <= Millis(200), "{took}");
}

#[test]
fn whoever_comes_back_is_told_what_waits() {
    let mut world = four(50).at(Millis::secs(3)).crash(3).restart_after(Millis::secs(5)).open();
    world.run_for(Millis::secs(4));
    for nonce in 1..4 {
        submit(&mut world, [0], 1, nonce);
    }
    world.run_for(Millis::secs(4));
    until(&mut world, Millis::secs(10), "told", |world| {
        (1..4).all(|nonce| has(world, 3, hash(1, nonce)))
    });
    submit(&mut world, [3], 1, 0);
    until_received(&mut world, &FOUR, 4, Millis::secs(20));
}

#[test]
fn a_dead_validator_takes_no_transaction_with_it() {
    for seed in 0..4 {
        let mut world = four(60 + seed).at(Millis(4_030 + 40 * seed)).stop(1, Millis(200)).open();
        world.run_for(Millis(4_000));
        for who in 1..=6 {
            submit(&mut world, [1], who, 0);
        }
        // It is drained a moment later, perhaps in the middle of its own proposals.
        until_received(&mut world, &[0, 2, 3], 6, Millis::secs(60));
    }
}

fn request<M: Wire>(message: &M) -> Request {
    Request {
        service: M::SERVICE,
        tag: M::TAG,
        lane: M::LANE,
        within: M::DEADLINE,
        body: Bytes::from(codec::encode(message, M::LIMIT).unwrap()),
        reply_limit: M::REPLY_LIMIT.bytes(),
        since: M::SINCE,
    }
}

/// Says of its own accord, all the time, what no honest node says.
struct Babbler {
    luck: Stream,
    to: Vec<usize>,
    unpaid: Vec<Vec<u8>>,
    sound: Vec<u8>,
}

impl Babbler {
    fn new(to: &[usize]) -> Self {
        Self {
            luck: Seed::from_number(7).stream("babble"),
            to: to.to_vec(),
            unpaid: (100..120).map(|who| transfer(who, 0)).collect(),
            sound: transfer(9, 7),
        }
    }

    fn envelope(&mut self) -> Vec<u8> {
        match self.luck.below(4) {
            // No transaction at all.
            0 => self.luck.array::<40>().to_vec(),
            // Whose signature is not what it was.
            1 => {
                let mut bytes = self.sound.clone();
                let last = bytes.len() - 1;
                bytes[last] ^= 1 + u8::try_from(self.luck.below(255)).unwrap();
                bytes
            }
            // Of those who have nothing.
            2 => self.unpaid[usize::try_from(self.luck.below(20)).unwrap()].clone(),
            // Known to all.
            _ => self.sound.clone(),
        }
    }
}

impl Adversary for Babbler {
    fn acts(&mut self, _: Millis, out: &mut Vec<Sent>) -> Option<Millis> {
        for to in self.to.clone() {
            let push = (0..32).map(|_| Blob::new(self.envelope()).unwrap()).collect();
            let push = Push(List::new(push).unwrap());
            let fake =
                |luck: &mut Stream| Announced { hash: Hash(luck.array()), kind: 2, size: 99 };
            let announce = (0..256).map(|_| fake(&mut self.luck)).collect();
            let announce = Announce(List::new(announce).unwrap());
            for request in [request(&push), request(&announce)] {
                let to = node_id(to);
                out.push(Sent { after: Millis::ZERO, to, request, wants: Wants::Nothing });
            }
        }
        Some(Millis(20))
    }
}

#[test]
fn a_node_that_pushes_garbage_and_announces_what_is_not_there_delays_nobody() {
    // Once a validator babbles, once a stranger does.
    for (seed, scenario) in [
        (70, town(4).scenario(70, 4, 0).byzantine(3, Babbler::new(&[0, 1, 2]))),
        (71, town(5).scenario(71, 4, 1).byzantine(4, Babbler::new(&[0, 1, 2, 3]))),
    ] {
        let mut world = scenario.open();
        world.run_for(Millis::secs(3));
        for nonce in 0..5 {
            submit(&mut world, [0], 1, nonce);
            submit(&mut world, [1], 2, nonce);
            let wanted = 2 * (nonce + 1);
            let took = until_received(&mut world, &[0, 1, 2], wanted, Millis::secs(10));
            assert!(took <= Millis(2_500), "seed {seed}: {took}");
        }
        for at in 0..3 {
            let status = status(&mut world, at);
            assert!(status.executable + status.queued <= 1, "seed {seed}: {status:?}");
        }
        assert!(world.stops().is_empty(), "{:?}", world.stops());
    }
}

/// Announces and does not deliver.
struct Withholder;

impl Adversary for Withholder {
    fn answers(
        &mut self,
        service: &'static str,
        tag: u16,
        answer: Result<Bytes, CallError>,
    ) -> Option<Result<Bytes, CallError>> {
        (service != POOL || tag != Pull::TAG).then_some(answer)
    }
}

#[test]
fn a_peer_that_announces_and_does_not_deliver_is_not_waited_for() {
    // The follower hears of a transaction from all four, and three of them do not deliver it.
    let mut world = (0..3)
        .fold(town(5).scenario(80, 4, 1), |scenario, at| scenario.byzantine(at, Withholder))
        .open();
    world.run_for(Millis::secs(5));
    for nonce in 1..4 {
        submit(&mut world, [0], 1, nonce);
        let took = until(&mut world, Millis::secs(20), "with the follower", |world| {
            has(world, 4, hash(1, nonce))
        });
        assert!(took <= Millis(3_500), "{took}");
    }
}

#[test]
fn a_full_pool_keeps_to_its_limits_on_every_node_and_empties_again() {
    let limits = Limits { transactions: 40, queued: 8, ..Limits::default() };
    let mut town = town(4);
    town.limits = limits;
    let mut world = town.scenario(90, 4, 0).open();
    world.run_for(Millis::secs(2));
    let mut most = 0;
    for nonce in (0..12).rev() {
        for who in 1..=9 {
            let at = usize::from(who) % 4;
            let _ = answer(&mut world, at, who, nonce);
        }
        for at in FOUR {
            let status = status(&mut world, at);
            most = most.max(status.executable + status.queued);
        }
    }
    assert_eq!(most, 40, "full and not fuller");
    // Whoever was refused sends again, as users do.
    for _ in 0..20 {
        world.run_for(Millis::secs(1));
        for nonce in 0..12 {
            for who in 1..=9 {
                let _ = answer(&mut world, usize::from(who) % 4, who, nonce);
            }
        }
    }
    until_received(&mut world, &FOUR, 108, Millis::secs(60));
    world.run_for(Millis::secs(2));
    for at in FOUR {
        assert_eq!(status(&mut world, at), Status::default());
    }
}

#[test]
fn the_content_of_a_pool_is_the_same_on_every_validator_once_all_is_said() {
    let mut world = four(95).open();
    world.run_for(Millis::secs(2));
    for nonce in 1..20 {
        for who in 1..=4 {
            submit(&mut world, [usize::from(who + nonce as u8) % 4], who, nonce);
        }
    }
    world.run_for(Millis(200));
    let content = |world: &mut World, at| -> Vec<Hash> {
        let asked = world.call(at, Millis::secs(5), |node: Node| async move {
            node.link::<PoolContent>("mempool").ask(PoolContent(1_000)).await
        });
        let (executable, queued) = asked.unwrap().unwrap();
        assert!(executable.is_empty());
        queued.iter().map(Recovered::hash).collect()
    };
    let first = content(&mut world, 0);
    assert_eq!(first.len(), 76);
    for at in 1..4 {
        assert_eq!(content(&mut world, at), first);
    }
}

#[test]
fn the_same_seed_gives_the_same_events() {
    let run = |seed| {
        let weather = Weather { lost: 20, vanish: 20, twice: 20, ..Weather::default() };
        let mut world = town(5).scenario(seed, 4, 1).weather(weather).open();
        world.run_for(Millis(2_000));
        for nonce in 0..4 {
            submit(&mut world, [4], 1, nonce);
            submit(&mut world, [0], 2, nonce);
        }
        world.run_for(Millis(4_000));
        world.hash()
    };
    assert_eq!(run(5), run(5));
    assert_ne!(run(5), run(6));
}
