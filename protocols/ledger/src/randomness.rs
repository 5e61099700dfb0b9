//! The random word of each block, and its proof.
//!
//! The proposer of a block proves what its key for random words makes of the genesis block, the word of the
//! parent and the height. The first block of a view is drawn from the word of the first block of the view before
//! instead, whatever came after that: a proposer has no choice but to make a block in his view or none. The number of a
//! view is no part of it, nor is anything that the block holds. So the first words are a chain, each unknown to all until
//! the one before is there, and to all but one until its block is.

use crate::ledger::Ledger;
use crate::{Error, Known};
use troupe_chain::state::StateView;
use troupe_chain::{Header, Recovered};
use troupe_consensus::{Claim, Term};
use troupe_crypto::Fixed;
use troupe_crypto::sr25519::{PublicKey, Purpose, SecretKey};
use troupe_crypto::vrf::{self, Proof};
use troupe_types::{Epoch, Hash, Height, View};
use troupe_vm::{RANDOMNESS, word_of_view};

/// What keys of validators are used for here.
const PURPOSE: Purpose = Purpose::new("block");

/// What a block's word is drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw {
    bytes: [u8; 72],
}

impl Draw {
    /// The draw of a block that is not the first of its view: hash of the genesis block, word of the parent, big-endian height.
    #[must_use]
    pub fn new(chain: &Hash, before: &Hash, height: Height) -> Self {
        let mut bytes = [0; 72];
        bytes[..32].copy_from_slice(&chain.0);
        bytes[32..64].copy_from_slice(&before.0);
        bytes[64..].copy_from_slice(&height.0.to_be_bytes());
        Self { bytes }
    }

    /// The draw of the first block of a view, from the word of the first block of the view before.
    #[must_use]
    pub fn of_view(chain: &Hash, before: &Hash) -> Self {
        // In the place of a height that no block has.
        Self::new(chain, before, Height(u64::MAX))
    }

    /// The proof of the word that a key draws.
    #[must_use]
    pub fn prove(&self, secret: &SecretKey) -> Proof {
        vrf::prove(secret, PURPOSE, &self.bytes).1
    }

    /// The word, if it is the one that a key draws.
    pub fn verify(&self, key: &PublicKey, proof: &Proof) -> Result<Hash, troupe_crypto::Error> {
        vrf::verify(key, PURPOSE, &self.bytes, proof)
    }
}

/// Whoever holds these secrets, and knows nothing else.
#[expect(missing_debug_implementations, reason = "secrets do not print")]
pub struct Secrets(pub Vec<SecretKey>);

impl Known for Secrets {
    fn transaction(&self, _: &Hash) -> Option<Recovered> {
        None
    }

    fn verify(&self, _: &Term, _: &[Claim]) -> bool {
        false
    }

    fn prove(&self, key: &PublicKey, draw: &Draw) -> Option<Proof> {
        let secret = self.0.iter().find(|secret| secret.public_key() == *key)?;
        Some(draw.prove(secret))
    }
}

impl Ledger {
    /// What the word of a block's child is drawn from, which has this number in its view.
    pub(crate) fn draw(&self, parent: &Header, index: u32) -> Result<Draw, Error> {
        let chain = &self.chain;
        if index > 0 {
            let height = Height(parent.height.0.saturating_add(1));
            return Ok(Draw::new(chain, &parent.word(), height));
        }
        if parent.height == Height::ZERO {
            return Ok(Draw::of_view(chain, &parent.word()));
        }
        let word = self.view(parent.hash())?.storage(&RANDOMNESS, &word_of_view());
        let word = word.map_err(troupe_vm::Error::from)?;
        Ok(Draw::of_view(chain, &Hash(word.to_be_bytes())))
    }

    /// Whether a header has the word of its proposer.
    pub(crate) fn is_drawn(&mut self, header: &Header, parent: &Header) -> Result<bool, Error> {
        let draw = self.draw(parent, header.index)?;
        let key = self.drawer(header.epoch, header.view)?;
        let Ok(proof) = Proof::read(&header.randomness) else { return Ok(false) };
        Ok(draw.verify(&key, &proof).is_ok())
    }

    /// The key that draws the words of the blocks of a view.
    pub(crate) fn drawer(&mut self, epoch: Epoch, view: View) -> Result<PublicKey, Error> {
        let proposer = self.terms.proposer(epoch, view)?;
        // The genesis was checked for it.
        let key = proposer.and_then(|validator| PublicKey::from_bytes(&validator.vrf).ok());
        key.ok_or(Error::NoKey { epoch, view })
    }
}
