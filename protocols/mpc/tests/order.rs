//! Ranks and sorted vectors in whole sessions, next to plain ones.

mod common;

use common::{priced, table, whole};
use troupe_mpc::Peer;
use troupe_mpc::Program;
use troupe_mpc::program::{Draft, Op, Register, Rows, Security};
use troupe_wire::Seed;

fn program(
    length: u32,
    write: impl FnOnce(&mut Draft, Register, Register) -> Vec<Register>,
) -> Program {
    secured(length, Security::SemiHonest, write)
}

fn secured(
    length: u32,
    security: Security,
    write: impl FnOnce(&mut Draft, Register, Register) -> Vec<Register>,
) -> Program {
    let rows = Rows { count: length, group: 0 };
    let columns = vec![whole(0, "a", length, 1 << 31), whole(0, "b", length, 1 << 40)];
    let mut draft = Draft::new(vec![rows], columns);
    draft.secure(security);
    let (a, b) = (draft.values(0), draft.values(1));
    for (name, register) in write(&mut draft, a, b).into_iter().enumerate() {
        draft.reveal(0, register, &format!("{name}"), 0, 1);
    }
    draft.finish().expect("in range")
}

#[test]
fn vectors_are_ranked_and_sorted_with_what_belongs_to_them() {
    let mut luck = Seed::from_number(1).stream("values");
    for (length, range) in
        [(1u32, 3u64), (2, 1), (2, 9), (3, 2), (8, 4), (9, 1 << 31), (70, 20), (129, 1 << 31)]
    {
        let a: Vec<f64> = (0..length).map(|_| luck.below(range) as f64 - 1.0).collect();
        let b: Vec<f64> = (0..length).map(|_| luck.below(1 << 40) as f64).collect();
        let places = [0, length / 2, length - 1];
        let program = program(length, |draft, a, b| {
            let ranks = draft.ranks(a);
            let mut all = vec![ranks];
            all.extend(draft.arrange(ranks, &[a, b]));
            all.push(draft.sort(b));
            all.push(draft.order_statistics(a, &places));
            all
        });
        let got = priced(&program, vec![table(length, &[("a", a.clone()), ("b", b.clone())])], 4);
        let mut pairs: Vec<(f64, f64)> = a.iter().copied().zip(b.iter().copied()).collect();
        let before = |(at, one): (usize, &f64)| {
            let others = a.iter().enumerate();
            others.filter(|(other, x)| *x < one || (*x == one && *other < at)).count() as f64
        };
        let ranks: Vec<f64> = a.iter().enumerate().map(before).collect();
        pairs.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (first, second): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let mut sorted = b;
        sorted.sort_by(f64::total_cmp);
        let chosen = places.map(|place| first[place as usize]).to_vec();
        assert_eq!(got, [ranks, first, second, sorted, chosen], "{length}");
    }
}

#[test]
fn long_vectors_are_sorted_bit_by_bit_with_what_belongs_to_them() {
    let mut luck = Seed::from_number(2).stream("values");
    for (length, range) in
        [(1u32, 3i64), (2, 1), (3, 100), (64, 2), (65, 40), (300, 1000), (1000, 9)]
    {
        let rows = Rows { count: length, group: 0 };
        let columns = vec![whole(0, "a", length, range), whole(0, "b", length, 1 << 40)];
        let mut draft = Draft::new(vec![rows], columns);
        let (key, other) = (draft.values(0), draft.values(1));
        let sorted = draft.sort_by(key, &[key, other]);
        for (name, register) in sorted.into_iter().enumerate() {
            draft.reveal(0, register, &format!("{name}"), 0, 1);
        }
        let program = draft.finish().expect("in range");
        let below = 2 * range.unsigned_abs() + 1;
        let key: Vec<f64> = (0..length).map(|_| luck.below(below) as f64 - range as f64).collect();
        let other: Vec<f64> = (0..length).map(|_| luck.below(1 << 40) as f64).collect();
        let table = table(length, &[("a", key.clone()), ("b", other.clone())]);
        let got = priced(&program, vec![table], 4);
        let mut pairs: Vec<(f64, f64)> = key.into_iter().zip(other).collect();
        pairs.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (first, second): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        assert_eq!(got, [first, second], "{length}");
        // Bits of the key and what makes them numbers, then four rounds for each.
        let bits = u64::BITS - (below - 1).leading_zeros();
        let prefix = 2 + bits.max(2).saturating_sub(1).next_power_of_two().ilog2();
        let prefix = if bits == 1 { 1 } else { prefix };
        assert_eq!(program.cost().rounds, prefix + 2 + 4 * bits, "{bits} bits");
    }
}

#[test]
fn groups_of_a_secret_key_are_summed_up() {
    let mut luck = Seed::from_number(3).stream("values");
    for (length, groups) in [(2u32, 1u64), (2, 9), (70, 5), (70, 70), (400, 3)] {
        let key: Vec<f64> = (0..length).map(|_| luck.below(groups) as f64).collect();
        let value: Vec<f64> = (0..length).map(|_| luck.below(1000) as f64 - 500.0).collect();
        let program = program(length, |draft, key, value| {
            let key = draft.push(Op::Bound { a: key, low: 0, high: 127 });
            let sorted = draft.sort_by(key, &[key, value]);
            let is_last = draft.ends_of_groups(sorted[0]);
            let one = draft.fill(1, length);
            draft.sums_of_groups(is_last, &[sorted[1], one])
        });
        let got =
            priced(&program, vec![table(length, &[("a", key.clone()), ("b", value.clone())])], 4);
        let mut sums = std::collections::BTreeMap::new();
        for (key, value) in key.iter().zip(&value) {
            let group: &mut (f64, f64) = sums.entry(*key as i64).or_default();
            *group = (group.0 + value, group.1 + 1.0);
        }
        let (mut totals, mut counts): (Vec<f64>, Vec<f64>) = sums.into_values().unzip();
        totals.resize(length as usize, 0.0);
        counts.resize(length as usize, 0.0);
        assert_eq!(got, [totals, counts], "{length} in {groups}");
    }
    let rows = Rows { count: 8, group: 0 };
    let mut draft = Draft::new(vec![rows], vec![whole(0, "a", 8, 7)]);
    let a = draft.values(0);
    let bits = draft.push(Op::Negative { a });
    let sums = draft.sums_of_groups(bits, &[a]);
    draft.reveal(0, sums[0], "sums", 0, 1);
    assert_eq!(draft.finish().expect("in range").cost().rounds, 2 + 7);
}

#[test]
fn sorting_by_bits_costs_what_is_said() {
    let length = 9600;
    let program = program(length, |draft, a, b| draft.sort_by(a, &[a, b]));
    let cost = program.cost();
    let (k, columns) = (33.0, 2.0);
    for party in 0..3 {
        let to = |other| cost.between(Peer::Party(party), Peer::Party(other)).0;
        let bytes: u64 = (0..3).filter(|other| *other != party).map(to).sum();
        let said = 5.3 * k * k + 50.0 * k + 10.7 * k * columns;
        let each = bytes as f64 / f64::from(length);
        assert!((0.97..1.03).contains(&(each / said)), "{each} instead of {said}");
    }
}

#[test]
fn a_median_takes_few_rounds() {
    // Numbers of 32 bits, longer by 8: six rounds, and two. Ranks of 8 bits: three, and three.
    let program = program(200, |draft, a, _| vec![draft.order_statistics(a, &[100])]);
    assert_eq!(program.cost().rounds, 6 + 2 + 3 + 3);
}

#[test]
fn what_has_to_be_proven_is_sorted_by_a_network_to_the_same_order() {
    let mut luck = Seed::from_number(4).stream("values");
    for (length, range) in [(1u32, 3u64), (2, 1), (3, 2), (5, 3), (64, 9), (65, 1 << 31), (300, 7)]
    {
        let key: Vec<f64> = (0..length).map(|_| luck.below(range) as f64).collect();
        let value: Vec<f64> = (0..length).map(|_| luck.below(1000) as f64 - 500.0).collect();
        let write = |draft: &mut Draft, key, value| {
            let mut all = draft.sort_by(key, &[key, value]);
            if length > 1 {
                let is_last = draft.ends_of_groups(all[0]);
                all.extend(draft.sums_of_groups(is_last, &[all[1]]));
            }
            all
        };
        let given = || vec![table(length, &[("a", key.clone()), ("b", value.clone())])];
        let plain = priced(&program(length, write), given(), 4);
        let guarded = secured(length, Security::Malicious, write);
        assert_eq!(priced(&guarded, given(), 4), plain, "{length}");
    }
    let guarded = secured(1024, Security::Malicious, |draft, a, b| draft.sort_by(a, &[b]));
    // 55 steps: keys of 33 bits, longer by 10, are compared in eight rounds, and moved in three.
    assert_eq!(guarded.cost().rounds, 55 * (8 + 3));
}
