//! How far a result can be from the exact statistic.

use super::survey::Known;

/// How a sum of products was computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    /// Fraction bits of the sum.
    pub(super) fraction: u8,
    /// Truncations that went into it, each off by less than one unit of the sum.
    pub(super) truncations: u64,
}

/// What decoding and one division add, relative to the largest possible result: each is rounded to
/// 53 bits, and so is the bound itself.
const DECODING: f64 = 1.0 / (1u64 << 51) as f64;

/// Of a sum: every value is encoded within half a unit.
pub(super) fn of_sum(variable: &Known, unit: f64) -> f64 {
    let rows = variable.rows as f64;
    let largest = (variable.low.unsigned_abs().max(variable.high.unsigned_abs())) as f64 * unit;
    rows * (unit / 2.0 + largest * DECODING)
}

/// Of a covariance, or of a variance where both variables are one. With `W` the widths of the
/// ranges, `u` the unit and `d` the distances of the centres from the means:
///
/// * encoding moves each value by at most `u / 2`, and with it the sum of products of distances by
///   at most `n (W_x u / 2 + W_y u / 2 + u^2 / 4)`;
/// * a centre off the mean adds `n d_x d_y`;
/// * every truncation is off by less than a unit of the sum.
pub(super) fn of_moment(x: &Known, y: &Known, moment: &Moment, unit: f64) -> f64 {
    let rows = x.rows as f64;
    let (wide_x, wide_y) = (x.width() as f64 * unit, y.width() as f64 * unit);
    let encoding = rows * ((wide_x + wide_y) * unit / 2.0 + unit * unit / 4.0);
    let centring = rows * x.off_centre(unit) * y.off_centre(unit);
    let sum_unit = 1.0 / (1u64 << moment.fraction) as f64;
    let truncation = moment.truncations as f64 * sum_unit;
    let decoding = rows * wide_x * wide_y * DECODING;
    (encoding + centring + truncation + decoding) / (rows - 1.0)
}

impl Known {
    /// How far the centre can be from the mean of the encoded values: each owner rounds its own to
    /// half a unit; for several, the weights are rounded and the weighted mean truncated.
    fn off_centre(&self, unit: f64) -> f64 {
        if self.parts.len() == 1 {
            return unit / 2.0;
        }
        let weight = 1.0 / (1u64 << (self.weight_bits() + 1)) as f64;
        let half = self.width() as f64 * unit / 2.0 + unit;
        unit / 2.0 + unit + self.parts.len() as f64 * weight * half
    }
}
