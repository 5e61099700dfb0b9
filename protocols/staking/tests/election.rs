//! What elections may and may not do.

use alloy_primitives::U256;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use troupe_crypto::hash::keccak256;
use troupe_staking::election::{
    Candidate, Chance, Election, Sitting, Weighing, drawn, replaceable,
};
use troupe_types::{Hash, NodeId};

fn node(at: u8) -> NodeId {
    NodeId([at; 32])
}

fn candidate(at: u8, votes: u64) -> Candidate {
    Candidate { node: node(at), version: 256, votes, since: at.into() }
}

fn sitting(at: u8, votes: u64) -> Sitting {
    Sitting { candidate: candidate(at, votes), rounds: 1, is_out: false }
}

fn output(number: u64) -> Hash {
    keccak256(number.to_be_bytes())
}

fn weighing() -> impl Strategy<Value = Weighing> {
    prop_oneof![Just(Weighing::Votes), Just(Weighing::SquareRoot)]
}

/// Up to thirty that sit or stand, of whom some have to go.
fn stage() -> impl Strategy<Value = (Vec<Sitting>, Vec<Candidate>)> {
    let one = (1u64..50_000_000, 0u32..3, 0u32..9, prop::bool::weighted(0.15), any::<bool>());
    prop::collection::vec(one, 1..30).prop_map(|all| {
        let (mut sitting, mut others) = (Vec::new(), Vec::new());
        for (at, (votes, version, rounds, is_out, is_sitting)) in (0..).zip(all) {
            let candidate = Candidate { version, ..candidate(at, votes) };
            match is_sitting || at == 0 {
                true => sitting.push(Sitting { candidate, rounds, is_out }),
                false => others.push(candidate),
            }
        }
        (sitting, others)
    })
}

proptest! {
    #[test]
    fn an_election_keeps_two_thirds_and_fills_its_seats(
        (mut sitting, others) in stage(), number: u64, weighing in weighing(), more in 0usize..5,
    ) {
        let seats = (sitting.len() + more).max(4);
        sitting.truncate(seats);
        let output = output(number);
        let election = Election { seats, sitting: &sitting, others: &others, weighing, output };
        let elected = election.elect();
        let members: BTreeSet<NodeId> = elected.iter().copied().collect();
        prop_assert_eq!(members.len(), elected.len(), "nobody sits twice");
        let staying: BTreeSet<NodeId> =
            sitting.iter().filter(|one| !one.is_out).map(|one| one.candidate.node).collect();
        let able = staying.len() + others.len();
        let out = sitting.len() - staying.len();
        prop_assert_eq!(members.len(), if able == 0 { out } else { seats.min(able) });
        // Who need not go is replaced within bounds.
        let replaced = staying.difference(&members).count();
        prop_assert!(replaced <= replaceable(seats), "{replaced} of {seats}");
        if able > 0 {
            let gone = sitting.iter().filter(|one| one.is_out);
            prop_assert!(gone.into_iter().all(|one| !members.contains(&one.candidate.node)));
        }
    }

    #[test]
    fn the_order_of_candidates_says_nothing(
        (sitting, others) in stage(), number: u64, weighing in weighing(), turn in 0usize..30,
    ) {
        let (seats, output) = (sitting.len().max(4), output(number));
        let election = Election { seats, sitting: &sitting, others: &others, weighing, output };
        let (mut sitting, mut others) = (sitting.clone(), others.clone());
        let by = turn % sitting.len();
        sitting.rotate_left(by);
        others.reverse();
        let turned = Election { seats, sitting: &sitting, others: &others, weighing, output };
        prop_assert_eq!(election.elect(), turned.elect());
    }
}

#[test]
fn a_newer_version_goes_first_and_an_older_one_gives_way() {
    let mut sitting: Vec<Sitting> = (0..4).map(|at| sitting(at, 1_000_000)).collect();
    sitting[2].candidate.version = 255;
    let mut others = vec![candidate(10, 50_000_000), candidate(11, 100_000)];
    others[1].version = 512;
    for number in 0..50 {
        let (weighing, output) = (Weighing::Votes, output(number));
        let election = Election { seats: 4, sitting: &sitting, others: &others, weighing, output };
        let members: BTreeSet<NodeId> = election.elect().into_iter().collect();
        assert_eq!(members, BTreeSet::from([node(0), node(1), node(3), node(11)]));
    }
}

#[test]
fn everybody_proposes_first_equally_often() {
    let sitting: Vec<Sitting> = (0..4).map(|at| sitting(at, 1_000_000 << at)).collect();
    let mut firsts: BTreeMap<NodeId, u64> = BTreeMap::new();
    for number in 0..10_000 {
        let (weighing, output) = (Weighing::Votes, output(number));
        let election = Election { seats: 4, sitting: &sitting, others: &[], weighing, output };
        *firsts.entry(election.elect()[0]).or_default() += 1;
    }
    // Chi-square with 3 degrees of freedom: 16.27 is passed once in a thousand.
    let off = |count: u64| (count as f64 - 2_500.0).powi(2) / 2_500.0;
    let chi: f64 = firsts.values().copied().map(off).sum();
    assert!(firsts.len() == 4 && chi < 16.27, "{chi} {firsts:?}");
}

/// How often each number of balls is drawn, against the distribution that it is said to follow.
fn chi_square(balls: u64, chance: Chance, rounds: u64) -> (f64, usize) {
    let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
    for number in 0..rounds {
        let luck = U256::from_be_bytes(keccak256(number.to_be_bytes()).0);
        *counts.entry(drawn(balls, chance, luck)).or_default() += 1;
    }
    let p = chance.numerator as f64 / chance.denominator as f64;
    let log = |number: u64| (1..=number).map(|at| (at as f64).ln()).sum::<f64>();
    let likely = |count: u64| {
        let ways = log(balls) - log(count) - log(balls - count);
        (ways + count as f64 * p.ln() + (balls - count) as f64 * (1.0 - p).ln()).exp()
    };
    let (mut chi, mut classes, mut seen, mut rest) = (0.0, 0, 0, 1.0);
    for count in 0..=balls {
        let want = likely(count) * rounds as f64;
        if want < 8.0 {
            continue;
        }
        let got = counts.get(&count).copied().unwrap_or_default();
        chi += (got as f64 - want).powi(2) / want;
        (classes, seen, rest) = (classes + 1, seen + got, rest - likely(count));
    }
    // All that is rare, together.
    let want = rest * rounds as f64;
    if want > 4.0 {
        chi += ((rounds - seen) as f64 - want).powi(2) / want;
        classes += 1;
    }
    (chi, classes)
}

#[test]
fn balls_are_drawn_by_the_binomial_distribution() {
    for (balls, numerator, denominator) in
        [(1_000, 43, 43_000), (20_000, 43, 200_000), (316, 25, 5_000), (40, 4, 100)]
    {
        let (chi, classes) = chi_square(balls, Chance { numerator, denominator }, 20_000);
        // A sum of so many squares less one: beyond 3.3 deviations about once in a thousand.
        let free = classes as f64 - 1.0;
        assert!(chi < free + 3.3 * (2.0 * free).sqrt() + 4.0, "{balls}: {chi} of {classes}");
    }
}

/// A seat of four is free each round; with so many candidates who wins it follows the balls.
#[test]
fn stake_decides_how_often_a_candidate_wins() {
    let sitting: Vec<Sitting> = (0..4).map(|at| sitting(at, 1_000_000)).collect();
    let others: Vec<Candidate> =
        (10..20).map(|at| candidate(at, if at < 15 { 4_000_000 } else { 1_000_000 })).collect();
    let rate = |weighing| {
        let mut rich = 0;
        for number in 0..10_000 {
            let output = output(number);
            let election =
                Election { seats: 4, sitting: &sitting, others: &others, weighing, output };
            let elected = election.elect();
            let winner = elected.iter().find(|node| node.0[0] >= 10).unwrap();
            rich += u64::from(winner.0[0] < 15);
        }
        rich
    };
    let (votes, root) = (rate(Weighing::Votes), rate(Weighing::SquareRoot));
    // Five of ten hold four fifths of the votes, and two thirds of the roots. Of few balls mostly none or one is drawn,
    // and luck alone decides among those who have as many: less than their share, and more than a half.
    assert!((6_700..7_200).contains(&votes), "{votes}");
    assert!((5_350..5_800).contains(&root), "{root}");
}
