//! Finding the few bad ones of a batch with few checks.

use core::ops::Range;

/// The positions in `0..len` that make a check fail, ascending.
///
/// `holds` says whether every one of a range is good. One call is enough where all are; `b` bad ones
/// of `n` cost at most about `2 b (1 + log2(n / b))`, and never `2 n` or more. A half is not checked
/// when its other half was good and both together were not.
pub(crate) fn bad_ones(len: usize, mut holds: impl FnMut(Range<usize>) -> bool) -> Vec<usize> {
    let mut bad = Vec::new();
    if len > 0 && !holds(0..len) {
        search(0..len, &mut holds, &mut bad);
    }
    bad
}

/// Splits a range that is known to hold a bad one.
fn search(range: Range<usize>, holds: &mut impl FnMut(Range<usize>) -> bool, bad: &mut Vec<usize>) {
    if range.len() == 1 {
        bad.push(range.start);
        return;
    }
    let middle = range.start + range.len() / 2;
    let (left, right) = (range.start..middle, middle..range.end);
    if holds(left.clone()) {
        return search(right, holds, bad);
    }
    search(left, holds, bad);
    if !holds(right.clone()) {
        search(right, holds, bad);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn run(good: &[bool]) -> (Vec<usize>, usize) {
        let mut checks = 0;
        let bad = bad_ones(good.len(), |range| {
            checks += 1;
            good[range].iter().all(|good| *good)
        });
        (bad, checks)
    }

    proptest! {
        #[test]
        fn exactly_the_bad_ones_are_found(good in proptest::collection::vec(any::<bool>(), 0..200)) {
            let (bad, checks) = run(&good);
            let expected: Vec<usize> = (0..good.len()).filter(|at| !good[*at]).collect();
            prop_assert_eq!(bad, expected);
            prop_assert!(checks < 2 * good.len().max(1));
        }

        #[test]
        fn one_bad_one_costs_at_most_two_checks_a_level(len in 1usize..300, at in any::<prop::sample::Index>()) {
            let mut good = vec![true; len];
            let at = at.index(len);
            good[at] = false;
            let levels = len.next_power_of_two().ilog2() as usize;
            let (bad, checks) = run(&good);
            prop_assert_eq!(bad, [at]);
            prop_assert!(checks <= 1 + 2 * levels, "{} checks for {}", checks, len);
        }
    }

    #[test]
    fn all_good_costs_one_check_and_nothing_costs_none() {
        assert_eq!(run(&[true; 100]), (vec![], 1));
        assert_eq!(run(&[]), (vec![], 0));
    }
}
