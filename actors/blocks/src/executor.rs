//! `executor`: hosts the ledger. Makes and executes blocks in the urgent pool, keeps what is final.

mod evidence;
mod imports;
mod keep;
mod messages;
mod serve;

pub(crate) use messages::{Accuse, Build, Commit, Execute, Import, Imported, Look};
pub use messages::{Head, Headed, Prove, StateAt};

use crate::consensus::{Accusing, Reported};
use crate::elector::Decided;
use crate::insight::Insight;
use crate::mempool::{Best, Settled};
use crate::shared::Shared;
use crate::storage::Kept;
use crate::sync::Advanced;
use evidence::Accused;
use imports::Imports;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use troupe_chain::Recovered;
use troupe_chain::pool::Wanted;
use troupe_consensus::{Evidence, Fill, MAX_BODY, Order};
use troupe_ledger::{Done, Job, Worker};
use troupe_runtime::{Actor, Cx, Driven, Drives, Fault, Forks, Link, Node, Place, Pool, Reply};
use troupe_types::{Address, Bytes, Gas};

/// Bytes of jobs that may wait while the ledger is at work: blocks of several views.
const WAITING: Bytes = Bytes::mib(64);
/// So many final states are held: clients ask for the one of a block that they heard of a while ago.
const RECENT: usize = 64;

type LedgerWorker = Worker<Insight, Forks>;

/// Whom the executor speaks to.
struct Others {
    pool: Link<Best>,
    settled: Link<Settled>,
    kept: Link<Kept>,
    advanced: Link<Advanced>,
    decided: Link<Decided>,
    accusing: Link<Accusing>,
    reported: Link<Reported>,
}

pub(crate) struct Executor {
    shared: Arc<Shared>,
    worker: Driven<LedgerWorker>,
    others: Others,
    /// The last final blocks that are durable, ascending; never empty.
    recent: VecDeque<Headed>,
    gas: Gas,
    last: u64,
    builds: BTreeMap<u64, (Order, Reply<Build>)>,
    executes: BTreeMap<u64, Reply<Execute>>,
    proves: BTreeMap<u64, Reply<Prove>>,
    imports: Imports,
    accused: Accused,
    keeping: keep::Keeping,
}

impl Executor {
    pub(crate) fn new(
        shared: Arc<Shared>,
        node: &Node,
        mut ledger: troupe_ledger::Ledger,
        evidence: Vec<Evidence>,
    ) -> Result<Self, Fault> {
        let restart = |error: troupe_ledger::Error| Fault::Restart(error.to_string());
        let block = Arc::clone(&ledger.head().block);
        let (height, hash) = (block.header().height, block.hash());
        let state = ledger.view(hash).map_err(restart)?;
        let terms = Arc::new(ledger.terms().known_at(height).map_err(restart)?);
        let worker = Worker::new(ledger, shared.insight.clone(), node.forks());
        let others = Others {
            pool: node.link("mempool"),
            settled: node.link("mempool"),
            kept: node.link("storage"),
            advanced: node.link("sync"),
            decided: node.link("elector"),
            accusing: node.link("consensus"),
            reported: node.link("consensus"),
        };
        Ok(Self {
            shared,
            worker: Driven::new(worker, Place::Pooled(Pool::Urgent), WAITING),
            others,
            recent: VecDeque::from([Headed { height, hash, state, terms }]),
            gas: block.header().gas_limit,
            last: 0,
            builds: BTreeMap::new(),
            executes: BTreeMap::new(),
            proves: BTreeMap::new(),
            imports: Imports::default(),
            accused: Accused::new(evidence),
            keeping: keep::Keeping::default(),
        })
    }

    fn give(&mut self, job: Job, weight: usize, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        // Consensus and the ledger must not come apart: what the one says the other has to do.
        cx.drive::<LedgerWorker>(self, (), job, Bytes::of(weight))?
            .map_err(|why| Fault::Restart(format!("the ledger takes no jobs: {why}")))
    }

    fn question(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    fn head(&self) -> Result<&Headed, Fault> {
        self.recent.back().ok_or_else(|| Fault::Restart("no block is final".to_owned()))
    }

    fn candidates(
        &mut self,
        id: u64,
        nonces: BTreeMap<Address, u64>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let Some((order, _)) = self.builds.get(&id) else { return Ok(()) };
        let order = *order;
        if order.fill == Fill::Nothing {
            let (candidates, evidence) = (Vec::new(), Vec::new());
            return self.give(Job::Build { id, order, candidates, evidence }, 64, cx);
        }
        let wanted =
            Wanted { gas: self.gas, bytes: Bytes::of(MAX_BODY), next: nonces, ..Wanted::default() };
        let pool = self.others.pool.clone();
        cx.ask(&pool, Best(wanted), move |executor, best, cx| {
            // Without a pool the block is empty.
            let candidates: Vec<Recovered> = best.unwrap_or_default();
            let evidence = executor.accused.offer();
            let weight = size_of_val(&candidates[..]) + size_of_val(&evidence[..]);
            executor.give(Job::Build { id, order, candidates, evidence }, weight, cx)
        });
        Ok(())
    }
}

impl Actor for Executor {
    const KIND: &'static str = "executor";
}

impl Drives<LedgerWorker> for Executor {
    type Key = ();

    fn driven(&mut self, (): ()) -> Option<&mut Driven<LedgerWorker>> {
        Some(&mut self.worker)
    }

    fn perform(&mut self, (): (), done: Done, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        match done {
            Done::Nonces { id, nonces } => self.candidates(id, nonces, cx),
            Done::Built { id, block, elected } => {
                if let Some((_, reply)) = self.builds.remove(&id) {
                    reply.send(Some((block, elected)), cx);
                }
                Ok(())
            }
            Done::Executed { id, outcome, .. } => {
                if let Some(reply) = self.executes.remove(&id) {
                    reply.send(Some(outcome), cx);
                }
                Ok(())
            }
            Done::Unable { id, error } => {
                tracing::warn!(%error, "no block is made");
                if let Some((_, reply)) = self.builds.remove(&id) {
                    reply.send(None, cx);
                }
                Ok(())
            }
            Done::Gone { id } => {
                if let Some((_, reply)) = self.builds.remove(&id) {
                    reply.send(None, cx);
                }
                if let Some(reply) = self.executes.remove(&id) {
                    reply.send(None, cx);
                }
                Ok(())
            }
            Done::Committed { committed, proof, view, terms } => {
                if let Some(elected) = &committed.elected {
                    let learned = self.shared.offices.learn(elected);
                    learned.map_err(|error| Fault::Fatal(error.to_string()))?;
                }
                self.keeping.push(committed, proof, view, terms);
                self.keep(cx)
            }
            Done::Known => Ok(()),
            Done::Imported => self.imported(cx),
            Done::Anchor { anchor, .. } => self.anchored(anchor, cx),
            Done::Proved { id, proof } => {
                if let Some(reply) = self.proves.remove(&id) {
                    reply.send(proof, cx);
                }
                Ok(())
            }
            Done::Frozen(Some(to)) => self.flush(to, cx),
            Done::Frozen(None) | Done::Flushed => Ok(()),
            Done::Failed(error @ troupe_ledger::Error::Diverged { .. }) => {
                Err(Fault::Diverged(error.to_string()))
            }
            Done::Failed(error @ troupe_ledger::Error::Outdated { .. }) => {
                Err(Fault::Outdated(error.to_string()))
            }
            Done::Failed(error) => Err(Fault::Storage(error.to_string())),
        }
    }
}
