//! Opening the chain that a process keeps.

use super::genesis;
use crate::kind::Start;
use crate::light::{self, Light};
use crate::{Error, Health};
use std::cell::{OnceCell, RefCell};
use std::fs::{DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use troupe_blocks::{Chain, Member, keeping};
use troupe_config::{ConsensusSettings, History, NetworkFile, StorageSettings};
use troupe_crypto::{Bls, Scheme};
use troupe_door::Service;
use troupe_gateway::Bench;
use troupe_runtime::{Directory, Node, Pool};
use troupe_storage::Boot;
use troupe_storage::index::SledShelf;
use troupe_types::{Bytes, Hash};
use troupe_vault::{Keeps, Opening, Vault};
use troupe_vm::Vm;

/// Where the log and the state files lie, below the data directory.
pub const LOG: &str = "chain";
/// Where the index lies, below the data directory.
pub const INDEX: &str = "index";
/// Where compiled contracts lie, below the data directory; for the process's user alone.
const COMPILED: &str = "compiled";
/// So much of them is kept: those of modules of 30 MiB and more.
const KEPT: Bytes = Bytes::mib(1024);

/// The scheme of validators' keys.
pub(crate) type Votes = Bls;

/// What the actors of a process share: made by whoever of them is started first.
#[derive(Debug, Default)]
pub struct Commons {
    chain: OnceCell<Chain<Votes>>,
    light: OnceCell<Arc<Light>>,
    bench: OnceCell<Bench>,
    services: RefCell<Vec<Service>>,
}

/// Who votes: the secret key of a validator.
pub type ValidatorKey = <Votes as Scheme>::SecretKey;

impl Commons {
    /// The chain, opened at the first call.
    pub(crate) fn chain(&self, start: &Start<'_>) -> Result<&Chain<Votes>, Error> {
        if self.chain.get().is_none() {
            let opened = open(start)?;
            // Nobody else had it in the meantime: starting is one thread's work.
            let _ = self.chain.set(opened);
        }
        self.chain.get().ok_or_else(|| Error::Chain("it was not opened".to_owned()))
    }

    /// The light client, made at the first call.
    pub(crate) fn light(&self, start: &Start<'_>) -> Result<Arc<Light>, Error> {
        if self.light.get().is_none() {
            let _ = self.light.set(Arc::new(light::open(start)?));
        }
        let light = self.light.get().map(Arc::clone);
        light.ok_or_else(|| Error::Chain("it was not opened".to_owned()))
    }

    /// Where the servers of the process do long work, all of them together.
    pub(crate) fn bench(&self, node: &Node) -> Bench {
        self.bench.get_or_init(|| Bench::new(Arc::clone(node.pool(Pool::Jobs)))).clone()
    }

    /// One more service for the owner of the process.
    pub fn offer(&self, service: Service) {
        self.services.borrow_mut().push(service);
    }

    /// All of them.
    pub(crate) fn offered(&self) -> Vec<Service> {
        self.services.borrow().clone()
    }

    /// Ends the chain, once its actors have ended, so that the next start finds the index as it is.
    /// Nothing is lost without it.
    pub fn close(&self) -> Result<(), Error> {
        match self.chain.get() {
            Some(chain) => chain.close().map_err(|error| Error::Chain(error.to_string())),
            None => Ok(()),
        }
    }
}

/// What the network file says of the chain that the manifest names.
pub(crate) fn network(start: &Start<'_>) -> Result<NetworkFile, Error> {
    let Some(named) = &start.manifest.chain else {
        return Err(Error::Chain("the manifest names no chain".to_owned()));
    };
    let path = start.base.join(&named.genesis);
    let wrong = |reason: String| Error::File {
        what: "chain.genesis".to_owned(),
        path: path.clone(),
        reason,
    };
    let text = std::fs::read_to_string(&path).map_err(|error| wrong(error.to_string()))?;
    NetworkFile::load(&text).map_err(|errors| wrong(errors.to_string()))
}

fn open(start: &Start<'_>) -> Result<Chain<Votes>, Error> {
    let (manifest, health) = (start.manifest, start.health);
    let wrong = |reason: String| Error::Chain(format!("chain.genesis: {reason}"));
    let network = network(start)?;
    let genesis = genesis(&network).map_err(|fault| wrong(fault.to_string()))?;
    let votes = start.validator.is_some() || start.pen.is_some();
    if votes {
        has_key(start, &genesis).map_err(wrong)?;
    }
    let (storage, consensus) = (settings_of_storage(start)?, settings_of_consensus(start)?);
    let data = start.base.join(&manifest.process.data_dir);
    let vault = open_vault(start, &data, storage, genesis, health)?;
    let member = Member {
        node: start.id,
        secret: start.validator.cloned(),
        vrf: votes.then(|| Arc::clone(start.vrf)),
        pen: start.pen.cloned(),
        pace: consensus.pace,
        heartbeat: consensus.heartbeat,
        watch: consensus.watch,
    };
    let part = health.part("chain", "reading the state");
    let chain = Chain::open(start.node, vault, member, &mut |progress| {
        part.not_ready(format!("read {} accounts of the state", progress.accounts));
    });
    let chain = chain.map_err(|error| Error::Chain(error.to_string()))?;
    part.ready();
    Ok(chain.with_vm(executions(start, &data)?))
}

/// A validator whose random words nobody takes for its own would make blocks in vain.
fn has_key(start: &Start<'_>, genesis: &troupe_chain::Genesis) -> Result<(), String> {
    let mine = start.vrf.public_key().to_bytes();
    let all = genesis.terms.iter().flat_map(|term| &term.validators);
    match all.filter(|validator| validator.node == start.id).find(|own| own.vrf != mine) {
        Some(own) => {
            let (said, mine) = (Hash(own.vrf), Hash(mine));
            Err(format!("vrf of this node is {said}, its own key gives {mine}"))
        }
        None => Ok(()),
    }
}

/// What executions share, with what earlier processes have compiled.
fn executions(start: &Start<'_>, data: &Path) -> Result<Vm, Error> {
    let open = || -> std::io::Result<Vm> {
        let folder = data.join(COMPILED);
        DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        std::fs::set_permissions(&folder, Permissions::from_mode(0o700))?;
        let disk = Arc::new(Directory::open(folder)?);
        keeping(disk, KEPT, start.node.random(COMPILED, 0).array())
    };
    open().map_err(|error| Error::Storage(format!("compiled contracts: {error}")))
}

fn open_vault(
    start: &Start<'_>,
    data: &Path,
    settings: StorageSettings,
    genesis: troupe_chain::Genesis,
    health: &Health,
) -> Result<Vault, Error> {
    let failed = |error: &dyn std::fmt::Display| Error::Storage(error.to_string());
    let part = health.part("storage", "reading the log");
    let disk = Directory::open(data.join(LOG)).map_err(|error| failed(&error))?;
    let boot = Boot::of_this_machine().map_err(|error| failed(&error))?;
    let salt = u32::from_le_bytes(start.node.random("log", 0).array());
    let shelf = Box::new(SledShelf::new(data.join(INDEX), settings.cache));
    let keeps = keeps_of(settings.history);
    let opening = Opening { disk: Arc::new(disk), shelf, boot, salt, genesis, keeps };
    let mut told = start.node.now().mono;
    let (vault, report) = Vault::open(opening, &start.node.forks(), &mut |progress| {
        part.not_ready(progress.to_string());
        let now = start.node.now().mono;
        if now.since(told).0 >= 1_000 {
            told = now;
            tracing::info!(%progress, "opening the chain");
        }
    })
    .map_err(|error| failed(&error))?;
    tracing::info!(?report, "storage opened");
    part.ready();
    Ok(vault)
}

fn settings_of_storage(start: &Start<'_>) -> Result<StorageSettings, Error> {
    start.read_of("storage", StorageSettings::read)
}

fn settings_of_consensus(start: &Start<'_>) -> Result<ConsensusSettings, Error> {
    start.read_of("consensus", ConsensusSettings::read)
}

/// What a vault keeps for a manifest's word.
#[must_use]
pub const fn keeps_of(history: History) -> Keeps {
    match history {
        History::Recent => Keeps::Recent,
        History::Blocks => Keeps::Blocks,
        History::States => Keeps::States,
    }
}
