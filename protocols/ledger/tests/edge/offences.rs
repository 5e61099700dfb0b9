//! Whoever proposes two blocks at the edge is found out, and pays in the next epoch; he leaves with the end of a round, and
//! nobody else loses anything.

use crate::common::economy::{ROUND, STAKE};
use crate::common::{LAT, node_id};
use crate::reading::Reading;
use crate::scene::{Scene, Weather};
use crate::{scene, tell};
use alloy_primitives::U256;
use std::collections::BTreeSet;
use troupe_chain::block::Roster;
use troupe_chain::state::{Layered, StateView};
use troupe_consensus::{Evidence, PublicKey};
use troupe_ledger::{SLASHING, Terms, offence_slot};
use troupe_staking::stake::{self, Stake, Status};
use troupe_types::{Epoch, Height, Millis, NodeId};

/// What a contradiction costs: a thousandth of one's own stake.
const FINE: u128 = 150 * LAT;

/// The final state.
fn state(scene: &Scene) -> Layered {
    let ledger = &scene.hosts[0].process.as_ref().unwrap().ledger;
    ledger.view(ledger.head().block.hash()).unwrap()
}

/// A candidate's own stake and its standing.
fn standing(view: &Layered, node: NodeId) -> (u128, Status) {
    let mut world = Reading::of(view);
    let id = stake::by_node(&mut world, &node).unwrap();
    let stake = Stake::of(&mut world, id).unwrap();
    (stake.own.total(), stake.status)
}

fn roster(scene: &Scene, epoch: u64) -> &Roster {
    let all = scene.hosts[0].finals.iter();
    let mut rosters = all.filter_map(|(committed, _)| committed.elected.as_deref());
    rosters.find(|roster| roster.epoch == Epoch(epoch)).unwrap()
}

fn sits(roster: &Roster, at: usize) -> bool {
    roster.validators.iter().any(|one| one.node == node_id(at))
}

/// The heights of blocks with evidence, and what they carry.
fn carried(scene: &Scene) -> Vec<(u64, Evidence)> {
    let all = scene.hosts[0].finals.iter();
    all.flat_map(|(committed, _)| {
        let height = committed.block.header().height.0;
        let evidence = committed.block.body().evidence.iter();
        evidence.map(move |bytes| (height, Evidence::decode(bytes).unwrap()))
    })
    .collect()
}

/// Two faces in the last view of the old epoch and in the first one of the new.
fn story(seed: u64) -> Result<(), String> {
    let mut scene = scene(seed);
    scene.weather = Weather { delay: (5, 5), ..Weather::FAIR };
    let (last, first) = (Height(ROUND), Height(ROUND + 1));
    scene.two_faced = match seed % 3 {
        0 => BTreeSet::from([last]),
        1 => BTreeSet::from([first]),
        _ => BTreeSet::from([last, first]),
    };
    // Up to the first blocks of epoch 3.
    if !scene.run(Millis::secs(120), |scene| scene.heights().0 > 2 * ROUND + 2) {
        return Err(format!("{:?}", scene.heights()));
    }
    scene.check()?;
    if scene.offences.len() != scene.two_faced.len() {
        return Err(format!("nobody offended: {:?}", scene.offences));
    }
    let carried = carried(&scene);
    let places: BTreeSet<(u64, u64)> = carried
        .iter()
        .map(|(_, evidence)| (evidence.offence().epoch.0, evidence.offence().view.0))
        .collect();
    if places.len() != scene.two_faced.len() || carried.len() != places.len() {
        return Err(format!("of {:?} blocks carry {carried:?}", scene.offences));
    }
    let view = state(&scene);
    let before = Terms::new(scene.genesis.clone()).unwrap().roster(Epoch(1)).unwrap();
    for (height, evidence) in &carried {
        let is_timely = (ROUND + 1..2 * ROUND - 6).contains(height);
        assert!(is_timely, "in the new epoch, before its election: {height}");
        let offence = evidence.offence();
        let roster = if offence.epoch == Epoch(1) { &before } else { roster(&scene, 2) };
        let key = &roster.validators[usize::from(offence.signer)].key;
        let key = PublicKey(<[u8; 48]>::try_from(&key[..]).unwrap());
        let recorded = view.storage(&SLASHING, &offence_slot(&key, &offence)).unwrap();
        assert_eq!(recorded, U256::from(*height));
    }
    for at in 0..6 {
        let fines = scene.offences.values().filter(|who| **who == at).count() as u128;
        let (own, status) = standing(&view, node_id(at));
        // The second fine is of what the first one left.
        let want = match fines {
            0 => STAKE,
            1 => STAKE - FINE,
            _ => STAKE - FINE - (STAKE - FINE) / 1_000,
        };
        assert_eq!(own, want, "seed {seed}: {at}");
        assert_eq!(status.is_valid(), fines == 0, "seed {seed}: {at}");
        assert!(fines == 0 || !sits(roster(&scene, 3), at), "seed {seed}: {at} sits on");
    }
    if let Some(at) = scene.offences.get(&first) {
        // He sits to the end of the round in which he was punished, and goes on with his duty.
        assert!(sits(roster(&scene, 2), *at));
        let of_his = (ROUND + 1..=2 * ROUND).map(|height| scene.hosts[0].at(height).block.header());
        let views = of_his.filter(|header| header.view.0 == 0).count();
        assert_eq!(views, 3);
    }
    Ok(())
}

#[test]
fn two_faces_at_the_edge_cost_a_stake_in_the_next_epoch_and_a_seat_at_its_end() {
    tell(0..12, story);
}

#[test]
#[ignore = "a minute: cargo test --release -p troupe-ledger --test edge -- --ignored faces"]
fn three_hundred_times_two_faces_cost_a_stake_and_a_seat_slow() {
    tell(0..300, story);
}
