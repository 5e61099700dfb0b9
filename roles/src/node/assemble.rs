//! Manifest -> node, network, groups, actors. Nothing here asks what role the process has.

use super::keys::Keys;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::lock::Lock;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use troupe_actors::{Commons, Health, Kind, Start, ValidatorKey, kinds};
use troupe_blocks::Pen;
use troupe_chain::transaction::Signer;
use troupe_config::{Manifest, Restart};
use troupe_crypto::ed25519::Sign;
use troupe_crypto::sr25519::SecretKey;
use troupe_net::{Dial, Entry, Identity, Limits, Net, NetConfig};
use troupe_runtime::{Directory, Group, Node, Parts, Rule, Thread, Watchdog};
use troupe_types::{Incarnation, Millis, NodeId};

/// The thread that every process has.
const MAIN_THREAD: &str = "main";

/// Where a process keeps and finds its files.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// Relative paths of the manifest start here.
    pub(crate) base: &'a Path,
    /// Everything the process keeps lies under it.
    pub(crate) data: &'a Path,
}

/// A process whose actors run.
pub(crate) struct Assembled {
    pub(crate) node: Node,
    pub(crate) net: Net,
    pub(crate) id: NodeId,
    pub(crate) drain: Millis,
    pub(crate) commons: Commons,
    _locks: Vec<Lock>,
    _watchdog: Watchdog,
}

/// Starts everything that a manifest lists. Must run on an event loop of the runtime.
pub(crate) fn assemble(
    manifest: &Manifest,
    place: Place<'_>,
    keys: Keys,
    incarnation: Incarnation,
) -> Outcome<Assembled> {
    let Keys { identity, key, validator, pen, vrf, account, locks } = keys;
    let threads = manifest.process.threads;
    let count = |threads: u32| usize::try_from(threads).unwrap_or(usize::MAX);
    let mut parts = Parts::system(count(threads.urgent), count(threads.jobs)).map_err(internal)?;
    let state = place.data.join("state");
    let disk = Directory::open(&state)
        .map_err(|error| Failure::about(ExitCode::Storage, state.display(), error))?;
    parts.disk = Some(Arc::new(disk));
    let node = Node::new(parts);
    let id = identity.id();
    let health = Health::default();
    let listening = health.part("network", "not listening yet");
    let config = network(manifest, identity, incarnation);
    let net =
        Net::start(config, node.inbound().clone(), node.bulk().clone(), node.metrics().registry())
            .map_err(network_failed)?;
    node.connect(net.transport());
    listening.ready();
    let address = match &manifest.network.advertise {
        Some(address) => address.to_string(),
        None => net.address().to_string(),
    };
    let commons = Commons::default();
    let stage = Stage {
        manifest,
        place,
        node: &node,
        id,
        incarnation,
        address,
        health: &health,
        commons: &commons,
        validator: validator.as_ref(),
        key: &key,
        vrf: &vrf,
        account: account.as_ref(),
        pen: pen.as_ref(),
    };
    stage.start_groups()?;
    let watchdog = Watchdog::start(&node, manifest.process.stuck).map_err(internal)?;
    let drain = manifest.process.drain;
    Ok(Assembled { node, net, id, drain, commons, _locks: locks, _watchdog: watchdog })
}

fn network(manifest: &Manifest, identity: Identity, incarnation: Incarnation) -> NetConfig {
    let network = &manifest.network;
    let peers = network.peers.iter().map(|peer| Entry {
        id: peer.node_id,
        address: Some(peer.address.to_string()),
        role: peer.role.to_string(),
        dial: Dial::Keep,
    });
    NetConfig {
        identity,
        listen: network.listen,
        advertise: network.advertise.as_ref().map(ToString::to_string),
        network: network.id,
        incarnation,
        role: manifest.role.to_string(),
        services: manifest.publish.iter().map(ToString::to_string).collect(),
        peers: peers.collect(),
        threads: usize::try_from(manifest.process.threads.network).unwrap_or(1),
        limits: Limits {
            peers: network.max_peers,
            strangers: network.max_peers / 2,
            ..Limits::default()
        },
    }
}

/// What every actor of a process is started with.
struct Stage<'a> {
    manifest: &'a Manifest,
    place: Place<'a>,
    node: &'a Node,
    id: NodeId,
    incarnation: Incarnation,
    address: String,
    health: &'a Health,
    commons: &'a Commons,
    validator: Option<&'a Arc<ValidatorKey>>,
    key: &'a Arc<dyn Sign>,
    vrf: &'a Arc<SecretKey>,
    account: Option<&'a Arc<Signer>>,
    pen: Option<&'a Arc<dyn Pen>>,
}

impl Stage<'_> {
    fn start_groups(&self) -> Outcome<()> {
        let mut threads: BTreeMap<&str, Thread> = BTreeMap::new();
        let mut last = Vec::new();
        for listed in &self.manifest.groups {
            let group = Group::new(listed.name.as_str(), rule(listed.restart));
            let thread = listed.thread.as_str();
            if thread != MAIN_THREAD {
                threads.entry(thread).or_insert_with(Thread::start);
            }
            for name in &listed.actors {
                let found = kinds().into_iter().find(|kind| kind.about.name == name.as_str());
                let kind = found.expect("the manifest was checked against the same list");
                match kind.is_last() {
                    true => last.push((kind, group.clone(), thread)),
                    false => self.start_kind(&kind, &group, threads.get(thread))?,
                }
            }
        }
        for (kind, group, thread) in last {
            self.start_kind(&kind, &group, threads.get(thread))?;
        }
        Ok(())
    }

    fn start_kind(&self, kind: &Kind, group: &Group, thread: Option<&Thread>) -> Outcome<()> {
        let settings = self.manifest.actor(kind.about.name);
        for _ in 0..settings.replicas {
            (kind.start)(&Start {
                node: self.node,
                manifest: self.manifest,
                base: self.place.base,
                settings: &settings,
                group,
                thread,
                id: self.id,
                incarnation: self.incarnation,
                address: &self.address,
                health: self.health,
                commons: self.commons,
                validator: self.validator,
                key: self.key,
                vrf: self.vrf,
                account: self.account,
                pen: self.pen,
            })
            .map_err(actor_failed)?;
        }
        Ok(())
    }
}

const fn rule(restart: Restart) -> Rule {
    match restart {
        Restart::One => Rule::One,
        Restart::All => Rule::All,
        Restart::Rest => Rule::Rest,
        Restart::Never => Rule::Never,
    }
}

fn actor_failed(error: troupe_actors::Error) -> Failure {
    use troupe_actors::Error as E;
    let code = match &error {
        E::Listen { .. } => ExitCode::AddressInUse,
        E::File { .. } => ExitCode::BadFile,
        E::Settings { .. } => ExitCode::BadManifest,
        E::Storage(_) => ExitCode::Storage,
        E::Door(error) => door_failed(error),
        E::Chain(_) | E::Blocks(_) | E::Runtime(_) => ExitCode::Internal,
    };
    Failure::new(code, error)
}

const fn door_failed(error: &troupe_door::Error) -> ExitCode {
    use troupe_door::Error as E;
    match error {
        E::File { .. } => ExitCode::AddressInUse,
        E::Long { .. } => ExitCode::BadManifest,
        E::Listen(_) | E::Described(_) | E::Denied { .. } | E::Unanswered(_) => ExitCode::Internal,
    }
}

fn network_failed(error: troupe_net::Error) -> Failure {
    use troupe_net::Error as E;
    let code = match &error {
        E::Bind { .. } => ExitCode::AddressInUse,
        E::Key { .. } => ExitCode::BadKey,
        E::Limit { .. } | E::Text { .. } | E::Oneself { .. } | E::Entries { .. } => {
            ExitCode::BadManifest
        }
        E::Certificate(_) | E::Tls(_) | E::Entropy(_) | E::Threads(_) | E::Metrics(_) => {
            ExitCode::Internal
        }
    };
    Failure::new(code, error)
}

fn internal(error: impl std::fmt::Display) -> Failure {
    Failure::new(ExitCode::Internal, error)
}
