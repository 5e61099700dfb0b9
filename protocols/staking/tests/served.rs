//! Who had which place in a round that is over.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use common::{Chain, Secrets};
use std::collections::BTreeMap;
use troupe_staking::call::NotJudged;
use troupe_staking::office::Office;
use troupe_staking::params::{Param, Params};
use troupe_staking::stake;
use troupe_staking::world::Table;
use troupe_staking::{Calendar, served};
use troupe_types::Epoch;

/// Settlement epochs of which evidence counts.
const AGE: u64 = 3;

/// The vote keys of each round, and the first round of each settlement epoch.
type Watched = (BTreeMap<Epoch, Vec<[u8; 48]>>, BTreeMap<u64, Epoch>);

/// Makes blocks until a settlement epoch, and writes down which keys every round had, and the first round of every epoch.
fn watched(chain: &mut Chain, to: u64) -> Watched {
    let (mut rounds, mut firsts) = (BTreeMap::new(), BTreeMap::new());
    while Calendar::period(&mut chain.world) < to {
        let Calendar { period, round, first_round, .. } = Calendar::now(&mut chain.world);
        let office = Office::of(&mut chain.world, round).unwrap();
        rounds.insert(round, office.members.iter().map(|member| member.vote_key).collect());
        firsts.insert(period, first_round);
        chain.block(&[], |_| {});
    }
    (rounds, firsts)
}

#[test]
fn keys_of_a_round_are_known_as_long_as_evidence_counts_and_no_longer() {
    let mut chain = Chain::new(7, 4);
    let mut params = Params::of(&mut chain.world);
    params.set(Param::MaxEvidenceAge, AGE.into()).unwrap();
    params.keep(&mut chain.world);
    let (rounds, mut firsts) = watched(&mut chain, 9);
    let now = Calendar::now(&mut chain.world);
    firsts.insert(now.period, now.first_round);
    let oldest = firsts[&(now.period - AGE)];
    let (mut known, mut forgotten) = (0, 0);
    for (round, keys) in &rounds {
        for (place, key) in (0..).zip(keys) {
            let got = served::vote_key(&mut chain.world, *round, place);
            if *round < oldest {
                assert_eq!(got, Err(NotJudged::TooOld { round: *round, oldest }));
                forgotten += 1;
            } else {
                assert_eq!(got.as_ref(), Ok(key), "{round} {place}");
                known += 1;
            }
        }
    }
    assert!(known > 40 && forgotten > 40, "{known} {forgotten}");
    // What counts no longer is not kept for long: a round or two of the settlement epoch that has just begun.
    let kept = chain.world.records.keys().filter(|key| key.table() == Table::Served).count();
    let counted = rounds.keys().filter(|round| **round >= oldest).count();
    assert!(kept <= counted + 8, "{kept} rounds are kept, {counted} count");
}

#[test]
fn a_validator_that_left_is_known_and_what_never_was_is_refused_by_name() {
    let mut chain = Chain::new(4, 4);
    let keys = watched(&mut chain, 2).0;
    let (round, first) = keys.first_key_value().unwrap();
    let leaver = (1..=4).find(|one| Secrets::new(*one).keys().vote_key == first[0]).unwrap();
    let node = Secrets::new(leaver).node();
    chain.attempt(|world| stake::withdraw(world, common::account(leaver), &node)).unwrap();
    chain.until_period(6);
    assert_eq!(served::vote_key(&mut chain.world, *round, 0), Ok(first[0]));
    let now = Calendar::now(&mut chain.world).round;
    let later = Epoch(now.0 + 1);
    let refused = served::vote_key(&mut chain.world, later, 0).unwrap_err();
    assert_eq!(refused, NotJudged::NotYet { round: later, now });
    for (round, place) in [(*round, 4), (now, 4), (Epoch(0), 0)] {
        let refused = served::vote_key(&mut chain.world, round, place).unwrap_err();
        assert!(matches!(refused, NotJudged::NoEvidence(_)), "{refused}");
    }
}
