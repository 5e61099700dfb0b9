//! Commitments to pieces.

use troupe_types::Hash;

/// Words of the random number in a commitment: as many bits as the key has that it is drawn from.
pub const SALT: usize = 2;

/// One piece of all results of a receiver, on its way to a commitment.
#[derive(Debug)]
pub struct Piece(blake3::Hasher);

impl Piece {
    /// Piece `index` of what a receiver gets.
    #[must_use]
    pub fn new(receiver: u8, index: u8) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"troupe mpc piece 1").update(&[receiver, index]);
        Self(hasher)
    }

    /// The same of something kept, by its place among all that is.
    #[must_use]
    pub fn kept(at: u8, index: u8) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"troupe mpc kept 1").update(&[at, index]);
        Self(hasher)
    }

    /// Takes the piece of the next result.
    pub fn take(&mut self, words: &[u64]) {
        let mut bytes = [0; 4_096];
        for words in words.chunks(bytes.len() / 8) {
            for (bytes, word) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(words) {
                *bytes = word.to_le_bytes();
            }
            self.0.update(&bytes[..8 * words.len()]);
        }
    }

    /// The commitment: as many words were taken as is public of the results.
    #[must_use]
    pub fn commit(mut self, salt: &[u64]) -> Hash {
        self.take(salt);
        Hash(self.0.finalize().into())
    }
}
