//! The machine.

use super::peers::Peers;
use super::ranges::{Asked, Range};
use super::{Fault, Input, Output, Verdict};
use crate::message::{Fetch, Position};
use std::collections::BTreeMap;
use troupe_types::{Bytes, Hash, Height, Millis, NodeId};
use troupe_wire::{Machine, Now};

/// What bounds a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many blocks others have to be ahead before anything is asked: closer ones come by consensus.
    pub behind: u64,
    /// The most blocks of a range.
    pub range: u16,
    /// The bytes from which a range counts as full.
    pub range_bytes: Bytes,
    /// The most ranges at once.
    pub ranges: usize,
    /// The most blocks that are handed on and not executed.
    pub ahead: u64,
    /// How long a peer has for an answer.
    pub patience: Millis,
    /// How often peers are asked how far they are.
    pub every: Millis,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            behind: 4,
            range: 64,
            range_bytes: Bytes::mib(4),
            ranges: 8,
            ahead: 256,
            patience: Millis::secs(5),
            every: Millis::secs(2),
        }
    }
}

/// A node that catches up. See the [module](super).
#[derive(Debug)]
pub struct Sync {
    limits: Limits,
    genesis: Hash,
    peers: Peers,
    /// The last block executed.
    executed: Height,
    /// The last block handed on.
    handed: (Height, Hash),
    /// By their first block, without gaps, from the one after `handed` on.
    ranges: BTreeMap<Height, Range>,
    /// The question about the first range.
    verifying: Option<u64>,
    /// It cannot be verified before something more is executed.
    is_early: bool,
    /// Nobody else will bring what is missing.
    is_urged: bool,
    questions: u64,
    next_inquiry: Millis,
}

impl Sync {
    /// A node that has executed up to this block.
    #[must_use]
    pub fn new(limits: Limits, genesis: Hash, height: Height, hash: Hash, now: Now) -> Self {
        Self {
            limits,
            genesis,
            peers: Peers::default(),
            executed: height,
            handed: (height, hash),
            ranges: BTreeMap::new(),
            verifying: None,
            is_early: false,
            is_urged: false,
            questions: 0,
            next_inquiry: now.mono,
        }
    }

    /// Bytes of blocks that are held.
    #[must_use]
    pub fn held(&self) -> Bytes {
        Bytes::of(self.ranges.values().map(Range::held).sum())
    }

    /// Whether others are far enough ahead to ask them.
    #[must_use]
    pub fn is_behind(&self, now: Now) -> bool {
        let behind = if self.is_urged { 1 } else { self.limits.behind.max(1) };
        self.peers.target(now.mono).since(self.executed) >= behind
    }

    fn question(&mut self) -> u64 {
        self.questions += 1;
        self.questions
    }

    fn learn(&mut self, now: Now, peer: NodeId, position: Position, out: &mut Vec<Output>) {
        if position.genesis != self.genesis {
            self.blame(peer, Fault::Chain, now, out);
            return;
        }
        self.peers.learn(peer, position.first, position.height);
    }

    fn blame(&mut self, peer: NodeId, fault: Fault, now: Now, out: &mut Vec<Output>) {
        self.peers.blame(&peer, fault, now.mono);
        out.push(Output::Score { peer, fault });
    }

    /// Takes a question back from the range that waits for its answer.
    fn end_question(&mut self, id: u64) -> Option<(Height, Asked)> {
        let waits = |range: &Range| range.asked.filter(|asked| asked.id == id);
        let (from, asked) =
            self.ranges.iter().find_map(|(from, range)| Some((*from, waits(range)?)))?;
        self.peers.answered(&asked.peer);
        self.ranges.get_mut(&from)?.asked = None;
        Some((from, asked))
    }

    fn accept(&mut self, id: u64, bytes: &[u8], now: Now, out: &mut Vec<Output>) {
        // An answer that came too late is nobody's.
        let Some((from, Asked { peer, .. })) = self.end_question(id) else { return };
        let Some(range) = self.ranges.get_mut(&from) else { return };
        if bytes.is_empty() {
            let height = range.next();
            self.peers.lacks(&peer, height);
            self.give_up(from, peer, Fault::Empty, now, out);
            return;
        }
        if let Err(fault) = range.accept(peer, bytes) {
            self.give_up(from, peer, fault, now, out);
            return;
        }
        if range.held() >= self.limits.range_bytes.as_usize() && !range.blocks.is_empty() {
            self.split(from);
        }
    }

    /// What a peer sent of a range before it failed is kept; the rest is for another.
    fn give_up(
        &mut self,
        from: Height,
        peer: NodeId,
        fault: Fault,
        now: Now,
        out: &mut Vec<Output>,
    ) {
        self.blame(peer, fault, now, out);
        self.split(from);
    }

    fn split(&mut self, from: Height) {
        let Some(range) = self.ranges.get_mut(&from) else { return };
        let rest = range.split();
        if range.count == 0 {
            self.ranges.remove(&from);
        }
        if let Some(rest) = rest {
            self.ranges.insert(rest.from, rest);
        }
    }

    fn lose(&mut self, peer: NodeId) {
        self.peers.forget(&peer);
        let asked = |range: &Range| range.asked.is_some_and(|asked| asked.peer == peer);
        let left: Vec<Height> =
            self.ranges.iter().filter(|(_, range)| asked(range)).map(|(from, _)| *from).collect();
        for from in left {
            if let Some(range) = self.ranges.get_mut(&from) {
                range.asked = None;
            }
            self.split(from);
        }
    }

    fn verified(&mut self, id: u64, verdict: Verdict, now: Now, out: &mut Vec<Output>) {
        if self.verifying != Some(id) {
            return;
        }
        self.verifying = None;
        let Some((from, mut range)) = self.ranges.pop_first() else { return };
        // Nothing that could make later what is not so now.
        let is_all_executed = self.handed.0 <= self.executed;
        match verdict {
            Verdict::Good(blocks) => {
                let Some(last) = blocks.last() else { return };
                self.handed = (last.block.header().height, last.block.hash());
                if let Some(source) = range.source {
                    self.peers.praise(&source);
                }
                range.skip(blocks.len());
                if range.count > 0 {
                    self.ranges.insert(range.from, range);
                    self.is_early = true;
                }
                out.push(Output::Execute { blocks });
            }
            Verdict::NotYet if !is_all_executed => {
                self.ranges.insert(from, range);
                self.is_early = true;
            }
            Verdict::Bad | Verdict::NotYet => {
                self.ranges.insert(from, Range::new(from, range.count));
                if let Some(source) = range.source {
                    self.blame(source, Fault::Proof, now, out);
                }
            }
        }
    }

    fn committed(&mut self, height: Height, hash: Hash, now: Now, out: &mut Vec<Output>) {
        if height <= self.executed {
            return;
        }
        self.executed = height;
        self.is_early = false;
        if height > self.handed.0 {
            // Consensus was faster: what is on its way below is not wanted any more.
            self.handed = (height, hash);
            self.verifying = None;
            for range in core::mem::take(&mut self.ranges).into_values() {
                if let Some(asked) = range.asked {
                    self.peers.answered(&asked.peer);
                }
            }
        }
        let target = self.peers.target(now.mono);
        self.is_urged &= target > height;
        if target > height {
            out.push(Output::Progress { height, target });
        }
    }

    /// Asks for what can be asked for, and has verified what can be verified.
    fn pursue(&mut self, now: Now, out: &mut Vec<Output>) {
        if self.is_behind(now) || !self.ranges.is_empty() {
            self.plan(now);
            self.ask(now, out);
        }
        self.verify(out);
    }

    fn plan(&mut self, now: Now) {
        let target = self.peers.target(now.mono);
        // Somebody claimed these and does not any more.
        while let Some((from, range)) = self.ranges.last_key_value() {
            if range.from <= target || range.held() > 0 || range.asked.is_some() {
                break;
            }
            let from = *from;
            self.ranges.remove(&from);
        }
        while self.ranges.len() < self.limits.ranges {
            let end = self.ranges.last_key_value().map(|(_, range)| range.end());
            let from = end.unwrap_or(Height(self.handed.0.0.saturating_add(1)));
            let count = Height(target.0.saturating_add(1)).since(from);
            if count == 0 {
                return;
            }
            let count = count.min(self.limits.range.max(1).into());
            self.ranges.insert(from, Range::new(from, count));
        }
    }

    /// Ranges whose blocks are neither all here nor asked for.
    fn idle(&self) -> Vec<Height> {
        let idle = |range: &Range| range.asked.is_none() && !range.is_complete();
        self.ranges.iter().filter(|(_, range)| idle(range)).map(|(from, _)| *from).collect()
    }

    fn ask(&mut self, now: Now, out: &mut Vec<Output>) {
        // A range is one peer's, so that it is clear whom to blame: what its peer cannot finish is
        // another range.
        for key in self.idle() {
            let Some(range) = self.ranges.get(&key) else { continue };
            let Some(source) = range.source.filter(|_| range.held() > 0) else { continue };
            if !self.peers.is_able(&source, range.next(), now.mono) {
                self.split(key);
            }
        }
        for key in self.idle() {
            let Some(range) = self.ranges.get(&key) else { continue };
            let (from, offset) = (range.next(), range.offset());
            let most = u16::try_from(range.left()).unwrap_or(u16::MAX);
            let source = range.source.filter(|_| range.held() > 0);
            let Some(peer) = source.or_else(|| self.peers.choose(from, now.mono)) else { continue };
            let id = self.question();
            self.peers.asked(&peer, id);
            let due = now.mono.plus(self.limits.patience);
            if let Some(range) = self.ranges.get_mut(&key) {
                range.asked = Some(Asked { id, peer, due });
            }
            out.push(Output::Ask { id, peer, fetch: Fetch { from, offset, most } });
        }
    }

    fn verify(&mut self, out: &mut Vec<Output>) {
        let is_full = self.handed.0.since(self.executed) >= self.limits.ahead;
        if self.verifying.is_some() || self.is_early || is_full {
            return;
        }
        let first = self.ranges.first_key_value().map(|(_, range)| range);
        let Some(range) = first.filter(|range| range.is_complete()) else { return };
        let blocks = range.blocks.clone();
        let id = self.question();
        self.verifying = Some(id);
        out.push(Output::Verify { id, parent: self.handed.1, blocks });
    }

    fn first_due(&self) -> Option<Millis> {
        self.ranges.values().filter_map(|range| range.asked).map(|asked| asked.due).min()
    }
}

impl Machine for Sync {
    type Input = Input;
    type Output = Output;

    fn step(&mut self, now: Now, input: Input, out: &mut Vec<Output>) {
        match input {
            Input::Position { peer, position } => self.learn(now, peer, position, out),
            Input::Lost { peer } => self.lose(peer),
            Input::Answer { id, bytes } => self.accept(id, &bytes, now, out),
            Input::Unanswered { id } => {
                if let Some((from, asked)) = self.end_question(id) {
                    self.give_up(from, asked.peer, Fault::Silent, now, out);
                }
            }
            Input::Verified { id, verdict } => self.verified(id, verdict, now, out),
            Input::Committed { height, hash } => self.committed(height, hash, now, out),
            Input::Urged => self.is_urged = true,
        }
        self.pursue(now, out);
    }

    fn tick(&mut self, now: Now, out: &mut Vec<Output>) {
        while self.first_due().is_some_and(|due| due <= now.mono) {
            let late = self.ranges.values().filter_map(|range| range.asked);
            let Some(asked) = late.min_by_key(|asked| asked.due) else { break };
            let Some((from, _)) = self.end_question(asked.id) else { break };
            self.give_up(from, asked.peer, Fault::Silent, now, out);
        }
        if self.next_inquiry <= now.mono {
            self.next_inquiry = now.mono.plus(self.limits.every);
            out.extend(self.peers.ids().into_iter().map(|peer| Output::Inquire { peer }));
        }
        self.pursue(now, out);
    }

    fn next_tick(&self) -> Option<Millis> {
        Some(self.first_due().map_or(self.next_inquiry, |due| due.at_most(self.next_inquiry)))
    }
}
