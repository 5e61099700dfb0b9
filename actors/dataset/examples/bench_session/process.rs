//! A node with a network, and machines that talk over it.

use std::error::Error;
use tokio::sync::oneshot;
use troupe_mpc::{Peer, Place};
use troupe_net::{Dial, Entry, Identity, Net, NetConfig};
use troupe_runtime::{
    BulkEvent, Cast, Conversation, Event, Fault, Node, Parts, Queue, Registration, Spec, Traffic,
};
use troupe_types::{Bytes, Hash, NetworkId, NodeId, SessionId};
use troupe_wire::{Seed, Talks};

/// Errors of a benchmark are only printed.
pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

const NETWORK: NetworkId = NetworkId(1);

/// Bytes that may wait for a machine beyond what its program moves.
const SLACK: u64 = 4 << 20;

/// One participant's node: one thread for its machine, one for its network.
pub(crate) struct Process {
    pub(crate) node: Node,
    pub(crate) net: Net,
}

/// How a machine ended, and what it moved.
type Ended<M> = (Result<<M as Talks>::Outcome, <M as Talks>::Failure>, Traffic);

/// What came of a conversation, once it is over.
pub(crate) struct Talk<M: Talks> {
    ended: oneshot::Receiver<Ended<M>>,
    /// Lets the others' streams in.
    _door: Registration,
}

/// Where the session with this number takes place.
pub(crate) fn place(session: u64) -> Place {
    let mut name = [0; 16];
    name[..8].copy_from_slice(&session.to_le_bytes());
    Place { session: SessionId(name), terms: Hash([0x7e; 32]) }
}

impl Process {
    pub(crate) fn start(role: &str) -> Outcome<Self> {
        let node = Node::new(Parts::system(1, 1)?);
        let config = NetConfig::loopback(Identity::generate()?, NETWORK, role);
        let (inbound, bulk) = (node.inbound().clone(), node.bulk().clone());
        let net = Net::start(config, inbound, bulk, node.metrics().registry())?;
        node.connect(net.transport());
        Ok(Self { node, net })
    }

    pub(crate) fn seed(&self, purpose: &str) -> Seed {
        Seed::new(self.node.random(purpose, 0).array())
    }

    /// Starts a machine's conversation; `moves` bounds what the others send it.
    pub(crate) fn talk<M>(
        &self,
        session: SessionId,
        cast: &Cast<Peer>,
        machine: M,
        moves: Bytes,
        mut news: impl FnMut(M::News) + Send + 'static,
    ) -> Outcome<Talk<M>>
    where
        M: Talks<Peer = Peer, Input: Send, Output: Send> + Send + 'static,
    {
        let me = self.net.id();
        let guests: Vec<NodeId> = cast.others(me).map(|(_, node)| node).collect();
        let (end, ended) = oneshot::channel();
        let mut end = Some(end);
        let listener = move |event: Event<M::News, M::Outcome, M::Failure, M::Question>| match event
        {
            // Nobody signs here.
            Event::Asks(_) => {}
            Event::News { news: latest, .. } => news(latest),
            Event::Ended { outcome, traffic } => {
                if let Some(end) = end.take() {
                    // Who does not wait any more has failed.
                    let _ = end.send((outcome, traffic));
                }
            }
        };
        let most = Bytes(moves.0.saturating_add(SLACK));
        let mut parts = Some((cast.clone(), machine, listener));
        let make = move |_: &troupe_runtime::Build<'_>| {
            let gone = || Fault::Fatal("a conversation does not begin again".to_owned());
            let (cast, machine, listener) = parts.take().ok_or_else(gone)?;
            Ok(Conversation::new(session, me, cast, machine, most, listener))
        };
        let queue = Queue { messages: 4_096, bytes: Bytes::mib(16) };
        let spawned = self.node.spawn(Spec::new(make).queue(queue));
        let _door = self.node.bulk().register(session, guests, spawned.link::<BulkEvent>())?;
        Ok(Talk { ended, _door })
    }
}

impl<M: Talks> Talk<M> {
    pub(crate) async fn end(self) -> Outcome<(M::Outcome, Traffic)> {
        let (outcome, traffic) = self.ended.await?;
        Ok((outcome.map_err(|failure| failure.to_string())?, traffic))
    }
}

/// How somebody is reached.
pub(crate) fn entry(id: NodeId, address: String, role: &str) -> Entry {
    Entry { id, address: Some(address), role: role.to_owned(), dial: Dial::Keep }
}
