//! Random contracts and transactions, told by ours and by revm: the same ends, gas, output, logs,
//! accounts and storage.
//!
//! A story that is told differently is made smaller as long as it stays so, and printed with its seed.

#[path = "differential/ours.rs"]
mod ours;
#[path = "differential/piece.rs"]
mod piece;
#[path = "differential/program.rs"]
mod program;
#[path = "differential/random.rs"]
mod random;
#[path = "differential/theirs.rs"]
mod theirs;
#[path = "differential/told.rs"]
mod told;
#[path = "differential/world.rs"]
mod world;

use std::ops::Range;
use world::{PEOPLE, Story, person, secret};

fn difference(story: &Story) -> Option<String> {
    ours::tell(story).difference(&theirs::tell(story))
}

/// Leaves things out as long as the two do not agree.
fn smallest(mut story: Story) -> Story {
    while let Some(smaller) =
        story.smaller().into_iter().find(|smaller| difference(smaller).is_some())
    {
        story = smaller;
    }
    story
}

fn print(seed: u64, story: &Story) -> String {
    let mut text = format!("seed {seed}, base fee {}\n", story.base_fee);
    for (at, it) in story.contracts.iter().enumerate() {
        let code = hex::encode(it.bytes());
        let address = world::contract(at);
        text += &format!(
            "0x{address}: balance {}, storage {:?}, code {code}\n",
            it.balance, it.storage
        );
    }
    for act in &story.acts {
        text += &format!("{act:?}, data {}\n", hex::encode(&act.data));
    }
    text
}

/// Tells the stories of some seeds both ways; how many transactions there were, and how many succeeded.
fn agree(seeds: Range<u64>) -> (usize, usize) {
    let (mut acts, mut successes) = (0, 0);
    for seed in seeds {
        let story = Story::new(seed);
        let ours = ours::tell(&story);
        if ours.difference(&theirs::tell(&story)).is_some() {
            let story = smallest(story);
            panic!("{}\n{}", difference(&story).unwrap_or_default(), print(seed, &story));
        }
        acts += ours.acts.len();
        successes += ours.successes();
    }
    (acts, successes)
}

#[test]
fn people_have_the_addresses_of_their_keys() {
    for who in 0..PEOPLE {
        assert_eq!(secret(who).public_key().address(), person(who).0);
    }
}

#[test]
fn two_thousand_stories_are_told_alike() {
    let (acts, successes) = agree(0..2_000);
    // A generator whose programs all fail would compare nothing.
    assert!(successes * 3 > acts, "{successes} of {acts} transactions succeeded");
}

#[test]
#[ignore = "minutes: cargo test --release -p troupe-conformance --test differential -- --ignored"]
fn half_a_million_stories_are_told_alike_slow() {
    agree(1_000_000..1_500_000);
}
