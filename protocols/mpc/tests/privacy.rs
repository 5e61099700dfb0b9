//! What reaches one party says nothing about the inputs.
//!
//! Statistical: the bytes that a party hears, from owners and parties, are compared with uniform
//! ones, for inputs that could hardly differ more. 255 degrees of freedom; beyond 400 a uniform
//! source goes once in 10^8 times, and the seeds are fixed.

mod common;

use common::{SESSION, Weather, World, table, whole};
use std::collections::BTreeSet;
use troupe_mpc::program::{Column, Draft, Form, Op, Rows, Size};
use troupe_mpc::{Peer, Program};
use troupe_types::SessionId;

const LENGTH: u32 = 20_000;
const CHI_LIMIT: f64 = 400.0;

/// Everything that travels: inputs, masked pieces, both rounds of truncations with each dealer,
/// signs, zeros, ANDs, bits that become numbers and choose them, bits of numbers, products of
/// matrices, secret orders, random ones, wide numbers, results.
fn program() -> Program {
    let limit = 1 << 28;
    let rows = Rows { count: LENGTH, group: 0 };
    let wide = Column { form: Form::Wide, ..whole(1, "b wide", LENGTH, limit) };
    let columns = vec![whole(0, "a", LENGTH, limit), whole(1, "b", LENGTH, limit), wide];
    let mut draft = Draft::new(vec![rows, rows], columns);
    let (a, b) = (draft.values(0), draft.values(1));
    let mut last = draft.push(Op::Mul { a, b, shift: 0 });
    for _ in 0..3 {
        last = draft.push(Op::Trunc { a: last, shift: 3 });
    }
    let less = draft.less(a, b);
    let equal = draft.equal(a, b);
    let both = draft.push(Op::And { a: less, b: equal });
    let number = draft.push(Op::Number { a: both });
    let chosen = draft.push(Op::Select { bits: less, a: last, b: number });
    draft.bits_of(a, 30);
    let size = Size { rows: LENGTH / 4, inner: 4, columns: 4 };
    let square = draft.slice(b, 0, 16);
    draft.matmul(a, square, size, 0);
    let key = draft.push(Op::Bound { a: number, low: 0, high: 3 });
    draft.sort_by(key, &[a]);
    draft.shuffle(&[a, b]);
    let (a, wide) = (draft.push(Op::Widen { a }), draft.values(2));
    let mut long = draft.push(Op::Mul { a, b: wide, shift: 0 });
    for _ in 0..3 {
        long = draft.push(Op::Trunc { a: long, shift: 30 });
    }
    draft.reveal(0, chosen, "chosen", 0, 1);
    draft.finish().expect("in range")
}

fn heard(session: SessionId, left: &[f64], right: &[f64], seed: u64) -> World {
    let tables = vec![
        table(LENGTH, &[("a", left.to_vec())]),
        table(LENGTH, &[("b", right.to_vec()), ("b wide", right.to_vec())]),
    ];
    let mut world = World::with_session(session, &program(), tables, Weather::FAIR, seed);
    world.record = true;
    world.run();
    assert_eq!(world.results().len(), 1);
    world
}

fn chi(bytes: impl Iterator<Item = u8>) -> f64 {
    let mut counts = [0u64; 256];
    for byte in bytes {
        counts[usize::from(byte)] += 1;
    }
    let want = counts.iter().sum::<u64>() as f64 / 256.0;
    counts.iter().map(|count| (*count as f64 - want).powi(2) / want).sum()
}

/// What a link carried after its header and, from an owner, what is public anyway; between parties,
/// before the hashes at its end, which both others hear.
fn secret_part(link: (Peer, Peer), bytes: &[u8]) -> &[u8] {
    const CLOSING: usize = (2 * 2 * 4 + 1) * 8;
    match link.0 {
        Peer::Party(_) if matches!(link.1, Peer::Party(_)) => &bytes[96..bytes.len() - CLOSING],
        Peer::Owner(_) => &bytes[96 + 40..],
        Peer::Party(_) | Peer::Receiver(_) => &bytes[96..],
    }
}

/// All zero; all at the border; every other element at the other border.
fn inputs() -> Vec<Vec<f64>> {
    let most = f64::from(1u32 << 28);
    let alternating = (0..LENGTH).map(|at| if at % 2 == 0 { most } else { -most });
    vec![vec![0.0; LENGTH as usize], vec![-most; LENGTH as usize], alternating.collect()]
}

#[test]
fn what_a_party_hears_is_uniform_whatever_the_inputs_are() {
    for (number, values) in (0..).zip(inputs()) {
        let world = heard(SESSION, &values, &values, number);
        let mut checked = 0;
        for (link, bytes) in &world.heard {
            let bytes = secret_part(*link, bytes);
            if !matches!(link.1, Peer::Party(_)) || bytes.len() < 10_000 {
                continue;
            }
            checked += 1;
            let all = chi(bytes.iter().copied());
            assert!(all < CHI_LIMIT, "{link:?}: {all}");
            // Every byte of a word by itself, and words of even and odd rows apart: the third
            // input differs from row to row.
            for lane in 0..16 {
                let lane = chi(bytes.iter().copied().skip(lane).step_by(16));
                assert!(lane < CHI_LIMIT, "{link:?}: {lane}");
            }
        }
        // Two owners to two parties each, and the six links between parties but two: no dealer
        // sends to the party after it, and every party is both neighbours in some operation.
        assert!(checked >= 4 + 5, "{checked}");
    }
}

/// Two samples of one distribution: `sum (a - b)^2 / (a + b)` over byte values.
fn difference(left: &[u8], right: &[u8]) -> f64 {
    let mut counts = [[0u64; 256]; 2];
    for (counts, bytes) in counts.iter_mut().zip([left, right]) {
        for byte in bytes {
            counts[usize::from(*byte)] += 1;
        }
    }
    let pairs = counts[0].iter().zip(&counts[1]);
    pairs.map(|(a, b)| (*a as f64 - *b as f64).powi(2) / (a + b).max(1) as f64).sum()
}

#[test]
fn two_very_different_inputs_look_alike_to_every_party() {
    let inputs = inputs();
    let first = heard(SESSION, &inputs[0], &inputs[0], 11);
    let second = heard(SESSION, &inputs[1], &inputs[1], 12);
    for (link, bytes) in &first.heard {
        let others = &second.heard[link];
        // How much is sent says nothing either.
        assert_eq!(bytes.len(), others.len());
        let (ours, theirs) = (secret_part(*link, bytes), secret_part(*link, others));
        if matches!(link.1, Peer::Party(_)) && ours.len() >= 10_000 {
            let difference = difference(ours, theirs);
            assert!(difference < CHI_LIMIT, "{link:?}: {difference}");
        }
    }
}

#[test]
fn no_mask_is_used_twice_in_a_session_or_again_in_the_next() {
    // With all inputs zero, the third pieces are the masks themselves; and a word that came twice
    // anywhere on the links would be a mask (or a sum of masks) that did.
    let zeros = &inputs()[0];
    let mut seen = BTreeSet::new();
    let mut words = 0;
    for session in [SESSION, SessionId([0x11; 16])] {
        // The same seeds on purpose: the session alone must make the difference.
        let world = heard(session, zeros, zeros, 7);
        for (link, bytes) in &world.heard {
            // Parties 1 and 2 get the same third piece, so one of them is enough.
            if !matches!(link.1, Peer::Party(0 | 1)) {
                continue;
            }
            for word in secret_part(*link, bytes).as_chunks::<8>().0 {
                words += 1;
                seen.insert(*word);
            }
        }
    }
    // Only seeds repeat, as the same were given: in each session the 4 words of two owners' second
    // seeds, which parties 0 and 1 both get; between the sessions these 8 words of input seeds and
    // 4 of pair seeds.
    assert_eq!(words - seen.len(), 2 * 4 + 8 + 4);
}
