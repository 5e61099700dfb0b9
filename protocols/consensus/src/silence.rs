//! Whether this node may sign at all: what was signed elsewhere is over, and nobody else signs with its key.
//!
//! Two things keep a validator silent; it follows meanwhile.
//!
//! * **What was signed elsewhere.** A history that was brought here says how far the key has come. This
//!   node signs in later views only, and once a block as high as the highest it voted for is final: what
//!   it knew when it voted, and has no more, cannot be of any consequence then.
//! * **No history.** A key that never signed here may be at work elsewhere. The node watches whole views
//!   of which the blocks are younger than its process: whatever the key signs in them, another process
//!   signs now, and this one stops. What the key signed in older views may be its own, from before its
//!   disk was lost.
//!
//! A chain that only begins is not held up: where a quorum with this node has nothing but the genesis
//! block, or the first block is as young as the process, nobody has a past.

use crate::message::Status;
use crate::output::{Halt, Silent};
use crate::state::Machine;
use crate::{Certificate, Header, Mark, Output, Place, PublicKey, Record, Signers};
use std::collections::BTreeSet;
use troupe_types::{Height, NodeId, UnixMillis};
use troupe_wire::Now;

/// Milliseconds by which the first block may be older than the process for the chain to be new.
const NEWBORN: u64 = 10_000;

/// Why this node signs nothing yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct Silence {
    /// How far the key has come elsewhere: the latest view, and the highest block.
    floor: Option<(Place, Height)>,
    watch: Option<Watch>,
    /// That this key signs here was written down.
    is_held: bool,
}

#[derive(Debug, Clone)]
struct Watch {
    /// Whole views left to be seen.
    views: u32,
    /// When the machine was started.
    began: UnixMillis,
    /// The first view with a block younger than that. In later ones nobody signs but who is there now.
    from: Option<Place>,
    /// Who has only the genesis block as well.
    fresh: BTreeSet<NodeId>,
}

impl Silence {
    /// What the records say of a key, and whether it is to be watched for.
    pub(crate) fn of(records: &[Record], key: Option<&PublicKey>, views: u32) -> Self {
        let Some(key) = key else { return Self::default() };
        let (mut floor, mut holder, mut has_marks): (Option<(Place, Height)>, _, _) =
            (None, None, false);
        for record in records {
            match record {
                Record::Holder(holds) => holder = Some(holds),
                Record::Barred(of, Mark { place, height, .. }) if of == key => {
                    has_marks = true;
                    let (before, highest) = floor.unwrap_or_default();
                    floor = Some((before.max(*place), highest.max(*height)));
                }
                Record::Barred(..)
                | Record::Block(_)
                | Record::Vote(_)
                | Record::Proposal(_)
                | Record::ViewChange(_)
                | Record::Entry(_) => {}
            }
        }
        let is_held = holder == Some(key);
        let is_known = is_held || has_marks || views == 0;
        let began = UnixMillis(0);
        let watch = (!is_known).then(|| Watch { views, began, from: None, fresh: BTreeSet::new() });
        Self { floor, watch, is_held }
    }
}

impl Machine {
    /// Whether this node signs nothing for now.
    pub(crate) fn is_silent(&self) -> bool {
        let is_below = |(place, height): (Place, Height)| {
            self.round.place <= place || self.committed() < height
        };
        self.silence.watch.is_some() || self.silence.floor.is_some_and(is_below)
    }

    /// The process is up: from now on it is watched.
    pub(crate) fn begin_watch(&mut self, now: Now, out: &mut Vec<Output>) {
        let Some(watch) = &mut self.silence.watch else { return };
        watch.began = now.wall;
        out.push(Output::Silent(Silent::Watching { views: watch.views }));
        self.end_if_all_are_new(out);
    }

    /// A peer says where it is: perhaps it has nothing either.
    pub(crate) fn hear_of_genesis(&mut self, from: NodeId, status: &Status, out: &mut Vec<Output>) {
        let is_new = status.highest.is_none() && status.committed == Height::ZERO;
        let is_validator = self.term().set.position_of_node(&from).is_some();
        let is_first = match &mut self.silence.watch {
            Some(watch) if is_new && is_validator => watch.fresh.insert(from),
            Some(_) | None => false,
        };
        if is_first {
            // It may be waiting for the same.
            let status = self.own_status();
            self.send(from, status, out);
            self.end_if_all_are_new(out);
        }
    }

    fn end_if_all_are_new(&mut self, out: &mut Vec<Output>) {
        let Some(watch) = &self.silence.watch else { return };
        let has_nothing = self.committed() == Height::ZERO && self.highest_known().is_none();
        let others = watch.fresh.iter().filter(|node| **node != self.settings.node).count();
        if has_nothing && others + 1 >= self.quorum(self.term()) {
            self.end_watch(out);
        }
    }

    /// A block is verified: how young is it?
    pub(crate) fn watch_block(
        &mut self,
        header: &Header,
        is_certified: bool,
        out: &mut Vec<Output>,
    ) {
        let margin = self.settings.future.0.saturating_mul(2);
        let Some(watch) = &mut self.silence.watch else { return };
        let began = watch.began.0;
        let is_first = is_certified && header.height == Height(1);
        if is_first && header.time.0.saturating_add(NEWBORN) >= began {
            return self.end_watch(out);
        }
        if header.time.0 > began.saturating_add(margin) && watch.from.is_none() {
            watch.from = Some(header.place);
        }
    }

    /// A view begins: one more has been watched, if it was a whole one.
    pub(crate) fn watch_view(&mut self, place: Place, out: &mut Vec<Output>) {
        let Some(watch) = &mut self.silence.watch else { return };
        if watch.from.is_none_or(|from| place <= from) {
            return;
        }
        // The first such view is seen from its beginning on, and is over when the next one begins.
        if watch.views == 0 {
            return self.end_watch(out);
        }
        watch.views -= 1;
    }

    fn end_watch(&mut self, out: &mut Vec<Output>) {
        self.silence.watch = None;
        self.hold(out);
        out.push(Output::Silent(Silent::Over));
    }

    /// Writes down, once, that this key signs here.
    pub(crate) fn hold(&mut self, out: &mut Vec<Output>) {
        if let Some(key) = self.settings.key.filter(|_| !self.silence.is_held) {
            self.silence.is_held = true;
            out.push(Output::Persist(Record::Holder(key)));
        }
    }

    /// Whether a signature of a validator would be one of this key, made by another process just now.
    pub(crate) fn is_twin(&self, place: Place, voter: u16) -> bool {
        let Some(watch) = &self.silence.watch else { return false };
        let Some(term) = self.schedule.get(place.epoch) else { return false };
        let own = self.settings.key.as_ref().and_then(|key| term.set.position_of(key));
        own == Some(voter) && watch.from.is_some_and(|from| place > from)
    }

    /// A verified signature of a validator: stops where it is this node's own.
    pub(crate) fn watch_signer(&mut self, place: Place, voter: u16, out: &mut Vec<Output>) {
        if self.is_twin(place, voter) {
            self.halt(Halt::Twin { place }, out);
        }
    }

    /// As [`Machine::watch_signer`], for all who signed a verified certificate.
    pub(crate) fn watch_certificate(&mut self, certificate: &Certificate, out: &mut Vec<Output>) {
        self.watch_signers(certificate.place, certificate.signers, out);
    }

    fn watch_signers(&mut self, place: Place, signers: Signers, out: &mut Vec<Output>) {
        if self.silence.watch.is_some() {
            for voter in signers.iter() {
                self.watch_signer(place, voter, out);
            }
        }
    }
}
