//! Messages as they come in: cheap checks first, then a task for what costs.

use crate::gate::{PER_PEER, Pending};
use crate::message::{Answer, Certified, Changed, GiveUp, Propose};
use crate::rules::Rule;
use crate::state::Machine;
use crate::{
    Block, Certificate, Claim, Error, Kind, Message, Offence, Output, Place, Task, ViewChange,
    ViewChangeCertificate, Work,
};
use std::sync::Arc;
use troupe_types::NodeId;
use troupe_wire::Now;

impl Machine {
    pub(crate) fn receive(
        &mut self,
        now: Now,
        from: NodeId,
        message: Message,
        out: &mut Vec<Output>,
    ) {
        if !self.gate.has_room(&from) {
            return self.blame(from, Error::Flood { limit: PER_PEER }, out);
        }
        let outcome = match message {
            Message::Propose(proposal) => self.receive_proposal(now, from, proposal, out),
            Message::Vote(vote) => {
                let is_direct = self.is_of(&from, vote.place, vote.voter);
                self.receive_vote(now, from, vote, is_direct, out)
            }
            Message::Certified(Certified(certificate)) => {
                self.receive_certificate(now, from, &certificate, out)
            }
            Message::GiveUp(GiveUp(change)) => self.receive_change(now, from, change, out),
            Message::Changed(Changed(whole)) => self.receive_changed(now, from, whole, out),
            Message::Status(status) => {
                self.hear(now, from, &status, out);
                Ok(())
            }
            Message::Fetch(fetch) => {
                self.serve(from, fetch, out);
                Ok(())
            }
            Message::Answer(Answer::Block(block, certificate)) => {
                self.receive_block(from, block, certificate, out)
            }
            Message::Answer(Answer::Gone(height)) => {
                if height > self.committed() {
                    self.behind(now, from, height, out);
                }
                Ok(())
            }
            Message::Answer(Answer::Votes(votes)) => {
                let mut votes = votes.into_inner().into_iter();
                votes.try_for_each(|vote| self.receive_vote(now, from, vote, false, out))
            }
        };
        if let Err(fault) = outcome {
            self.blame(from, fault, out);
        }
    }

    /// Whether a node is the validator at a position of an epoch.
    fn is_of(&self, node: &NodeId, place: Place, voter: u16) -> bool {
        let term = self.schedule.get(place.epoch);
        term.and_then(|term| term.set.get(voter)).is_some_and(|one| one.node == *node)
    }

    /// Hands claims out to be checked.
    pub(crate) fn check(
        &mut self,
        from: Option<NodeId>,
        claims: Vec<Claim>,
        pending: Pending,
        out: &mut Vec<Output>,
    ) {
        let claims = if self.rules.keep(Rule::SignaturesChecked) { claims } else { Vec::new() };
        let id = self.gate.put(from, pending);
        out.push(Output::Verify(Task { id, work: Work::Check(claims) }));
    }

    /// The claim of a certificate that comes with something else: none if it is known.
    fn claim(&self, certificate: &Certificate, claims: &mut Vec<Claim>) -> Result<(), Error> {
        if self.knows(certificate) {
            return Ok(());
        }
        let Certificate { place, height, index, .. } = *certificate;
        let term = self.schedule.get(place.epoch);
        let term = term.ok_or(Error::OutsideTerm { epoch: place.epoch, height })?;
        self.check_index(index)?;
        if self.rules.keep(Rule::Quorum) {
            certificate.check(term)?;
        }
        claims.push(Claim::certificate(certificate, &self.settings.genesis));
        Ok(())
    }

    fn check_index(&self, got: u32) -> Result<(), Error> {
        let limit = self.settings.blocks_per_view;
        if got < limit { Ok(()) } else { Err(Error::Index { got, limit }) }
    }

    /// Whether the block's certificate is here, verified.
    pub(crate) fn knows(&self, certificate: &Certificate) -> bool {
        let said = certificate.statement();
        let known = self.known(&certificate.hash);
        known.is_some_and(|known| known.statement() == said)
            || self.edge.is_some_and(|edge| edge.statement() == said)
    }

    fn receive_proposal(
        &mut self,
        now: Now,
        from: NodeId,
        proposal: Propose,
        out: &mut Vec<Output>,
    ) -> Result<(), Error> {
        let header = &proposal.block.header;
        let place = header.place;
        if place < self.round.place {
            self.help_back(from, place, out);
            return Ok(());
        }
        let Some(term) = self.schedule.get(place.epoch) else {
            self.ask(now, from, out);
            return Ok(());
        };
        let is_known = self.round.place == place
            && self
                .round
                .proposals
                .get(&header.index)
                .is_some_and(|known| known.block.header.hash == header.hash);
        let by = term.set.proposer(place.view);
        let is_enough = self.round.place == place
            && self.round.proposals.contains_key(&header.index)
            && self.is_reported(place, Kind::Proposal, by);
        if is_known || is_enough || self.held_already(place, header.index, &header.hash) {
            return Ok(());
        }
        self.check_index(header.index)?;
        let is_last = header.height == term.last;
        if !term.holds(header.height) || header.causes.ends_epoch != is_last {
            return Err(Error::Misplaced);
        }
        let proposer = term.set.proposer(place.view);
        let statement = header.statement(Kind::Proposal);
        let mut claims =
            vec![Claim::signed(&statement, proposer, proposal.signature, &self.settings.genesis)];
        if let Some(parent) = &proposal.parent {
            if parent.hash != header.parent {
                return Err(Error::Misplaced);
            }
            self.claim(parent, &mut claims)?;
        }
        if let Some(edge) = &proposal.edge {
            self.check_edge(edge, place)?;
            self.claim(edge, &mut claims)?;
        }
        if let Some(whole) = &proposal.entry {
            let is_before = whole.place.next_view() == Some(place);
            if !is_before || header.index != 0 {
                return Err(Error::Unjustified);
            }
            self.claims_of(whole, &mut claims)?;
        }
        let block = Arc::new(proposal.block.clone());
        claims.push(Claim::Belongs(block.clone()));
        self.check(Some(from), claims, Pending::Propose(proposal, block), out);
        Ok(())
    }

    /// Whether a contradiction of a signer in a view was reported: more of the same is not worth a check.
    fn is_reported(&self, place: Place, kind: Kind, signer: u16) -> bool {
        let Place { epoch, view } = place;
        self.reported.contains(&Offence { epoch, view, kind, signer })
    }

    fn held_already(&self, place: Place, index: u32, hash: &troupe_types::Hash) -> bool {
        self.round.place == place
            && self.round.held.get(&index).is_some_and(|(_, held)| held.block.header.hash == *hash)
    }

    /// An edge is the certificate of the last block of the epoch before `place`.
    fn check_edge(&self, edge: &Certificate, place: Place) -> Result<(), Error> {
        let term = self.schedule.get(edge.place.epoch);
        let is_last = term.is_none_or(|term| term.last == edge.height);
        let is_before = edge.place.epoch.next() == Some(place.epoch);
        if is_last && is_before { Ok(()) } else { Err(Error::Misplaced) }
    }

    fn claims_of(
        &self,
        whole: &ViewChangeCertificate,
        claims: &mut Vec<Claim>,
    ) -> Result<(), Error> {
        let is_known = self.round.entry.as_ref() == Some(whole);
        let epoch = whole.place.epoch;
        let height = self.tree.root().header().height;
        let term = self.schedule.get(epoch).ok_or(Error::OutsideTerm { epoch, height })?;
        let signed = whole.check(term, &self.settings.genesis)?;
        if !is_known {
            claims.extend(signed);
        }
        match &whole.highest {
            Some(highest) if self.rules.keep(Rule::MaximumVerified) => self.claim(highest, claims),
            Some(_) | None => Ok(()),
        }
    }

    pub(crate) fn receive_certificate(
        &mut self,
        now: Now,
        from: NodeId,
        certificate: &Certificate,
        out: &mut Vec<Output>,
    ) -> Result<(), Error> {
        let is_old = certificate.height <= self.tree.root().header().height;
        // The same votes are checked once: as a certificate or one by one, whatever came first.
        let said = certificate.statement();
        let is_under_way = self.gate.has_certificate(&said) || self.pool.is_checking(&said);
        if is_old || is_under_way || self.knows(certificate) {
            return Ok(());
        }
        if self.schedule.get(certificate.place.epoch).is_none() {
            self.ask(now, from, out);
            return Ok(());
        }
        let mut claims = Vec::new();
        self.claim(certificate, &mut claims)?;
        self.check(Some(from), claims, Pending::Certificate(*certificate), out);
        Ok(())
    }

    fn receive_change(
        &mut self,
        now: Now,
        from: NodeId,
        change: ViewChange,
        out: &mut Vec<Output>,
    ) -> Result<(), Error> {
        let place = change.place;
        if place < self.round.place {
            self.help_back(from, place, out);
            return Ok(());
        }
        let Some(term) = self.schedule.get(place.epoch) else {
            self.ask(now, from, out);
            return Ok(());
        };
        if usize::from(change.voter) >= term.set.len() {
            return Err(Error::UnknownSigner { limit: term.set.len() });
        }
        let genesis = self.settings.genesis;
        if self.is_reported(place, Kind::ViewChange, change.voter) {
            return Ok(());
        }
        let known = self.changes.get(&place).and_then(|of| of.get(&change.voter));
        let statement = change.statement(&genesis);
        if known.is_some_and(|known| known.statement(&genesis) == statement) {
            return Ok(());
        }
        let mut claims = vec![Claim::signed(&statement, change.voter, change.signature, &genesis)];
        if let Some(highest) = &change.highest {
            if highest.place > place {
                return Err(Error::Misplaced);
            }
            if self.rules.keep(Rule::MaximumVerified) {
                self.claim(highest, &mut claims)?;
            }
        }
        if let Some(edge) = &change.edge {
            self.check_edge(edge, place)?;
            self.claim(edge, &mut claims)?;
        }
        self.check(Some(from), claims, Pending::GiveUp(change), out);
        Ok(())
    }

    fn receive_changed(
        &mut self,
        now: Now,
        from: NodeId,
        whole: ViewChangeCertificate,
        out: &mut Vec<Output>,
    ) -> Result<(), Error> {
        if whole.place < self.round.place {
            self.help_back(from, whole.place, out);
            return Ok(());
        }
        if self.schedule.get(whole.place.epoch).is_none() {
            self.ask(now, from, out);
            return Ok(());
        }
        let mut claims = Vec::new();
        self.claims_of(&whole, &mut claims)?;
        self.check(Some(from), claims, Pending::Changed(whole), out);
        Ok(())
    }

    fn receive_block(
        &mut self,
        from: NodeId,
        block: Block,
        certificate: Certificate,
        out: &mut Vec<Output>,
    ) -> Result<(), Error> {
        let header = &block.header;
        if !header.is_certified_by(&certificate) {
            return Err(Error::Misplaced);
        }
        let is_here = self.tree.get(&header.hash).is_some() && self.knows(&certificate);
        let is_old = header.height <= self.tree.root().header().height;
        if is_here || is_old || self.schedule.get(certificate.place.epoch).is_none() {
            return Ok(());
        }
        let mut claims = Vec::new();
        self.claim(&certificate, &mut claims)?;
        let block = Arc::new(block);
        claims.push(Claim::Belongs(block.clone()));
        self.check(Some(from), claims, Pending::Block(block, certificate), out);
        Ok(())
    }
}
