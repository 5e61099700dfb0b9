//! A running development network.

use super::accounts::accounts;
use super::chain::goes_on;
use super::files::{Draft, Prepaid, Prepared, Shape, prepare};
use super::inside::Hosted;
use super::plan::Counts;
use super::processes::{Supervised, ready};
use super::record::{Record, RecordedNode};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::node::start_in;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::Instant;

/// Ten processes are there and agree on blocks within seconds; a machine under load gets longer.
const START_PATIENCE: Duration = Duration::from_secs(90);

/// What network somebody wants.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) dir: PathBuf,
    pub(crate) counts: Counts,
    /// What the chain begins with, where somebody says it.
    pub(crate) network: Option<PathBuf>,
    pub(crate) base_port: u16,
    pub(crate) is_fresh: bool,
    pub(crate) housing: Housing,
}

/// Where the nodes of a network live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Housing {
    /// A process each, started again when it ends.
    Processes,
    /// All in this process.
    OneProcess,
}

/// A running node.
enum Tenant {
    Process(Box<Supervised>),
    Inside(Box<Hosted>),
}

impl Tenant {
    fn start(node: Prepared, prepaid: &Prepaid, housing: Housing) -> Outcome<Self> {
        match housing {
            Housing::Processes => Supervised::start(node, prepaid).map(Box::new).map(Self::Process),
            Housing::OneProcess => Hosted::start(node, prepaid).map(Box::new).map(Self::Inside),
        }
    }

    fn node(&self) -> &Prepared {
        match self {
            Self::Process(process) => &process.node,
            Self::Inside(hosted) => &hosted.node,
        }
    }

    fn pid(&self) -> u32 {
        match self {
            Self::Process(process) => process.pid().unwrap_or_default(),
            Self::Inside(_) => std::process::id(),
        }
    }

    /// Completes when the process id changes.
    async fn changed(&mut self) {
        match self {
            Self::Process(process) => process.changed().await,
            Self::Inside(_) => std::future::pending().await,
        }
    }

    async fn end(self) -> bool {
        match self {
            Self::Process(process) => process.end().await,
            Self::Inside(hosted) => hosted.end().await,
        }
    }
}

/// Processes that know each other, and the record of them on disk.
pub(crate) struct Network {
    dir: PathBuf,
    shape: Shape,
    prepaid: Prepaid,
    tenants: Vec<Tenant>,
}

impl Network {
    /// Starts the processes and waits until all are ready and blocks are committed. `tell` hears what is
    /// going on.
    pub(crate) async fn start(wish: &Wish, mut tell: impl FnMut(&str)) -> Outcome<Self> {
        let draft = Draft::read(wish.counts, wish.base_port, wish.network.as_deref())?;
        let prepaid = prepare(&wish.dir, &draft, wish.is_fresh)?;
        let shape = draft.shape;
        check_ports(&prepaid)?;
        if wish.housing == Housing::OneProcess {
            start_in(&wish.dir.join("log"))?;
        }
        let mut tenants = Vec::new();
        for node in &prepaid.nodes {
            tell(&format!("starting {}", node.planned.name));
            tenants.push(Tenant::start(node.clone(), &prepaid, wish.housing)?);
        }
        let network = Self { dir: wish.dir.clone(), shape, prepaid, tenants };
        let until = Instant::now() + START_PATIENCE;
        if let Err(failure) = network.ready(until, tell).await {
            network.end().await;
            return Err(failure);
        }
        network.record().write(&network.dir)?;
        Ok(network)
    }

    async fn ready(&self, until: Instant, mut tell: impl FnMut(&str)) -> Outcome<()> {
        for tenant in &self.tenants {
            tell(&format!("waiting for {}", tenant.node().planned.name));
            ready(tenant.node(), until).await?;
        }
        for tenant in &self.tenants {
            tell(&format!("waiting for blocks at {}", tenant.node().planned.name));
            goes_on(tenant.node(), until).await?;
        }
        Ok(())
    }

    /// Everything about the network as it is now.
    pub(crate) fn record(&self) -> Record {
        let metrics = |address: &dyn std::fmt::Display| format!("http://{address}/metrics");
        let nodes = self.tenants.iter().map(|tenant| {
            let (node, planned) = (tenant.node(), &tenant.node().planned);
            RecordedNode {
                name: planned.name.clone(),
                role: planned.role.to_owned(),
                pid: tenant.pid(),
                node_id: node.id.to_string(),
                dir: node.dir.clone(),
                rpc: planned.rpc_url(),
                grpc: planned.grpc_url(),
                control: node.control(),
                metrics: metrics(&planned.metrics),
                p2p: planned.p2p.to_string(),
                account: node.account.map(|account| account.to_checksum()),
                datasets: planned.examples.iter().map(|example| example.name.to_owned()).collect(),
            }
        });
        let nodes: Vec<RecordedNode> = nodes.collect();
        let first = &nodes[0];
        let rpc: Vec<String> = nodes.iter().filter_map(|node| node.rpc.clone()).collect();
        let accounts = match rpc.is_empty() {
            true => Vec::new(),
            false => accounts().map(|account| account.json()).collect(),
        };
        Record {
            chain_id: self.shape.network_id,
            ws: rpc.iter().map(|url| url.replacen("http", "ws", 1)).collect(),
            rpc,
            grpc: nodes.iter().filter_map(|node| node.grpc.clone()).collect(),
            metrics: nodes.iter().map(|node| node.metrics.clone()).collect(),
            bootstrap: vec![format!("{}@{}", first.node_id, first.p2p)],
            nodes,
            accounts,
            user: self.prepaid.user.clone(),
            results: Record::results_in(&self.dir),
        }
    }

    /// The directory that holds it.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Keeps the record true while processes come and go. Never completes.
    pub(crate) async fn keep_record(&mut self) -> Outcome<()> {
        loop {
            let changes = self.tenants.iter_mut().map(|tenant| Box::pin(tenant.changed()));
            let changes: Vec<_> = changes.collect();
            futures_util::future::select_all(changes).await;
            self.record().write(&self.dir)?;
        }
    }

    /// Drains all processes, the bootstrap last; whether all ended cleanly.
    pub(crate) async fn end(self) -> bool {
        Record::remove(&self.dir);
        let mut is_clean = true;
        let mut bootstrap = None;
        let mut ends = Vec::new();
        for (index, tenant) in self.tenants.into_iter().enumerate() {
            if index == 0 {
                bootstrap = Some(tenant);
            } else {
                ends.push(tenant.end());
            }
        }
        for ended in futures_util::future::join_all(ends).await {
            is_clean &= ended;
        }
        if let Some(tenant) = bootstrap {
            is_clean &= tenant.end().await;
        }
        is_clean
    }
}

/// A port that is taken is named before anything is started.
fn check_ports(prepaid: &Prepaid) -> Outcome<()> {
    for node in &prepaid.nodes {
        let planned = &node.planned;
        let udp = std::net::UdpSocket::bind(planned.p2p).map(drop);
        let tcp = TcpListener::bind(planned.metrics).map(drop);
        let clients = planned.rpc.into_iter().chain(planned.grpc);
        let clients = clients.map(|address| (address, TcpListener::bind(address).map(drop)));
        let others = [(planned.p2p, udp), (planned.metrics, tcp)];
        for (address, bound) in others.into_iter().chain(clients) {
            if let Err(error) = bound {
                let text =
                    format!("{address} for {}: {error}; choose another --base-port", planned.name);
                return Err(Failure::new(ExitCode::AddressInUse, text));
            }
        }
    }
    Ok(())
}
