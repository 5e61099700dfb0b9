//! Signatures from which the signer is recovered.

use super::PublicKey;
use crate::Error;
use crate::fixed::{array, checked_codec};
use secp256k1::Message;
use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use troupe_types::Hash;

/// Whether the `y` of the nonce's point is even or odd.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Parity {
    /// `y` is even: 0.
    Even,
    /// `y` is odd: 1.
    Odd,
}

/// `r`, `s` and the parity, in range and with the lower `s`; travels as 65 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature {
    /// `r`, then `s`, big-endian.
    numbers: [u8; 64],
    parity: Parity,
}

/// The group order. SEC 2 2.4.1
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
    0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
];

/// Half of it, rounded down: the largest `s`. EIP-2
const HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0,
];

impl Parity {
    /// 0 or 1; anything else is refused.
    pub fn from_bit(bit: u8) -> Result<Self, Error> {
        match bit {
            0 => Ok(Self::Even),
            1 => Ok(Self::Odd),
            got => Err(Error::Parity { got }),
        }
    }

    /// 0 or 1.
    #[must_use]
    pub const fn bit(self) -> u8 {
        match self {
            Self::Even => 0,
            Self::Odd => 1,
        }
    }
}

impl Signature {
    /// Length in bytes.
    pub const LEN: usize = 65;

    /// Takes `r` and `s`, big-endian, if they are in range and `s` is the lower one.
    pub fn new(numbers: [u8; 64], parity: Parity) -> Result<Self, Error> {
        let (r, s) = numbers.split_at(32);
        for (what, number) in [("r", r), ("s", s)] {
            if number == [0; 32] || number >= &ORDER[..] {
                return Err(Error::OutOfRange { what });
            }
        }
        if s > &HALF_ORDER[..] {
            return Err(Error::HighS);
        }
        Ok(Self { numbers, parity })
    }

    /// Reads `r`, `s` and the parity; anything but the one encoding of a signature is refused.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let bytes: [u8; 65] = array("signature", bytes)?;
        let (numbers, parity) = bytes.split_first_chunk::<64>().expect("64 of 65");
        Self::new(*numbers, Parity::from_bit(parity[0])?)
    }

    /// `r`, `s` and the parity.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 65] {
        let mut bytes = [self.parity.bit(); 65];
        bytes[..64].copy_from_slice(&self.numbers);
        bytes
    }

    /// `r`, big-endian.
    #[must_use]
    pub fn r(&self) -> [u8; 32] {
        *self.numbers.first_chunk().expect("32 of 64")
    }

    /// `s`, big-endian.
    #[must_use]
    pub fn s(&self) -> [u8; 32] {
        *self.numbers.last_chunk().expect("32 of 64")
    }

    /// The parity of `y`.
    #[must_use]
    pub const fn parity(&self) -> Parity {
        self.parity
    }

    /// Who signed this digest. Some key did, or none: a signature over another digest recovers another key.
    pub fn recover(&self, digest: &Hash) -> Result<PublicKey, Error> {
        let recovery = match self.parity {
            Parity::Even => RecoveryId::Zero,
            Parity::Odd => RecoveryId::One,
        };
        let signature = RecoverableSignature::from_compact(&self.numbers, recovery)
            .map_err(|_| Error::BadSignature)?;
        let key = signature.recover(Message::from_digest(digest.0));
        key.map(PublicKey).map_err(|_| Error::BadSignature)
    }
}

checked_codec!(Signature, 65, "not a signature with low s");

impl core::fmt::Debug for Signature {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Signature({})", hex::encode(&self.numbers[..6]))
    }
}

impl core::fmt::Display for Signature {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&hex::encode(self.to_bytes()))
    }
}
