//! `sync`: follows the chain of others where consensus does not bring it, and serves whoever does.

mod budget;
mod contacts;
mod elections;
mod follow;
mod light;
mod many;
mod messages;
mod progress;
mod read;
mod serve;
mod tips;
mod verify;

pub(crate) use messages::{Advanced, Nudge};

use crate::consensus::Synced;
use crate::executor::{Head, Headed, Import, Imported, Prove, StateAt};
use crate::shared::Shared;
use crate::storage::{Find, StoredAt};
use budget::Budgets;
use contacts::Contacts;
use follow::Followed;
use progress::Progress;
use serve::Desk;
use std::collections::BTreeMap;
use std::sync::Arc;
use tips::Tips;
use troupe_chain::message::Position;
use troupe_chain::sync::{Fault as Misdeed, Input, Limits, Output, Sync};
use troupe_consensus::{Anchor, CommitProof, Term};
use troupe_crypto::Scheme;
use troupe_runtime::{Actor, Cx, Driven, Drives, Fault, Handle, Link, Node, Place, Reply};
use troupe_types::{Bytes, Hash, Millis, NodeId};
use troupe_vm::Vm;
use troupe_wire::CallError;
use verify::Learned;

/// Bytes of inputs that may wait for the machine while its outputs are performed.
const WAITING: Bytes = Bytes::mib(16);
/// How soon work is offered again to a pool that is full, or an actor that has not started.
const AGAIN: Millis = Millis(20);
/// How often it is looked at whom to ask and who waits.
const ROUND: Millis = Millis(250);

/// What the actor is made of.
pub(crate) struct Parts {
    pub(crate) shared: Arc<Shared>,
    pub(crate) node: Node,
    pub(crate) me: NodeId,
    /// What executions of this process share.
    pub(crate) vm: Vm,
}

/// Hosts the machine that catches up. It is there once the head is known.
pub(crate) struct Syncing<S: Scheme> {
    parts: Parts,
    machine: Option<Driven<Sync>>,
    contacts: Contacts,
    followed: Followed,
    /// The terms known at the head, with which others' proofs are checked.
    terms: Arc<Vec<Term>>,
    learned: Arc<Learned<S>>,
    /// Why the blocks just found good are final; taken when they are handed on.
    proofs: BTreeMap<Hash, CommitProof>,
    /// Where consensus may go on, as it was last told.
    anchor: Option<Box<Anchor>>,
    tips: Tips,
    desk: Desk,
    progress: Progress,
    /// How many answers to light clients are worked out.
    looking_up: usize,
    /// How many of their calls are tried.
    trying: usize,
    /// What each of them may still ask for.
    budgets: Budgets,
    state: Link<StateAt>,
    prove: Link<Prove>,
    stored: Link<StoredAt>,
    find: Link<Find>,
    head: Link<Head>,
    import: Link<Import>,
    synced: Link<Synced>,
}

impl<S: Scheme> Syncing<S> {
    pub(crate) fn new(parts: Parts) -> Self {
        let node = &parts.node;
        let (head, import) = (node.link("executor"), node.link("executor"));
        let synced = node.link("consensus");
        let (prove, stored, find) =
            (node.link("executor"), node.link("storage"), node.link("storage"));
        Self {
            looking_up: 0,
            trying: 0,
            budgets: Budgets::default(),
            state: node.link("executor"),
            prove,
            stored,
            find,
            parts,
            machine: None,
            contacts: Contacts::default(),
            followed: Followed::default(),
            terms: Arc::default(),
            learned: Arc::default(),
            proofs: BTreeMap::new(),
            anchor: None,
            tips: Tips::default(),
            desk: Desk::default(),
            progress: Progress::default(),
            head,
            import,
            synced,
        }
    }

    fn input(&mut self, input: Input, weight: Bytes, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        match cx.drive::<Sync>(self, (), input, weight)? {
            // Before the head is known nobody was asked anything.
            Ok(()) | Err(CallError::NotHere) => Ok(()),
            Err(why) => Err(Fault::Restart(format!("the machine takes no inputs: {why}"))),
        }
    }

    fn small(&mut self, input: Input, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        self.input(input, Bytes(128), cx)
    }

    /// Begins at the head, as soon as the executor can say where that is.
    fn find_head(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let head = self.head.clone();
        cx.ask(&head, Head, |sync, headed, cx| match headed {
            Ok(headed) => sync.begin(headed, cx),
            Err(_) => {
                cx.after(AGAIN, Self::find_head);
                Ok(())
            }
        });
        Ok(())
    }

    fn begin(&mut self, headed: Headed, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let Headed { height, hash, terms, .. } = headed;
        self.terms = terms;
        let genesis = self.parts.shared.genesis;
        let machine = Sync::new(Limits::default(), genesis, height, hash, cx.now());
        self.machine = Some(Driven::new(machine, Place::Inline, WAITING));
        cx.begin::<Sync>(self, ())?;
        self.find_servable(height, cx)?;
        self.round(cx)
    }

    /// Sees to it, again and again, that others are asked and nobody waits for ever.
    fn round(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        self.look_around(cx)?;
        self.follow(cx)?;
        self.answer_the_patient(cx);
        cx.after(ROUND, Self::round);
        Ok(())
    }

    /// Whether consensus brings this node its blocks.
    fn is_validator(&self) -> bool {
        let me = &self.parts.me;
        let committed = *self.parts.shared.watch.committed().borrow();
        // Of an epoch that is over nobody sends anything any more.
        let mut terms = self.terms.iter().filter(|term| term.last > committed);
        terms.any(|term| term.set.position_of_node(me).is_some())
    }

    fn heard(
        &mut self,
        peer: NodeId,
        position: Position,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.small(Input::Position { peer, position }, cx)
    }

    /// Has blocks executed and kept, and tells consensus where to go on.
    fn execute(
        &mut self,
        blocks: Vec<Arc<troupe_chain::block::Stored>>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let mut proofs = std::mem::take(&mut self.proofs);
        let mut imports = Vec::with_capacity(blocks.len());
        for stored in blocks {
            let proof = proofs.remove(&stored.block.hash());
            let proof = proof.ok_or_else(|| Fault::Restart("a block without proof".to_owned()))?;
            imports.push(Imported { block: Arc::new(stored.block.clone()), proof });
        }
        let import = self.import.clone();
        cx.ask(&import, Import(imports), |sync, anchor, cx| match anchor {
            Ok(anchor) => sync.imported(anchor, cx),
            // The process ends.
            Err(CallError::Closing) => Ok(()),
            Err(why) => Err(Fault::Restart(format!("blocks were not taken over: {why}"))),
        });
        Ok(())
    }

    fn imported(&mut self, anchor: Box<Anchor>, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let header = &anchor.block.header;
        let (height, hash) = (header.height, header.hash);
        self.terms = Arc::new(anchor.terms.clone());
        self.anchor = Some(anchor);
        self.tell_consensus(cx);
        self.small(Input::Committed { height, hash }, cx)
    }

    /// Tells consensus of the last block taken over, which is durable.
    fn tell_consensus(&mut self, cx: &mut Cx<'_, Self>) {
        if let Some(anchor) = self.anchor.clone() {
            // A process may follow without taking part; and consensus says when it lacks something.
            let _ = cx.tell(&self.synced, Synced(anchor));
        }
    }
}

impl<S: Scheme> Actor for Syncing<S> {
    const KIND: &'static str = "sync";

    fn started(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        self.find_head(cx)
    }
}

impl<S: Scheme> Drives<Sync> for Syncing<S> {
    type Key = ();

    fn driven(&mut self, (): ()) -> Option<&mut Driven<Sync>> {
        self.machine.as_mut()
    }

    fn perform(&mut self, (): (), output: Output, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        match output {
            Output::Inquire { peer } => self.inquire(peer, cx),
            Output::Ask { id, peer, fetch } => self.fetch(id, peer, fetch, cx),
            Output::Verify { id, parent, blocks } => self.verify(id, parent, Arc::new(blocks), cx),
            Output::Execute { blocks } => self.execute(blocks, cx),
            Output::Score { peer, fault: fault @ (Misdeed::Proof | Misdeed::Chain) } => {
                tracing::warn!(peer = %peer.short(), %fault, "blocks are asked of others");
                Ok(())
            }
            Output::Score { peer, fault } => {
                tracing::debug!(peer = %peer.short(), %fault, "blocks are asked of others");
                Ok(())
            }
            Output::Progress { height, target } => {
                self.progress.came(height, target, cx.now().mono, &self.parts.shared);
                Ok(())
            }
        }
    }
}

impl<S: Scheme> Handle<Advanced> for Syncing<S> {
    fn handle(
        &mut self,
        advanced: Advanced,
        _: Reply<Advanced>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let (height, hash) = (advanced.height, advanced.hash);
        self.terms = Arc::clone(&advanced.terms);
        if self.tips.advance(advanced) {
            self.answer_followers(cx);
        }
        self.progress.reached(height, &self.parts.shared);
        self.small(Input::Committed { height, hash }, cx)?;
        self.follow(cx)
    }
}

impl<S: Scheme> Handle<Nudge> for Syncing<S> {
    fn handle(
        &mut self,
        Nudge { height, peer }: Nudge,
        _: Reply<Nudge>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let behind = |anchor: &Anchor| anchor.block.header.height >= height;
        if self.anchor.as_deref().is_some_and(behind) {
            // It was told before, and did not hear.
            self.tell_consensus(cx);
            return Ok(());
        }
        self.small(Input::Urged, cx)?;
        self.inquire(peer, cx)
    }
}
