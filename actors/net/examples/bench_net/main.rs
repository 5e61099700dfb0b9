//! What the network costs: `cargo x bench net`, with one or more of
//! `sequential in-flight tell bulk handshake` for parts of it.
//!
//! Two processes' worth of nodes, actors and networks in one process on loopback. CPU is that of all
//! threads, so of both ends together; wall time says how long the caller waited. What depends on
//! how the kernel wakes threads is run several times: the middle run is printed with the range.

mod bulk;
mod cost;
mod handshakes;

use bincode::{Decode, Encode};
use cost::{Cost, report};
use futures_util::future::join_all;
use troupe_net::{Dial, Entry, Identity, Limits, Net, NetConfig};
use troupe_runtime::{Actor, Cx, Fault, Handle, Link, Node, Parts, Reply, Spec, Thread};
use troupe_types::{Millis, NetworkId};
use troupe_wire::{Blob, CallError, Limit, Message, Sender, Wire};

const NETWORK: NetworkId = NetworkId(1);
const RUNS: usize = 7;

#[derive(Debug, Clone, Encode, Decode)]
struct Ping(Blob<64>);

impl Message for Ping {
    type Reply = Blob<64>;
    const NAME: &'static str = "ping";
}

impl Wire for Ping {
    const SERVICE: &'static str = "bench.echo";
    const TAG: u16 = 1;
    const LIMIT: Limit = Limit::KiB1;
    const SENDER: Sender = Sender::Anyone;
}

/// The last of a series of tells is asked.
#[derive(Debug, Clone, Encode, Decode)]
struct Note(Blob<64>);

impl Message for Note {
    type Reply = u64;
    const NAME: &'static str = "note";
}

impl Wire for Note {
    const SERVICE: &'static str = "bench.echo";
    const TAG: u16 = 2;
    const LIMIT: Limit = Limit::KiB1;
    const SENDER: Sender = Sender::Anyone;
}

#[derive(Default)]
struct Echo {
    notes: u64,
}

impl Actor for Echo {
    const KIND: &'static str = "echo";
}

impl Handle<Ping> for Echo {
    fn handle(
        &mut self,
        Ping(load): Ping,
        reply: Reply<Ping>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        reply.send(load, cx);
        Ok(())
    }
}

impl Handle<Note> for Echo {
    fn handle(&mut self, _: Note, reply: Reply<Note>, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        self.notes += u64::from(!reply.is_wanted());
        reply.send(self.notes, cx);
        Ok(())
    }
}

/// Errors of an example are only printed.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

pub(crate) struct Process {
    pub(crate) node: Node,
    pub(crate) net: Net,
}

pub(crate) fn process(peers: Vec<Entry>, role: &str) -> Outcome<Process> {
    let node = Node::new(Parts::system(1, 1)?);
    let mut config = NetConfig::loopback(Identity::generate()?, NETWORK, role);
    config.peers = peers;
    config.limits = Limits {
        handshake_rate_by_source: 1 << 20,
        handshakes_by_source: 4_096,
        handshakes: 4_096,
        strangers: 4_096,
        peers: 8_192,
        ..Limits::default()
    };
    let (inbound, bulk) = (node.inbound().clone(), node.bulk().clone());
    let net = Net::start(config, inbound, bulk, node.metrics().registry())?;
    node.connect(net.transport());
    Ok(Process { node, net })
}

fn ping() -> Ping {
    Ping(Blob::new(vec![7; 64]).expect("64 bytes"))
}

async fn sequential(link: &Link<Ping>, count: u64) -> Result<Cost, CallError> {
    let cost = Cost::begin();
    for _ in 0..count {
        link.ask(ping()).await?;
    }
    Ok(cost.end(count))
}

async fn in_flight(link: &Link<Ping>, at_once: u64, count: u64) -> Result<Cost, CallError> {
    let cost = Cost::begin();
    let lanes = (0..at_once).map(|_| async {
        for _ in 0..count / at_once {
            link.ask(ping()).await?;
        }
        Ok::<(), CallError>(())
    });
    join_all(lanes).await.into_iter().collect::<Result<(), _>>()?;
    Ok(cost.end(count))
}

fn note() -> Note {
    Note(Blob::new(vec![7; 64]).expect("64 bytes"))
}

/// Waits until so many tells were counted; `Lost` when they do not come.
async fn all_arrived(link: &Link<Note>, told: u64) -> Result<(), CallError> {
    for _ in 0..10_000 {
        if link.ask(note()).await? >= told {
            return Ok(());
        }
    }
    Err(CallError::Lost)
}

async fn tells(link: &Link<Note>, count: u64) -> Result<Cost, CallError> {
    let cost = Cost::begin();
    for told in 0..count {
        link.tell(note()).map_err(|refused| refused.why)?;
        // A batch fits the receiver's queue, where tells are dropped when it is full. Asks overtake
        // tells; the count says when all of a batch have arrived.
        if (told + 1) % 1_000 == 0 {
            all_arrived(link, told + 1).await?;
        }
    }
    Ok(cost.end(count))
}

fn main() -> Outcome<()> {
    troupe_runtime::run(async {
        let desk = process(Vec::new(), "compute")?;
        let echo = desk.node.spawn(Spec::new(|_| Ok(Echo::default())).on(&Thread::start()));
        echo.serve::<Ping>()?;
        echo.serve::<Note>()?;
        let at = Entry {
            id: desk.net.id(),
            address: Some(desk.net.address().to_string()),
            role: "compute".to_owned(),
            dial: Dial::Keep,
        };
        let client = process(vec![at], "data")?;
        let link = client.node.remote::<Ping>(desk.net.id())?;
        sequential(&link, 2_000).await?;

        let parts: Vec<String> = std::env::args().skip(1).collect();
        let wants = |part: &str| parts.is_empty() || parts.iter().any(|named| named == part);
        if wants("sequential") {
            let mut runs = Vec::new();
            for _ in 0..RUNS {
                runs.push(sequential(&link, 10_000).await?);
            }
            report("ask of 64 bytes, one after another", "ask", runs);
        }
        if wants("in-flight") {
            let mut runs = Vec::new();
            for _ in 0..RUNS {
                runs.push(in_flight(&link, 32, 60_000).await?);
            }
            report("ask of 64 bytes, 32 in flight", "ask", runs);
        }
        if wants("tell") {
            let notes = client.node.remote::<Note>(desk.net.id())?;
            report("tell of 64 bytes", "tell", vec![tells(&notes, 500_000).await?]);
        }
        if wants("bulk") {
            bulk::measure(&client, &desk, 2 << 30).await?;
        }
        if wants("handshake") {
            handshakes::measure(&desk, 2_000).await?;
        }
        client.net.close(Millis::secs(5)).await;
        desk.net.close(Millis::secs(5)).await;
        Ok(())
    })
}
