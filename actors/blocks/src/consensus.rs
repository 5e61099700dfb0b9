//! `consensus`: hosts the machine that agrees. What it says is durable before.

mod evidence;
mod messages;
mod remote;

pub(crate) use evidence::Seen;
pub(crate) use messages::{Accusing, Reported, Synced};
pub use messages::{Contradictions, Standing};
pub(crate) use remote::Said;

use crate::executor::{Accuse, Build, Commit, Execute};
use crate::mempool::Waiting;
use crate::peers::{Peers, Seek};
use crate::pen::Pen;
use crate::saver::Saver;
use crate::shared::Shared;
use crate::sync::Nudge;
use remote::Desk;
use std::sync::Arc;
use troupe_consensus::message::{Answer, Certified, Changed, Fetch, GiveUp, Propose, Status, Vote};
use troupe_consensus::{
    Halt, Input, Keys, Machine, Output, Record, Silent, Statement, Task, To, sign,
};
use troupe_crypto::Scheme;
use troupe_ledger::belongs;
use troupe_runtime::{
    Actor, Cx, Driven, Drives, Fault, Handle, Link, Node, Origin, Place, Pool, Reply,
};
use troupe_types::{Bytes, Epoch, Millis, NodeId};
use troupe_wire::CallError;

/// Bytes of messages that may wait for the machine.
const WAITING: Bytes = Bytes::mib(32);
/// The keys of so many epochs before the newest are at hand: messages and evidence of an epoch that is
/// over may still come.
const KEPT_EPOCHS: u64 = 4;
/// How soon work is offered again to a pool that is full.
const AGAIN: Millis = Millis(2);

/// What the actor is made of.
pub(crate) struct Parts<S: Scheme> {
    pub(crate) shared: Arc<Shared>,
    pub(crate) node: Node,
    pub(crate) me: NodeId,
    pub(crate) secret: Option<Arc<S::SecretKey>>,
    /// Signs where the key is not here.
    pub(crate) pen: Option<Arc<dyn Pen>>,
    pub(crate) keys: Arc<Keys<S>>,
}

/// What waits for a block.
#[derive(Default)]
struct Work {
    has_transactions: bool,
    has_evidence: bool,
}

pub(crate) struct Consensus<S: Scheme> {
    parts: Parts<S>,
    machine: Driven<Machine>,
    evidence: Seen,
    work: Work,
    desk: Desk,
    saver: Saver,
    peers: Peers,
    build: Link<Build>,
    execute: Link<Execute>,
    commit: Link<Commit>,
    accuse: Link<Accuse>,
    sync: Link<Nudge>,
    seek: Link<Seek>,
}

impl<S: Scheme> Consensus<S> {
    pub(crate) fn new(parts: Parts<S>, machine: Machine, evidence: Seen) -> Self {
        let node = &parts.node;
        let (build, execute, commit) =
            (node.link("executor"), node.link("executor"), node.link("executor"));
        let machine = Driven::new(machine, Place::Inline, WAITING);
        let (accuse, work, desk) = (node.link("executor"), Work::default(), Desk::default());
        let (saver, peers) = (Saver::default(), Peers::default());
        let (sync, seek) = (node.link("sync"), node.link("member"));
        Self {
            parts,
            machine,
            evidence,
            work,
            desk,
            saver,
            peers,
            build,
            execute,
            commit,
            accuse,
            sync,
            seek,
        }
    }

    fn input(&mut self, input: Input, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        // An inline machine is always here, and its inputs never wait.
        let _ = cx.drive::<Machine>(self, (), input, Bytes(64))?;
        Ok(())
    }

    fn say_work(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let waiting = self.work.has_transactions || self.work.has_evidence;
        self.input(Input::Work { waiting }, cx)
    }

    fn hear(
        &mut self,
        message: troupe_consensus::Message,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let Origin::Peer(peer) = cx.origin() else { return Ok(()) };
        let from = peer.id;
        self.input(Input::Message { from, message }, cx)
    }

    /// Does what may be done, and has saved what must be saved first.
    fn flow(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        while let Some(output) = self.saver.next() {
            self.act(output, cx)?;
        }
        match self.saver.begin() {
            Some(records) => self.save(Arc::new(records), cx),
            None => Ok(()),
        }
    }

    fn save(&mut self, records: Arc<Vec<Record>>, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let (vault, writes) = (Arc::clone(&self.parts.shared.vault), Arc::clone(&records));
        let job = move || Shared::lock(&vault).record(&writes).map_err(|error| error.to_string());
        let submitted = cx.pool(Pool::Urgent, job, |consensus, saved, cx| match saved {
            Ok(Ok(())) => {
                consensus.saver.saved();
                consensus.flow(cx)
            }
            Ok(Err(error)) => Err(Fault::Storage(error)),
            Err(why) => Err(Fault::Storage(format!("the write {why}"))),
        });
        if submitted.is_err() {
            cx.after(AGAIN, move |consensus, cx| consensus.save(records, cx));
        }
        Ok(())
    }

    fn act(&mut self, output: Output, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let Parts { node, me, .. } = &self.parts;
        match output {
            Output::Persist(_) => Ok(()),
            Output::Send { to: To::Peers, message } => {
                self.peers.tell_all(node, *me, &message);
                Ok(())
            }
            Output::Send { to: To::One(peer), message } => {
                self.peers.tell(node, peer, message);
                Ok(())
            }
            Output::Sign(statement) => self.sign(statement, cx),
            Output::Verify(task) => self.verify(Arc::new(task), cx),
            Output::Build(order) => {
                let (build, parent) = (self.build.clone(), order.parent);
                cx.ask(&build, Build(order), move |consensus, built, cx| {
                    let (block, elected) = built.ok().flatten().unzip();
                    consensus.input(Input::Built { parent, block, elected: elected.flatten() }, cx)
                });
                Ok(())
            }
            Output::Execute(block) => {
                let (execute, hash) = (self.execute.clone(), block.header.hash);
                cx.ask(&execute, Execute(block), move |consensus, outcome, cx| {
                    let outcome = outcome.map_err(|why: CallError| {
                        Fault::Restart(format!("a block was not executed: {why}"))
                    })?;
                    // What can no longer become final is out of the machine's tree as well.
                    let Some(outcome) = outcome else { return Ok(()) };
                    consensus.input(Input::Executed { hash, outcome }, cx)
                });
                Ok(())
            }
            Output::Commit { block, proof } => {
                let commit = self.commit.clone();
                cx.tell(&commit, Commit { hash: block.header.hash, proof })
                    .map_err(|refused| Fault::Restart(format!("a block was not kept: {refused}")))
            }
            Output::Term(term) => {
                let keys = Arc::make_mut(&mut self.parts.keys);
                keys.forget_before(Epoch(term.epoch.0.saturating_sub(KEPT_EPOCHS)));
                keys.learn(&term).map_err(|error| Fault::Fatal(error.to_string()))
            }
            Output::Peers(peers) => {
                if self.parts.secret.is_some() || self.parts.pen.is_some() {
                    // Not every process has somebody who finds others.
                    let _ = cx.tell(&self.seek, Seek(peers.clone()));
                }
                self.peers.renew(peers);
                Ok(())
            }
            Output::Entered(place) => {
                self.parts.shared.metrics.entered(place);
                self.desk.entered(place);
                Ok(())
            }
            Output::Reached(reached) => {
                self.parts.shared.metrics.certified(reached.height);
                Ok(())
            }
            Output::Evidence(evidence) => self.accuse(evidence, cx),
            Output::Blame { peer, fault } => {
                tracing::warn!(peer = %peer.short(), %fault, "no honest validator says this");
                Ok(())
            }
            Output::Behind { height, peer } => {
                tracing::info!(%height, peer = %peer.short(), "the chain is further");
                // It is said again while it is so.
                let _ = cx.tell(&self.sync, Nudge { height, peer });
                Ok(())
            }
            Output::Silent(Silent::Watching { views }) => {
                self.parts.shared.metrics.silent(true);
                tracing::warn!(
                    views,
                    "this key has no history here: watching whether another process votes with it"
                );
                Ok(())
            }
            Output::Silent(Silent::Over) => {
                self.parts.shared.metrics.silent(false);
                tracing::info!("nobody else votes with this key: voting from now on");
                Ok(())
            }
            Output::Halt(halt @ Halt::Twin { .. }) => Err(Fault::Twin(halt.to_string())),
            Output::Halt(halt @ Halt::Diverged { .. }) => Err(Fault::Diverged(halt.to_string())),
            Output::Halt(halt) => Err(Fault::Fatal(halt.to_string())),
        }
    }

    fn sign(&mut self, statement: Statement, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        if self.parts.pen.is_some() {
            self.sign_elsewhere(statement, cx);
            return Ok(());
        }
        let Some(secret) = self.parts.secret.clone() else { return Ok(()) };
        let genesis = self.parts.shared.genesis;
        let job = move || sign::<S>(&secret, &statement, &genesis);
        let submitted = cx.pool(Pool::Urgent, job, move |consensus, signed, cx| match signed {
            Ok(Ok(signature)) => consensus.input(Input::Signed { statement, signature }, cx),
            Ok(Err(error)) => Err(Fault::Fatal(error.to_string())),
            Err(why) => Err(Fault::Restart(format!("a signature: {why}"))),
        });
        if submitted.is_err() {
            cx.after(AGAIN, move |consensus, cx| consensus.sign(statement, cx));
        }
        Ok(())
    }

    fn verify(&mut self, task: Arc<Task>, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let (keys, its) = (Arc::clone(&self.parts.keys), Arc::clone(&task));
        let job = move || keys.answer(&its.work, belongs);
        let id = task.id;
        let submitted = cx.pool(Pool::Urgent, job, move |consensus, verdict, cx| match verdict {
            Ok(verdict) => consensus.input(Input::Verified { task: id, verdict }, cx),
            Err(why) => Err(Fault::Restart(format!("a check of signatures: {why}"))),
        });
        if submitted.is_err() {
            cx.after(AGAIN, move |consensus, cx| consensus.verify(task, cx));
        }
        Ok(())
    }
}

impl<S: Scheme> Actor for Consensus<S> {
    const KIND: &'static str = "consensus";

    fn started(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        cx.begin::<Machine>(self, ())?;
        self.input(Input::Start, cx)
    }
}

impl<S: Scheme> Drives<Machine> for Consensus<S> {
    type Key = ();

    fn driven(&mut self, (): ()) -> Option<&mut Driven<Machine>> {
        Some(&mut self.machine)
    }

    fn perform(&mut self, (): (), output: Output, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        self.saver.push(output);
        self.flow(cx)
    }
}

impl<S: Scheme> Handle<Waiting> for Consensus<S> {
    fn handle(
        &mut self,
        Waiting(waiting): Waiting,
        _: Reply<Waiting>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.work.has_transactions = waiting;
        self.say_work(cx)
    }
}

impl<S: Scheme> Handle<Accusing> for Consensus<S> {
    fn handle(
        &mut self,
        Accusing(waiting): Accusing,
        _: Reply<Accusing>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.work.has_evidence = waiting;
        self.say_work(cx)
    }
}

impl<S: Scheme> Handle<Reported> for Consensus<S> {
    fn handle(
        &mut self,
        Reported(evidence): Reported,
        _: Reply<Reported>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.accuse(evidence, cx)
    }
}

impl<S: Scheme> Handle<Synced> for Consensus<S> {
    fn handle(
        &mut self,
        Synced(anchor): Synced,
        _: Reply<Synced>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        // The machine knows its terms; the keys to them are kept here.
        let keys = Arc::make_mut(&mut self.parts.keys);
        for term in &anchor.terms {
            keys.forget_before(Epoch(term.epoch.0.saturating_sub(KEPT_EPOCHS)));
            keys.learn(term).map_err(|error| Fault::Fatal(error.to_string()))?;
        }
        self.input(Input::Synced(anchor), cx)
    }
}

impl<S: Scheme> Handle<Standing> for Consensus<S> {
    fn handle(
        &mut self,
        Standing: Standing,
        reply: Reply<Standing>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        // An inline machine is always here; without one the asker hears that nobody answered.
        let Some(machine) = self.machine.machine() else { return Ok(()) };
        reply.send(Box::new(machine.snapshot()), cx);
        Ok(())
    }
}

impl<S: Scheme> Handle<Contradictions> for Consensus<S> {
    fn handle(
        &mut self,
        Contradictions: Contradictions,
        reply: Reply<Contradictions>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        reply.send(self.evidence.all(), cx);
        Ok(())
    }
}

/// Messages of other validators go to the machine as they are.
macro_rules! hears {
    ($($message:ident)*) => {$(
        impl<S: Scheme> Handle<$message> for Consensus<S> {
            fn handle(
                &mut self,
                message: $message,
                _: Reply<$message>,
                cx: &mut Cx<'_, Self>,
            ) -> Result<(), Fault> {
                self.hear(message.into(), cx)
            }
        }
    )*};
}

hears!(Propose Vote Certified GiveUp Changed Status Fetch Answer);
