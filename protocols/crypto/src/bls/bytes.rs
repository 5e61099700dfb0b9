//! What travels: compressed points, unchecked.

use crate::fixed::fixed_bytes;

fixed_bytes!(
    /// A compressed point of G1 that is said to be a public key.
    PublicKey,
    48,
    "public key"
);
fixed_bytes!(
    /// A compressed point of G2 that is said to be a signature, of one or of many.
    Signature,
    96,
    "signature"
);
fixed_bytes!(
    /// A compressed point of G2 that is said to prove possession of a public key's secret.
    Proof,
    96,
    "proof of possession"
);
