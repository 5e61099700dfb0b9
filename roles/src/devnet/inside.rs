//! `--one-process`: all nodes of a network in this process, each with actors, network and files of its own.

use super::files::{Prepaid, Prepared};
use crate::exit::Outcome;
use crate::key::PasswordArgs;
use crate::lock::Lock;
use crate::manifest::{OverrideArgs, Source};
use crate::node::{Assembled, Keys, Place, assemble, drain};
use crate::starts;

/// A node that lives in this process.
pub(super) struct Hosted {
    pub(super) node: Prepared,
    assembled: Assembled,
    _lock: Lock,
}

impl Hosted {
    /// Starts a node on the event loop that is running.
    pub(super) fn start(node: Prepared, prepaid: &Prepaid) -> Outcome<Self> {
        let found = Source::File(node.manifest.clone()).load(&OverrideArgs::default())?;
        let manifest = &found.loaded.manifest;
        let data = node.dir.join(&manifest.process.data_dir);
        let lock = Lock::directory(&data)?;
        let password = PasswordArgs::in_file(&prepaid.password_file);
        let keys = Keys::open(manifest, &data, &password)?;
        let incarnation = starts::count(&data)?;
        let place = Place { base: &node.dir, data: &data };
        let assembled = assemble(manifest, place, keys, incarnation)?;
        Ok(Self { node, assembled, _lock: lock })
    }

    /// Drains the node; whether it ended cleanly.
    pub(super) async fn end(self) -> bool {
        drain(&self.assembled).await.is_clean()
    }
}
