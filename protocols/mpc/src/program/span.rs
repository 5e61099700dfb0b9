//! Ranges of values, followed through the operations.

/// A range of values, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) low: i128,
    pub(crate) high: i128,
}

impl Span {
    /// The values of a bit.
    pub(crate) const BIT: Self = Self { low: 0, high: 1 };

    pub(crate) fn of(constant: i64) -> Self {
        Self { low: i128::from(constant), high: i128::from(constant) }
    }

    /// Both ends; what is beyond a word is as far as that goes.
    pub(crate) fn ends(self) -> (i64, i64) {
        let end = |value: i128| {
            i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
        };
        (end(self.low), end(self.high))
    }

    // Ends lie below 2^126 in magnitude; what ends at the end of i128 is too large for any register.
    pub(crate) fn plus(self, other: Self) -> Self {
        let (low, high) =
            (self.low.saturating_add(other.low), self.high.saturating_add(other.high));
        Self { low, high }
    }

    pub(crate) fn negated(self) -> Self {
        Self { low: -self.high, high: -self.low }
    }

    pub(crate) fn times(self, other: Self) -> Option<Self> {
        let mut ends = [0; 4];
        for (end, (x, y)) in ends.iter_mut().zip([
            (self.low, other.low),
            (self.low, other.high),
            (self.high, other.low),
            (self.high, other.high),
        ]) {
            *end = x.checked_mul(y)?;
        }
        let low = ends.into_iter().min()?;
        let high = ends.into_iter().max()?;
        Some(Self { low, high })
    }

    pub(crate) fn squared(self) -> Option<Self> {
        let ends = self.times(self)?;
        Some(Self { low: ends.low.max(0), high: ends.high })
    }

    pub(crate) fn sum_of_up_to(self, count: u32) -> Option<Self> {
        let count = i128::from(count);
        let low = self.low.min(self.low.checked_mul(count)?);
        let high = self.high.max(self.high.checked_mul(count)?);
        Some(Self { low, high })
    }

    pub(crate) fn truncated(self, shift: u8) -> Self {
        if shift == 0 {
            return self;
        }
        Self { low: self.low >> shift, high: (self.high >> shift) + 1 }
    }

    /// The least range that has all of both.
    pub(crate) fn or(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    /// Bits of the largest magnitude; `-2^62` counts as 63.
    pub(crate) fn bits(self) -> u32 {
        let largest = self.low.unsigned_abs().max(self.high.unsigned_abs());
        128 - largest.leading_zeros()
    }
}
