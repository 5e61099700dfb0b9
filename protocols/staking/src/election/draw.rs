//! How many of its balls are drawn.

use super::magnitude::Magnitude;
use alloy_primitives::U256;

/// How likely each ball is drawn, as a fraction: `numerator` of `denominator`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chance {
    /// At most the denominator.
    pub numerator: u64,
    /// Not zero.
    pub denominator: u128,
}

/// The number of balls, of `balls` of which each is drawn or not by itself, that belongs to `luck` of 2^256: the
/// least number of which at most so many are drawn with a probability of more than that. The more luck, the more.
///
/// By 256-bit integers alone. Steps: as many as balls can be expected, and some hundred.
// PlatON white paper: inverse of the binomial distribution function
#[must_use]
pub fn drawn(balls: u64, chance: Chance, luck: U256) -> u64 {
    let Chance { numerator, denominator } = chance;
    let numerator = u128::from(numerator);
    if numerator == 0 || balls == 0 {
        return 0;
    }
    let Some(others) = denominator.checked_sub(numerator).filter(|others| *others > 0) else {
        return balls;
    };
    let odds = Magnitude::ratio(numerator, others);
    let mut exactly = Magnitude::ratio(others, denominator).power(balls);
    let (mut at_most, mut count) = (exactly.fraction(), 0u64);
    while at_most <= luck && count < balls {
        let before = exactly.fraction();
        let step = Magnitude::ratio((balls - count).into(), (count + 1).into()).times(odds);
        exactly = exactly.times(step);
        count += 1;
        let now = exactly.fraction();
        // Past the likeliest number, what is below all bits adds nothing ever.
        if now.is_zero() && before >= now && is_falling(balls, count, numerator, others) {
            break;
        }
        at_most = at_most.saturating_add(now);
    }
    count
}

/// Whether one more ball is less likely than none more.
fn is_falling(balls: u64, count: u64, numerator: u128, others: u128) -> bool {
    // (balls - count) / (count + 1) * numerator / others < 1
    let (left, next) = (u128::from(balls - count), u128::from(count) + 1);
    U256::from(left) * U256::from(numerator) < U256::from(next) * U256::from(others)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chance(numerator: u64, denominator: u128) -> Chance {
        Chance { numerator, denominator }
    }

    #[test]
    fn the_ends_are_none_and_all() {
        assert_eq!(drawn(0, chance(1, 2), U256::MAX), 0);
        assert_eq!(drawn(7, chance(0, 2), U256::MAX), 0);
        assert_eq!(drawn(7, chance(2, 2), U256::ZERO), 7);
        assert_eq!(drawn(7, chance(1, 2), U256::ZERO), 0);
        assert_eq!(drawn(7, chance(1, 2), U256::MAX), 7);
    }

    #[test]
    fn a_coin_is_fair() {
        let half = U256::from(1) << 255;
        assert_eq!(drawn(1, chance(1, 2), half - U256::from(1)), 0);
        assert_eq!(drawn(1, chance(1, 2), half), 1);
        // Of two coins: 1, 2, 1 of 4.
        let quarter = U256::from(1) << 254;
        for (luck, want) in [(0, 0), (1, 1), (2, 1), (3, 2)] {
            assert_eq!(drawn(2, chance(1, 2), quarter * U256::from(luck)), want);
        }
    }

    #[test]
    fn huge_stakes_take_few_steps() {
        // Ten thousand million balls, of which 43 are drawn on average.
        let chance = chance(43, 10_000_000_000);
        let half = drawn(10_000_000_000, chance, U256::from(1) << 255);
        assert!((42..=44).contains(&half), "{half}");
        let most = drawn(10_000_000_000, chance, U256::MAX);
        assert!((150..400).contains(&most), "{most}");
        // With all of its balls drawn on average a thousand times, what is far below all bits is passed.
        let many =
            drawn(10_000_000_000, Chance { numerator: 1_000, ..chance }, U256::from(1) << 255);
        assert!((998..=1_002).contains(&many), "{many}");
    }

    proptest! {
        #[test]
        fn more_luck_never_draws_less(
            balls in 1u64..1_000_000, numerator in 1u64..50, rest in 0u128..1_000_000,
            luck in prop::array::uniform32(any::<u8>()), more in prop::array::uniform32(any::<u8>()),
        ) {
            let (luck, more) = (U256::from_be_bytes(luck), U256::from_be_bytes(more));
            let chance = chance(numerator, u128::from(numerator) + rest);
            let (less, most) = (luck.min(more), luck.max(more));
            prop_assume!(u128::from(numerator) * u128::from(balls) / chance.denominator < 2_000);
            prop_assert!(drawn(balls, chance, less) <= drawn(balls, chance, most));
        }

        #[test]
        fn more_balls_never_draw_less(
            balls in 1u64..1_000_000, more in 0u64..1_000_000, numerator in 1u64..50,
            luck in prop::array::uniform32(any::<u8>()),
        ) {
            let chance = chance(numerator, 2_000_000);
            let luck = U256::from_be_bytes(luck);
            prop_assert!(drawn(balls, chance, luck) <= drawn(balls + more, chance, luck));
        }
    }
}
