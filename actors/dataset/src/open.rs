//! From settings to an actor that runs.

use crate::Error;
use crate::manager::{Datasets, Offer, Room};
use crate::matching::{News, Prepared};
use crate::observe::Meters;
use crate::share::Begun;
use crate::table::Table;
use crate::uses::Uses;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use troupe_config::DatasetSettings;
use troupe_mpc::message::{Contribute, Describe};
use troupe_psi::message::{Begin, Dismiss, Fetch, Match, Survey, Watch};
use troupe_runtime::{Node, Spawned, Spec};
use troupe_types::{Bytes, NodeId};

/// Why a data owner does not start.
#[derive(Debug, thiserror::Error)]
pub enum NotOpened {
    /// A file cannot be used.
    #[error("data set {dataset}: {}: {why}", path.display())]
    File {
        /// The data set that names it.
        dataset: String,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: Error,
    },
    /// The runtime refused.
    #[error(transparent)]
    Runtime(#[from] troupe_runtime::Error),
}

/// Reads the files of all data sets, relative to `base`, and makes their actor.
pub fn open(
    node: &Node,
    me: NodeId,
    base: &Path,
    settings: DatasetSettings,
) -> Result<Spec<Datasets>, NotOpened> {
    let mut left = settings.memory;
    let mut offers = BTreeMap::new();
    for dataset in settings.datasets {
        let path = base.join(&dataset.file);
        let name = dataset.name.to_string();
        let table = match Table::load(&path, &dataset.columns, left) {
            Ok(table) => table,
            Err(why) => return Err(NotOpened::File { dataset: name, path, why }),
        };
        left = Bytes(left.0.saturating_sub(table.weight.0));
        tracing::info!(dataset = %name, rows = table.rows, "data set read");
        offers.insert(name, Offer { table: Arc::new(table), policy: dataset.policy });
    }
    let (offers, meters) = (Arc::new(offers), Meters::register(node.metrics())?);
    Ok(Spec::new(move |build| {
        let room = Room { uses: Uses::load(build.node)?, left };
        Datasets::new(me, Arc::clone(&offers), room, meters.clone(), build.node)
    }))
}

/// Binds what others ask of it.
pub fn serve(spawned: &Spawned<Datasets>) -> Result<(), troupe_runtime::Error> {
    spawned.accept::<Begun>().accept::<News>().accept::<Prepared>();
    spawned.serve::<Describe>()?.serve::<Contribute>()?;
    spawned.serve::<Survey>()?.serve::<Match>()?.serve::<Begin>()?;
    spawned.serve::<Watch>()?.serve::<Dismiss>()?.serve::<Fetch>()?;
    Ok(())
}
