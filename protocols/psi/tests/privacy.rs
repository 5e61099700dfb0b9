//! What is said and sent does not show items.

mod common;

use common::{SIDES, World, modes, numbers, set};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use troupe_psi::{Learned, Mode, Side};

/// What nobody may find anywhere.
const SECRET: &str = "canary-4929123456781234";

/// As it is, in two alphabets, and hashed as sets hash it: who has that can try all items.
fn forms(secret: &str) -> [Vec<u8>; 4] {
    let digest = Sha256::new_with_prefix(b"troupe psi item 1").chain_update(secret).finalize();
    let base64 = "Y2FuYXJ5LTQ5MjkxMjM0NTY3ODEyMzQ";
    [
        secret.as_bytes().to_vec(),
        hex::encode(secret).into_bytes(),
        base64.as_bytes().to_vec(),
        digest.to_vec(),
    ]
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn no_debug_error_or_stream_shows_an_item() {
    let mut first = numbers(0..30);
    first.push(SECRET.to_owned());
    let second = [SECRET.to_owned(), "another".to_owned()];
    for mode in modes() {
        for flip in [None, Some(0), Some(1), Some(2)] {
            let sets = format!("{:?}", set(&first));
            let mut world = World::new(mode, [&first, &second[..]], 1);
            world.tamper = Some(Box::new(move |_, number, bytes| {
                let mut bytes = bytes.to_vec();
                if flip == Some(number) {
                    bytes[20] ^= 1;
                }
                vec![bytes.into()]
            }));
            world.run();
            let failed = world.ends.iter().flatten().filter(|end| end.is_err()).count();
            match flip {
                None => assert_eq!(failed, 0),
                // Headers and points go both ways; answers may not.
                Some(0 | 1) => assert_eq!(failed, 2),
                Some(_) => assert!(failed >= 1),
            }
            for needle in forms(SECRET) {
                for place in
                    [world.said.as_bytes(), sets.as_bytes(), &world.sent[0], &world.sent[1]]
                {
                    assert!(!holds(place, &needle));
                }
            }
        }
    }
}

#[test]
fn an_outcome_does_not_print_what_was_learned() {
    let (first, second) = (numbers(0..9), numbers(0..9));
    for mode in modes() {
        let mut world = World::new(mode, [&first, &second], 1);
        world.run();
        for side in SIDES {
            let text = format!("{:?}", world.learned(side));
            assert!(!text.contains(|c: char| c.is_ascii_digit()), "{text}");
        }
    }
}

/// The points and answers of a stream with one frame of each.
fn parts(stream: &[u8], points: usize, answers: usize) -> (Vec<&[u8]>, Vec<&[u8]>) {
    let (before, after) = stream[64..].split_at(32 * points + 32);
    (before[..32 * points].chunks(32).collect(), after[..7 * answers].chunks(7).collect())
}

#[test]
fn the_order_of_points_is_not_that_of_the_items() {
    // Two runs that differ in nothing but in the order the items are given in: the streams are of the same points
    // in the same order, for the order is the seed's.
    let sent = |items: Vec<String>| {
        let mut world = World::new(Mode::Aligned, [&items, &numbers([1])], 5);
        world.run();
        world.sent[0].clone()
    };
    assert_eq!(sent(numbers(0..20)), sent(numbers((0..20).rev())));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn counted_answers_do_not_say_which_point_they_are_to(seed in any::<u64>()) {
        let (first, second) = (numbers(0..100), numbers(50..150));
        let mut world = World::new(Mode::CountBoth, [&first, &second], seed);
        world.run();
        prop_assert_eq!(world.learned(Side::First), &Learned::Count(50));
        let (points, answers) = parts(&world.sent[0], 100, 100);
        prop_assert!(answers.is_sorted());
        let distinct: BTreeSet<_> = points.iter().collect();
        prop_assert_eq!(distinct.len(), 100);
        prop_assert!(!points.is_sorted(), "points come in a random order");
    }
}
