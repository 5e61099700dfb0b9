//! What an implementation of the curve must offer.

use super::SecretKey;
use crate::Error;
use core::fmt::Debug;

/// The arithmetic under [`Suite`](super::Suite). Two implementations give the same bytes and verdicts.
///
/// Points in memory are checked: on the curve, in the subgroup of prime order, not the identity.
pub trait Backend: Copy + Eq + Debug + Send + Sync + 'static {
    /// The name in manifests and logs.
    const NAME: &'static str;

    /// A checked point of G1.
    type Key: Copy + Debug + Send + Sync + 'static;
    /// A checked point of G2.
    type Signature: Copy + Send + Sync;
    /// A message on its way to a point of G2 under a domain separation tag.
    type Message;

    /// Prepares a message.
    fn hash(tag: &'static [u8], message: &[u8]) -> Self::Message;

    /// Secret times generator, compressed.
    fn public_key(secret: &SecretKey) -> [u8; 48];
    /// Secret times message, compressed.
    fn sign(secret: &SecretKey, message: &Self::Message) -> [u8; 96];

    /// Reads and checks a point of G1; `what` is for the error.
    fn read_key(what: &'static str, bytes: &[u8; 48]) -> Result<Self::Key, Error>;
    /// Reads and checks a point of G2; `what` is for the error.
    fn read_signature(what: &'static str, bytes: &[u8; 96]) -> Result<Self::Signature, Error>;
    /// Compresses a point of G2.
    fn write_signature(signature: &Self::Signature) -> [u8; 96];

    /// The sum, or `None` where it is the identity (as that of no points is).
    fn sum_keys(keys: &[Self::Key]) -> Option<Self::Key>;
    /// The sum, or `None` where it is the identity (as that of no points is).
    fn sum_signatures(signatures: &[Self::Signature]) -> Option<Self::Signature>;
    /// The sum of each point times its weight; as many weights as points.
    fn weigh_keys(keys: &[Self::Key], weights: &[u128]) -> Option<Self::Key>;
    /// The sum of each point times its weight; as many weights as points.
    fn weigh_signatures(
        signatures: &[Self::Signature],
        weights: &[u128],
    ) -> Option<Self::Signature>;

    /// Whether the product of `e(key, message)` over all pairs is `e(generator, signature)`:
    /// the one expensive check.
    fn holds(signed: &[(Self::Key, &Self::Message)], signature: &Self::Signature) -> bool;
}
