//! Keys, for signatures and for verifiable randomness alike.

use crate::Error;
use crate::fixed::{array, checked_codec, from_hex};
use schnorrkel::{ExpansionMode, Keypair, MiniSecretKey};
use subtle::{Choice, ConstantTimeEq};
use troupe_wire::Stream;
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// A scalar, the secret its nonces come from, and the seed of both; overwritten when dropped.
#[expect(missing_debug_implementations, reason = "a secret does not print")]
pub struct SecretKey {
    seed: Zeroizing<[u8; 32]>,
    pub(crate) pair: Keypair,
}

/// A point of ristretto255 other than the identity; travels as its 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(pub(crate) schnorrkel::PublicKey);

impl SecretKey {
    /// Length of the seed in bytes.
    pub const LEN: usize = 32;

    /// Grows the key from a seed of full entropy, as Substrate's tools do.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let mini = MiniSecretKey::from_bytes(seed).expect("a seed of 32 bytes");
        let pair = mini.expand_to_keypair(ExpansionMode::Ed25519);
        Self { seed: Zeroizing::new(*seed), pair }
    }

    /// Makes a key of fresh entropy.
    #[must_use]
    pub fn generate(entropy: &mut Stream) -> Self {
        Self::from_seed(&Zeroizing::new(entropy.array()))
    }

    /// The seed, for a keystore.
    #[must_use]
    pub fn to_seed(&self) -> Zeroizing<[u8; 32]> {
        self.seed.clone()
    }

    /// The public key.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.pair.public)
    }
}

// The seed by its wrapper, the pair by the library.
impl ZeroizeOnDrop for SecretKey {}

impl ConstantTimeEq for SecretKey {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.seed.ct_eq(&*other.seed)
    }
}

impl PublicKey {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// Reads a point; anything but the one encoding of a point, and the identity, is refused.
    // RFC 9496 4.3.1
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let what = "public key";
        let bytes: [u8; 32] = array(what, bytes)?;
        if bytes == [0; 32] {
            return Err(Error::Identity { what });
        }
        schnorrkel::PublicKey::from_bytes(&bytes)
            .map(Self)
            .map_err(|_| Error::NotCanonical { what })
    }

    /// The point.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }
}

checked_codec!(PublicKey, 32, "not a public key");

impl core::str::FromStr for PublicKey {
    type Err = Error;

    /// Accepts hexadecimal digits with or without `0x`.
    fn from_str(text: &str) -> Result<Self, Error> {
        Self::from_bytes(&from_hex::<32>("public key", text)?)
    }
}

impl PartialOrd for PublicKey {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PublicKey {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.to_bytes().cmp(&other.to_bytes())
    }
}

impl core::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "PublicKey({})", hex::encode(&self.to_bytes()[..6]))
    }
}

impl core::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&hex::encode(self.to_bytes()))
    }
}
