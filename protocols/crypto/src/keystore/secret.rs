//! Secret bytes of any length up to a bound.

use super::{Error, MAX_SECRET};
use subtle::{Choice, ConstantTimeEq};
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// Between 1 and [`MAX_SECRET`] secret bytes; overwritten when dropped.
#[expect(missing_debug_implementations, reason = "a secret does not print")]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the bytes; none and too many are refused (and overwritten).
    pub fn new(bytes: Vec<u8>) -> Result<Self, Error> {
        let bytes = Zeroizing::new(bytes);
        if bytes.is_empty() {
            return Err(Error::Field { field: "secret", reason: "is empty" });
        }
        if bytes.len() > MAX_SECRET {
            return Err(Error::TooLong { what: "secret", got: bytes.len(), limit: MAX_SECRET });
        }
        Ok(Self(bytes))
    }

    /// Lends the bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl ZeroizeOnDrop for Secret {}

impl ConstantTimeEq for Secret {
    /// Constant in time for secrets of one length; the length itself is no secret.
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.as_slice().ct_eq(other.0.as_slice())
    }
}
