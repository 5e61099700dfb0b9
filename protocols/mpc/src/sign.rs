//! What parties sign in the end, so that who states something else elsewhere can be shown.

use crate::program::DIGEST;
use crate::stream::WORD;
use troupe_types::Hash;

/// Bytes of a signature.
pub const SIGNATURE: usize = 64;

/// A signature, of whatever scheme those have who run the parties.
pub type Signature = [u8; SIGNATURE];

/// What a party states of the session that it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// All that it exchanged with another party: one of its [`Ending::pairs`](crate::Ending::pairs).
    Pair {
        /// The other's seat.
        peer: u8,
        /// The hash.
        hash: Hash,
    },
    /// All that was exchanged: [`Ending::transcript`](crate::Ending::transcript).
    Transcript(Hash),
    /// What was computed: [`Ending::result`](crate::Ending::result).
    Result(Hash),
    /// What it sends to the receivers: its [`Ending::output`](crate::Ending::output).
    Output(Hash),
}

/// What a party wants [signed](crate::Output::Sign): what it exchanged with the next party and with the one before it, the
/// transcript, the result, and its output.
pub type OwnClaims = [Claim; CLAIMS + 1];

/// The signatures under them.
pub type OwnSignatures = [Signature; CLAIMS + 1];

/// Knows the keys of the parties.
///
/// How a claim is written down before it is signed is for those to decide who sign and check, the same for all parties. The
/// place, the task and the seat of whoever signs belong into that.
pub trait Notary: Send + Sync {
    /// Whether the party of a seat signed a claim.
    fn is_signed(&self, seat: u8, claim: &Claim, signature: &Signature) -> bool;
}

/// Claims that a party signs for another one: pair, transcript, result and output.
pub const CLAIMS: usize = 4;

/// What another party signed for us, before anything was revealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signed {
    /// Its seat.
    pub seat: u8,
    /// What it states.
    pub claims: [Claim; CLAIMS],
    /// Its signatures, in the same order.
    pub signatures: [Signature; CLAIMS],
}

/// Words of a signature.
pub(crate) const WORDS: usize = SIGNATURE / WORD;

/// Words of what a party says when it signs: its output, then the signatures.
pub(crate) const SIGNING: usize = DIGEST + CLAIMS * WORDS;
