//! Evidence against validators that no final block carries yet.

use super::{Accuse, Executor, Headed};
use crate::consensus::{Accusing, Reported};
use std::collections::BTreeMap;
use troupe_chain::Block;
use troupe_chain::state::StateView;
use troupe_consensus::{Evidence, Offence};
use troupe_ledger::{SLASHING, is_timely, offence_slot};
use troupe_runtime::{Cx, Fault, Handle, Reply};
use troupe_types::Epoch;
use troupe_vault::MAX_EVIDENCE;

/// What waits, one piece an offence.
#[derive(Default)]
pub(super) struct Accused {
    waiting: BTreeMap<Offence, Evidence>,
    /// Whether consensus was told that some waits.
    was_waiting: bool,
}

impl Accused {
    pub(super) fn new(evidence: Vec<Evidence>) -> Self {
        let waiting = evidence.into_iter().map(|one| (one.offence(), one)).collect();
        Self { waiting, was_waiting: false }
    }

    /// What a block may carry: the ledger takes what is not on chain, as much as fits.
    pub(super) fn offer(&self) -> Vec<Evidence> {
        self.waiting.values().copied().collect()
    }

    /// Forgets what a final block carries, or none may carry any more.
    fn settle(&mut self, head: &Headed) -> Result<(), Fault> {
        let term = head.terms.iter().find(|term| term.holds(head.height));
        // The genesis block is of no epoch.
        let epoch = term.map_or(Epoch::ZERO, |term| term.epoch);
        let mut gone = Vec::new();
        for offence in self.waiting.keys() {
            if offence.epoch > epoch {
                continue;
            }
            // The head knows the terms of its epoch and of the one before.
            let term = head.terms.iter().find(|term| term.epoch == offence.epoch);
            let signer = term.and_then(|term| term.set.get(offence.signer));
            let Some(signer) = signer.filter(|_| is_timely(offence, epoch)) else {
                gone.push(*offence);
                continue;
            };
            let recorded = head.state.storage(&SLASHING, &offence_slot(&signer.key, offence));
            if !recorded.map_err(|error| Fault::Storage(error.to_string()))?.is_zero() {
                gone.push(*offence);
            }
        }
        for offence in gone {
            self.waiting.remove(&offence);
        }
        Ok(())
    }
}

impl Executor {
    /// Looks at what still waits after a block, and tells consensus: a block with evidence needs finality.
    pub(super) fn settle_evidence(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        if self.accused.waiting.is_empty() && !self.accused.was_waiting {
            return Ok(());
        }
        let head = self.head()?.clone();
        self.accused.settle(&head)?;
        let is_waiting = !self.accused.waiting.is_empty();
        // A block that was built takes the word back, so it is given again.
        let _ = cx.tell(&self.others.accusing, Accusing(is_waiting));
        self.accused.was_waiting = is_waiting;
        Ok(())
    }

    /// Tells consensus of the evidence in a final block, which others may have seen and this node not.
    pub(super) fn report(&mut self, block: &Block, cx: &mut Cx<'_, Self>) {
        for bytes in &block.body().evidence {
            if let Ok(evidence) = Evidence::decode(bytes) {
                // The block tells whoever looks there.
                let _ = cx.tell(&self.others.reported, Reported(evidence));
            }
        }
    }
}

impl Handle<Accuse> for Executor {
    fn handle(
        &mut self,
        Accuse(evidence): Accuse,
        _: Reply<Accuse>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let waiting = &mut self.accused.waiting;
        waiting.entry(evidence.offence()).or_insert(evidence);
        if waiting.len() > MAX_EVIDENCE {
            waiting.pop_first();
        }
        self.settle_evidence(cx)
    }
}
