//! A validator that signs two things at once, among others that are honest: what it signed ends up on
//! chain, on all nodes, once.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use common::{Town, genesis, head, height, until, validator_secret};
use std::collections::BTreeMap;
use troupe_blocks::{Contradictions, Standing, StoredAt};
use troupe_chain::state::StateView;
use troupe_consensus::message::Vote;
use troupe_consensus::{Evidence, Kind, Place, PublicKey, Statement, public_bytes, sign};
use troupe_crypto::{Keyed, Scheme};
use troupe_ledger::{SLASHING, offence_slot};
use troupe_runtime::Node;
use troupe_runtime::sim::{World, node_id};
use troupe_types::{Hash, Height, Millis};

/// The validator whose process runs no consensus of its own: it follows, and says what the test signs.
const LIAR: usize = 3;

fn town() -> Town {
    let mut town = Town::new(genesis(&[(0, &[0, 1, 2, LIAR])]), 4);
    town.heartbeat = Millis(1_000);
    town
}

/// Three honest validators, and a process of the fourth that signs nothing by itself.
fn open(town: &Town, seed: u64) -> World {
    let mut world = town.scenario(seed, 3, 1).supervised(Millis(500)).open();
    until(&mut world, Millis::secs(60), "under way", |world| {
        (0..4).all(|at| height(world, at) >= 3)
    });
    world
}

fn key() -> PublicKey {
    public_bytes::<Keyed>(&Keyed::public_key(&validator_secret(LIAR))).unwrap()
}

fn place(world: &mut World) -> Place {
    let asked = world.call(0, Millis::secs(5), |node: Node| async move {
        node.link::<Standing>("consensus").ask(Standing).await
    });
    asked.unwrap().unwrap().place
}

/// The liar votes for two blocks of one height in a view, before these nodes.
fn contradict(world: &mut World, chain: &Hash, place: Place, before: &[usize]) {
    // A height that is not final soon: nobody looks at votes for what is.
    let height = Height(head(world, 0).unwrap().height.0 + 15);
    for hash in [1, 2] {
        let statement = Statement {
            kind: Kind::Vote,
            place,
            height,
            index: 9,
            hash: Hash([hash; 32]),
            certified: None,
        };
        let signature = sign::<Keyed>(&validator_secret(LIAR), &statement, chain).unwrap();
        let Statement { place, height, index, hash, .. } = statement;
        let voter = u16::try_from(LIAR).unwrap();
        let vote = Vote { place, height, index, hash, voter, signature, parent: None };
        for at in before {
            let (to, vote) = (node_id(*at), vote.clone());
            let told = world.call(LIAR, Millis::secs(5), |node: Node| async move {
                node.remote::<Vote>(to).unwrap().tell(vote).is_ok()
            });
            assert_eq!(told, Some(true));
        }
    }
}

/// What a node says that it has seen.
fn seen(world: &mut World, at: usize) -> Vec<Evidence> {
    let asked = world.call(at, Millis::secs(5), |node: Node| async move {
        node.link::<Contradictions>("consensus").ask(Contradictions).await
    });
    asked.and_then(Result::ok).unwrap_or_default()
}

/// The evidence in a node's blocks, by height.
fn carried(world: &mut World, at: usize) -> BTreeMap<u64, Vec<Evidence>> {
    let mut found = BTreeMap::new();
    for height in 1..=height(world, at) {
        let stored = world.call(at, Millis::secs(5), |node: Node| async move {
            node.link::<StoredAt>("storage").ask(StoredAt(Height(height))).await
        });
        let block = stored.unwrap().unwrap().unwrap().block.clone();
        let evidence = block.body().evidence.iter();
        let evidence: Vec<_> = evidence.map(|bytes| Evidence::decode(bytes).unwrap()).collect();
        if !evidence.is_empty() {
            found.insert(height, evidence);
        }
    }
    found
}

fn everybody_has_seen(world: &mut World, count: usize) {
    until(world, Millis::secs(90), "seen by all", |world| {
        (0..4).all(|at| seen(world, at).len() == count)
    });
}

#[test]
fn what_one_node_saw_is_on_the_chain_of_all_once() {
    for seed in 0..4 {
        let town = town();
        let chain = town.chain();
        let mut world = open(&town, 700 + seed);
        let place = place(&mut world);
        contradict(&mut world, &chain, place, &[usize::try_from(seed % 3).unwrap()]);
        everybody_has_seen(&mut world, 1);
        world.run_for(Millis::secs(10));
        let first = carried(&mut world, 0);
        let all: Vec<&Evidence> = first.values().flatten().collect();
        assert_eq!(all.len(), 1, "seed {seed}: {first:?}");
        assert_eq!((usize::from(all[0].signer), all[0].first.place), (LIAR, place));
        let (at_height, evidence) = (*first.keys().next().unwrap(), *all[0]);
        for at in 0..4 {
            assert_eq!(seen(&mut world, at), [evidence], "seed {seed}");
            let headed = head(&mut world, at).unwrap();
            let slot = offence_slot(&key(), &evidence.offence());
            let recorded = headed.state.storage(&SLASHING, &slot).unwrap();
            assert_eq!(recorded.to::<u64>(), at_height, "seed {seed}");
        }
        // Then the chain is as idle as before: a heartbeat apart, but where the liar should propose.
        let before = height(&mut world, 0);
        world.run_for(Millis::secs(20));
        let blocks = height(&mut world, 0) - before;
        assert!((5..=24).contains(&blocks), "seed {seed}: {blocks} blocks in 20 s");
    }
}

#[test]
fn what_all_saw_is_carried_once_and_outlives_them() {
    let town = town();
    let chain = town.chain();
    let mut world = town
        .scenario(710, 3, 1)
        .supervised(Millis(500))
        .at(Millis::secs(40))
        .crash(0)
        .restart_after(Millis(1_000))
        .crash(1)
        .restart_after(Millis(1_500))
        .open();
    until(&mut world, Millis::secs(30), "under way", |world| height(world, 0) >= 3);
    let first = place(&mut world);
    contradict(&mut world, &chain, first, &[0, 1, 2]);
    everybody_has_seen(&mut world, 1);
    // More of the same is nothing new; in another view it is.
    let again = contradict_twice(&mut world, &chain, first);
    everybody_has_seen(&mut world, 2);
    let done = world.now();
    assert!(done < Millis::secs(40), "before the crash: {done}");
    world.run_for(Millis::secs(50).since(done));
    until(&mut world, Millis::secs(60), "up again", |world| (0..4).all(|at| height(world, at) > 0));
    for at in 0..4 {
        let places: Vec<Place> = seen(&mut world, at).iter().map(|one| one.first.place).collect();
        assert_eq!(places, [first, again], "node {at}");
    }
    world.run_for(Millis::secs(10));
    for at in [0, 2] {
        let carried = carried(&mut world, at);
        assert_eq!(carried.values().flatten().count(), 2, "{carried:?}");
    }
    assert!(world.stops().is_empty(), "{:?}", world.stops());
}

/// In the view of before, and in one after it, which is returned.
fn contradict_twice(world: &mut World, chain: &Hash, before: Place) -> Place {
    contradict(world, chain, before, &[0, 1, 2]);
    until(world, Millis::secs(30), "in another view", |world| place(world) != before);
    let next = place(world);
    contradict(world, chain, next, &[0, 1, 2]);
    next
}
