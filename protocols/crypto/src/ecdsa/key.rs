//! Public keys and addresses.

use crate::fixed::checked_codec;
use crate::{Error, hash};

/// A point of secp256k1 other than the identity; travels as its 33 compressed bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey(pub(super) secp256k1::PublicKey);

impl PublicKey {
    /// Length in bytes, compressed.
    pub const LEN: usize = 33;

    /// Reads a compressed point; anything but the one encoding of a point is refused.
    pub fn from_bytes(bytes: &[u8; 33]) -> Result<Self, Error> {
        secp256k1::PublicKey::from_byte_array_compressed(*bytes)
            .map(Self)
            .map_err(|_| Error::NotCanonical { what: "public key" })
    }

    /// The compressed point.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 33] {
        self.0.serialize()
    }

    /// The point's coordinates after a byte 4.
    #[must_use]
    pub fn to_uncompressed(&self) -> [u8; 65] {
        self.0.serialize_uncompressed()
    }

    /// The account's address: the last twenty bytes of the Keccak-256 of the coordinates.
    // Ethereum yellow paper, appendix F
    #[must_use]
    pub fn address(&self) -> [u8; 20] {
        let digest = hash::keccak256(&self.to_uncompressed()[1..]);
        digest.0[12..].try_into().expect("32 less 12 are 20")
    }
}

checked_codec!(PublicKey, 33, "not a public key");

impl core::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "PublicKey({})", hex::encode(&self.to_bytes()[..7]))
    }
}

impl core::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&hex::encode(self.to_bytes()))
    }
}
