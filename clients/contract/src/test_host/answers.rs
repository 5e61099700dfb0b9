//! What the chain in memory says of signatures that it does not check.

/// Whether a message is signed: public key, message, signature.
pub type Check = fn(&[u8], &[u8], &[u8]) -> bool;
/// The random bytes of a proof: public key, input, proof.
pub type Draw = fn(&[u8], &[u8], &[u8]) -> Option<[u8; 32]>;

/// What the test says of signatures and proofs. At first nothing is good.
#[derive(Debug, Clone, Copy)]
pub struct Answers {
    /// Of sr25519 signatures.
    pub sr25519: Check,
    /// Of BLS signatures.
    pub bls: Check,
    /// Of VRF proofs.
    pub vrf: Draw,
}

impl Default for Answers {
    fn default() -> Self {
        Self { sr25519: |_, _, _| false, bls: |_, _, _| false, vrf: |_, _, _| None }
    }
}
