//! What certificates do: they settle blocks, end views and end epochs.

use crate::invariants::{Reached, Stage};
use crate::state::{Machine, Round};
use crate::{Certificate, Output, Place, ViewChangeCertificate};
use troupe_types::{Epoch, NodeId};
use troupe_wire::Now;

/// How many certificates of missing blocks are kept.
const MAX_ORPHANS: usize = 64;

impl Machine {
    /// Takes a verified certificate in.
    pub(crate) fn certify(
        &mut self,
        now: Now,
        from: NodeId,
        certificate: &Certificate,
        out: &mut Vec<Output>,
    ) {
        let hash = certificate.hash;
        self.pool.close(&certificate.statement());
        self.watch_certificate(certificate, out);
        if certificate.height <= self.tree.root().header().height {
            return;
        }
        if self.tree.get(&hash).is_none() {
            let is_new = !self.orphans.contains_key(&hash);
            if self.orphans.len() < MAX_ORPHANS {
                self.orphans.insert(hash, *certificate);
            }
            if is_new {
                self.lack(now, from, certificate, out);
            }
            return;
        }
        self.orphans.remove(&hash);
        let highest = self.tree.highest_rank();
        if !self.tree.certify(certificate) {
            return;
        }
        self.reached(Stage::Prepared, certificate, out);
        if let Some(header) = self.tree.get(&hash).map(|node| node.header().clone()) {
            self.watch_block(&header, true, out);
        }
        let lock = self.tree.locked(self.rules);
        if let Some(locked) = lock.certificate
            && locked.hash != self.reported_lock
            && lock.header().height > self.tree.root().header().height
        {
            self.reported_lock = locked.hash;
            self.reached(Stage::Locked, &locked, out);
        }
        if highest < Some(certificate.rank()) {
            self.round.failures = 0;
        }
        if certificate.place == self.round.place {
            self.round.deadline = now.mono.plus(self.settings.time_out(0));
            self.round.repeat_at = now.mono.plus(self.settings.repeat);
        }
        self.check_divergence(&hash, out);
    }

    /// The certificate that ended the epoch before `epoch`, if its block is not final yet.
    pub(crate) fn edge_into(&self, epoch: Epoch) -> Option<Certificate> {
        let living = self.tree.nodes().filter_map(|node| node.certificate);
        let known = living.chain(self.orphans.values().copied());
        let root = self.committed();
        let ends = |certificate: &Certificate| {
            let term = self.schedule.get(certificate.place.epoch);
            certificate.place.epoch.next() == Some(epoch)
                && certificate.height > root
                && term.is_some_and(|term| term.last == certificate.height)
        };
        known.filter(ends).max_by_key(Certificate::rank)
    }

    /// Whether the last block before an epoch is final.
    fn is_past_edge(&self, epoch: Epoch) -> bool {
        let root = self.committed();
        self.schedule.get(epoch).is_some_and(|term| root.next() >= Some(term.first))
    }

    /// The highest certificate known, whether its block is here or not.
    pub(crate) fn highest_known(&self) -> Option<Certificate> {
        let living = self.tree.highest().certificate;
        let known = self.orphans.values().copied().chain(living);
        known.max_by_key(Certificate::rank)
    }

    /// The verified certificate of a block, whether the block is here or not.
    pub(crate) fn known(&self, hash: &troupe_types::Hash) -> Option<Certificate> {
        let living = self.tree.get(hash).and_then(|node| node.certificate);
        living.or(self.orphans.get(hash).copied())
    }

    /// The certificate that was verified for the same statement, where there is one: of two with
    /// different signers only that one is kept and passed on.
    pub(crate) fn verified_form(&self, given: &mut Option<Certificate>) {
        let Some(certificate) = given else { return };
        let said = certificate.statement();
        let known = [self.known(&certificate.hash), self.edge].into_iter().flatten();
        if let Some(known) = known.into_iter().find(|known| known.statement() == said) {
            *certificate = known;
        }
    }

    fn reached(&self, stage: Stage, certificate: &Certificate, out: &mut Vec<Output>) {
        let Certificate { height, place, hash, .. } = *certificate;
        out.push(Output::Reached(Reached { stage, height, place, hash }));
    }

    /// Moves on to wherever the highest certificate allows.
    pub(crate) fn advance(&mut self, now: Now, out: &mut Vec<Output>) {
        while let Some(top) = self.highest_known() {
            let Some(term) = self.schedule.get(top.place.epoch) else { return };
            let here = self.round.place;
            let next_epoch = term.epoch.next().and_then(|epoch| self.schedule.get(epoch));
            if top.height == term.last {
                let Some(next) = next_epoch.map(|next| Place::first_of(next.epoch)) else { return };
                if next <= here {
                    return;
                }
                // Entering an epoch needs the certificate of the last block of the one before.
                self.edge = Some(top);
                self.enter(now, next, None, Start::Fresh, out);
                continue;
            }
            let is_whole = top.index == self.last_index();
            let target = if is_whole { top.place.next_view() } else { Some(top.place) };
            let Some(target) = target.filter(|target| *target > here) else { return };
            if target.epoch > here.epoch {
                let edge = self.edge_into(target.epoch);
                if edge.is_none() && !self.is_past_edge(target.epoch) {
                    return;
                }
                self.edge = edge;
            }
            let start = if is_whole { Start::Fresh } else { Start::Midway };
            self.enter(now, target, None, start, out);
        }
    }

    /// Begins to work on a view.
    pub(crate) fn enter(
        &mut self,
        now: Now,
        place: Place,
        entry: Option<ViewChangeCertificate>,
        start: Start,
        out: &mut Vec<Output>,
    ) {
        if place <= self.round.place {
            return;
        }
        let failed = entry.is_some() || start == Start::Joined;
        let failures = if failed { self.round.failures.saturating_add(1) } else { 0 };
        self.round = Round {
            place,
            entry,
            is_fresh: start == Start::Fresh,
            deadline: now.mono.plus(self.settings.time_out(failures)),
            failures,
            repeat_at: now.mono.plus(self.settings.repeat),
            ..Round::default()
        };
        self.watch_view(place, out);
        self.ledger.enter(place.epoch);
        self.ledger.forget_before(place);
        let before = Place { view: troupe_types::View(place.view.0.saturating_sub(1)), ..place };
        self.pool.forget_before(before);
        self.changes = self.changes.split_off(&place);
        // A block that was voted for may be certified yet, and then others may have to ask for it.
        let recorded = &self.recorded;
        let prepared: std::collections::BTreeSet<troupe_types::Hash> = self
            .tree
            .nodes()
            .map(|node| node.header().parent)
            .filter(|parent| self.tree.is_prepared(parent))
            .collect();
        self.tree.sweep(before, |node| {
            let header = node.header();
            recorded.contains(&header.hash) && prepared.contains(&header.parent)
        });
        self.seal.building = None;
        self.seal.tip = None;
        self.seal.next = 0;
        self.seal.empties = 0;
        self.seal.unsigned.clear();
        out.push(Output::Entered(place));
    }
}

/// How a view is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// At its beginning, with what entitles its proposer to begin.
    Fresh,
    /// Others were there before; its proposer has begun.
    Midway,
    /// Because enough others give it up.
    Joined,
}
