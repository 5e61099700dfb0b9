//! Seeded stories with adversaries, told by the hundred; by the thousand under a name.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

mod common;

use common::story::Story;
use troupe_crypto::{Bls, Keyed, Scheme};

fn tell<S: Scheme>(seeds: core::ops::Range<u64>) {
    let failures: Vec<String> =
        seeds.filter_map(|seed| Story::of(seed).tell::<S>(seed).err()).collect();
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn two_hundred_stories_end_well() {
    tell::<Keyed>(0..200);
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
    tell::<Bls>(0..200);
}

#[test]
#[ignore = "minutes: cargo test --release -p troupe-consensus --test simulation -- --ignored ten_thousand"]
fn ten_thousand_stories_end_well_slow() {
    tell::<Keyed>(0..10_000);
}
