//! Who computes: an election by stake that everybody can repeat.
//!
//! Its word is of a view that begins after all have agreed, so neither the sender of a task nor the last owner that
//! agrees knows it. All is computed by integers.

use alloy_primitives::U256;
use troupe_crypto::hash;
use troupe_types::Hash;

/// What is hashed first.
const DOMAIN: &[u8] = b"troupe election of parties";

/// Somebody who may be elected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// The number of the compute node.
    pub number: u64,
    /// Its stake, in von: at most 2^112, so that a thousand of them have a sum.
    pub stake: u128,
}

/// Elects up to so many candidates of a task, the first one first, each with a chance in proportion to its stake among those
/// that are not elected yet. The same word elects the same ones: the order of the candidates is a part of it, and is that
/// of their numbers on a chain.
///
/// The numbers drawn are reduced modulo the sum of stakes, which favours nobody by more than 2^-128.
#[must_use]
pub fn elect(word: &Hash, task: u64, candidates: &[Candidate], most: usize) -> Vec<u64> {
    let mut left: Vec<Candidate> =
        candidates.iter().copied().filter(|candidate| candidate.stake > 0).collect();
    let mut elected = Vec::with_capacity(most.min(left.len()));
    for seat in 0..most.min(left.len()) as u64 {
        let sum = left.iter().fold(U256::ZERO, |sum, one| sum + U256::from(one.stake));
        let luck =
            hash::keccak256_concat(&[DOMAIN, &word.0, &task.to_be_bytes(), &seat.to_be_bytes()]);
        let mut luck = U256::from_be_bytes(luck.0) % sum;
        let at = left.iter().position(|one| {
            let stake = U256::from(one.stake);
            let is_it = luck < stake;
            if !is_it {
                luck -= stake;
            }
            is_it
        });
        // The luck is below the sum.
        let Some(at) = at else { return elected };
        elected.push(left.remove(at).number);
    }
    elected
}

/// How likely two or three of three seats are those of hostile candidates: exact for these candidates, up to the rounding of
/// floating point. For people, not for the chain.
///
/// With `W` the stake of all and `H` that of the hostile ones it is the sum over ordered pairs of the first two seats of
/// `w_i / W * w_j / (W - w_i)`, times the chance that the third seat makes it two: 1 where both are hostile,
/// `(H - w_h) / (W - w_i - w_j)` where one of them, `h`, is.
#[must_use]
pub fn hostile_majority(candidates: &[(u128, bool)]) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    let stakes: Vec<(f64, bool)> =
        candidates.iter().map(|(stake, is_hostile)| (*stake as f64, *is_hostile)).collect();
    let all: f64 = stakes.iter().map(|(stake, _)| stake).sum();
    let hostile: f64 = stakes.iter().filter(|one| one.1).map(|one| one.0).sum();
    let mut chance = 0.0;
    for (i, (first, is_first)) in stakes.iter().enumerate() {
        for (j, (second, is_second)) in stakes.iter().enumerate() {
            if i == j || *first <= 0.0 || *second <= 0.0 {
                continue;
            }
            let both = first / all * second / (all - first);
            let third = match (is_first, is_second) {
                (true, true) => 1.0,
                (false, false) => 0.0,
                (true, false) => (hostile - first) / (all - first - second),
                (false, true) => (hostile - second) / (all - first - second),
            };
            // With two candidates there is no third seat.
            if third.is_finite() {
                chance += both * third;
            }
        }
    }
    chance
}

/// The same for very many candidates, of which those with a share `f` of all stake are hostile: `3 f^2 - 2 f^3`.
#[must_use]
pub fn hostile_majority_of_share(share: f64) -> f64 {
    share * share * (3.0 - 2.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(number: u64) -> Hash {
        hash::keccak256(number.to_be_bytes())
    }

    fn candidates(stakes: &[u128]) -> Vec<Candidate> {
        (1..).zip(stakes).map(|(number, stake)| Candidate { number, stake: *stake }).collect()
    }

    #[test]
    fn an_election_is_repeated_by_everybody_and_depends_on_word_and_task() {
        let all = candidates(&[5; 50]);
        let first = elect(&word(1), 1, &all, 9);
        assert_eq!(first, elect(&word(1), 1, &all, 9));
        assert_eq!(first[..3], elect(&word(1), 1, &all, 3));
        assert_ne!(first, elect(&word(2), 1, &all, 9));
        assert_ne!(first, elect(&word(1), 2, &all, 9));
        let apart: std::collections::BTreeSet<u64> = first.into_iter().collect();
        assert_eq!(apart.len(), 9);
    }

    #[test]
    fn few_are_all_elected_and_who_has_no_stake_never() {
        let mut elected = elect(&word(1), 1, &candidates(&[1, 0, u128::MAX >> 16]), 9);
        elected.sort_unstable();
        assert_eq!(elected, [1, 3]);
        assert!(elect(&word(1), 1, &[], 3).is_empty());
    }

    /// Chi-square of 20,000 elections of one seat, and of the first two of three seats in order.
    #[test]
    fn seats_follow_stakes() {
        let stakes = [1u128, 2, 3, 4, 10];
        let all = candidates(&stakes);
        let rounds = 20_000u32;
        let mut seen = [[0u32; 5]; 5];
        for round in 0..rounds {
            let elected = elect(&word(u64::from(round)), 7, &all, 3);
            let at = |seat: usize| usize::try_from(elected[seat] - 1).unwrap();
            seen[at(0)][at(1)] += 1;
        }
        let (mut pairs, mut firsts) = (0.0, 0.0);
        for i in 0..5 {
            let first = stakes[i] as f64 / 20.0;
            let got: u32 = seen[i].iter().sum();
            let want = f64::from(rounds) * first;
            firsts += (f64::from(got) - want).powi(2) / want;
            for j in (0..5).filter(|j| *j != i) {
                let second = stakes[j] as f64 / (20 - stakes[i]) as f64;
                let want = f64::from(rounds) * first * second;
                pairs += (f64::from(seen[i][j]) - want).powi(2) / want;
            }
        }
        // 99.9 % quantiles of 4 and 19 degrees of freedom.
        assert!(firsts < 18.47, "{firsts}");
        assert!(pairs < 43.82, "{pairs}");
    }

    #[test]
    fn the_chance_of_a_hostile_majority_is_that_of_elections() {
        let stakes = [3u128, 1, 4, 1, 5, 9, 2, 6];
        let is_hostile = |number: u64| [1, 4, 6].contains(&number);
        let all = candidates(&stakes);
        let told: Vec<(u128, bool)> =
            all.iter().map(|one| (one.stake, is_hostile(one.number))).collect();
        let want = hostile_majority(&told);
        let rounds = 20_000;
        let bad = (0..rounds)
            .filter(|round| {
                let elected = elect(&word(*round), 3, &all, 3);
                elected.iter().filter(|number| is_hostile(**number)).count() >= 2
            })
            .count() as f64;
        let got = bad / rounds as f64;
        let deviation = (want * (1.0 - want) / rounds as f64).sqrt();
        assert!((got - want).abs() < 4.0 * deviation, "{got} {want}");
    }

    #[test]
    fn a_hostile_third_of_many_has_two_of_three_seats_seven_times_of_27() {
        let third = hostile_majority_of_share(1.0 / 3.0);
        assert!((third - 7.0 / 27.0).abs() < 1e-12);
        let many: Vec<(u128, bool)> = (0..600).map(|at| (1, at % 3 == 0)).collect();
        assert!((hostile_majority(&many) - third).abs() < 2e-3);
        // Of three, one never has two seats, and two always have.
        assert_eq!(hostile_majority(&[(1, true), (1, false), (1, false)]), 0.0);
        assert!((hostile_majority(&[(1, true), (5, true), (1, false)]) - 1.0).abs() < 1e-12);
    }
}
