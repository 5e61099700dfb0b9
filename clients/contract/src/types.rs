//! Solidity's types that Rust lacks: `address`, `bytes1` to `bytes32`, `bytes`.

use crate::U256;
use alloc::vec::Vec;
use core::fmt::{Debug, Display, Formatter, Result};
use core::ops::Deref;

/// An account.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Address(pub [u8; 20]);

/// `bytesN`, with N from 1 to 32.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FixedBytes<const N: usize>(pub [u8; N]);

/// `bytes32`, mostly a hash.
pub type Hash = FixedBytes<32>;

/// `bytes`: any number of them. `Vec<u8>` is Solidity's `uint8[]`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bytes(pub Vec<u8>);

impl Address {
    /// Nobody.
    pub const ZERO: Self = Self([0; 20]);

    /// Whether it is nobody's.
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }
}

impl<const N: usize> FixedBytes<N> {
    /// Zeroes only.
    pub const ZERO: Self = Self([0; N]);
}

impl<const N: usize> Default for FixedBytes<N> {
    fn default() -> Self {
        Self::ZERO
    }
}

impl From<Hash> for U256 {
    fn from(hash: Hash) -> Self {
        Self::from_be_bytes(hash.0)
    }
}

impl From<U256> for Hash {
    fn from(number: U256) -> Self {
        Self(number.to_be_bytes())
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

fn hex(bytes: &[u8], f: &mut Formatter<'_>) -> Result {
    f.write_str("0x")?;
    for byte in bytes {
        write!(f, "{byte:02x}")?;
    }
    Ok(())
}

impl Display for Address {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        hex(&self.0, f)
    }
}

impl Debug for Address {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        hex(&self.0, f)
    }
}

impl<const N: usize> Display for FixedBytes<N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        hex(&self.0, f)
    }
}

impl<const N: usize> Debug for FixedBytes<N> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        hex(&self.0, f)
    }
}

impl Debug for Bytes {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        hex(&self.0, f)
    }
}
