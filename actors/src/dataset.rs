//! `dataset`: a data owner. Keeps rows and shares columns with computations that its policy allows.

mod manager;
mod table;
mod uses;

use crate::Error;
use crate::kind::{Kind, PLAIN, Start};
use manager::{Begin, Datasets, Offer};
use std::collections::BTreeMap;
use std::sync::Arc;
use table::Table;
use troupe_config::DatasetSettings;
use troupe_mpc::message::{Contribute, DATA, Describe};
use troupe_runtime::Spec;
use uses::Uses;

pub(crate) const KIND: Kind = Kind {
    about: troupe_config::Kind {
        name: "dataset",
        summary: "Shares columns of its files with private computations that its policy allows.",
        services: &[DATA],
        read: |section| DatasetSettings::read(section).memory,
        ..PLAIN
    },
    start,
};

fn start(start: &Start<'_>) -> Result<(), Error> {
    let settings = start.read("dataset", DatasetSettings::read)?;
    let mut budget = settings.memory;
    let mut offers = BTreeMap::new();
    for dataset in settings.datasets {
        let table = Table::load(start.base, &dataset, &mut budget)?;
        tracing::info!(dataset = %dataset.name, rows = table.rows, "data set read");
        let offer = Offer { table: Arc::new(table), policy: dataset.policy };
        offers.insert(dataset.name.to_string(), offer);
    }
    let (me, offers) = (start.id, Arc::new(offers));
    let spec = Spec::new(move |build| {
        let uses = Uses::load(build.node)?;
        Ok(Datasets::new(me, Arc::clone(&offers), uses))
    });
    let spawned = start.node.spawn(start.place(spec));
    spawned.accept::<Begin>();
    spawned.serve::<Describe>()?.serve::<Contribute>()?;
    Ok(())
}
