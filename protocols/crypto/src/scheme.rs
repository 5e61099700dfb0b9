//! Signatures that many sign and one check verifies, whatever they are made of.

use crate::{Error, Fixed};
use troupe_wire::Stream;

/// What a scheme may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    /// Nobody forges a signature.
    Production,
    /// Anybody who reads the code forges a signature: for simulations only.
    Simulation,
}

/// Aggregate signatures over bytes.
///
/// Public keys, signatures and proofs are plain bytes while they travel ([`Fixed`]). A public key
/// becomes a [`Scheme::Key`] once, when it joins; with the proof that somebody holds its secret, or
/// a key made from the others' keys would sign for them (Ristenpart and Yilek 2007).
///
/// No operation draws randomness: the same inputs give the same bytes.
pub trait Scheme: Copy + Eq + core::fmt::Debug + Send + Sync + 'static {
    /// The name in manifests and logs.
    const NAME: &'static str;
    /// Whether it may run outside a simulation; see [`require_production`].
    const STRENGTH: Strength;

    /// Overwritten when dropped; has no `Debug`.
    type SecretKey: zeroize::ZeroizeOnDrop + Send + Sync + 'static;
    /// A public key as it travels.
    type PublicKey: Fixed;
    /// A signature, of one or of many, as it travels.
    type Signature: Fixed;
    /// A proof of possession as it travels.
    type Proof: Fixed;
    /// A public key that was checked and may take part in aggregates.
    type Key: Clone + AsRef<Self::PublicKey> + core::fmt::Debug + Send + Sync + 'static;

    /// Makes a secret key of at least 32 bytes of entropy; the same bytes make the same key.
    fn derive(material: &[u8]) -> Result<Self::SecretKey, Error>;

    /// Makes a secret key of fresh entropy.
    fn generate(entropy: &mut Stream) -> Self::SecretKey {
        let material = zeroize::Zeroizing::new(entropy.array::<32>());
        Self::derive(&*material).expect("32 bytes are enough")
    }

    /// The public key of a secret.
    fn public_key(secret: &Self::SecretKey) -> Self::PublicKey;

    /// The proof that the secret of a public key is held.
    fn prove(secret: &Self::SecretKey) -> Self::Proof;

    /// Signs a message.
    fn sign(secret: &Self::SecretKey, message: &[u8]) -> Self::Signature;

    /// Checks a public key and its proof of possession.
    fn admit(public: &Self::PublicKey, proof: &Self::Proof) -> Result<Self::Key, Error>;

    /// Checks a public key whose proof was checked before: when it was written to the chain or to the genesis.
    fn readmit(public: &Self::PublicKey) -> Result<Self::Key, Error>;

    /// Checks one signature.
    fn verify(key: &Self::Key, message: &[u8], signature: &Self::Signature) -> Result<(), Error> {
        Self::verify_same(&[key], message, signature)
    }

    /// Adds signatures up; no signature is checked against a message. Aggregates can be added up further.
    fn aggregate(signatures: &[Self::Signature]) -> Result<Self::Signature, Error>;

    /// Checks the aggregate of everybody's signature over one message. A key given twice counts twice.
    fn verify_same(
        keys: &[&Self::Key],
        message: &[u8],
        signature: &Self::Signature,
    ) -> Result<(), Error>;

    /// Checks the aggregate of signatures over a message each.
    fn verify_each(
        signed: &[(&Self::Key, &[u8])],
        signature: &Self::Signature,
    ) -> Result<(), Error>;

    /// Tells the good votes for one message from the bad ones and adds the good ones up.
    ///
    /// Bad are exactly the votes that [`Scheme::verify`] refuses. Where all are good this costs one
    /// check, else a few more for each bad one. Who votes twice is in the sum twice.
    fn combine(message: &[u8], votes: &[Vote<'_, Self>]) -> Combined<Self>;
}

/// A signature over a message that others sign too.
#[derive(Debug, Clone, Copy)]
pub struct Vote<'a, S: Scheme> {
    /// Who is said to have signed.
    pub key: &'a S::Key,
    /// What is said to be the signature.
    pub signature: S::Signature,
}

/// What became of a number of votes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Combined<S: Scheme> {
    /// The sum of the good ones; `None` where there was none.
    pub aggregate: Option<S::Signature>,
    /// The positions of the bad ones, ascending.
    pub bad: Vec<usize>,
}

/// Refuses to compile for a scheme of the simulator. Whoever builds a real process calls it:
///
/// ```
/// const _: () = troupe_crypto::scheme::require_production::<troupe_crypto::Bls>();
/// ```
///
/// ```compile_fail
/// const _: () = troupe_crypto::scheme::require_production::<troupe_crypto::Keyed>();
/// ```
pub const fn require_production<S: Scheme>() {
    assert!(matches!(S::STRENGTH, Strength::Production), "this scheme is for simulations only");
}
