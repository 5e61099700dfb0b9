//! Hashes and signatures, done by the node itself.

use super::Host;
use crate::{Address, Hash};

/// Keccak-256.
pub fn keccak256(bytes: &[u8]) -> Hash {
    #[cfg(target_arch = "wasm32")]
    let hash = super::wasm::keccak256(bytes);
    #[cfg(not(target_arch = "wasm32"))]
    let hash = crate::keccak::keccak256_of(bytes, bytes.len());
    crate::FixedBytes(hash)
}

impl Host {
    /// SHA-256.
    pub fn sha256(&self, bytes: &[u8]) -> Hash {
        crate::FixedBytes(self.inner.sha256(bytes))
    }

    /// Who signed a hash on secp256k1: the signature is r, s and v (27, 28, 0 or 1). `None` when
    /// nobody did.
    pub fn recover(&self, hash: &Hash, signature: &[u8; 65]) -> Option<Address> {
        self.inner.ecrecover(&hash.0, signature).map(Address)
    }

    /// Whether an sr25519 signature in the context `contract` is good.
    pub fn sr25519_is_good(&self, public: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
        self.inner.sr25519_verify(public, message, signature)
    }

    /// Whether a BLS signature is good, in the scheme of the chain's own: public keys of 48 bytes.
    pub fn bls_is_good(&self, public: &[u8; 48], message: &[u8], signature: &[u8; 96]) -> bool {
        self.inner.bls_verify(public, message, signature)
    }

    /// The random bytes that a key makes of an input, if the proof (output and proof, 96 bytes) is
    /// good.
    pub fn vrf(&self, public: &[u8; 32], input: &[u8], proof: &[u8; 96]) -> Option<[u8; 32]> {
        self.inner.vrf_verify(public, input, proof)
    }
}
