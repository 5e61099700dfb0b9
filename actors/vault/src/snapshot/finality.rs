//! Whether the block of a snapshot is final.
//!
//! Where the genesis says who validates when, it follows from that. Where stakes elect, nobody who was not there can
//! tell the validators of a block from others whose stakes somebody made up: they are those of the state that the block
//! leads to, and whether that is the right one is for somebody to say who was there.

use crate::error::Refusal;
use alloy_primitives::U256;
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_chain::Genesis;
use troupe_chain::block::Stored;
use troupe_chain::snapshot::Piece;
use troupe_chain::state::{FlatKey, Slot};
use troupe_consensus::{CommitProof, Keys, Term};
use troupe_crypto::Scheme;
use troupe_ledger::{
    Checked, STAKING, Terms, belongs, check_final, elected_around, is_of_elected, term_of,
};
use troupe_storage::Edit;
use troupe_types::{Epoch, Hash};

/// Who says that the block of a snapshot is final.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voucher {
    /// The validators that the genesis names.
    Genesis,
    /// Whoever named the block's hash.
    Caller,
    /// Nobody but the snapshot: the validators that its own state names signed it.
    Itself,
}

type Prove = fn(&Stored, &[Term], Hash) -> Result<CommitProof, Refusal>;

/// What is known of it so far.
#[derive(Debug)]
pub(super) struct Finality {
    voucher: Voucher,
    chain: Hash,
    epoch: Epoch,
    prove: Prove,
    /// Words of the state that say who validates.
    words: BTreeMap<Slot, U256>,
    proof: Option<CommitProof>,
}

impl Finality {
    pub(super) fn begin<S: Scheme>(
        stored: &Stored,
        (genesis, chain): (&Genesis, Hash),
        trusted: Option<Hash>,
    ) -> Result<Self, Refusal> {
        let (got, header) = (stored.block.hash(), stored.block.header());
        if let Some(want) = trusted.filter(|want| *want != got) {
            return Err(troupe_chain::Error::Mismatch { what: "hash", got, want }.into());
        }
        let voucher = match (genesis.is_staked, trusted) {
            (false, _) => Voucher::Genesis,
            (true, Some(_)) => Voucher::Caller,
            (true, None) => Voucher::Itself,
        };
        let proof = match voucher {
            Voucher::Genesis => {
                let terms = Terms::new(genesis.clone())?.known_at(header.height)?;
                Some(prove::<S>(stored, &terms, chain)?)
            }
            Voucher::Caller | Voucher::Itself => None,
        };
        let (epoch, words) = (header.epoch, BTreeMap::new());
        Ok(Self { voucher, chain, epoch, prove: prove::<S>, words, proof })
    }

    pub(super) const fn voucher(&self) -> Voucher {
        self.voucher
    }

    /// Why the block is final, once that was found out.
    pub(super) const fn proof(&self) -> Option<&CommitProof> {
        self.proof.as_ref()
    }

    /// What a piece says of validators, where that is wanted: it has to be checked before it is taken.
    pub(super) fn wanted(&self, piece: &Piece) -> Vec<(Slot, U256)> {
        if self.proof.is_some() || matches!(piece, Piece::Codes(_)) {
            return Vec::new();
        }
        let word = |(key, value): (FlatKey, Vec<u8>)| match key {
            FlatKey::Slot(STAKING, slot) if is_of_elected(&slot, self.epoch) => {
                Some((slot, U256::try_from_be_slice(&value)?))
            }
            FlatKey::Slot(..) | FlatKey::Account(_) | FlatKey::Code(_) => None,
        };
        piece.items().into_iter().filter_map(word).collect()
    }

    /// Takes over what a piece says of validators.
    pub(super) fn take(&mut self, wanted: Vec<(Slot, U256)>) {
        self.words.extend(wanted);
    }

    /// All pieces were taken: checks what is left to check.
    pub(super) fn settle(&mut self, stored: &Stored) -> Result<(), Refusal> {
        if self.proof.is_some() {
            return Ok(());
        }
        let rosters = elected_around(&self.words, self.epoch);
        let current = rosters.iter().filter(|roster| roster.epoch >= self.epoch);
        let terms = current.map(term_of).collect::<Result<Vec<Term>, _>>()?;
        if terms.first().is_none_or(|term| term.epoch != self.epoch) {
            return Err(Refusal::Validators);
        }
        self.proof = Some((self.prove)(stored, &terms, self.chain)?);
        Ok(())
    }

    /// What the state says of validators, for the log that begins with it: a state file says it to nobody who asks later.
    pub(super) fn edits(&self) -> Vec<Edit> {
        let edit = |(slot, word): (&Slot, &U256)| {
            let key = FlatKey::Slot(STAKING, *slot).to_bytes();
            Edit::Put(key, word.to_be_bytes_trimmed_vec())
        };
        self.words.iter().map(edit).collect()
    }
}

/// The proof that a block is final, checked with validators.
fn prove<S: Scheme>(stored: &Stored, terms: &[Term], chain: Hash) -> Result<CommitProof, Refusal> {
    let blocks = [Arc::new(stored.clone())];
    let checked = check_final(&blocks, terms, &chain)?;
    let Checked::Final { proofs, claims, .. } = checked else {
        return Err(Refusal::Validators);
    };
    let mut keys = Keys::<S>::default();
    for term in terms {
        keys.learn(term)?;
    }
    keys.check(&claims, belongs)?;
    proofs.into_iter().next().ok_or(Refusal::Validators)
}
