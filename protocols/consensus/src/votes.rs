//! Voting, and making certificates of votes.

use crate::gate::Pending;
use crate::ledger::Permit;
use crate::message::{Certified, Vote};
use crate::pool::Added;
use crate::rules::Rule;
use crate::state::Machine;
use crate::tree::Run;
use crate::{
    Certificate, Claim, Error, Evidence, Kind, Output, Record, Signature, Statement, Task, Work,
};
use troupe_types::{Hash, NodeId};
use troupe_wire::Now;

impl Machine {
    /// Votes for the proposals of this view that may be voted for.
    // Execute, then vote: votes for one block go out while the next is executed
    pub(crate) fn vote(&mut self, now: Now, out: &mut Vec<Output>) {
        if self.position().is_none() {
            return;
        }
        let ready: Vec<Statement> = self
            .round
            .proposals
            .values()
            .map(|proposal| proposal.block.header.hash)
            .filter(|hash| self.may_vote(now, hash))
            .filter_map(|hash| Some(self.tree.get(&hash)?.header().statement(Kind::Vote)))
            .collect();
        for statement in ready {
            if self.ledger.permit(&statement, self.rules) == Permit::Sign {
                out.push(Output::Sign(statement));
            }
        }
    }

    fn may_vote(&self, now: Now, hash: &Hash) -> bool {
        let Some(node) = self.tree.get(hash) else { return false };
        let header = node.header();
        let is_executed = matches!(node.run, Run::Done(_)) || !self.rules.keep(Rule::Executed);
        let stands =
            self.tree.is_prepared(&header.parent) || !self.rules.keep(Rule::ParentCertified);
        let is_due = header.time.0 <= now.wall.0.saturating_add(self.settings.future.0);
        if !node.is_proposed || !is_executed || !stands || !is_due {
            return false;
        }
        let locked = self.tree.locked(self.rules).header();
        let is_above = header.height > locked.height && self.tree.descends(hash, &locked.hash);
        is_above || !self.rules.keep(Rule::Locked)
    }

    /// A signature came back: write it down, then say it.
    pub(crate) fn signed(
        &mut self,
        now: Now,
        statement: Statement,
        signature: Signature,
        out: &mut Vec<Output>,
    ) {
        if !self.ledger.signed(&statement, signature) {
            return;
        }
        // A view that is over needs no more votes, and nothing that was not sent binds anybody.
        let is_over = statement.place != self.round.place;
        let is_given_up =
            self.ledger.has_given_up(statement.place) && self.rules.keep(Rule::NoVoteAfterGivingUp);
        match statement.kind {
            Kind::Vote if !is_over && !is_given_up => {
                self.send_vote(now, &statement, signature, out)
            }
            Kind::Proposal if !is_over && !is_given_up => {
                self.send_proposal(now, &statement, signature, out);
            }
            Kind::ViewChange if !is_over => self.send_change(now, &statement, signature, out),
            Kind::Vote | Kind::Proposal | Kind::ViewChange => {}
        }
    }

    fn send_vote(
        &mut self,
        now: Now,
        statement: &Statement,
        signature: Signature,
        out: &mut Vec<Output>,
    ) {
        let Some(voter) = self.position() else { return };
        let Some(node) = self.tree.get(&statement.hash) else { return };
        let parent = self.tree.get(&node.header().parent).and_then(|parent| parent.certificate);
        let vote = Vote { parent, ..crate::pool::vote(statement, voter, signature) };
        self.record_entry(out);
        self.record_block(&statement.hash, out);
        self.say(Record::Vote(vote.clone()), vote.clone(), out);
        let own = self.settings.node;
        // The own vote counts like any other.
        if self.receive_vote(now, own, vote, true, out).is_err() {
            debug_assert!(false, "the own vote is well formed");
        }
    }

    /// Writes a record down and says a message, in this order.
    pub(crate) fn say(
        &mut self,
        record: Record,
        message: impl Into<crate::Message>,
        out: &mut Vec<Output>,
    ) {
        self.hold(out);
        if self.rules.keep(Rule::PersistBeforeSend) {
            out.push(Output::Persist(record));
            self.broadcast(message, out);
        } else {
            self.broadcast(message, out);
            out.push(Output::Persist(record));
        }
    }

    /// Writes down what led into this view, once, when something is signed in it.
    pub(crate) fn record_entry(&mut self, out: &mut Vec<Output>) {
        if self.round.is_recorded {
            return;
        }
        self.round.is_recorded = true;
        if let Some(whole) = &self.round.entry {
            out.push(Output::Persist(Record::Entry(whole.clone())));
        }
    }

    /// Writes a block down, once.
    pub(crate) fn record_block(&mut self, hash: &Hash, out: &mut Vec<Output>) {
        let Some(node) = self.tree.get(hash) else { return };
        if self.recorded.insert(*hash) {
            out.push(Output::Persist(Record::Block((*node.block).clone())));
        }
    }

    pub(crate) fn receive_vote(
        &mut self,
        now: Now,
        from: NodeId,
        vote: Vote,
        is_direct: bool,
        out: &mut Vec<Output>,
    ) -> Result<(), Error> {
        let (place, here) = (vote.place, self.round.place);
        let is_near = place.is_beside(here) || here.is_beside(place);
        if !is_near {
            if place < here {
                self.help_back(from, place, out);
            } else {
                self.ask(now, from, out);
            }
            return Ok(());
        }
        let limit = self.settings.blocks_per_view;
        if vote.index >= limit {
            return Err(Error::Index { got: vote.index, limit });
        }
        let term = self.term();
        if usize::from(vote.voter) >= term.set.len() {
            return Err(Error::UnknownSigner { limit: term.set.len() });
        }
        if !term.holds(vote.height) {
            return Err(Error::OutsideTerm { epoch: place.epoch, height: vote.height });
        }
        if self.is_twin(place, vote.voter) {
            // Nobody counts it here before it is known whose it is.
            let genesis = &self.settings.genesis;
            let claim = Claim::signed(&vote.statement(), vote.voter, vote.signature, genesis);
            self.check(Some(from), vec![claim], Pending::Twin(place, vote.voter), out);
            return Ok(());
        }
        if let Some(parent) = &vote.parent {
            self.receive_certificate(now, from, parent, out)?;
        }
        let statement = vote.statement();
        if self.has_certificate(&statement) {
            return Ok(());
        }
        match self.pool.add(&vote, from, is_direct) {
            Added::Known => return Ok(()),
            Added::New => {}
            Added::Contradicts(other, signature) => {
                self.suspect(vote.voter, (statement, vote.signature), (other, signature), out);
            }
        }
        self.count(&statement, out);
        Ok(())
    }

    fn has_certificate(&self, statement: &Statement) -> bool {
        self.known(&statement.hash).is_some_and(|known| known.statement() == *statement)
            || statement.height <= self.tree.root().header().height
    }

    /// Has two statements checked that exclude each other.
    pub(crate) fn suspect(
        &mut self,
        signer: u16,
        one: (Statement, Signature),
        two: (Statement, Signature),
        out: &mut Vec<Output>,
    ) {
        let Some(evidence) = Evidence::new(signer, one, two) else { return };
        let Some(term) = self.schedule.get(evidence.first.place.epoch) else { return };
        let Ok(claims) = evidence.check(term, &self.settings.genesis) else { return };
        if !self.reported.contains(&evidence.offence()) {
            self.check(None, claims.to_vec(), Pending::Evidence(evidence), out);
        }
    }

    /// Has all votes for a statement checked at once, if they may be a quorum.
    pub(crate) fn count(&mut self, statement: &Statement, out: &mut Vec<Output>) {
        if self.gate.has_certificate(statement) {
            return;
        }
        let quorum = self.quorum(self.term());
        let Some(ballot) = self.pool.ballot(statement) else { return };
        if ballot.checking.is_some() || ballot.cast.len() < quorum {
            return;
        }
        let votes: Vec<(u16, Signature)> =
            ballot.cast.iter().map(|(voter, cast)| (*voter, cast.signature)).collect();
        ballot.checking = Some(votes.clone());
        let epoch = statement.place.epoch;
        let digest = statement.digest(&self.settings.genesis);
        let id = self.gate.put(None, Pending::Votes(*statement));
        out.push(Output::Verify(Task { id, work: Work::Combine { epoch, digest, votes } }));
    }

    /// Takes a sum of votes as a certificate, or drops the bad ones and counts again.
    pub(crate) fn combined(
        &mut self,
        now: Now,
        statement: &Statement,
        sum: Option<Signature>,
        bad: &[u16],
        out: &mut Vec<Output>,
    ) {
        let quorum = self.quorum(self.term());
        let Some(ballot) = self.pool.ballot(statement) else { return };
        let checked = ballot.checking.take().unwrap_or_default();
        let mut good: Vec<u16> = Vec::new();
        let mut liars = Vec::new();
        for (voter, signature) in checked {
            if !bad.contains(&voter) {
                good.push(voter);
            } else if ballot.cast.get(&voter).is_some_and(|cast| cast.signature == signature) {
                // Who relays a vote has not checked it.
                if let Some(cast) = ballot.cast.remove(&voter).filter(|cast| cast.is_direct) {
                    let bad = ballot.bad.entry(voter).or_default();
                    *bad = bad.saturating_add(1);
                    liars.push(cast.from);
                }
            }
        }
        for liar in liars {
            self.blame(liar, Error::BadSignature, out);
        }
        match sum {
            Some(signature) if good.len() >= quorum => {
                let Statement { place, height, index, hash, .. } = *statement;
                let signers = good.into_iter().collect();
                let certificate = Certificate { place, height, index, hash, signers, signature };
                let own = self.settings.node;
                self.certify(now, own, &certificate, out);
                if self.is_proposer() && self.round.place == place {
                    self.broadcast(Certified(certificate), out);
                }
            }
            Some(_) | None => self.count(statement, out),
        }
    }
}
