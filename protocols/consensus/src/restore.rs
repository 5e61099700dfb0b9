//! A machine from nothing, and from what was written down.

use crate::input::Anchor;
use crate::ledger::Ledger;
use crate::message::{GiveUp, Propose, Vote};
use crate::rules::{Rule, Rules};
use crate::silence::Silence;
use crate::state::{Machine, Round, Seal};
use crate::tree::Tree;
use crate::{Block, Certificate, Error, Output, Place, Proposed, Record, Schedule, Settings};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use troupe_types::{Hash, Height};
use troupe_wire::Now;

impl Machine {
    /// A machine on a final block, with all that was written down since that block or before it.
    ///
    /// Without records this is the first start: the anchor is the genesis block, or one that was
    /// synchronised by other means. The state of the anchor has to be at hand.
    pub fn new(settings: Settings, anchor: Anchor, records: Vec<Record>) -> Result<Self, Error> {
        Self::with_rules(settings, anchor, records, Rules::ALL)
    }

    /// As [`Machine::new`], with a mistake planted.
    #[doc(hidden)]
    pub fn with_rules(
        settings: Settings,
        anchor: Anchor,
        records: Vec<Record>,
        rules: Rules,
    ) -> Result<Self, Error> {
        settings.check()?;
        let schedule = schedule(&anchor)?;
        let first = Place::first_of(
            match schedule
                .iter()
                .find(|term| term.holds(anchor.block.header.height.next().unwrap_or_default()))
            {
                Some(term) => term.epoch,
                None => schedule.newest().epoch,
            },
        );
        let root = anchor.block.header.hash;
        // Only on the genesis block is it known that nobody has begun.
        let is_fresh = root == settings.genesis;
        let silence = Silence::of(&records, settings.key.as_ref(), settings.watch);
        let mut machine = Self {
            settings,
            rules,
            schedule,
            tree: tree(&anchor),
            ledger: Ledger::default(),
            round: Round { place: first, is_fresh, ..Round::default() },
            seal: Seal::default(),
            pool: crate::pool::Pool::default(),
            changes: BTreeMap::new(),
            gate: crate::gate::Gate::default(),
            edge: None,
            orphans: BTreeMap::new(),
            strays: BTreeMap::new(),
            recorded: BTreeSet::new(),
            reported: BTreeSet::new(),
            favours: crate::state::Favours::default(),
            peers: Vec::new(),
            is_started: false,
            has_work: false,
            silence,
            halted: None,
            reported_lock: root,
        };
        machine.adopt_proof(&anchor);
        machine.restore(records);
        Ok(machine)
    }

    /// The certificates above a synchronised block, and its blocks once they come.
    fn adopt_proof(&mut self, anchor: &Anchor) {
        let links = anchor.proof.iter().flat_map(|proof| proof.0.iter());
        for link in links.skip(1) {
            self.orphans.insert(link.certificate.hash, link.certificate);
        }
    }

    fn restore(&mut self, records: Vec<Record>) {
        if !self.rules.keep(Rule::Remembers) {
            return;
        }
        let mut blocks: BTreeMap<(Height, Hash), Block> = BTreeMap::new();
        let mut certificates: Vec<Certificate> = Vec::new();
        let mut votes: Vec<Vote> = Vec::new();
        let mut proposals: Vec<Proposed> = Vec::new();
        let genesis = self.settings.genesis;
        let mut entries: Vec<crate::ViewChangeCertificate> = Vec::new();
        let mut change = None;
        for record in records {
            match record {
                Record::Block(block) => {
                    let header = &block.header;
                    blocks.insert((header.height, header.hash), block);
                }
                Record::Vote(vote) => {
                    self.ledger.restore(&vote.statement(), vote.signature);
                    certificates.extend(vote.parent);
                    votes.push(vote);
                }
                Record::Proposal(proposed) => {
                    self.ledger.restore(&proposed.statement, proposed.signature);
                    certificates.extend(proposed.parent);
                    certificates.extend(proposed.entry.as_ref().and_then(|whole| whole.highest));
                    proposals.push(proposed);
                }
                Record::ViewChange(said) => {
                    self.ledger.restore(&said.statement(&genesis), said.signature);
                    certificates.extend(said.highest);
                    certificates.extend(said.edge);
                    change = change.max_by_place(said);
                }
                Record::Entry(whole) => {
                    certificates.extend(whole.highest);
                    entries.push(whole);
                }
                Record::Holder(_) | Record::Barred(..) => {}
            }
        }
        for block in blocks.values() {
            if block.header.height > self.committed() {
                self.recorded.insert(block.header.hash);
                self.found(Arc::new(block.clone()));
            }
        }
        for certificate in certificates {
            let is_old = certificate.height <= self.committed();
            if !is_old && !self.tree.certify(&certificate) && !self.knows(&certificate) {
                self.orphans.insert(certificate.hash, certificate);
            }
        }
        let latest = self.ledger.latest();
        if let Some(place) = latest.filter(|place| *place > self.round.place) {
            self.round.place = place;
            self.round.is_fresh = false;
        }
        if latest == Some(self.round.place) {
            self.round.is_fresh = false;
        }
        let here = Some(self.round.place);
        self.round.entry = entries.into_iter().find(|whole| whole.place.next_view() == here);
        self.round.is_recorded = true;
        self.round.change = change.filter(|change| change.place == self.round.place);
        self.edge = self.edge_into(self.round.place.epoch);
        self.resume(&proposals, &votes, &blocks);
    }

    /// Puts the proposals of the current view back that were made or voted for.
    fn resume(
        &mut self,
        proposals: &[Proposed],
        votes: &[Vote],
        blocks: &BTreeMap<(Height, Hash), Block>,
    ) {
        let here = self.round.place;
        for proposed in proposals.iter().filter(|proposed| proposed.statement.place == here) {
            let said = proposed.statement;
            let Some(block) = blocks.get(&(said.height, said.hash)) else { continue };
            let Proposed { parent, entry, signature, .. } = proposed.clone();
            let edge = self.edge;
            let proposal = Propose { block: block.clone(), parent, entry, edge, signature };
            self.round.proposals.insert(said.index, proposal);
        }
        let own = self.settings.node;
        for vote in votes.iter().filter(|vote| vote.place == here) {
            if let Some(node) = self.tree.get_mut(&vote.hash) {
                node.is_proposed = true;
            }
            self.pool.add(vote, own, true);
        }
    }

    /// Says again what was said in the current view.
    pub(crate) fn start(&mut self, now: Now, out: &mut Vec<Output>) {
        if self.is_started {
            return;
        }
        self.is_started = true;
        self.refresh_peers(out);
        self.begin_watch(now, out);
        out.push(Output::Entered(self.round.place));
        self.round.deadline = now.mono.plus(self.settings.time_out(0));
        self.round.repeat_at = now.mono.plus(self.settings.repeat);
        self.seal.last = now.mono;
        for proposal in self.round.proposals.values() {
            self.broadcast(proposal.clone(), out);
        }
        for vote in self.own_votes() {
            self.broadcast(vote, out);
        }
        if let Some(change) = self.round.change.clone() {
            self.broadcast(GiveUp(change.clone()), out);
            self.gave_up(now, self.settings.node, change, out);
        }
        self.tell_status(out);
    }

    fn own_votes(&self) -> Vec<Vote> {
        let of_the_view = self.tree.nodes().filter(|node| node.header().place == self.round.place);
        let Some(voter) = self.position() else { return Vec::new() };
        of_the_view
            .flat_map(|node| {
                let statement = node.header().statement(crate::Kind::Vote);
                self.pool.missing(&statement, crate::Signers::NONE)
            })
            .filter(|vote| vote.voter == voter)
            .collect()
    }

    /// Stands on a final block that was fetched by other means, if it is higher.
    pub(crate) fn synced(&mut self, now: Now, anchor: Anchor, out: &mut Vec<Output>) {
        if anchor.block.header.height <= self.committed() {
            return;
        }
        for term in &anchor.terms {
            if self.schedule.extend(term.clone()).is_ok() {
                continue;
            }
            // A gap: the terms of the anchor stand on their own.
            if let Ok(schedule) = schedule(&anchor) {
                self.schedule = schedule;
            }
            break;
        }
        self.watch_block(&anchor.block.header, true, out);
        for link in anchor.proof.iter().flat_map(|proof| proof.0.iter()) {
            self.watch_certificate(&link.certificate, out);
        }
        let link = anchor.proof.as_ref().and_then(|proof| proof.0.first());
        let certificate = link.map(|link| link.certificate);
        // What is above stays: this node may have voted on it.
        let left = self.tree.lift(anchor.block.clone(), certificate);
        for node in left {
            if let Some(certificate) = node.certificate {
                self.orphans.insert(certificate.hash, certificate);
                self.strays.insert(node.header().hash, node.block);
            }
        }
        let height = self.committed();
        self.edge = self.edge.filter(|edge| edge.height > height);
        self.adopt_proof(&anchor);
        self.refresh_peers(out);
        let height = anchor.block.header.height.next().unwrap_or_default();
        let epoch = self.schedule.iter().find(|term| term.holds(height)).map(|term| term.epoch);
        if let Some(place) = epoch.map(Place::first_of) {
            self.enter(now, place, None, crate::certify::Start::Midway, out);
        }
    }
}

trait Latest {
    fn max_by_place(self, other: crate::ViewChange) -> Self;
}

impl Latest for Option<crate::ViewChange> {
    fn max_by_place(self, other: crate::ViewChange) -> Self {
        match self {
            Some(before) if before.place > other.place => Some(before),
            Some(_) | None => Some(other),
        }
    }
}

fn schedule(anchor: &Anchor) -> Result<Schedule, Error> {
    let mut terms = anchor.terms.iter();
    let first = terms.next().ok_or(Error::SetSize { got: 0, limit: crate::MAX_VALIDATORS })?;
    let mut schedule = Schedule::new(first.clone());
    for term in terms {
        schedule.extend(term.clone())?;
    }
    Ok(schedule)
}

fn tree(anchor: &Anchor) -> Tree {
    let link = anchor.proof.as_ref().and_then(|proof| proof.0.first());
    Tree::new(anchor.block.clone(), link.map(|link| link.certificate))
}
