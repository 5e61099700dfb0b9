//! From inputs to what is done about them.

use crate::input::{Input, Outcome};
use crate::output::{Halt, Output};
use crate::state::Machine;
use crate::tree::Run;
use crate::{Error, Term};
use troupe_types::{Hash, Millis, NodeId};
use troupe_wire::Now;

impl troupe_wire::Machine for Machine {
    type Input = Input;
    type Output = Output;

    fn step(&mut self, now: Now, input: Input, out: &mut Vec<Output>) {
        if self.halted.is_some() || (!self.is_started && !matches!(input, Input::Start)) {
            return;
        }
        match input {
            Input::Start => self.start(now, out),
            Input::Message { from, message } => self.receive(now, from, message, out),
            Input::Verified { task, verdict } => self.verified(now, task, verdict, out),
            Input::Signed { statement, signature } => self.signed(now, statement, signature, out),
            Input::Built { parent, block, elected } => {
                self.built(now, parent, block, elected, out);
            }
            Input::Executed { hash, outcome } => self.executed(&hash, outcome, out),
            Input::Work { waiting } => self.note_work(waiting),
            Input::Synced(anchor) => self.synced(now, *anchor, out),
        }
        self.drive(now, out);
    }

    fn tick(&mut self, now: Now, out: &mut Vec<Output>) {
        if self.halted.is_some() || !self.is_started {
            return;
        }
        self.time_passed(now, out);
        self.drive(now, out);
    }

    fn next_tick(&self) -> Option<Millis> {
        if self.halted.is_some() || !self.is_started {
            return None;
        }
        let mut next = self.round.repeat_at;
        let is_due = self.position().is_some() && !self.ledger.has_given_up(self.round.place);
        if is_due {
            next = next.at_most(self.round.deadline);
        }
        for at in [self.seals_at(), self.round.probe_at].into_iter().flatten() {
            next = next.at_most(at);
        }
        Some(next)
    }
}

impl Machine {
    /// Does whatever has become possible, until nothing more is.
    pub(crate) fn drive(&mut self, now: Now, out: &mut Vec<Output>) {
        loop {
            let before = out.len();
            self.take_held(now, out);
            self.gather();
            self.adopt(now, out);
            self.advance(now, out);
            self.settle(now, out);
            self.execute(out);
            self.vote(now, out);
            self.seal(now, out);
            if self.halted.is_some() || out.len() == before {
                return;
            }
        }
    }

    /// Certifies blocks whose certificate came before them.
    fn adopt(&mut self, now: Now, out: &mut Vec<Output>) {
        let own = self.settings.node;
        let found = self.orphans.values().filter(|it| self.tree.get(&it.hash).is_some());
        let found: Vec<crate::Certificate> = found.copied().collect();
        for certificate in found {
            self.certify(now, own, &certificate, out);
        }
    }

    /// Asks for the execution of blocks whose parent was executed.
    fn execute(&mut self, out: &mut Vec<Output>) {
        let ready: Vec<Hash> = self
            .tree
            .nodes()
            .filter(|node| node.run == Run::Waiting)
            .filter(|node| {
                let parent = self.tree.get(&node.header().parent);
                parent.is_some_and(|parent| matches!(parent.run, Run::Done(_)))
            })
            .map(|node| node.header().hash)
            .collect();
        for hash in ready {
            if let Some(node) = self.tree.get_mut(&hash) {
                node.run = Run::Running;
                out.push(Output::Execute(node.block.clone()));
            }
        }
    }

    fn executed(&mut self, hash: &Hash, outcome: Outcome, out: &mut Vec<Output>) {
        let Some(node) = self.tree.get_mut(hash) else { return };
        if node.run != Run::Running {
            return;
        }
        let claimed = node.header().root;
        node.run = match outcome {
            Outcome::Valid { root, elected } if root == claimed => Run::Done(elected),
            Outcome::Valid { .. } | Outcome::Invalid => Run::Bad,
        };
        self.check_divergence(hash, out);
    }

    /// Stops where a quorum stands by a state that this node does not reach.
    pub(crate) fn check_divergence(&mut self, hash: &Hash, out: &mut Vec<Output>) {
        let Some(node) = self.tree.get(hash) else { return };
        if node.run == Run::Bad && node.certificate.is_some() {
            let header = node.header();
            self.halt(Halt::Diverged { hash: *hash, height: header.height }, out);
        }
    }

    pub(crate) fn halt(&mut self, why: Halt, out: &mut Vec<Output>) {
        if self.halted.is_none() {
            self.halted = Some(why);
            out.push(Output::Halt(why));
        }
    }

    pub(crate) fn blame(&self, peer: NodeId, fault: Error, out: &mut Vec<Output>) {
        if peer != self.settings.node {
            out.push(Output::Blame { peer, fault });
        }
    }

    /// Hands out the blocks that are final now, and takes note of elected sets.
    fn settle(&mut self, now: Now, out: &mut Vec<Output>) {
        let settled = self.tree.settle(self.rules);
        for one in settled {
            let header = one.node.header().clone();
            let elected = match one.node.run {
                Run::Done(elected) => elected,
                Run::Waiting | Run::Running | Run::Bad => None,
            };
            out.push(Output::Reached(crate::invariants::Reached {
                stage: crate::invariants::Stage::Committed,
                height: header.height,
                place: header.place,
                hash: header.hash,
            }));
            out.push(Output::Commit { block: one.node.block, proof: one.proof });
            if let Some(term) = elected {
                self.elect(term, &header, out);
            }
            if self.edge.is_some_and(|edge| edge.height <= header.height) {
                self.edge = None;
            }
        }
        self.forget(now);
    }

    /// Takes an elected set on, once the block that elected it is final.
    fn elect(&mut self, term: Term, by: &crate::Header, out: &mut Vec<Output>) {
        let limit = self.settings.election_distance();
        let current = self.schedule.get(by.place.epoch);
        let is_early = current.is_some_and(|current| current.last.since(by.height) >= limit);
        if !is_early || self.schedule.extend(term.clone()).is_err() {
            return self.halt(Halt::Election { height: by.height, limit }, out);
        }
        out.push(Output::Term(term));
        self.refresh_peers(out);
    }

    /// Forgets what can no longer matter.
    fn forget(&mut self, now: Now) {
        let root = self.tree.root().header();
        let (height, epoch) = (root.height, root.place.epoch);
        self.orphans.retain(|_, certificate| certificate.height > height);
        self.strays.retain(|_, block| block.header.height > height);
        let (tree, strays) = (&self.tree, &self.strays);
        self.recorded.retain(|hash| tree.get(hash).is_some() || strays.contains_key(hash));
        // Two more epochs: nodes that lag are told of the edge, and evidence is still checked.
        let oldest = troupe_types::Epoch(epoch.0.saturating_sub(2));
        self.schedule.forget_before(oldest);
        self.reported.retain(|offence| offence.epoch >= oldest);
        if now.mono.since(self.favours.since) >= self.settings.repeat {
            self.favours.since = now.mono;
            self.favours.given.clear();
            let fresh = now.mono;
            let pause = self.settings.repeat;
            self.favours.asked.retain(|_, at| fresh.since(*at) < pause);
            self.favours.ahead.retain(|_, at| fresh.since(*at) < pause);
        }
    }
}
