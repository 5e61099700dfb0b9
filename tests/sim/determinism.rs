//! The same seed gives the same events, another seed others.

use crate::town::{Town, furnish};
use std::collections::BTreeSet;
use troupe_runtime::sim::{Entry, Weather, World};
use troupe_tests::seeds;
use troupe_types::{Hash, Millis};

/// A few nodes for a few seconds, with everything that can happen to them.
fn live(seed: u64, journal: usize) -> World {
    let town = Town {
        nodes: 4,
        beat: Millis(500),
        compare: Millis(1_000),
        enter: Millis(700),
        falls: 25,
        quiet: Millis::secs(10),
    };
    let (story, _) = furnish(seed, town);
    story
        .weather(Weather { vanish: 10, twice: 10, ..Weather::internet().losing(50) })
        .keep_journal(journal)
        .supervised(Millis(300))
        .disk_fails(2, 20_000)
        .at(Millis(2_000))
        .crash(0)
        .restart_after(Millis(500))
        .at(Millis(3_000))
        .partition([[0, 1]])
        .at(Millis(4_000))
        .pause(3)
        .resume_after(Millis(800))
        .heal_at(Millis(7_500))
        .at(Millis(8_000))
        .stop(1, Millis(1_000))
        .run_for(Millis(10_000))
}

#[test]
fn a_thousand_seeds_give_the_same_events_twice_and_all_different_ones() {
    live_twice(1, 1_000);
}

#[test]
#[ignore = "a minute: cargo test --release -p troupe-tests --test sim -- --ignored thirty_thousand"]
fn thirty_thousand_seeds_give_the_same_events_twice_slow() {
    live_twice(10_000, 30_000);
}

fn live_twice(first: u64, count: u64) {
    let hashes = std::cell::RefCell::new(BTreeSet::<Hash>::new());
    let messages = std::cell::Cell::new(0);
    seeds::each(first..first + count, |seed| {
        let (one, two) = (live(seed, 0), live(seed, 0));
        if one.hash() != two.hash() {
            let (one, two) = (live(seed, usize::MAX).journal(), live(seed, usize::MAX).journal());
            panic!("{}", first_difference(&one, &two));
        }
        assert_eq!(one.counts(), two.counts());
        messages.set(messages.get() + one.counts().ran);
        assert!(hashes.borrow_mut().insert(one.hash()), "another seed had the same events");
    });
    let hashes = hashes.borrow().len() as u64;
    assert!(hashes == count || hashes == 1, "as many as seeds, or the one that was given");
    assert!(messages.get() > 100 * hashes, "these worlds were busy");
}

/// Where two runs parted.
fn first_difference(one: &[Entry], two: &[Entry]) -> String {
    let at = one.iter().zip(two).position(|(one, two)| one != two);
    let at = at.unwrap_or(one.len().min(two.len()));
    let show = |run: &[Entry]| {
        let shown = run.iter().skip(at.saturating_sub(3)).take(6);
        shown.map(|entry| format!("  {entry}\n")).collect::<String>()
    };
    format!("two runs part at event {at}:\n{}or\n{}", show(one), show(two))
}

#[test]
fn another_story_with_the_same_seed_gives_other_events() {
    let town = Town {
        nodes: 3,
        beat: Millis(500),
        compare: Millis(1_000),
        enter: Millis(700),
        falls: 0,
        quiet: Millis::secs(10),
    };
    let hash = |weather| furnish(5, town).0.weather(weather).run_for(Millis::secs(5)).hash();
    assert_eq!(hash(Weather::hall()), hash(Weather::hall()));
    assert_ne!(hash(Weather::hall()), hash(Weather::internet()));
}
