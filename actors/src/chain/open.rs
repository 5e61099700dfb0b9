//! Opening the chain that a process keeps.

use super::genesis;
use crate::kind::Start;
use crate::{Error, Health};
use std::cell::OnceCell;
use std::fs::{DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use troupe_blocks::{Chain, Member, keeping};
use troupe_config::{ConsensusSettings, NetworkFile, StorageSettings};
use troupe_crypto::{Bls, Scheme};
use troupe_runtime::Directory;
use troupe_storage::Boot;
use troupe_storage::index::SledShelf;
use troupe_types::Bytes;
use troupe_vault::{Opening, Vault};
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

    /// Ends the chain, once its actors have ended, so that the next start finds the index as it is.
    /// Nothing is lost without it.
    pub fn close(&self) -> Result<(), Error> {
        match self.chain.get() {
            Some(chain) => chain.close().map_err(|error| Error::Chain(error.to_string())),
            None => Ok(()),
        }
    }
}

fn open(start: &Start<'_>) -> Result<Chain<Votes>, Error> {
    let (manifest, health) = (start.manifest, start.health);
    let Some(named) = &manifest.chain else {
        return Err(Error::Chain("the manifest names no chain".to_owned()));
    };
    let file = start.base.join(&named.genesis);
    let wrong = |reason: String| Error::File {
        what: "chain.genesis".to_owned(),
        path: file.clone(),
        reason,
    };
    let text = std::fs::read_to_string(&file).map_err(|error| wrong(error.to_string()))?;
    let network = NetworkFile::load(&text).map_err(|errors| wrong(errors.to_string()))?;
    let genesis = genesis(&network).map_err(|fault| wrong(fault.to_string()))?;
    let (storage, consensus) = (settings_of_storage(start)?, settings_of_consensus(start)?);
    let data = start.base.join(&manifest.process.data_dir);
    let vault = open_vault(start, &data, storage, genesis, health)?;
    let member = Member {
        node: start.id,
        secret: start.validator.cloned(),
        pace: consensus.pace,
        heartbeat: consensus.heartbeat,
    };
    let part = health.part("chain", "reading the state");
    let chain = Chain::open(start.node, vault, member, &mut |progress| {
        part.not_ready(format!("read {} accounts of the state", progress.accounts));
    });
    let chain = chain.map_err(|error| Error::Chain(error.to_string()))?;
    part.ready();
    Ok(chain.with_vm(executions(start, &data)?))
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
    let opening = Opening { disk: Arc::new(disk), shelf, boot, salt, genesis };
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
