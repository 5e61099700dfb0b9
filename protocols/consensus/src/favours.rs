//! Catching up, and helping others to: both bounded.

use crate::message::{Answer, Certified, Changed, Fetch, Propose, Status, Waiting};
use crate::state::Machine;
use crate::tree::DEPTH;
use crate::{Block, Certificate, Kind, Output, Place};
use std::sync::Arc;
use troupe_types::{Hash, Height, NodeId};
use troupe_wire::{List, Now};

/// Answers that one peer gets while one repeat interval lasts.
const ANSWERS: u32 = 64;
/// Blocks that answer one request.
const BLOCKS: usize = 16;

impl Machine {
    /// Tells all where this node is and what it lacks.
    pub(crate) fn tell_status(&self, out: &mut Vec<Output>) {
        self.broadcast(self.own_status(), out);
    }

    pub(crate) fn own_status(&self) -> Status {
        let open = self.round.proposals.iter().find(|(_, proposal)| {
            let node = self.tree.get(&proposal.block.header.hash);
            node.is_some_and(|node| node.certificate.is_none())
        });
        let waiting = open.map(|(index, proposal)| {
            let statement = proposal.block.header.statement(Kind::Vote);
            let known = self.pool.known(&statement);
            Waiting { index: *index, hash: statement.hash, known }
        });
        Status {
            place: self.round.place,
            highest: self.tree.highest_rank(),
            committed: self.committed(),
            proposals: self.round.proposals.keys().next_back().map_or(0, |last| last + 1),
            waiting,
        }
    }

    /// Whether a peer may have one more answer now.
    fn owes(&mut self, peer: NodeId) -> bool {
        if self.favours.given.len() >= 256 && !self.favours.given.contains_key(&peer) {
            return false;
        }
        let given = self.favours.given.entry(peer).or_default();
        *given += 1;
        *given <= ANSWERS
    }

    /// Asks a peer for whatever it has above the last final block, now and then.
    pub(crate) fn ask(&mut self, now: Now, peer: NodeId, out: &mut Vec<Output>) {
        let pause = troupe_types::Millis(self.settings.repeat.0 / 4);
        let asked = self.favours.asked.get(&peer);
        let is_early = asked.is_some_and(|at| now.mono < at.plus(pause));
        if is_early || (asked.is_none() && self.favours.asked.len() >= 256) {
            return;
        }
        self.favours.asked.insert(peer, now.mono);
        self.send(peer, Fetch::Above(self.committed()), out);
    }

    /// Asks one peer after the other while certified blocks, or certificates below them, are missing.
    pub(crate) fn ask_somebody(&mut self, now: Now, out: &mut Vec<Output>) {
        let gap = self.tree.gap();
        if self.peers.is_empty() || (self.orphans.is_empty() && gap.is_none()) {
            return;
        }
        self.favours.turn = (self.favours.turn + 1) % self.peers.len();
        let Some(peer) = self.peers.get(self.favours.turn).copied() else { return };
        if let Some(hash) = gap {
            self.send(peer, Fetch::Block(hash), out);
        }
        let lost: Vec<Hash> = self.orphans.keys().take(4).copied().collect();
        for hash in lost.iter().filter(|hash| !self.strays.contains_key(*hash)) {
            self.send(peer, Fetch::Block(*hash), out);
        }
        if !lost.is_empty() {
            self.ask(now, peer, out);
        }
    }

    /// A block with its certificate, wherever it is.
    fn certified(&self, hash: &Hash) -> Option<(Arc<Block>, Certificate)> {
        let stray = || Some((self.strays.get(hash)?.clone(), *self.orphans.get(hash)?));
        self.tree.certified(hash).or_else(stray)
    }

    /// Says that a peer is further than messages reach back, now and then.
    pub(crate) fn behind(&mut self, now: Now, peer: NodeId, height: Height, out: &mut Vec<Output>) {
        let said = self.favours.ahead.get(&peer);
        let is_early = said.is_some_and(|at| now.mono < at.plus(self.settings.repeat));
        if is_early || (said.is_none() && self.favours.ahead.len() >= 256) {
            return;
        }
        self.favours.ahead.insert(peer, now.mono);
        out.push(Output::Behind { height, peer });
    }

    /// Asks for one block.
    pub(crate) fn ask_for(&self, peer: NodeId, hash: Hash, out: &mut Vec<Output>) {
        if self.tree.get(&hash).is_none() {
            self.send(peer, Fetch::Block(hash), out);
        }
    }

    /// A block is certified and not here.
    pub(crate) fn lack(
        &mut self,
        now: Now,
        from: NodeId,
        certificate: &Certificate,
        out: &mut Vec<Output>,
    ) {
        let height = certificate.height;
        if height.since(self.committed()) > DEPTH {
            return self.behind(now, from, height, out);
        }
        self.ask_for(from, certificate.hash, out);
    }

    /// Helps a node that speaks of a view which is over here.
    pub(crate) fn help_back(&mut self, peer: NodeId, place: Place, out: &mut Vec<Output>) {
        if peer == self.settings.node || !self.owes(peer) {
            return;
        }
        if place.epoch < self.round.place.epoch {
            // Every message of an epoch that is over is answered with the block that ended it.
            let last = self.schedule.get(place.epoch).map(|term| term.last);
            let ended = last.and_then(|last| self.ended(last));
            if let Some((block, certificate)) = ended {
                let answer = Answer::Block((*block).clone(), certificate);
                return self.send(peer, answer, out);
            }
            return self.send(peer, Answer::Gone(self.committed()), out);
        }
        match (&self.round.entry, self.tree.highest().certificate) {
            (Some(whole), _) => self.send(peer, Changed(whole.clone()), out),
            (None, Some(certificate)) => self.send(peer, Certified(certificate), out),
            (None, None) => {}
        }
    }

    fn ended(&self, last: troupe_types::Height) -> Option<(Arc<Block>, Certificate)> {
        let edge = self.edge.filter(|edge| edge.height == last).map(|edge| edge.hash);
        match edge {
            Some(hash) => self.tree.certified(&hash),
            None => {
                let below = Height(last.0.checked_sub(1)?);
                self.tree.above(below, 1)?.into_iter().next()
            }
        }
    }

    /// Compares a peer's status with the own: gives what it lacks, asks for what it has.
    pub(crate) fn hear(&mut self, now: Now, from: NodeId, status: &Status, out: &mut Vec<Output>) {
        self.hear_of_genesis(from, status, out);
        if status.committed.since(self.committed()) > BLOCKS as u64 {
            self.behind(now, from, status.committed, out);
        }
        let (own, theirs) = (self.tree.highest_rank(), status.highest);
        if theirs > own {
            self.ask(now, from, out);
        } else if theirs < own
            && let Some(certificate) = self.tree.highest().certificate
            && self.owes(from)
        {
            self.send(from, Certified(certificate), out);
        }
        if status.place < self.round.place {
            return self.help_back(from, status.place, out);
        }
        if status.place != self.round.place {
            return;
        }
        let mine = self.round.proposals.keys().next_back().map_or(0, |last| last + 1);
        if status.proposals > mine {
            let fetch = Fetch::Proposal { place: status.place, index: mine };
            self.send(from, fetch, out);
        }
        if let Some(waiting) = status.waiting {
            self.give_votes(from, waiting, out);
        }
    }

    fn give_votes(&mut self, peer: NodeId, waiting: Waiting, out: &mut Vec<Output>) {
        if !self.owes(peer) {
            return;
        }
        if let Some((_, certificate)) = self.tree.certified(&waiting.hash) {
            return self.send(peer, Certified(certificate), out);
        }
        let Some(node) = self.tree.get(&waiting.hash) else { return };
        let votes = self.pool.missing(&node.header().statement(Kind::Vote), waiting.known);
        if votes.is_empty() {
            return;
        }
        if let Ok(votes) = List::new(votes) {
            self.send(peer, Answer::Votes(votes), out);
        }
    }

    /// Answers a request with what is here.
    pub(crate) fn serve(&mut self, peer: NodeId, fetch: Fetch, out: &mut Vec<Output>) {
        if !self.owes(peer) {
            return;
        }
        match fetch {
            Fetch::Above(height) => {
                let Some(blocks) = self.tree.above(height, BLOCKS) else {
                    return self.send(peer, Answer::Gone(self.committed()), out);
                };
                for (block, certificate) in blocks {
                    if self.owes(peer) {
                        self.send(peer, Answer::Block((*block).clone(), certificate), out);
                    }
                }
            }
            Fetch::Block(hash) => {
                if let Some((block, certificate)) = self.certified(&hash) {
                    self.send(peer, Answer::Block((*block).clone(), certificate), out);
                }
            }
            Fetch::Proposal { place, index } if place == self.round.place => {
                let later = self.round.proposals.range(index..).map(|(_, proposal)| proposal);
                let proposals: Vec<Propose> = later.cloned().collect();
                for proposal in proposals {
                    if self.owes(peer) {
                        self.send(peer, proposal, out);
                    }
                }
            }
            Fetch::Proposal { .. } => {}
        }
    }
}
