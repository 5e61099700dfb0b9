//! Nodes that follow the chain of others, in a simulated world.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use bytes::Bytes;
use common::{Town, genesis, head, height, received, submit, until};
use troupe_chain::block::{Block, Stored};
use troupe_chain::message::{Fetch, Fetched, Inquire, Position, SYNC};
use troupe_chain::sync::frame;
use troupe_ledger::Proven;
use troupe_runtime::Node;
use troupe_runtime::sim::{Adversary, World, node_id};
use troupe_types::{Height, Millis};
use troupe_wire::{Blob, CallError, Wire, codec};

const FOUR: [usize; 4] = [0, 1, 2, 3];

fn highest(world: &mut World, nodes: impl IntoIterator<Item = usize>) -> u64 {
    nodes.into_iter().map(|at| height(world, at)).max().unwrap()
}

/// No two nodes have made different blocks final.
fn assert_no_fork(world: &mut World, nodes: usize) {
    let heads: Vec<_> = (0..nodes).filter_map(|at| head(world, at)).collect();
    for one in &heads {
        for other in &heads {
            assert!(one.height != other.height || one.hash == other.hash, "seed {}", world.seed());
        }
    }
}

#[test]
fn a_validator_that_was_down_for_200_blocks_is_at_the_head_in_three_seconds_and_votes_again() {
    for seed in 0..3 {
        let town = Town::new(genesis(&[(0, &FOUR)]), 4);
        let mut world = town
            .scenario(seed, 4, 0)
            .at(Millis::secs(5))
            .crash(3)
            .restart_after(Millis::secs(120))
            // Without the fourth vote three are too few.
            .at(Millis::secs(135))
            .crash(0)
            .restart_after(Millis::secs(600))
            .open();
        world.run_for(Millis::secs(5));
        let before = highest(&mut world, FOUR);
        world.run_for(Millis(119_999));
        let wanted = highest(&mut world, FOUR);
        assert!(wanted >= before + 200, "{before} to {wanted}");
        world.run_for(Millis(2));
        let took = until(&mut world, Millis::secs(20), "at the head", |world| {
            height(world, 3) >= highest(world, [0, 1, 2]) && height(world, 3) >= wanted
        });
        assert!(took <= Millis::secs(3), "seed {seed}: {took}");
        world.run_for(Millis::secs(135).since(world.now()).max(Millis(0)));
        let before = highest(&mut world, [1, 2, 3]);
        until(&mut world, Millis::secs(60), "going on by its vote", |world| {
            height(world, 3) > before + 20
        });
        assert!(world.stops().is_empty(), "{:?}", world.stops());
    }
}

/// Lets a node that is connected to nobody say a word to another.
fn introduce(world: &mut World, one: usize, other: usize) {
    let said = world.call(one, Millis::secs(2), move |node: Node| async move {
        node.remote::<Inquire>(node_id(other)).unwrap().ask(Inquire).await
    });
    assert!(said.is_some(), "{one} speaks to {other}");
}

#[test]
fn a_full_node_sees_a_block_when_it_is_final_and_serves_another() {
    for seed in 10..12 {
        let town = Town::new(genesis(&[(0, &FOUR)]), 6);
        let mut world = town
            .scenario(seed, 4, 2)
            // It knows the validators, and reaches none of them.
            .cut([5], FOUR)
            .cut(FOUR, [5])
            .open();
        world.run_for(Millis::secs(3));
        introduce(&mut world, 5, 4);
        world.run_for(Millis::secs(30));
        for nonce in 0..5 {
            submit(&mut world, FOUR, 1, nonce);
            let final_at_one = until(&mut world, Millis::secs(10), "final", |world| {
                FOUR.into_iter().any(|at| received(&head(world, at).unwrap()) > nonce)
            });
            let took = [4, 5].map(|at| {
                until(&mut world, Millis::secs(10), "seen by a full node", |world| {
                    received(&head(world, at).unwrap()) > nonce
                })
            });
            // Reading for somebody takes up to 50 ms here.
            let is_soon = took.iter().all(|took| *took <= Millis(100));
            assert!(is_soon, "seed {seed}: {took:?} after {final_at_one}");
            world.run_for(Millis(700));
        }
        assert_no_fork(&mut world, 6);
        assert!(world.stops().is_empty(), "{:?}", world.stops());
    }
}

/// How a node lies to those who ask it for blocks.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Lie {
    /// The signatures of its proofs are not those of anybody.
    WrongProof,
    /// The bodies are not those of their headers.
    WrongBody,
    /// It claims heights that it does not have.
    TooHigh,
    /// It says how far it is, and then never gives a block.
    Silent,
    /// It answers with noise.
    Noise,
}

/// Consents and lies: an honest validator that gives false answers to those who sync.
struct BadSync(Lie);

impl BadSync {
    fn spoil(&self, stored: &mut Stored) {
        match self.0 {
            Lie::WrongProof => {
                let mut proven: Proven = codec::decode(&stored.proof, Proven::LIMIT).unwrap();
                proven.own.signature.0[5] ^= 1;
                stored.proof = proven.encode().unwrap().into();
            }
            Lie::WrongBody => {
                let (header, mut body) =
                    (stored.block.header().clone(), stored.block.body().clone());
                body.evidence.push(vec![7; 40].into());
                stored.block = Block::new(header, body);
            }
            Lie::TooHigh | Lie::Silent | Lie::Noise => {}
        }
    }

    /// The same blocks, spoilt, as far as whole ones are in the answer.
    fn fetched(&self, fetched: &Fetched) -> Vec<u8> {
        if self.0 == Lie::Noise {
            return vec![0x5a; fetched.0.len().min(900)];
        }
        let (mut rest, mut spoilt) = (&fetched.0[..], Vec::new());
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let length = u32::from_be_bytes(*length) as usize;
            let Some((block, after)) = after.split_at_checked(length) else { break };
            let mut stored = Stored::decode(block).unwrap();
            self.spoil(&mut stored);
            spoilt.extend(frame(&stored.encode().unwrap()));
            rest = after;
        }
        spoilt
    }
}

impl Adversary for BadSync {
    fn answers(
        &mut self,
        service: &'static str,
        tag: u16,
        answer: Result<Bytes, CallError>,
    ) -> Option<Result<Bytes, CallError>> {
        if service != SYNC {
            return Some(answer);
        }
        let Ok(bytes) = answer else { return Some(answer) };
        match (self.0, tag) {
            (Lie::Silent, Fetch::TAG) => None,
            (Lie::TooHigh, Inquire::TAG) => {
                let position: Position = codec::decode(&bytes, Inquire::REPLY_LIMIT).unwrap();
                let position = Position { height: Height(position.height.0 + 900), ..position };
                Some(Ok(codec::encode(&position, Inquire::REPLY_LIMIT).unwrap().into()))
            }
            (_, Fetch::TAG) => {
                let fetched: Fetched = codec::decode(&bytes, Fetch::REPLY_LIMIT).unwrap();
                let spoilt = Fetched(Blob::new(self.fetched(&fetched)).unwrap());
                Some(Ok(codec::encode(&spoilt, Fetch::REPLY_LIMIT).unwrap().into()))
            }
            _ => Some(Ok(bytes)),
        }
    }
}

#[test]
fn peers_that_lie_slow_a_node_and_do_not_stop_it() {
    for (seed, lie) in [Lie::WrongProof, Lie::WrongBody, Lie::TooHigh, Lie::Silent, Lie::Noise]
        .into_iter()
        .enumerate()
    {
        let town = Town::new(genesis(&[(0, &FOUR)]), 5);
        let mut world = town
            .scenario(20 + seed as u64, 4, 1)
            .byzantine(0, BadSync(lie))
            .byzantine(1, BadSync(lie))
            .byzantine(2, BadSync(lie))
            .at(Millis(1))
            .crash(4)
            .restart_after(Millis::secs(60))
            .open();
        world.run_for(Millis::secs(60));
        let wanted = highest(&mut world, FOUR);
        assert!(wanted > 200, "{wanted}");
        let took =
            until(&mut world, Millis::secs(60), "at the head", |world| height(world, 4) >= wanted);
        // A silent one costs its time to answer, twice before it is put aside.
        assert!(took <= Millis::secs(20), "{lie:?}: {took}");
        // And it stays there.
        world.run_for(Millis::secs(30));
        assert!(height(&mut world, 4) + 4 >= highest(&mut world, FOUR), "{lie:?}");
        assert_no_fork(&mut world, 5);
        assert!(world.stops().is_empty(), "{:?}", world.stops());
    }
}

#[test]
fn a_node_that_crashes_while_it_catches_up_goes_on_from_what_it_has() {
    for seed in 30..34 {
        let town = Town::new(genesis(&[(0, &FOUR)]), 5);
        let mut scenario =
            town.scenario(seed, 4, 1).at(Millis(1)).crash(4).restart_after(Millis::secs(150));
        for round in 0..6 {
            let at = Millis(150_100 + 700 * round + 13 * seed);
            scenario = scenario.at(at).crash(4).restart_after(Millis(300));
        }
        let mut world = scenario.open();
        world.run_for(Millis::secs(150));
        let (mut last, mut came_back) = (0, 0);
        for _ in 0..60 {
            world.run_for(Millis(83));
            let Some(head) = head(&mut world, 4) else { continue };
            assert!(head.height.0 >= last, "seed {seed}: it forgot a block");
            came_back += u64::from(head.height.0 > last);
            last = head.height.0;
        }
        assert!(came_back > 2, "seed {seed}: more in each life");
        until(&mut world, Millis::secs(10), "at the head", |world| {
            height(world, 4) + 1 >= highest(world, FOUR)
        });
        assert_no_fork(&mut world, 5);
    }
}

#[test]
fn validators_that_change_while_it_is_down_are_learned_on_the_way() {
    // Three sets that have not two nodes in common from first to last.
    let terms: &[(u64, &[usize])] = &[(0, &[0, 1, 2, 3]), (3, &[2, 3, 4, 5]), (5, &[4, 5, 6, 7])];
    for seed in 40..42 {
        let town = Town::new(genesis(terms), 10);
        let mut world =
            town.scenario(seed, 8, 2).at(Millis(1)).crash(8).restart_after(Millis::secs(90)).open();
        world.run_for(Millis::secs(90));
        let wanted = highest(&mut world, 4..8);
        assert!(wanted > 240, "seed {seed}: {wanted} is in the sixth epoch");
        let took = until(&mut world, Millis::secs(20), "at the head", |world| {
            [8, 9].into_iter().all(|at| height(world, at) >= wanted)
        });
        assert!(took <= Millis::secs(3), "seed {seed}: {took}");
        // Those who left follow, too.
        let left = height(&mut world, 0);
        assert!(left + 4 >= wanted, "seed {seed}: {left} of {wanted}");
        assert_no_fork(&mut world, 10);
        assert!(world.stops().is_empty(), "{:?}", world.stops());
    }
}

#[test]
fn the_same_seed_gives_the_same_events() {
    let run = |seed| {
        let town = Town::new(genesis(&[(0, &FOUR)]), 5);
        let scenario = town.scenario(seed, 4, 1).at(Millis(1)).crash(4);
        let mut world = scenario.restart_after(Millis::secs(15)).open();
        world.run_for(Millis::secs(20));
        assert!(height(&mut world, 4) > 20);
        world.hash()
    };
    assert_eq!(run(50), run(50));
    assert_ne!(run(50), run(51));
}
