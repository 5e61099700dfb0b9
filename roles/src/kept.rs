//! Where a node keeps its chain, for commands that look at it, or fill it while the node does not run.

use crate::exit::{ExitCode, Failure, Outcome};
use crate::genesis;
use crate::lock::Lock;
use crate::manifest::{OverrideArgs, Source};
use crate::progress;
use clap::Args;
use indicatif::ProgressBar;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use troupe_actors::keeps_of;
use troupe_chain::Genesis;
use troupe_config::StorageSettings;
use troupe_runtime::{Directory, Forks};
use troupe_storage::index::SledShelf;
use troupe_storage::{Boot, Error as StoreError};
use troupe_types::{Bytes, Hash};
use troupe_vault::{Error, Keeps, Opening, Vault};
use troupe_wire::Sequential;

/// The network file in a data folder, where nothing else is said.
const GENESIS: &str = "genesis.toml";

/// Which node's chain.
#[derive(Debug, Args)]
pub(crate) struct KeptArgs {
    /// The manifest of the node, which names its data folder and its network file
    #[arg(long, value_name = "FILE", env = "TROUPE_MANIFEST")]
    manifest: Option<PathBuf>,
    /// The data folder of the node
    #[arg(long, value_name = "DIR", env = "TROUPE_DATA_DIR")]
    dir: Option<PathBuf>,
    /// The network file; genesis.toml in the data folder where nothing says otherwise
    #[arg(long, value_name = "FILE", env = "TROUPE_GENESIS")]
    genesis: Option<PathBuf>,
}

/// A node's chain on a disk.
pub(crate) struct Kept {
    /// The data folder.
    pub(crate) data: PathBuf,
    pub(crate) genesis: Genesis,
    /// The hash of the genesis block.
    pub(crate) chain: Hash,
    /// The manifest names a key that votes.
    pub(crate) has_vote: bool,
    /// What the node keeps of the past. Without a manifest nothing goes.
    keeps: Keeps,
}

impl KeptArgs {
    /// Finds the folder and reads the network file.
    pub(crate) fn find(&self) -> Outcome<Kept> {
        let (mut data, mut file) = (self.dir.clone(), self.genesis.clone());
        let (mut has_vote, mut keeps) = (false, Keeps::Blocks);
        if let Some(manifest) = &self.manifest {
            let found = Source::File(manifest.clone()).load(&OverrideArgs::default())?;
            let manifest = &found.loaded.manifest;
            let storage = manifest.actor("storage").settings;
            let settings = troupe_config::read(&storage, "settings", StorageSettings::read);
            // The manifest's own check has read them.
            keeps = settings.map_or(Keeps::Blocks, |settings| keeps_of(settings.history));
            data.get_or_insert_with(|| found.base.join(&manifest.process.data_dir));
            if let Some(chain) = &manifest.chain {
                file.get_or_insert_with(|| found.base.join(&chain.genesis));
                has_vote = chain.key.is_some() || chain.signer.is_some();
            }
        }
        let missing = || Failure::about(ExitCode::Usage, "--manifest", "missing, or --dir");
        let data = data.ok_or_else(missing)?;
        let file = file.unwrap_or_else(|| data.join(GENESIS));
        let (genesis, chain) = read_genesis(&file)?;
        Ok(Kept { data, genesis, chain, has_vote, keeps })
    }

    /// Reads the network file alone.
    pub(crate) fn network(&self) -> Outcome<(Genesis, Hash)> {
        match (&self.genesis, &self.manifest, &self.dir) {
            (Some(file), _, _) => read_genesis(file),
            (None, _, _) => self.find().map(|kept| (kept.genesis, kept.chain)),
        }
    }
}

fn read_genesis(file: &Path) -> Outcome<(Genesis, Hash)> {
    let network = genesis::load(file)?;
    let wrong = |fault: troupe_chain::genesis::Fault| {
        Failure::about(ExitCode::BadManifest, file.display(), fault)
    };
    let genesis = troupe_actors::genesis(&network).map_err(wrong)?;
    let (block, _) = genesis.build(&Sequential).map_err(wrong)?;
    Ok((genesis, block.hash()))
}

/// As many threads as there are processors.
pub(crate) fn forks() -> Forks {
    Forks::new(std::thread::available_parallelism().map_or(1, usize::from))
}

impl Kept {
    /// Where the log and the state files are; refused where no node ever kept a chain.
    pub(crate) fn log(&self) -> Outcome<Directory> {
        let folder = self.data.join(troupe_actors::LOG);
        if !folder.is_dir() {
            let text = "no chain was ever kept there";
            return Err(Failure::about(ExitCode::BadFile, self.data.display(), text));
        }
        self.disk(troupe_actors::LOG)
    }

    /// A folder below the data folder, made where it is not there.
    pub(crate) fn disk(&self, name: &str) -> Outcome<Directory> {
        let folder = self.data.join(name);
        Directory::open(&folder)
            .map_err(|error| Failure::about(ExitCode::BadFile, folder.display(), error))
    }

    /// Keeps nodes away for as long as it is held.
    pub(crate) fn lock(&self) -> Outcome<Lock> {
        Lock::directory(&self.data)
    }

    /// The boot of this machine, and a number that nobody knows.
    pub(crate) fn boot() -> Outcome<Boot> {
        Boot::of_this_machine().map_err(|error| Failure::new(ExitCode::Storage, error))
    }

    /// A random number for a log that is begun.
    pub(crate) fn salt() -> Outcome<u32> {
        let mut bytes = [0; 4];
        getrandom::fill(&mut bytes).map_err(|error| Failure::new(ExitCode::Internal, error))?;
        Ok(u32::from_le_bytes(bytes))
    }

    /// Opens the chain as a node does, or begins it.
    pub(crate) fn vault(&self, bar: &Bar) -> Outcome<Vault> {
        let index = SledShelf::new(self.data.join(troupe_actors::INDEX), SledShelf::CACHE);
        let opening = Opening {
            disk: Arc::new(self.disk(troupe_actors::LOG)?),
            shelf: Box::new(index),
            boot: Self::boot()?,
            salt: Self::salt()?,
            genesis: self.genesis.clone(),
            keeps: self.keeps,
        };
        let opened = Vault::open(opening, &forks(), &mut |progress| {
            bar.show(progress.phase, progress.done, progress.total);
        });
        Ok(opened.map_err(|error| failed(self.data.display(), error))?.0)
    }
}

/// What a person sees while something long is done.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub(crate) fn new() -> Self {
        Self(progress::bar(0))
    }

    /// What is done, bytes of it, and bytes of all of it.
    pub(crate) fn show(&self, what: impl Display, done: Bytes, total: Bytes) {
        if self.0.length() != Some(total.0) {
            self.0.set_length(total.0);
        }
        if self.0.position() > done.0 {
            self.0.reset();
        }
        self.0.set_message(what.to_string());
        self.0.set_position(done.0);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// What went wrong with a file, or with what is kept in a folder.
pub(crate) fn failed(what: impl Display, error: Error) -> Failure {
    let code = match &error {
        Error::Storage(StoreError::Occupied | StoreError::NoBlock { .. }) => ExitCode::Refused,
        Error::Storage(_) | Error::Root { .. } | Error::MissingBlock { .. } => ExitCode::Storage,
        Error::Encoding { .. } | Error::Chain(_) | Error::Ledger(_) | Error::Genesis(_) => {
            ExitCode::Storage
        }
        Error::Input(_) | Error::Output(_) => ExitCode::BadFile,
        Error::Cut { .. }
        | Error::BadFile { .. }
        | Error::OtherChain { .. }
        | Error::NotNext { .. }
        | Error::Other { .. }
        | Error::Unvouched { .. }
        | Error::Refused { .. } => ExitCode::Unproven,
        Error::Unprovable { .. } | Error::NotKept { .. } | Error::Gone { .. } => ExitCode::Refused,
    };
    Failure::about(code, what, error)
}
