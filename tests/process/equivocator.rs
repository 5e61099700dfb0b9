//! A validator that votes twice: a process of its own name on the network, with its keys, that follows nobody's rules.

use crate::network::Network;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use troupe_consensus::message::{Propose, SERVICE, Vote};
use troupe_consensus::{Kind, Place, Statement, sign};
use troupe_crypto::hash::keccak256;
use troupe_crypto::{Bls, bls, keystore};
use troupe_net::{Dial, Entry, Identity, Net, NetConfig};
use troupe_runtime::{Actor, Cx, Fault, Handle, Link, Node, Parts, Reply, Spec};
use troupe_types::{Epoch, Hash, Height, Incarnation, NetworkId, NodeId};

/// In which round it has which place: it acts in that one alone.
pub(crate) type Seat = Arc<Mutex<Option<(Epoch, u16)>>>;

/// Ends with the value.
pub(crate) struct Running {
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Votes for each block that it hears of, and for another one in its place.
struct Equivocator {
    seat: Seat,
    secret: Arc<bls::SecretKey>,
    genesis: Hash,
    peers: Vec<Link<Vote>>,
}

impl Equivocator {
    fn votes(&self, (place, height, index): (Place, Height, u32), hash: Hash, voter: u16) {
        let kind = Kind::Vote;
        let said = Statement { kind, place, height, index, hash, certified: None };
        let signature = sign::<Bls>(&self.secret, &said, &self.genesis).expect("it signs");
        for peer in &self.peers {
            let vote = Vote { place, height, index, hash, voter, signature, parent: None };
            let _ = peer.tell(vote);
        }
    }
}

impl Actor for Equivocator {
    const KIND: &'static str = "equivocator";
}

impl Handle<Propose> for Equivocator {
    fn handle(
        &mut self,
        Propose { block, .. }: Propose,
        _: Reply<Propose>,
        _: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let header = &block.header;
        let seat = *self.seat.lock().expect("no test panicked");
        if let Some((epoch, voter)) = seat
            && header.place.epoch == epoch
        {
            let at = (header.place, header.height, header.index);
            self.votes(at, header.hash, voter);
            self.votes(at, keccak256(header.hash.0), voter);
        }
        Ok(())
    }
}

/// What a validator's folder holds.
pub(crate) fn entry(network: &Network, name: &str, file: &str) -> keystore::Entry {
    let text = fs::read_to_string(network.dir.join(name).join(file)).expect("a key file");
    let password = fs::read(network.dir.join("password")).expect("the network's password");
    keystore::open(&text, &password).expect("its password")
}

/// Joins the network under the name of one of its validators, whose own process is silent.
pub(crate) fn equivocate(network: &Network, name: &str, genesis: Hash, seat: &Seat) -> Running {
    let identity = entry(network, name, "node-key.json");
    let identity = Identity::from_pkcs8(identity.secret().expose()).expect("a node's key");
    let secret = entry(network, name, "validator-key.json");
    let secret = bls::SecretKey::from_bytes(secret.secret().expose().try_into().expect("32 bytes"));
    let secret = Arc::new(secret.expect("a key for votes"));
    let record = network.record();
    let nodes = record["nodes"].as_array().expect("nodes").iter();
    let others = nodes.filter(|node| node["role"] == "validator" && node["name"] != name);
    let others: Vec<Entry> = others
        .map(|node| Entry {
            id: node["node_id"].as_str().expect("an id").parse().expect("a node id"),
            address: node["p2p"].as_str().map(str::to_owned),
            role: "validator".to_owned(),
            dial: Dial::Keep,
        })
        .collect();
    let ids: Vec<NodeId> = others.iter().map(|other| other.id).collect();
    let network_id = record["chain_id"].as_u64().expect("a chain id");
    let config = NetConfig {
        incarnation: Incarnation(1_000_000),
        services: vec![SERVICE.to_owned()],
        peers: others,
        ..NetConfig::loopback(identity, NetworkId(network_id), "validator")
    };
    let (seat, is_over) = (Arc::clone(seat), Arc::new(AtomicBool::new(false)));
    let over = Arc::clone(&is_over);
    let host = move || {
        troupe_runtime::run(async move {
            let node = Node::new(Parts::system(1, 1).expect("threads"));
            let registry = node.metrics().registry();
            let (inbound, bulk) = (node.inbound().clone(), node.bulk().clone());
            let net = Net::start(config, inbound, bulk, registry).expect("a network");
            node.connect(net.transport());
            let spawner = node.clone();
            let spec = Spec::new(move |_| {
                let link = |id: &NodeId| spawner.remote::<Vote>(*id).expect("a network");
                let peers = ids.iter().map(link).collect();
                let (seat, secret) = (Arc::clone(&seat), Arc::clone(&secret));
                Ok(Equivocator { seat, secret, genesis, peers })
            });
            node.spawn(spec).serve::<Propose>().expect("nobody else takes proposals");
            wait(&over).await;
        });
    };
    Running { is_over, thread: Some(std::thread::spawn(host)) }
}

async fn wait(is_over: &AtomicBool) {
    while !is_over.load(Ordering::Relaxed) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
