//! What parties sign in a computation, so that who contradicts itself can be shown.
//!
//! A party signs with the ed25519 key of its node, which it has in its process anyway and which the market knows of
//! every compute node. A statement is 117 bytes; signed is their keccak256.
//!
//! | bytes | what |
//! |---|---|
//! | 26 | `troupe market statement v1` |
//! | 8 | the chain's number |
//! | 8 | the number of the task |
//! | 32 | the hash of its terms |
//! | 1 | the seat of the party that signs, from 0 |
//! | 1 | [`Kind`] |
//! | 1 | the seat of the other party, or [`NOBODY`] |
//! | 4 | the round |
//! | 4 | the part of the round: a message or chunk of it |
//! | 32 | the hash of what is stated |
//!
//! Numbers are big-endian. Two statements that differ in nothing but the last field contradict each other.

use bincode::{Decode, Encode};
use troupe_crypto::ed25519::{PublicKey, Signature};
use troupe_crypto::{Error, hash};
use troupe_types::Hash;

/// What is signed first.
const DOMAIN: &[u8; 26] = b"troupe market statement v1";

/// In the place of a party, where a statement is about none.
pub const NOBODY: u8 = 255;

/// What is stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[repr(u8)]
pub enum Kind {
    /// What was sent to another party in a round.
    Sent = 1,
    /// What was received from another party in a round.
    Received = 2,
    /// All that was sent to and received from another party.
    Pair = 3,
    /// The result.
    Result = 4,
    /// All that was sent and received.
    Transcript = 5,
    /// What was sent to the receivers.
    Output = 6,
}

impl Kind {
    /// The kind of a number.
    #[must_use]
    pub const fn of(number: u8) -> Option<Self> {
        Some(match number {
            1 => Self::Sent,
            2 => Self::Received,
            3 => Self::Pair,
            4 => Self::Result,
            5 => Self::Transcript,
            6 => Self::Output,
            _ => return None,
        })
    }
}

/// Where a statement is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The chain.
    pub chain_id: u64,
    /// The task.
    pub task: u64,
    /// The hash of its terms.
    pub terms: Hash,
    /// The seat of who makes it.
    pub seat: u8,
}

/// What a party states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Statement {
    /// About what.
    pub kind: Kind,
    /// The seat of the other party, or [`NOBODY`].
    pub peer: u8,
    /// In which round.
    pub round: u32,
    /// Which part of it.
    pub part: u32,
    /// The hash of it.
    pub hash: Hash,
}

/// What somebody else stated, with its signature: whoever holds it can show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Held {
    /// The seat of who signed it.
    pub seat: u8,
    /// What it states.
    pub statement: Statement,
    /// Its signature.
    pub signature: [u8; 64],
}

/// The most statements of one task that somebody keeps: twice what the parties of a session sign for each other.
pub const MOST_HELD: usize = 16;

/// The most statements that a party signs of one task.
pub const MOST_SIGNED: usize = 8;

impl Statement {
    /// What is signed.
    #[must_use]
    pub fn digest(&self, place: &Place) -> Hash {
        hash::keccak256_concat(&[
            DOMAIN,
            &place.chain_id.to_be_bytes(),
            &place.task.to_be_bytes(),
            &place.terms.0,
            &[place.seat, self.kind as u8, self.peer],
            &self.round.to_be_bytes(),
            &self.part.to_be_bytes(),
            &self.hash.0,
        ])
    }

    /// Whether the key of a node signed it.
    pub fn verify(&self, place: &Place, key: &[u8; 32], signature: &[u8; 64]) -> Result<(), Error> {
        PublicKey(*key).verify(&self.digest(place).0, &Signature(*signature))
    }

    /// Whether nobody can have made both honestly.
    #[must_use]
    pub fn contradicts(&self, other: &Self) -> bool {
        let bare = |one: &Self| Self { hash: Hash::default(), ..*one };
        bare(self) == bare(other) && self.hash != other.hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer, SigningKey};

    const PLACE: Place = Place { chain_id: 1, task: 2, terms: Hash([3; 32]), seat: 0 };

    fn said(hash: u8) -> Statement {
        Statement { kind: Kind::Sent, peer: 1, round: 7, part: 0, hash: Hash([hash; 32]) }
    }

    #[test]
    fn a_statement_is_signed_for_one_place() {
        let secret = SigningKey::from_bytes(&[8; 32]);
        let key = secret.verifying_key().to_bytes();
        let signature = secret.sign(&said(1).digest(&PLACE).0).to_bytes();
        assert!(said(1).verify(&PLACE, &key, &signature).is_ok());
        assert!(said(2).verify(&PLACE, &key, &signature).is_err());
        for other in [
            Place { chain_id: 2, ..PLACE },
            Place { task: 3, ..PLACE },
            Place { terms: Hash([4; 32]), ..PLACE },
            Place { seat: 1, ..PLACE },
        ] {
            assert!(said(1).verify(&other, &key, &signature).is_err(), "{other:?}");
        }
    }

    #[test]
    fn only_the_same_thing_said_differently_contradicts() {
        assert!(said(1).contradicts(&said(2)) && !said(1).contradicts(&said(1)));
        for other in [
            Statement { kind: Kind::Received, ..said(2) },
            Statement { peer: 2, ..said(2) },
            Statement { round: 8, ..said(2) },
            Statement { part: 1, ..said(2) },
        ] {
            assert!(!said(1).contradicts(&other), "{other:?}");
        }
        assert_eq!((0..=7).filter_map(Kind::of).count(), 6);
        assert!((1..=6).all(|number| Kind::of(number).unwrap() as u8 == number));
    }
}
