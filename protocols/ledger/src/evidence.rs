//! Evidence against validators, and what blocks make of it.
//!
//! A block carries at most [`MAX_EVIDENCE`] proofs that a validator contradicted itself, none longer ago
//! than the epoch before its own. They cost no gas. Whether they count follows from the block and the
//! state of its parent alone, so every node comes to the same verdict: the one encoding, a validator of
//! the epoch, two statements that exclude each other, two signatures, and no record of the offence yet.
//!
//! The record is a word in the storage of the slashing contract: the block's height, at the place
//! [`offence_slot`]. It is written before the block's transactions. Where validators have stakes, the offender loses a part of
//! his, and the proposer of the block gets a part of that.

use crate::hooks::SLASHING;
use crate::{Error, Known, Terms};
use alloy_primitives::Bytes;
use std::collections::BTreeMap;
use troupe_chain::block::Body;
use troupe_chain::state::{Slot, StateView};
use troupe_consensus::{Evidence, MAX_EVIDENCE, Offence, PublicKey, Term};
use troupe_crypto::hash::keccak256_concat;
use troupe_types::{Epoch, Hash, View};

/// Where the slashing contract has the height of the block that reported an offence:
/// keccak(key, epoch, view, kind), numbers big-endian, the kind a byte as in what is signed.
#[must_use]
pub fn offence_slot(key: &PublicKey, offence: &Offence) -> Slot {
    keccak256_concat(&[
        &key.0,
        &offence.epoch.0.to_be_bytes(),
        &offence.view.0.to_be_bytes(),
        &[offence.kind.tag()],
    ])
}

/// Whether a block of an epoch may carry evidence of what was said in another.
#[must_use]
pub fn is_timely(offence: &Offence, block: Epoch) -> bool {
    let begun = offence.epoch <= block;
    begun && block.0.saturating_sub(offence.epoch.0) <= 1
}

/// Offences that a block reports: where the record of each goes, and whose it is.
pub type Offences = BTreeMap<Slot, Offender>;

/// Who contradicted himself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offender {
    /// The key that signed twice.
    pub key: PublicKey,
    /// In which epoch.
    pub epoch: Epoch,
    /// In which view of it.
    pub view: View,
}

/// What the evidence in the body of a final block reports; `None` where that is not to be found out. `term` knows the
/// validators of the epochs that the evidence is of.
pub fn offences<'a>(body: &Body, term: impl Fn(Epoch) -> Option<&'a Term>) -> Option<Offences> {
    let slot = |bytes: &Bytes| {
        let evidence = Evidence::decode(bytes).ok()?;
        let offence = evidence.offence();
        let signer = term(offence.epoch)?.set.get(evidence.signer)?;
        let offender = Offender { key: signer.key, epoch: offence.epoch, view: offence.view };
        Some((offence_slot(&signer.key, &offence), offender))
    };
    body.evidence.iter().map(slot).collect()
}

/// Judges the evidence of one block.
pub(crate) struct Court<'a, V, K> {
    pub(crate) terms: &'a mut Terms,
    /// The hash of the genesis block.
    pub(crate) chain: Hash,
    /// The block's.
    pub(crate) epoch: Epoch,
    /// What the parent of the block left.
    pub(crate) state: &'a V,
    pub(crate) known: &'a K,
}

impl<V: StateView, K: Known> Court<'_, V, K> {
    /// Where the record of an offence goes, and whose it is; `None` where the evidence does not count.
    fn judge(&mut self, evidence: &Evidence) -> Result<Option<(Slot, Offender)>, Error> {
        let offence = evidence.offence();
        // First of all: what a stranger names may be an epoch that never comes.
        if !is_timely(&offence, self.epoch) {
            return Ok(None);
        }
        let term = self.terms.of(offence.epoch)?;
        let Ok(claims) = evidence.check(term, &self.chain) else { return Ok(None) };
        let Some(signer) = term.set.get(evidence.signer) else { return Ok(None) };
        let slot = offence_slot(&signer.key, &offence);
        let offender = Offender { key: signer.key, epoch: offence.epoch, view: offence.view };
        let recorded = self.state.storage(&SLASHING, &slot).map_err(troupe_vm::Error::from)?;
        let counts = recorded.is_zero() && self.known.verify(term, &claims);
        Ok(counts.then_some((slot, offender)))
    }

    /// What a block reports that carries this; `None` where it must not carry it.
    pub(crate) fn judge_all(&mut self, carried: &[Bytes]) -> Result<Option<Offences>, Error> {
        let mut offences = Offences::new();
        if carried.len() > MAX_EVIDENCE {
            return Ok(None);
        }
        for bytes in carried {
            let Ok(evidence) = Evidence::decode(bytes) else { return Ok(None) };
            match self.judge(&evidence)? {
                Some((slot, offender)) if offences.insert(slot, offender).is_none() => {}
                Some(_) | None => return Ok(None),
            }
        }
        Ok(Some(offences))
    }

    /// What a block may carry of what is offered, the first first, and what it reports with it.
    pub(crate) fn choose(&mut self, offered: &[Evidence]) -> Result<(Vec<Bytes>, Offences), Error> {
        let (mut carried, mut offences) = (Vec::new(), Offences::new());
        for evidence in offered {
            if carried.len() == MAX_EVIDENCE {
                break;
            }
            let Some((slot, offender)) = self.judge(evidence)? else { continue };
            if let Ok(bytes) = evidence.encode()
                && offences.insert(slot, offender).is_none()
            {
                carried.push(bytes.into());
            }
        }
        Ok((carried, offences))
    }
}
