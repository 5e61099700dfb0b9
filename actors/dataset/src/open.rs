//! From settings to an actor that runs.

use crate::Error;
use crate::catalogue;
use crate::joint::{Heard, Noted};
use crate::manager::{Datasets, Offer, Room, Shop};
use crate::matching::{News, Prepared};
use crate::message::{Declare, Inventory, Retract, Source};
use crate::observe::Meters;
use crate::share::Begun;
use crate::table::Table;
use crate::uses::Uses;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use troupe_config::DatasetSettings;
use troupe_learning::message::{Consent, Contribute, Describe, Join, Meet};
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

/// Reads the files of all data sets, relative to `base`, and makes their actor. Where a chain settles what is computed, the
/// process has an actor that speaks for it there, and `directories` are those who tell where others are.
pub fn open(
    node: &Node,
    me: NodeId,
    base: &Path,
    settings: DatasetSettings,
    directories: Option<Vec<NodeId>>,
) -> Result<Spec<Datasets>, NotOpened> {
    let mut left = settings.memory;
    let mut offers = BTreeMap::new();
    for dataset in settings.datasets {
        let path = base.join(&dataset.file);
        let name = dataset.name.to_string();
        let table = match Table::load(&path, &dataset, left) {
            Ok(table) => table,
            Err(why) => return Err(NotOpened::File { dataset: name, path, why }),
        };
        left = Bytes(left.0.saturating_sub(table.weight.0));
        tracing::info!(dataset = %name, rows = table.rows, "data set read");
        offers.insert(name, Arc::new(Offer::new(dataset, table, Source::Manifest)));
    }
    let meters = Meters::register(node.metrics())?;
    let shop = Shop { me, base: base.to_owned(), directories, meters };
    Ok(Spec::new(move |build| {
        let (mut offers, mut left) = (offers.clone(), left);
        let mut added = catalogue::load(build.node)?;
        // What came into the manifest meanwhile is what its owner wants.
        added.retain(|name, _| !offers.contains_key(name));
        let added = catalogue::reopen(added, &shop.base, &mut left);
        offers.extend(added.into_iter().map(|(name, offer)| (name, Arc::new(offer))));
        let room = Room { uses: Uses::load(build.node)?, left };
        Datasets::new(&shop, offers, room, build.node)
    }))
}

/// Binds what others ask of it.
pub fn serve(spawned: &Spawned<Datasets>) -> Result<(), troupe_runtime::Error> {
    spawned.accept::<Begun>().accept::<News>().accept::<Prepared>();
    spawned.accept::<Noted>().accept::<Heard>();
    // Of its own process alone.
    spawned.accept::<Declare>().accept::<Retract>().accept::<Inventory>();
    spawned.serve::<Describe>()?.serve::<Consent>()?.serve::<Contribute>()?;
    spawned.serve::<Join>()?.serve::<Meet>()?;
    spawned.serve::<Survey>()?.serve::<Match>()?.serve::<Begin>()?;
    spawned.serve::<Watch>()?.serve::<Dismiss>()?.serve::<Fetch>()?;
    Ok(())
}
