//! What a machine remembers.

use crate::gate::Gate;
use crate::ledger::Ledger;
use crate::message::Propose;
use crate::output::{Halt, To};
use crate::pool::Pool;
use crate::rules::Rules;
use crate::silence::Silence;
use crate::tree::Tree;
use crate::{
    Block, Certificate, Message, Offence, Output, Place, Schedule, Settings, Term, ViewChange,
    ViewChangeCertificate,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use troupe_types::{Hash, Height, Millis, NodeId};

/// One node's part in the agreement. See the crate's guide; `step` and `tick` are its whole life.
#[derive(Debug, Clone)]
pub struct Machine {
    pub(crate) settings: Settings,
    pub(crate) rules: Rules,
    pub(crate) schedule: Schedule,
    pub(crate) tree: Tree,
    pub(crate) ledger: Ledger,
    pub(crate) round: Round,
    pub(crate) seal: Seal,
    pub(crate) pool: Pool,
    /// Verified view changes of this view and of later ones, by voter.
    pub(crate) changes: BTreeMap<Place, BTreeMap<u16, ViewChange>>,
    pub(crate) gate: Gate,
    /// The certificate of the last block of the epoch before, until that block is final.
    pub(crate) edge: Option<Certificate>,
    /// Verified certificates of blocks that are not here.
    pub(crate) orphans: BTreeMap<Hash, Certificate>,
    /// Verified blocks whose parent is not here.
    pub(crate) strays: BTreeMap<Hash, Arc<Block>>,
    /// Blocks that were written down.
    pub(crate) recorded: BTreeSet<Hash>,
    /// Contradictions that were reported.
    pub(crate) reported: BTreeSet<Offence>,
    pub(crate) favours: Favours,
    pub(crate) peers: Vec<NodeId>,
    pub(crate) is_started: bool,
    pub(crate) has_work: bool,
    pub(crate) silence: Silence,
    pub(crate) halted: Option<Halt>,
    /// The height up to which blocks were reported as locked.
    pub(crate) reported_lock: Hash,
}

/// The view that is worked on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Round {
    pub(crate) place: Place,
    /// The view change that led here, if one did.
    pub(crate) entry: Option<ViewChangeCertificate>,
    /// That view change was written down.
    pub(crate) is_recorded: bool,
    /// It was entered at its beginning, so that its proposer may begin.
    pub(crate) is_fresh: bool,
    /// When it is given up.
    pub(crate) deadline: Millis,
    /// Views in a row that ended without a certificate.
    pub(crate) failures: u32,
    /// The own view change, once it is signed.
    pub(crate) change: Option<ViewChange>,
    /// When things are said again.
    pub(crate) repeat_at: Millis,
    /// When proposals that did not come are asked for.
    pub(crate) probe_at: Option<Millis>,
    /// Proposals that follow the rules, by index.
    pub(crate) proposals: BTreeMap<u32, Propose>,
    /// Verified proposals whose parent is not here yet.
    pub(crate) held: BTreeMap<u32, (NodeId, Propose)>,
    /// The view change whose sum is being made.
    pub(crate) is_summing: bool,
}

/// What the proposer of this view is at.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seal {
    /// The parent of the block that is being built.
    pub(crate) building: Option<Hash>,
    /// The last block built in this view.
    pub(crate) tip: Option<Hash>,
    /// The index of the next one.
    pub(crate) next: u32,
    /// Empty blocks in this view since one that needs to become final.
    pub(crate) empties: u32,
    /// When the last block came, whoever made it; not of this view only.
    pub(crate) last: Millis,
    /// When the last one with a cause came, and which it was.
    pub(crate) last_full: Millis,
    pub(crate) last_full_hash: Hash,
    pub(crate) last_full_height: Height,
    /// More work came before that one was final.
    pub(crate) has_more: bool,
    /// That one came soon after another, with work that did not wait for the other's end: more is to be
    /// expected.
    pub(crate) is_loaded: bool,
    /// Own proposals under the pen.
    pub(crate) unsigned: BTreeMap<Hash, Propose>,
}

/// What was asked of others and done for them lately.
#[derive(Debug, Clone, Default)]
pub(crate) struct Favours {
    /// When each peer was last asked for blocks.
    pub(crate) asked: BTreeMap<NodeId, Millis>,
    /// When each was last named as one that is far ahead.
    pub(crate) ahead: BTreeMap<NodeId, Millis>,
    /// How many answers each got since `since`.
    pub(crate) given: BTreeMap<NodeId, u32>,
    pub(crate) since: Millis,
    /// Whose turn it is to be asked.
    pub(crate) turn: usize,
}

impl Machine {
    /// The term of the epoch that is worked on.
    pub(crate) fn term(&self) -> &Term {
        self.schedule.get(self.round.place.epoch).unwrap_or_else(|| self.schedule.newest())
    }

    /// This node's position in the set of the current epoch, if it may sign.
    pub(crate) fn position(&self) -> Option<u16> {
        if self.is_silent() {
            return None;
        }
        self.term().set.position_of(self.settings.key.as_ref()?)
    }

    /// How many votes make a certificate.
    pub(crate) fn quorum(&self, term: &Term) -> usize {
        if self.rules.keep(crate::rules::Rule::Quorum) {
            term.set.quorum()
        } else {
            term.set.faults() + 1
        }
    }

    pub(crate) fn is_proposer(&self) -> bool {
        self.position() == Some(self.term().set.proposer(self.round.place.view))
    }

    pub(crate) fn last_index(&self) -> u32 {
        self.settings.blocks_per_view - 1
    }

    pub(crate) fn broadcast(&self, message: impl Into<Message>, out: &mut Vec<Output>) {
        out.push(Output::Send { to: To::Peers, message: message.into() });
    }

    pub(crate) fn send(&self, to: NodeId, message: impl Into<Message>, out: &mut Vec<Output>) {
        if to != self.settings.node {
            out.push(Output::Send { to: To::One(to), message: message.into() });
        }
    }

    /// Says who the peers are, if that changed: all validators of the terms known.
    pub(crate) fn refresh_peers(&mut self, out: &mut Vec<Output>) {
        let own = self.settings.node;
        let sets = self.schedule.iter().flat_map(|term| term.set.as_slice());
        let nodes: BTreeSet<NodeId> =
            sets.map(|one| one.node).filter(|node| *node != own).collect();
        if !self.peers.iter().eq(nodes.iter()) {
            self.peers = nodes.into_iter().collect();
            out.push(Output::Peers(self.peers.clone()));
        }
    }
}
