//! Numbers of an agreement.

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{Decode, Encode};

/// A finite number with one encoding: no infinity, no minus zero, nothing that is not a number.
#[derive(Debug, Clone, Copy)]
pub struct Real(f64);

impl Real {
    /// `None` for what is not finite. Minus zero becomes zero.
    #[must_use]
    pub fn new(value: f64) -> Option<Self> {
        // Adding zero takes the sign from minus zero and changes nothing else.
        value.is_finite().then_some(Self(value + 0.0))
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl From<u32> for Real {
    fn from(value: u32) -> Self {
        Self(f64::from(value))
    }
}

impl PartialEq for Real {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Eq for Real {}

impl PartialOrd for Real {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Real {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl core::fmt::Display for Real {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

impl Encode for Real {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.0.to_bits().encode(encoder)
    }
}

impl<Context> Decode<Context> for Real {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let value = f64::from_bits(u64::decode(decoder)?);
        match Self::new(value) {
            Some(real) if real.0.to_bits() == value.to_bits() => Ok(real),
            _ => Err(DecodeError::Other("a number that is not finite, or minus zero")),
        }
    }
}

bincode::impl_borrow_decode!(Real);

#[cfg(test)]
mod tests {
    use super::*;
    use troupe_wire::{Limit, codec};

    #[test]
    fn only_finite_numbers_have_an_encoding_and_zero_has_one() {
        for good in [0.0, 1.5, -1e300, f64::MIN_POSITIVE] {
            let bytes = codec::encode(&Real(good), Limit::KiB1).expect("short");
            assert_eq!(codec::decode(&bytes, Limit::KiB1), Ok(Real(good)));
        }
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0] {
            let bytes = codec::encode(&bad.to_bits(), Limit::KiB1).expect("short");
            assert!(codec::decode::<Real>(&bytes, Limit::KiB1).is_err());
        }
        assert_eq!(Real::new(-0.0), Real::new(0.0));
        assert_eq!(Real::new(f64::NAN), None);
    }
}
