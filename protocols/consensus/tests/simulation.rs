//! Seeded stories with adversaries, told by the hundred; by the thousand under a name.

mod common;

use common::chain::Plan;
use common::story::Story;
use troupe_crypto::{Bls, Keyed, Scheme};
use troupe_types::Millis;

fn tell<S: Scheme>(seeds: core::ops::Range<u64>, of: fn(u64) -> Story) {
    let failures: Vec<String> = seeds.filter_map(|seed| of(seed).tell::<S>(seed).err()).collect();
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

/// Short epochs whose sets overlap, repeat, or have nobody in common.
fn edges(seed: u64) -> Story {
    let sets: Vec<Vec<usize>> = match seed % 3 {
        0 => vec![vec![0, 1, 2, 3], vec![4, 5, 6, 7], vec![0, 1, 2, 3], vec![4, 5, 6, 7]],
        1 => vec![vec![0, 1, 2, 3], vec![2, 3, 4, 5], vec![3, 2, 1, 0]],
        _ => vec![vec![0, 1, 2, 3], vec![1, 2, 3, 4, 5, 6, 0], vec![3, 4, 5, 6]],
    };
    let plan = Plan { sets, length: 16, distance: 13 };
    Story { plan, adversaries: Vec::new(), trouble: Millis(40_000), ..Story::of(seed) }
}

/// Four validators, one of them in two processes with one key.
fn twins(seed: u64) -> Story {
    let plan = Plan::fixed(4);
    Story { plan, adversaries: Vec::new(), has_twin: true, ..Story::of(seed) }
}

#[test]
fn two_hundred_stories_end_well() {
    tell::<Keyed>(0..200, Story::of);
}

#[test]
fn a_hundred_stories_across_epoch_edges_end_well() {
    tell::<Keyed>(0..100, edges);
}

#[test]
fn a_hundred_stories_with_twins_end_well() {
    tell::<Keyed>(0..100, twins);
}

#[test]
fn the_same_seed_gives_the_same_story() {
    for seed in [3, 8] {
        let first = Story::of(seed).tell::<Keyed>(seed).unwrap();
        assert_eq!(Story::of(seed).tell::<Keyed>(seed).unwrap(), first);
        assert_ne!(Story::of(seed + 9).tell::<Keyed>(seed + 9).unwrap(), first);
    }
}

#[test]
#[ignore = "minutes: cargo test --release -p troupe-consensus --test simulation -- --ignored real"]
fn two_hundred_stories_with_real_signatures_end_well_slow() {
    tell::<Bls>(0..200, Story::of);
}

#[test]
#[ignore = "a minute: cargo test --release -p troupe-consensus --test simulation -- --ignored ten"]
fn ten_thousand_stories_end_well_slow() {
    tell::<Keyed>(0..10_000, Story::of);
}

#[test]
#[ignore = "a minute: cargo test --release -p troupe-consensus --test simulation -- --ignored edges"]
fn five_thousand_stories_across_edges_end_well_slow() {
    tell::<Keyed>(0..5_000, edges);
}

#[test]
#[ignore = "a minute: cargo test --release -p troupe-consensus --test simulation -- --ignored twins"]
fn twenty_thousand_stories_with_twins_end_well_slow() {
    tell::<Keyed>(0..20_000, twins);
}
