//! What was checked goes on from here.

use crate::gate::Pending;
use crate::state::Machine;
use crate::{Block, Error, Output, Signature, Verdict};
use std::sync::Arc;
use troupe_types::NodeId;
use troupe_wire::Now;

/// How many blocks wait for their parent.
const MAX_STRAYS: usize = 64;

impl Machine {
    pub(crate) fn verified(
        &mut self,
        now: Now,
        task: u64,
        verdict: Verdict,
        out: &mut Vec<Output>,
    ) {
        let Some((from, pending)) = self.gate.take(task) else { return };
        match verdict {
            Verdict::Checked(Err(fault)) => {
                // Evidence that does not hold is nobody's fault: one of two votes was not the voter's.
                if let Some(peer) = from {
                    self.blame(peer, fault, out);
                }
                if let Pending::Certificate(bad) | Pending::Block(_, bad) = pending {
                    self.count(&bad.statement(), out);
                }
            }
            Verdict::Checked(Ok(())) => self.accept(now, from, pending, out),
            Verdict::Combined { sum, bad } => {
                if let Pending::Votes(statement) = pending {
                    self.combined(now, &statement, sum, &bad, out);
                }
            }
            Verdict::Summed(sums) => {
                if let Pending::Sum(place, whole) = pending {
                    self.summed(now, place, *whole, sums, out);
                }
            }
        }
    }

    fn accept(&mut self, now: Now, from: Option<NodeId>, pending: Pending, out: &mut Vec<Output>) {
        let peer = from.unwrap_or(self.settings.node);
        match pending {
            Pending::Propose(proposal, block) => self.proposed(now, peer, proposal, block, out),
            Pending::Certificate(certificate) => self.certify(now, peer, &certificate, out),
            Pending::Block(block, certificate) => {
                self.found(block.clone());
                self.certify(now, peer, &certificate, out);
                if self.strays.contains_key(&block.header.hash) {
                    self.ask(now, peer, out);
                }
            }
            Pending::GiveUp(change) => self.gave_up(now, peer, change, out),
            Pending::Changed(whole) => self.changed(now, peer, &whole, out),
            Pending::Evidence(evidence) => self.report(evidence, out),
            Pending::Twin(place, voter) => self.watch_signer(place, voter, out),
            Pending::Votes(_) | Pending::Sum(..) => {}
        }
    }

    /// Takes the sums of a quorum's view changes as the certificate of the change.
    fn summed(
        &mut self,
        now: Now,
        place: crate::Place,
        mut whole: crate::ViewChangeCertificate,
        sums: Result<Vec<Signature>, Error>,
        out: &mut Vec<Output>,
    ) {
        self.round.is_summing = false;
        let Ok(sums) = sums else { return };
        if place < self.round.place || sums.len() != whole.entries.len() {
            return;
        }
        let mut entries = whole.entries.into_inner();
        for (entry, sum) in entries.iter_mut().zip(sums) {
            entry.signature = sum;
        }
        whole.entries = troupe_wire::List::new(entries).expect("as many as before");
        self.changed(now, self.settings.node, &whole, out);
    }

    /// Puts a verified block where it belongs, or by the side until its parent comes.
    pub(crate) fn found(&mut self, block: Arc<Block>) {
        let is_early = self.tree.get(&block.header.parent).is_none();
        if !is_early {
            // What does not fit is not asked for again.
            let _ = self.tree.insert(block);
            self.gather();
        } else if self.strays.len() < MAX_STRAYS {
            self.strays.insert(block.header.hash, block);
        }
    }

    /// Puts blocks into the tree that waited for their parent.
    pub(crate) fn gather(&mut self) {
        loop {
            let ready =
                self.strays.values().find(|block| self.tree.get(&block.header.parent).is_some());
            let Some(hash) = ready.map(|block| block.header.hash) else { return };
            if let Some(block) = self.strays.remove(&hash) {
                let _ = self.tree.insert(block);
            }
        }
    }

    /// Reports a contradiction once.
    pub(crate) fn report(&mut self, evidence: crate::Evidence, out: &mut Vec<Output>) {
        if self.reported.len() < crate::MAX_VALIDATORS * 16
            && self.reported.insert(evidence.offence())
        {
            out.push(Output::Evidence(evidence));
        }
    }
}
