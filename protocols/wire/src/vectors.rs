//! Pinned hashes over seeded encodings: a changed encoding stops a test, not a network.
//!
//! A crate with messages pins each of them in a test:
//!
//! ```
//! use troupe_wire::{vectors, Limit, Stream};
//! let hash = vectors::hash(Limit::KiB1, |stream: &mut Stream| stream.below(1000));
//! assert_eq!(hash, vectors::hash(Limit::KiB1, |stream: &mut Stream| stream.below(1000)));
//! ```

use crate::{Limit, Seed, Stream, codec};
use bincode::{Decode, Encode};
use sha2::{Digest, Sha256};

/// How many samples one hash covers.
pub const SAMPLES: usize = 64;

/// The hash over the encodings of [`SAMPLES`] values drawn from a fixed seed.
///
/// Panics when a value does not decode from its own encoding to the same bytes: this is a test's tool.
pub fn hash<T: Encode + Decode<()>>(
    limit: Limit,
    mut sample: impl FnMut(&mut Stream) -> T,
) -> String {
    let mut stream = Seed::from_number(0).stream("vectors");
    let mut digest = Sha256::new();
    for _ in 0..SAMPLES {
        let bytes = codec::encode(&sample(&mut stream), limit).expect("a sample within its limit");
        let decoded: T = codec::decode(&bytes, limit).expect("a sample decodes");
        let again = codec::encode(&decoded, limit).expect("a decoded sample encodes");
        assert_eq!(bytes, again, "decoding changed the value");
        digest.update((bytes.len() as u64).to_le_bytes());
        digest.update(&bytes);
    }
    hex::encode(&digest.finalize()[..8])
}
