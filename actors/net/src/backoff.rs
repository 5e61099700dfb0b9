//! How long to wait before a peer is dialed again.

use troupe_types::Millis;
use troupe_wire::Stream;

/// Doubles from `first` to `cap`; the upper half of every pause is luck, so that peers which lost the
/// same neighbour do not come back in step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Backoff {
    pub(crate) first: Millis,
    pub(crate) cap: Millis,
}

impl Backoff {
    /// The pause after so many failures in a row; none after a success.
    pub(crate) fn pause(self, failures: u32, luck: &mut Stream) -> Millis {
        let Some(doublings) = failures.checked_sub(1) else { return Millis::ZERO };
        let factor = 1u64.checked_shl(doublings).unwrap_or(u64::MAX);
        let longest = Millis(self.first.0.saturating_mul(factor)).at_most(self.cap);
        let half = longest.0 / 2;
        Millis(longest.0 - luck.below(half.saturating_add(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use troupe_wire::Seed;

    const BACKOFF: Backoff = Backoff { first: Millis(250), cap: Millis(30_000) };

    proptest! {
        #[test]
        fn a_pause_lies_between_half_and_whole_and_below_the_cap(
            failures in 1u32..,
            seed in any::<u64>(),
        ) {
            let mut luck = Seed::from_number(seed).stream("test");
            let whole = 250u64.saturating_mul(1u64.checked_shl(failures - 1).unwrap_or(u64::MAX));
            let whole = whole.min(30_000);
            let pause = BACKOFF.pause(failures, &mut luck).0;
            prop_assert!((whole / 2..=whole).contains(&pause), "{pause} of {whole}");
        }
    }

    #[test]
    fn there_is_no_pause_after_a_success() {
        let mut luck = Seed::from_number(1).stream("test");
        assert_eq!(BACKOFF.pause(0, &mut luck), Millis::ZERO);
    }
}
