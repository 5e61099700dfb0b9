//! Nonces without luck.

use rand_core::{CryptoRng, Error, RngCore};
use schnorrkel::context::{SigningTranscript, SigningTranscriptWithRng, attach_rng};

/// Makes the nonces of a transcript depend on the transcript and on the key's nonce secret alone.
///
/// The library hashes three things into a nonce: the transcript so far, which by then holds the public
/// key and all that is signed; 32 secret bytes that belong to the key; and fresh randomness, which
/// guards against a transcript that repeats while what is signed differs. Ours cannot: each
/// signature has its own transcript, complete before the nonce is made.
pub(crate) fn deterministic<T: SigningTranscript>(
    transcript: T,
) -> SigningTranscriptWithRng<T, NoLuck> {
    attach_rng(transcript, NoLuck)
}

/// In the place of randomness: zeros.
#[derive(Debug)]
pub(crate) struct NoLuck;

impl RngCore for NoLuck {
    fn next_u32(&mut self) -> u32 {
        0
    }
    fn next_u64(&mut self) -> u64 {
        0
    }
    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        bytes.fill(0);
        Ok(())
    }
}

// The library asks for the mark; what is needed of it is in the key's nonce secret.
impl CryptoRng for NoLuck {}
