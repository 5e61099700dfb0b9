//! A process for tests: a node with one actor, a network, and what both have seen.

use bincode::{Decode, Encode};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use troupe_net::{Dial, Entry, Identity, Limits, Net, NetConfig, PeerState};
use troupe_runtime::{
    Actor, Build, Cx, Fault, Handle, Link, Node, Origin, Parts, Peer, Reply, Spec,
};
use troupe_types::{Incarnation, Millis, NetworkId, NodeId};
use troupe_wire::{Blob, CallError, Lane, Limit, Message, Sender, Wire};

pub(crate) const NETWORK: NetworkId = NetworkId(77);
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

macro_rules! message {
    ($(#[$doc:meta])* $name:ident($body:ty) -> $reply:ty, $tag:literal, $limit:ident, $sender:expr, $lane:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Encode, Decode)]
        pub(crate) struct $name(pub(crate) $body);
        impl Message for $name {
            type Reply = $reply;
            const NAME: &'static str = stringify!($name);
            const LANE: Lane = Lane::$lane;
            const DEADLINE: Millis = Millis::secs(20);
        }
        impl Wire for $name {
            const SERVICE: &'static str = "test.desk";
            const TAG: u16 = $tag;
            const LIMIT: Limit = Limit::$limit;
            const REPLY_LIMIT: Limit = Limit::$limit;
            const SENDER: Sender = $sender;
        }
    };
}

pub(crate) type Load = Blob<262_000>;

message!(
    /// Answered with itself.
    Echo(Load) -> Load, 1, KiB256, Sender::Anyone, Normal);
message!(
    /// Never answered.
    Hold(u64) -> u64, 2, KiB1, Sender::Anyone, Normal);
message!(
    /// Remembered, on the ordinary lane.
    Note(u64) -> (), 3, KiB1, Sender::Anyone, Normal);
message!(
    /// Remembered, on the control lane.
    Urgent(u64) -> (), 4, KiB1, Sender::Anyone, Control);
message!(
    /// Answered to listed peers.
    Inner(u64) -> u64, 5, KiB1, Sender::Listed, Normal);
message!(
    /// Answered to peers listed as data nodes.
    ForData(u64) -> u64, 6, KiB1, Sender::Roles(&["data"]), Normal);
message!(
    /// Panics.
    Crash(u64) -> u64, 7, KiB1, Sender::Anyone, Normal);

/// What a desk has seen.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) notes: Vec<u64>,
    pub(crate) urgent: Vec<u64>,
    pub(crate) held: usize,
    pub(crate) peers: Vec<Arc<Peer>>,
}

pub(crate) struct Desk {
    seen: Arc<Mutex<Seen>>,
    held: Vec<Reply<Hold>>,
}

impl Actor for Desk {
    const KIND: &'static str = "desk";
}

impl Handle<Echo> for Desk {
    fn handle(
        &mut self,
        Echo(load): Echo,
        reply: Reply<Echo>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        if let Origin::Peer(peer) = cx.origin() {
            self.seen.lock().unwrap().peers.push(Arc::clone(peer));
        }
        reply.send(load, cx);
        Ok(())
    }
}

impl Handle<Hold> for Desk {
    fn handle(&mut self, _: Hold, reply: Reply<Hold>, _: &mut Cx<'_, Self>) -> Result<(), Fault> {
        self.seen.lock().unwrap().held += 1;
        self.held.push(reply);
        Ok(())
    }
}

impl Handle<Note> for Desk {
    fn handle(
        &mut self,
        Note(number): Note,
        _: Reply<Note>,
        _: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.seen.lock().unwrap().notes.push(number);
        Ok(())
    }
}

impl Handle<Urgent> for Desk {
    fn handle(
        &mut self,
        Urgent(number): Urgent,
        _: Reply<Urgent>,
        _: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.seen.lock().unwrap().urgent.push(number);
        Ok(())
    }
}

impl Handle<Inner> for Desk {
    fn handle(
        &mut self,
        Inner(number): Inner,
        reply: Reply<Inner>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        reply.send(number, cx);
        Ok(())
    }
}

impl Handle<ForData> for Desk {
    fn handle(
        &mut self,
        ForData(number): ForData,
        reply: Reply<ForData>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        reply.send(number, cx);
        Ok(())
    }
}

impl Handle<Crash> for Desk {
    fn handle(
        &mut self,
        Crash(number): Crash,
        reply: Reply<Crash>,
        _: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        assert_eq!(number, u64::MAX, "a test wants this");
        drop(reply);
        Ok(())
    }
}

/// How a process is started; [`Plan::start`] on a running event loop.
pub(crate) struct Plan {
    pub(crate) config: NetConfig,
}

pub(crate) struct Process {
    pub(crate) node: Node,
    pub(crate) net: Net,
    pub(crate) seen: Arc<Mutex<Seen>>,
}

/// Short times, so that tests of them are short.
pub(crate) fn brisk() -> Limits {
    Limits {
        keep_alive: Millis(200),
        idle: Millis(1_200),
        first_pause: Millis(20),
        longest_pause: Millis(200),
        admission: Millis(700),
        ..Limits::default()
    }
}

impl Plan {
    pub(crate) fn new(role: &str) -> Self {
        let identity = Identity::generate().unwrap();
        let mut config = NetConfig::loopback(identity, NETWORK, role);
        config.limits = Limits { idle: Millis::secs(10), ..brisk() };
        Self { config }
    }

    pub(crate) fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.config.limits);
        self
    }

    pub(crate) fn identity(mut self, pkcs8: &[u8]) -> Self {
        self.config.identity = Identity::from_pkcs8(pkcs8).unwrap();
        self
    }

    pub(crate) fn incarnation(mut self, number: u64) -> Self {
        self.config.incarnation = Incarnation(number);
        self
    }

    pub(crate) fn peer(mut self, entry: Entry) -> Self {
        self.config.peers.push(entry);
        self
    }

    pub(crate) fn start(self) -> Process {
        let node = Node::new(Parts::system(1, 1).unwrap());
        let seen = Arc::<Mutex<Seen>>::default();
        let its_seen = Arc::clone(&seen);
        let make = move |_: &Build<'_>| Ok(Desk { seen: Arc::clone(&its_seen), held: Vec::new() });
        let desk = node.spawn(Spec::new(make));
        desk.serve::<Echo>().unwrap();
        desk.serve::<Hold>().unwrap();
        desk.serve::<Note>().unwrap();
        desk.serve::<Urgent>().unwrap();
        desk.serve::<Inner>().unwrap();
        desk.serve::<ForData>().unwrap();
        desk.serve::<Crash>().unwrap();
        let (inbound, bulk) = (node.inbound().clone(), node.bulk().clone());
        let net = Net::start(self.config, inbound, bulk, node.metrics().registry()).unwrap();
        node.connect(net.transport());
        Process { node, net, seen }
    }
}

pub(crate) fn entry(id: NodeId, address: impl ToString, role: &str, dial: Dial) -> Entry {
    Entry { id, address: Some(address.to_string()), role: role.to_owned(), dial }
}

/// A desk, and a client that knows its address.
pub(crate) fn pair() -> (Process, Process) {
    let desk = Plan::new("compute").start();
    let client = Plan::new("data").peer(desk.entry("compute", Dial::OnDemand)).start();
    (desk, client)
}

pub(crate) fn load(length: usize) -> Load {
    Load::new((0..length).map(|at| (at * 31) as u8).collect()).unwrap()
}

impl Process {
    pub(crate) fn id(&self) -> NodeId {
        self.net.id()
    }

    pub(crate) fn entry(&self, role: &str, dial: Dial) -> Entry {
        entry(self.id(), self.net.address(), role, dial)
    }

    pub(crate) fn link<M: Wire>(&self, to: &Process) -> Link<M> {
        self.node.remote(to.id()).unwrap()
    }

    pub(crate) async fn echo(&self, to: &Process, length: usize) -> Result<(), CallError> {
        let answer = self.link::<Echo>(to).ask(Echo(load(length))).await?;
        assert_eq!(answer, load(length));
        Ok(())
    }

    pub(crate) fn is_connected(&self, to: NodeId) -> bool {
        self.net.transport().peers().iter().any(|peer| peer.id == to)
    }

    pub(crate) fn state(&self, of: NodeId) -> PeerState {
        let status = self.net.status();
        status.into_iter().find(|peer| peer.id == of).expect("a known peer").state
    }

    /// A counter among this process's metrics, such as `troupe_net_violations_total{kind="malformed"}`.
    pub(crate) fn metric(&self, name: &str) -> u64 {
        let text = self.node.metrics().text();
        let line = text.lines().find(|line| line.starts_with(name));
        let value = line.and_then(|line| line.rsplit(' ').next()).expect("a metric");
        value.parse().expect("a whole number")
    }
}

/// Looks again and again until it holds.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let give_up = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < give_up, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// A future that must end.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited in vain: {what}"),
    }
}
