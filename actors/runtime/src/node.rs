//! One node: everything that would otherwise be global. Fifty of them fit in one test process.

use crate::bulk::BulkTable;
use crate::clock::{Clock, SystemClock};
use crate::collector::Metrics;
use crate::disk::Disk;
use crate::drain::Finisher;
use crate::fault::{Error, StopCause};
use crate::forks::Forks;
use crate::inbound::Inbound;
use crate::link::Link;
use crate::pool::{Executor, Pool, Threads};
use crate::remote;
use crate::seat::Seat;
use crate::slot::Slots;
use crate::transport::Transport;
use std::fmt;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::sync::watch;
use troupe_types::NodeId;
use troupe_wire::{Message, Now, Seed, Stream, Wire};

/// Where a node's randomness comes from.
#[derive(Debug, Clone)]
pub enum Entropy {
    /// The operating system: fresh for every stream, never stored.
    System,
    /// A simulation's seed.
    Seeded(Seed),
}

/// Records what happened in an order that a second run can be compared with.
pub trait Audit: Send + Sync + 'static {
    /// `actor` of this node ran `message`.
    fn ran(&self, nanos: u64, actor: &'static str, message: &'static str);
}

/// What a node is made of. [`Parts::system`] is a process; a simulation brings its own.
pub struct Parts {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Entropy,
    /// The pool that others wait for.
    pub urgent: Arc<dyn Executor>,
    /// The pool for long work.
    pub jobs: Arc<dyn Executor>,
    /// How one piece of urgent work is split.
    pub forks: Forks,
    /// Durable files; `None` for a node that keeps nothing.
    pub disk: Option<Arc<dyn Disk>>,
    /// Who watches every message.
    pub audit: Option<Arc<dyn Audit>>,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").field("entropy", &self.entropy).finish_non_exhaustive()
    }
}

impl Parts {
    /// The machine's clocks and entropy, and pools of so many threads.
    pub fn system(urgent: usize, jobs: usize) -> Result<Self, Error> {
        Ok(Self {
            clock: Arc::new(SystemClock::default()),
            entropy: Entropy::System,
            urgent: Arc::new(Threads::start("urgent", urgent, 4_096)?),
            jobs: Arc::new(Threads::start("jobs", jobs, 1_024)?),
            forks: Forks::new(urgent),
            disk: None,
            audit: None,
        })
    }
}

/// A node. Clones are the same node.
#[derive(Clone)]
pub struct Node(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    parts: Parts,
    slots: Slots,
    inbound: Inbound,
    bulk: BulkTable,
    transport: OnceLock<Arc<dyn Transport>>,
    metrics: Metrics,
    seats: Arc<Mutex<Vec<Arc<Seat>>>>,
    pub(crate) finishers: Mutex<Vec<Finisher>>,
    pub(crate) is_draining: AtomicBool,
    stop: watch::Sender<Option<StopCause>>,
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Node({} actors)", self.seats().len())
    }
}

impl Node {
    /// A node without actors.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let seats = Arc::new(Mutex::default());
        Self(Arc::new(Inner {
            slots: Slots::new(Arc::clone(&parts.clock)),
            metrics: Metrics::new(Arc::clone(&seats)),
            parts,
            inbound: Inbound::default(),
            bulk: BulkTable::default(),
            transport: OnceLock::new(),
            seats,
            finishers: Mutex::default(),
            is_draining: AtomicBool::new(false),
            stop: watch::Sender::new(None),
        }))
    }

    /// Its clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.parts.clock
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Now {
        self.clock().now()
    }

    /// A random stream for a purpose. In a simulation the same `purpose` and `index` give the same
    /// stream; in production every call gives a fresh one.
    #[must_use]
    pub fn random(&self, purpose: &str, index: u64) -> Stream {
        let seed = match &self.0.parts.entropy {
            Entropy::Seeded(seed) => seed.child(purpose, index),
            Entropy::System => {
                let mut bytes = [0; 32];
                getrandom::fill(&mut bytes).expect("the operating system has entropy");
                Seed::new(bytes)
            }
        };
        seed.stream(purpose)
    }

    /// A link to the actor kind of this node that handles `M`. It may be taken before the actor
    /// starts; until then messages are refused with `NotHere`.
    #[must_use]
    pub fn link<M: Message>(&self, kind: &'static str) -> Link<M> {
        Link::new(self.0.slots.slot(kind))
    }

    /// A link to the actor of another process that answers `M`'s service.
    pub fn remote<M: Wire>(&self, peer: NodeId) -> Result<Link<M>, Error> {
        let transport = self.transport().ok_or(Error::NoNetwork)?;
        Ok(remote::link(Arc::clone(transport), Arc::clone(self.clock()), peer))
    }

    /// Messages that other processes may send.
    #[must_use]
    pub fn inbound(&self) -> &Inbound {
        &self.0.inbound
    }

    /// Sessions that take bulk streams.
    #[must_use]
    pub fn bulk(&self) -> &BulkTable {
        &self.0.bulk
    }

    /// Gives the node its network, once.
    pub fn connect(&self, transport: Arc<dyn Transport>) {
        // A node has one network for life; a second one is ignored rather than half used.
        let _ = self.0.transport.set(transport);
    }

    /// The network, if there is one.
    #[must_use]
    pub fn transport(&self) -> Option<&Arc<dyn Transport>> {
        self.0.transport.get()
    }

    /// Durable files, if the node has any.
    #[must_use]
    pub fn disk(&self) -> Option<&Arc<dyn Disk>> {
        self.0.parts.disk.as_ref()
    }

    /// Metrics of this node.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    pub(crate) fn audit(&self) -> Option<&Arc<dyn Audit>> {
        self.0.parts.audit.as_ref()
    }

    pub(crate) fn slots(&self) -> &Slots {
        &self.0.slots
    }

    /// One of the pools.
    #[must_use]
    pub fn pool(&self, pool: Pool) -> &Arc<dyn Executor> {
        match pool {
            Pool::Urgent => &self.0.parts.urgent,
            Pool::Jobs => &self.0.parts.jobs,
        }
    }

    /// How one piece of urgent work is split.
    #[must_use]
    pub fn forks(&self) -> Forks {
        self.0.parts.forks
    }

    pub(crate) fn seats(&self) -> Vec<Arc<Seat>> {
        let mut seats = self.0.seats.lock().unwrap_or_else(PoisonError::into_inner);
        seats.retain(|seat| !seat.is_gone());
        seats.clone()
    }

    pub(crate) fn seat(&self, seat: &Arc<Seat>) {
        let mut seats = self.0.seats.lock().unwrap_or_else(PoisonError::into_inner);
        // Before the list grows, those who left make room.
        if seats.len() == seats.capacity() {
            seats.retain(|seat| !seat.is_gone());
        }
        seats.push(Arc::clone(seat));
    }

    /// Asks for the node's end; the first cause counts.
    pub fn stop(&self, cause: StopCause) {
        self.0.stop.send_if_modified(|current| {
            let is_first = current.is_none();
            if is_first {
                *current = Some(cause);
            }
            is_first
        });
    }

    /// Why the node was asked to stop, if it was.
    #[must_use]
    pub fn stop_cause(&self) -> Option<StopCause> {
        self.0.stop.borrow().clone()
    }

    /// Completes when the node was asked to stop.
    pub async fn stopped(&self) -> StopCause {
        let mut stop = self.0.stop.subscribe();
        let cause = stop.wait_for(Option::is_some).await.map(|cause| cause.clone());
        cause.ok().flatten().unwrap_or(StopCause::Asked)
    }
}
