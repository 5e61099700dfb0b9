//! The result against a plain intersection, in every mode.

mod common;

use common::{SIDES, World, modes, numbers};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use troupe_psi::{Input, Learned, Mode, Output, Party, Side};
use troupe_wire::{Fork, Machine, Now, Seed, Sequential};

/// The first row of each item.
fn first_rows(items: &[String]) -> BTreeMap<&str, u32> {
    let mut rows = BTreeMap::new();
    for (row, item) in (0..).zip(items) {
        rows.entry(item.as_str()).or_insert(row);
    }
    rows
}

/// What the mode promises, computed in the open.
fn check(world: &World, mode: Mode, items: [&[String]; 2]) {
    let rows = items.map(first_rows);
    let both: Vec<&str> = rows[0].keys().filter(|k| rows[1].contains_key(*k)).copied().collect();
    for side in SIDES {
        let at = side as usize;
        let want: BTreeSet<u32> = both.iter().map(|item| rows[at][item]).collect();
        match world.learned(side) {
            Learned::Nothing => assert!(!mode.informs(side)),
            Learned::Count(count) => {
                assert!(mode.informs(side) && mode.is_count());
                assert_eq!(*count as usize, both.len());
            }
            Learned::Rows(got) => {
                assert_eq!(mode, Mode::Rows { receiver: side });
                assert!(want.iter().eq(got), "{want:?} {got:?}");
            }
            Learned::Aligned { rows: got, .. } => {
                assert_eq!(mode, Mode::Aligned);
                assert_eq!(got.len(), want.len());
                assert_eq!(got.iter().copied().collect::<BTreeSet<_>>(), want);
            }
        }
    }
    if let (
        Learned::Aligned { rows, alignment },
        Learned::Aligned { rows: others, alignment: other },
    ) = (world.learned(Side::First), world.learned(Side::Second))
    {
        let items_of = |side: usize, rows: &[u32]| -> Vec<String> {
            rows.iter().map(|row| items[side][*row as usize].clone()).collect()
        };
        assert_eq!(items_of(0, rows), items_of(1, others), "one order");
        assert_eq!(alignment, other);
    }
    assert_eq!(world.outcome(Side::First).transcript, world.outcome(Side::Second).transcript);
}

fn run(mode: Mode, items: [&[String]; 2], seed: u64, credit: u64) -> World {
    let mut world = World::new(mode, items, seed);
    world.credit = credit;
    world.run();
    world
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn it_is_the_intersection_whatever_the_sets_are(
        first in proptest::collection::vec(0u32..60, 0..50),
        second in proptest::collection::vec(0u32..60, 0..50),
        mode in 0usize..6,
        credit in prop_oneof![Just(u64::MAX), 1u64..3000],
        seed in any::<u64>(),
    ) {
        let (first, second) = (numbers(first), numbers(second));
        let mode = modes()[mode];
        let items = [first.as_slice(), second.as_slice()];
        check(&run(mode, items, seed, credit), mode, items);
    }
}

#[test]
fn empty_single_equal_and_disjoint_sets_have_their_intersection() {
    let cases: [[Vec<String>; 2]; 8] = [
        [numbers([]), numbers([])],
        [numbers([1]), numbers([])],
        [numbers([]), numbers([1, 2])],
        [numbers([1]), numbers([1])],
        [numbers([1]), numbers([2])],
        [numbers(0..40), numbers((0..40).rev())],
        [numbers(0..40), numbers(40..70)],
        [numbers([7, 7, 7, 1, 7]), numbers([7, 7])],
    ];
    for mode in modes() {
        for (seed, items) in (0..).zip(&cases) {
            let items = [items[0].as_slice(), items[1].as_slice()];
            check(&run(mode, items, seed, u64::MAX), mode, items);
        }
    }
}

#[test]
fn sets_of_several_batches_have_theirs() {
    // Two frames on one side, three on the other, the last one not full.
    let (first, second) = (numbers(0..5000), numbers(2500..10_700));
    for mode in [Mode::Aligned, Mode::Count { receiver: Side::Second }] {
        let items = [first.as_slice(), second.as_slice()];
        check(&run(mode, items, 3, 100_000), mode, items);
    }
}

#[test]
fn items_may_be_of_any_length_and_are_not_confused() {
    let first: Vec<Vec<u8>> = vec![vec![], vec![0], vec![0, 0], vec![1; 100_000]];
    let second: Vec<Vec<u8>> = vec![vec![0, 0, 0], vec![0, 0], vec![1; 100_000]];
    let mode = Mode::Rows { receiver: Side::First };
    let mut world = World::new(mode, [&first, &second], 1);
    world.run();
    assert_eq!(*world.learned(Side::First), Learned::Rows(vec![2, 3]));
}

#[test]
fn the_streams_have_the_length_that_was_told_before() {
    let (first, second) = (numbers(0..5), numbers(3..4200));
    for mode in modes() {
        let items = [first.as_slice(), second.as_slice()];
        let world = run(mode, items, 1, u64::MAX);
        let sets = items.map(common::set);
        let want = common::agreement(mode, [&sets[0], &sets[1]]).traffic();
        assert_eq!([0, 1].map(|at| world.sent[at].len() as u64), want, "{mode:?}");
    }
}

/// Works from the last item to the first.
struct Backwards;

impl Fork for Backwards {
    fn map<T, R, F>(&self, items: Vec<T>, work: F) -> Vec<R>
    where
        T: Send,
        R: Send,
        F: Fn(T) -> R + Sync,
    {
        let mut results: Vec<R> = items.into_iter().rev().map(work).collect();
        results.reverse();
        results
    }
}

#[test]
fn streams_depend_on_the_seed_and_not_on_who_works_first() {
    fn points(fork: impl Fork, seed: u64) -> Vec<u8> {
        let items = common::set(numbers(0..700));
        let agreement = common::agreement(Mode::Aligned, [&items, &items]);
        let seat = common::seat(agreement, Side::First);
        let now = Now::default();
        let mut party =
            Party::new(seat, items, &Seed::from_number(seed), fork, now).expect("agreed");
        let mut out = Vec::new();
        party.step(now, Input::Credit(u64::MAX), &mut out);
        let sent = out.into_iter().filter_map(|output| match output {
            Output::Send(bytes) => Some(bytes),
            Output::Progress { .. } | Output::Finished(_) | Output::Failed(_) => None,
        });
        sent.flatten().collect()
    }
    let sequential = points(Sequential, 1);
    assert_eq!(sequential.len(), 64 + 700 * 32 + 32);
    assert_eq!(sequential, points(Backwards, 1));
    assert_ne!(sequential, points(Sequential, 2));
}
