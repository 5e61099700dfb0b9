//! Making blocks when it is this node's turn.

use crate::ledger::Permit;
use crate::message::Propose;
use crate::output::{Fill, Order};
use crate::state::Machine;
use crate::tree::{Node, Run};
use crate::{Block, Header, Kind, Output, Proposed, Record, Signature, Statement, Term};
use std::sync::Arc;
use troupe_types::{Hash, Height, Millis, UnixMillis};
use troupe_wire::Now;

/// Empty blocks after one that needs to become final.
const SUCCESSORS: u32 = 2;

impl Machine {
    /// The block the next one is built on; `None` where this node has nothing to build now.
    fn sealing_on(&self) -> Option<&Node> {
        let is_busy = self.seal.building.is_some() || self.seal.next > self.last_index();
        let is_over = self.ledger.has_given_up(self.round.place);
        if !self.round.is_fresh || is_busy || is_over || !self.is_proposer() {
            return None;
        }
        let on = match (self.seal.tip, &self.round.entry) {
            (Some(tip), _) => self.tree.get(&tip),
            (None, Some(whole)) => self.tree.get(&whole.base(&self.settings.genesis).1),
            (None, None) => {
                let top = self.tree.highest();
                Some(top).filter(|top| self.is_completed_by(top.header(), self.round.place))
            }
        }?;
        let is_done = matches!(on.run, Run::Done(_));
        (is_done && on.header().height < self.term().last).then_some(on)
    }

    /// Whether a block up to this one needs to become final.
    fn is_pending(&self, tip: &Node) -> bool {
        let root = self.tree.root().header().hash;
        let mut at = tip;
        while at.header().hash != root {
            if at.header().causes.any() {
                return true;
            }
            let Some(below) = self.tree.get(&at.header().parent) else { return false };
            at = below;
        }
        false
    }

    /// When the next block is due, and what goes in.
    fn due(&self) -> Option<(Millis, Fill)> {
        let tip = self.sealing_on()?;
        let heartbeat = self.seal.last.plus(self.settings.heartbeat);
        let paced = self.seal.last_full.plus(self.settings.pace);
        let is_wanted = self.seal.empties < SUCCESSORS && self.is_pending(tip);
        if is_wanted && !self.seal.is_loaded {
            return Some((Millis::ZERO, Fill::Nothing));
        }
        if self.has_work {
            return Some((paced.at_most(heartbeat), Fill::Whatever));
        }
        if is_wanted {
            // Under load the next block with transactions is a successor as well: wait for it.
            return Some((paced, Fill::Nothing));
        }
        Some((heartbeat, Fill::Whatever))
    }

    /// Takes note of when blocks come: the pace depends on it.
    pub(crate) fn note_block(&mut self, now: Now, header: &Header) {
        self.seal.last = now.mono;
        if header.causes.any() && header.hash != self.seal.last_full_hash {
            let gap = now.mono.since(self.seal.last_full);
            let is_soon = gap < self.settings.pace.plus(self.settings.pace);
            self.seal.is_loaded = is_soon && self.seal.has_more;
            self.seal.has_more = false;
            self.seal.last_full = now.mono;
            self.seal.last_full_hash = header.hash;
            self.seal.last_full_height = header.height;
        }
    }

    /// Takes note of work, or that there is none any more.
    pub(crate) fn note_work(&mut self, waiting: bool) {
        self.has_work = waiting;
        // Whoever waits for one transaction before sending the next is not kept waiting for company.
        self.seal.has_more |= waiting && self.committed() < self.seal.last_full_height;
    }

    /// When this node has to be woken to build.
    pub(crate) fn seals_at(&self) -> Option<Millis> {
        self.due().map(|(at, _)| at)
    }

    pub(crate) fn seal(&mut self, now: Now, out: &mut Vec<Output>) {
        let Some((at, fill)) = self.due() else { return };
        if now.mono < at {
            return;
        }
        let Some(tip) = self.sealing_on() else { return };
        let header = tip.header();
        let Some(height) = header.height.next() else { return };
        let parent = header.hash;
        let time = UnixMillis(header.time.0.max(now.wall.0));
        let ends_epoch = height == self.term().last;
        let (place, index) = (self.round.place, self.seal.next);
        self.seal.building = Some(parent);
        if fill == Fill::Whatever {
            // What waits goes in; what comes from now on is said again.
            self.has_work = false;
        }
        out.push(Output::Build(Order { parent, height, place, index, time, ends_epoch, fill }));
    }

    pub(crate) fn built(
        &mut self,
        now: Now,
        parent: Hash,
        block: Option<Block>,
        elected: Option<Term>,
        out: &mut Vec<Output>,
    ) {
        if self.seal.building != Some(parent) {
            return;
        }
        self.seal.building = None;
        let Some(block) = block else {
            // Try again when the next heartbeat is due.
            self.seal.last = now.mono;
            self.has_work = false;
            return;
        };
        let header = &block.header;
        let height = self.tree.get(&parent).and_then(|node| node.header().height.next());
        let is_ordered = header.parent == parent
            && Some(header.height) == height
            && header.place == self.round.place
            && header.index == self.seal.next
            && header.causes.ends_epoch == (header.height == self.term().last);
        if !is_ordered {
            return;
        }
        self.put_forward(now, block, elected, out);
    }

    fn put_forward(
        &mut self,
        now: Now,
        block: Block,
        elected: Option<Term>,
        out: &mut Vec<Output>,
    ) {
        let statement = block.header.statement(Kind::Proposal);
        let (hash, parent) = (block.header.hash, block.header.parent);
        let has_cause = block.header.causes.any();
        let is_new = self.ledger.permit(&statement, self.rules) == Permit::Sign;
        if !is_new || self.tree.insert(Arc::new(block.clone())).is_err() {
            // Something was signed here before: this view is for others to end.
            self.round.is_fresh = false;
            return;
        }
        if let Some(node) = self.tree.get_mut(&hash) {
            node.run = Run::Done(elected);
            node.is_proposed = true;
        }
        let is_first = self.seal.next == 0;
        self.seal.tip = Some(hash);
        self.seal.next += 1;
        self.seal.empties = if has_cause { 0 } else { self.seal.empties + 1 };
        self.note_block(now, &block.header);
        let proposal = Propose {
            block,
            parent: self.tree.get(&parent).and_then(|node| node.certificate),
            entry: self.round.entry.clone().filter(|_| is_first),
            edge: self.edge,
            signature: Signature([0; 96]),
        };
        self.seal.unsigned.insert(hash, proposal);
        out.push(Output::Sign(statement));
    }

    pub(crate) fn send_proposal(
        &mut self,
        now: Now,
        statement: &Statement,
        signature: Signature,
        out: &mut Vec<Output>,
    ) {
        let Some(mut proposal) = self.seal.unsigned.remove(&statement.hash) else { return };
        proposal.signature = signature;
        self.record_entry(out);
        self.record_block(&statement.hash, out);
        self.say(Record::Proposal(Proposed::of(&proposal)), proposal.clone(), out);
        self.admitted(now, proposal);
    }

    /// The height of the last final block.
    pub(crate) fn committed(&self) -> Height {
        self.tree.root().header().height
    }
}
