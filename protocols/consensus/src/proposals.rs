//! Proposals whose signatures are good: do they follow the rules?

use crate::message::{Fetch, Propose};
use crate::rules::Rule;
use crate::state::Machine;
use crate::{Block, Error, Evidence, Header, Kind, Output, Place};
use std::sync::Arc;
use troupe_types::{Millis, NodeId};
use troupe_wire::Now;

impl Machine {
    /// Takes a verified proposal in, or holds it until its parent is there.
    pub(crate) fn proposed(
        &mut self,
        now: Now,
        from: NodeId,
        mut proposal: Propose,
        block: Arc<Block>,
        out: &mut Vec<Output>,
    ) {
        self.verified_form(&mut proposal.edge);
        self.verified_form(&mut proposal.parent);
        if let Some(whole) = &mut proposal.entry {
            self.verified_form(&mut whole.highest);
        }
        let certificates = [&proposal.edge, &proposal.parent];
        for certificate in certificates.into_iter().flatten() {
            self.certify(now, from, certificate, out);
        }
        self.advance(now, out);
        if let Some(whole) = &proposal.entry {
            self.changed(now, from, whole, out);
        }
        let header = &block.header;
        let place = header.place;
        self.watch_block(header, false, out);
        if let Some(term) = self.schedule.get(place.epoch) {
            let proposer = term.set.proposer(place.view);
            self.watch_signer(place, proposer, out);
        }
        if place != self.round.place {
            if place > self.round.place {
                self.ask(now, from, out);
            }
            return;
        }
        self.compare(&proposal, out);
        let index = header.index;
        if self.round.proposals.contains_key(&index) {
            return;
        }
        match self.admit(&proposal, &block) {
            Ok(true) => self.admitted(now, proposal),
            Ok(false) => {
                self.miss(now, from, header, out);
                self.round.held.entry(index).or_insert((from, proposal));
            }
            Err(fault) => self.blame(from, fault, out),
        }
    }

    /// Looks for another proposal of the same proposer that excludes this one.
    fn compare(&mut self, proposal: &Propose, out: &mut Vec<Output>) {
        let statement = proposal.block.header.statement(Kind::Proposal);
        let held = self.round.held.values().map(|(_, held)| held);
        let others = self.round.proposals.values().chain(held);
        let evidence = others
            .map(|other| (other.block.header.statement(Kind::Proposal), other.signature))
            .find(|(other, _)| other.excludes(&statement))
            .and_then(|other| {
                let signer = self.term().set.proposer(statement.place.view);
                Evidence::new(signer, other, (statement, proposal.signature))
            });
        if let Some(evidence) = evidence {
            self.report(evidence, out);
        }
    }

    /// Whether a proposal of this view follows the rules; false if its parent is not here.
    fn admit(&mut self, proposal: &Propose, block: &Arc<Block>) -> Result<bool, Error> {
        let header = &block.header;
        let stands = if header.index == 0 {
            self.justify(header, proposal)?
        } else {
            // Where the proposer has made two blocks for the index below, the certified one counts;
            // who passes the others on is not to blame.
            let below = self.round.proposals.get(&(header.index - 1));
            below.is_some_and(|below| below.block.header.hash == header.parent)
                || self.follows_certified(header)
        };
        if !stands || self.tree.get(&header.parent).is_none() {
            return Ok(false);
        }
        self.tree.insert(block.clone())?;
        if let Some(node) = self.tree.get_mut(&header.hash) {
            node.is_proposed = true;
        }
        Ok(true)
    }

    /// Whether the parent is the certified block before it in this view: enough for a node that came
    /// late, since a quorum has checked how the view began.
    fn follows_certified(&self, header: &Header) -> bool {
        self.tree.get(&header.parent).is_some_and(|parent| {
            let below = parent.header();
            below.place == header.place
                && below.index.checked_add(1) == Some(header.index)
                && parent.certificate.is_some()
        })
    }

    /// What entitles the first block of a view to stand on its parent: a quorum that gave up the view
    /// before and named it; or that it completed the view before, or the epoch before; or that there
    /// is nothing before it. False if the parent is not here.
    fn justify(&self, header: &Header, proposal: &Propose) -> Result<bool, Error> {
        if !self.rules.keep(Rule::JustifiedBase) {
            return Ok(true);
        }
        let genesis = &self.settings.genesis;
        if let Some(whole) = &proposal.entry {
            let (rank, base) = whole.base(genesis);
            let is_on_base = base == header.parent && rank.height.next() == Some(header.height);
            return if is_on_base { Ok(true) } else { Err(Error::Unjustified) };
        }
        let Some(parent) = self.tree.get(&header.parent) else { return Ok(false) };
        if !self.is_completed_by(parent.header(), header.place) {
            return Err(Error::Unjustified);
        }
        Ok(self.tree.is_prepared(&header.parent))
    }

    /// Whether a block, once certified, entitles the proposer of a view to begin on it: it is the last
    /// of the view or of the epoch before, or the genesis block.
    pub(crate) fn is_completed_by(&self, below: &Header, place: Place) -> bool {
        let is_first_view = place == Place::first_of(place.epoch);
        let is_genesis = below.hash == self.settings.genesis;
        let ended = below.causes.ends_epoch && below.place.epoch.next() == Some(place.epoch);
        let completed = below.place.next_view() == Some(place) && below.index == self.last_index();
        is_first_view && (is_genesis || ended) || completed
    }

    pub(crate) fn admitted(&mut self, now: Now, proposal: Propose) {
        let header = &proposal.block.header;
        self.note_block(now, header);
        self.round.proposals.insert(header.index, proposal);
    }

    /// Sees to it that what a proposal stands on is asked for, if it does not come by itself.
    fn miss(&mut self, now: Now, from: NodeId, header: &Header, out: &mut Vec<Output>) {
        match header.index.checked_sub(1) {
            Some(index) if !self.round.proposals.contains_key(&index) => {
                let soon = Millis(self.settings.repeat.0 / 5);
                self.round.probe_at.get_or_insert(now.mono.plus(soon));
            }
            Some(_) => {}
            None => self.ask(now, from, out),
        }
    }

    /// Asks for the proposals below those that are held.
    pub(crate) fn probe(&mut self, now: Now, out: &mut Vec<Output>) {
        if self.round.probe_at.is_none_or(|at| now.mono < at) {
            return;
        }
        self.round.probe_at = None;
        let Some((index, (from, _))) = self.round.held.first_key_value() else { return };
        let missing = (0..*index).find(|at| !self.round.proposals.contains_key(at));
        if let Some(index) = missing {
            self.send(*from, Fetch::Proposal { place: self.round.place, index }, out);
            self.round.probe_at = Some(now.mono.plus(self.settings.repeat));
        }
    }

    /// Looks again at proposals that were held, now that something has changed.
    pub(crate) fn take_held(&mut self, now: Now, out: &mut Vec<Output>) {
        let indices: Vec<u32> = self.round.held.keys().copied().collect();
        for index in indices {
            let Some((from, proposal)) = self.round.held.get(&index).cloned() else { continue };
            if self.round.proposals.contains_key(&index) {
                self.round.held.remove(&index);
                continue;
            }
            let block = Arc::new(proposal.block.clone());
            match self.admit(&proposal, &block) {
                Ok(true) => {
                    self.round.held.remove(&index);
                    self.admitted(now, proposal);
                }
                Ok(false) => {}
                Err(fault) => {
                    self.round.held.remove(&index);
                    self.blame(from, fault, out);
                }
            }
        }
    }
}
