//! One simulated machine: a disk that stays and processes that come and go.
//!
//! Each process has an event loop of its own, so that the loop's fate is the process's: what is
//! dropped with it, sockets to timers, is gone like the memory of a killed process. The loop says
//! by its waker whether anything in it can run, so *settled* is known and not guessed.

use crate::fault::Error;
use crate::forks::Forks;
use crate::node::{Entropy, Node, Parts};
use crate::sim::auditor::{Auditor, Witness};
use crate::sim::clock::{ProcessClock, Skew};
use crate::sim::disk::Disk;
use crate::sim::life::{Deaths, Life};
use crate::sim::mounted::Mounted;
use crate::sim::network::{Home, Network, Port};
use crate::sim::pool::{Pool, PoolPlan};
use crate::sim::wheel::Wheel;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Wake, Waker};
use tokio::task::LocalSet;
use troupe_types::{Incarnation, NodeId};
use troupe_wire::Seed;

/// What every machine of a world shares.
pub(crate) struct Ground {
    pub(crate) wheel: Arc<Wheel>,
    pub(crate) auditor: Auditor,
    pub(crate) network: Arc<Network>,
    pub(crate) deaths: Arc<Deaths>,
    pub(crate) ready: Arc<Ready>,
    pub(crate) ids: Arc<[NodeId]>,
    pub(crate) roles: Arc<[Option<String>]>,
    pub(crate) urgent: PoolPlan,
    pub(crate) jobs: PoolPlan,
}

/// The event loops in which something can run, in the order in which they woke up.
#[derive(Debug, Default)]
pub(crate) struct Ready(Mutex<VecDeque<usize>>);

impl Ready {
    fn add(&self, host: usize) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(host);
    }

    pub(crate) fn take(&self) -> Option<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

/// Wakes one event loop.
struct Signal {
    host: usize,
    is_set: AtomicBool,
    ready: Arc<Ready>,
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_set.swap(true, Ordering::Relaxed) {
            self.ready.add(self.host);
        }
    }
}

/// How a node is furnished: runs at its start and at every start after that.
pub(crate) type Setup = Arc<dyn Fn(&Stage<'_>) -> Result<(), Error>>;

/// A process that starts, to be furnished with actors.
#[derive(Debug)]
pub struct Stage<'a> {
    node: &'a Node,
    number: usize,
    ids: &'a [NodeId],
    roles: &'a [Option<String>],
}

impl Stage<'_> {
    /// The node, empty.
    #[must_use]
    pub fn node(&self) -> &Node {
        self.node
    }

    /// Its number in the world, from 0.
    #[must_use]
    pub fn number(&self) -> usize {
        self.number
    }

    /// The identities of all nodes of the world by number, whether they run or not.
    #[must_use]
    pub fn everyone(&self) -> &[NodeId] {
        self.ids
    }

    /// The identities of the nodes with a role.
    pub fn with_role<'s>(&'s self, role: &'s str) -> impl Iterator<Item = NodeId> + 's {
        let all = self.ids.iter().zip(self.roles);
        all.filter(move |(_, known)| known.as_deref() == Some(role)).map(|(id, _)| *id)
    }
}

/// One machine.
pub(crate) struct Host {
    pub(crate) number: usize,
    pub(crate) disk: Disk,
    pub(crate) skew: Arc<Skew>,
    pub(crate) process: Option<Process>,
    setup: Setup,
    seed: Seed,
    starts: u64,
}

/// One life of a machine.
pub(crate) struct Process {
    pub(crate) node: Node,
    pub(crate) life: Arc<Life>,
    pools: [Arc<Pool>; 2],
    signal: Arc<Signal>,
    waker: Waker,
    local: Pin<Box<LocalSet>>,
}

impl Host {
    pub(crate) fn new(number: usize, seed: Seed, setup: Setup) -> Self {
        let disk = Disk::new(&seed);
        Self { number, disk, skew: Arc::default(), process: None, setup, seed, starts: 0 }
    }

    /// Starts a process on what is on the disk; nothing when one runs.
    ///
    /// # Panics
    /// When it cannot be furnished: the scenario is wrong then.
    pub(crate) fn start(&mut self, ground: &Ground) {
        if self.process.is_some() {
            return;
        }
        self.starts += 1;
        let (number, wheel) = (self.number, Arc::clone(&ground.wheel));
        ground.auditor.turned(wheel.nanos(), number, "started");
        let seed = self.seed.child("start", self.starts);
        let life = Life::new(number, &ground.deaths);
        let pool = |name: &str, plan| {
            Pool::new(Arc::clone(&wheel), Arc::clone(&life), plan, seed.stream(name))
        };
        let (urgent, jobs) = (pool("urgent pool", ground.urgent), pool("jobs pool", ground.jobs));
        let node = Node::new(Parts {
            clock: Arc::new(ProcessClock::start(Arc::clone(&wheel), Arc::clone(&self.skew))),
            entropy: Entropy::Seeded(seed.child("node", 0)),
            urgent: Arc::clone(&urgent) as _,
            jobs: Arc::clone(&jobs) as _,
            forks: Forks::NONE,
            disk: Some(Arc::new(Mounted { disk: self.disk.clone(), life: Arc::clone(&life) })),
            audit: Some(Arc::new(Witness {
                auditor: ground.auditor.clone(),
                wheel: Arc::clone(&wheel),
                node: number,
            })),
        });
        let network = Arc::clone(&ground.network);
        node.connect(Arc::new(Port { network, node: number, life: Arc::clone(&life) }));
        let (inbound, bulk) = (node.inbound().clone(), node.bulk().clone());
        let home = Home { life: Arc::clone(&life), inbound, bulk };
        ground.network.boot(number, Incarnation(self.starts), home);

        let local = Box::pin(LocalSet::new());
        let entered = local.enter();
        let stage = Stage { node: &node, number, ids: &ground.ids, roles: &ground.roles };
        if let Err(error) = (self.setup)(&stage) {
            panic!("node {number} cannot be furnished: {error}");
        }
        drop(entered);
        let ready = Arc::clone(&ground.ready);
        let signal = Arc::new(Signal { host: number, is_set: AtomicBool::new(false), ready });
        signal.wake_by_ref();
        let waker = Waker::from(Arc::clone(&signal));
        let pools = [urgent, jobs];
        self.process = Some(Process { node, life, pools, signal, waker, local });
    }

    /// Ends the process at once: its memory is gone, its disk is as the seed left it.
    pub(crate) fn end(&mut self, ground: &Ground) {
        let Some(process) = self.process.take() else { return };
        process.life.die();
        ground.auditor.turned(ground.wheel.nanos(), self.number, "ended");
        ground.network.bury(self.number);
        for pool in &process.pools {
            pool.abandon(&self.disk);
        }
        // The loop goes last and all at once; what its parts still say goes nowhere.
        drop(process);
    }
}

impl Process {
    /// Runs what can run, for a while. A paused process runs when it is resumed.
    pub(crate) fn poll(&mut self) {
        self.signal.is_set.store(false, Ordering::Relaxed);
        if self.life.is_up() {
            let _ = self.local.as_mut().poll(&mut Context::from_waker(&self.waker));
        }
    }

    pub(crate) fn resume(&self) {
        self.life.resume();
        for pool in &self.pools {
            pool.resume();
        }
        self.signal.wake_by_ref();
    }

    /// Runs a task in the process.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.local.spawn_local(task);
    }
}

#[cfg(test)]
mod tests {
    use crate::sim::{Scenario, node_id};
    use crate::{Actor, Cx, Fault, Handle, Pool, Queue, Reply, Spec};
    use bincode::{Decode, Encode};
    use std::sync::Arc;
    use troupe_types::Millis;
    use troupe_wire::{Limit, Message, Sender, Wire};

    /// Makes an actor hold everything that an actor can hold.
    #[derive(Encode, Decode)]
    struct Hold;

    impl Message for Hold {
        type Reply = ();
        const NAME: &'static str = "hold";
        const DEADLINE: Millis = Millis::secs(100);
    }

    impl Wire for Hold {
        const SERVICE: &'static str = "test.holder";
        const TAG: u16 = 1;
        const LIMIT: Limit = Limit::KiB1;
        const SENDER: Sender = Sender::Anyone;
    }

    #[derive(Default)]
    struct Holder {
        kept: Vec<Reply<Hold>>,
        node: Option<crate::Node>,
    }

    impl Actor for Holder {
        const KIND: &'static str = "holder";
    }

    impl Handle<Hold> for Holder {
        fn handle(
            &mut self,
            _: Hold,
            reply: Reply<Hold>,
            cx: &mut Cx<'_, Self>,
        ) -> Result<(), Fault> {
            let node = cx.node().clone();
            self.kept.push(reply);
            self.node = Some(node.clone());
            cx.persist("file", vec![1; 100]);
            cx.after(Millis::secs(50), |_, _| Ok(()));
            cx.child(Self::default(), Queue::default(), Some(Millis::secs(9)), |_, _, _| Ok(()));
            let held = node.clone();
            cx.pool(Pool::Jobs, move || drop(held), |_, _, _| Ok(())).expect("room");
            let held = node.clone();
            cx.task(async move {
                held.clock().alarm(Millis::secs(1_000)).await;
            });
            let other = node.remote::<Hold>(node_id(1)).expect("a network");
            cx.ask(&other, Hold, |_, _, _| Ok(()));
            Ok(())
        }
    }

    #[test]
    fn a_process_that_ended_leaves_nothing_but_its_disk() {
        let mut world = Scenario::seed(1)
            .nodes(2)
            .run_actors(|stage| {
                stage.node().spawn(Spec::new(|_| Ok(Holder::default()))).serve::<Hold>().map(drop)
            })
            .at(Millis::secs(5))
            .crash(0)
            .open();
        let process = Arc::downgrade(&world.node(0).expect("it runs").0);
        let begin = |node: crate::Node| async move {
            drop(node.link::<Hold>("holder").tell(Hold));
            node.clock().alarm(Millis::secs(10_000)).await;
        };
        assert_eq!(world.call(0, Millis::secs(6), begin), None);
        assert_eq!(process.strong_count(), 0);
        assert_eq!(world.disk(0).contents("file").len(), 100);
        // What it asked of others is forgotten with the connection.
        world.run_for(Millis::secs(10));
        assert_eq!(world.network().open_asks(), 0);
        let pending = world.pending();
        drop(world);
        assert!(pending < 10, "{pending} events are to come for the node that lives");
    }

    #[test]
    fn a_world_that_ended_leaves_nothing() {
        let world = Scenario::seed(1).nodes(3).run_for(Millis::secs(1));
        let (wheel, network) =
            (Arc::downgrade(&world.ground.wheel), Arc::downgrade(&world.ground.network));
        drop(world);
        assert_eq!((wheel.strong_count(), network.strong_count()), (0, 0));
    }
}
