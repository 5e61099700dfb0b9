//! `dataset`: a data owner. What it does is in `actors/dataset`, with its reader of Parquet files.

use crate::Error;
use crate::kind::{Kind, PLAIN, Start};
use troupe_config::DatasetSettings;
use troupe_learning::message::DATA;

pub(crate) const KIND: Kind = Kind {
    about: troupe_config::Kind {
        name: "dataset",
        summary: "Shares columns of its files with private computations, and matches rows, as its policies allow.",
        services: &[DATA],
        lacks: if cfg!(feature = "dataset") { None } else { Some("dataset") },
        read: |section| DatasetSettings::read(section).memory,
        ..PLAIN
    },
    start,
};

#[cfg(feature = "dataset")]
fn start(start: &Start<'_>) -> Result<(), Error> {
    let settings = start.read("dataset", DatasetSettings::read)?;
    let bootstrap = start.manifest.network.bootstrap.iter().map(|peer| peer.node_id);
    let directories = start.has(troupe_market::message::ACTOR).then(|| bootstrap.collect());
    let spec = troupe_dataset::open(start.node, start.id, start.base, settings, directories);
    let spec = spec.map_err(|error| match error {
        troupe_dataset::NotOpened::File { dataset, path, why } => {
            Error::File { what: format!("data set {dataset}"), path, reason: why.to_string() }
        }
        troupe_dataset::NotOpened::Runtime(error) => Error::Runtime(error),
    })?;
    troupe_dataset::serve(&start.node.spawn(start.place(spec)))?;
    start.offer(troupe_dataset::service(start.node));
    Ok(())
}

#[cfg(not(feature = "dataset"))]
fn start(_: &Start<'_>) -> Result<(), Error> {
    // A manifest that names it was refused by its check.
    Err(Error::Settings {
        kind: "dataset",
        reason: "this binary has no feature dataset".to_owned(),
    })
}
