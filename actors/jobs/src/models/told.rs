//! Remembered models as clients are told of them.

use super::{Keeper, Model};
use crate::error::Outcome;
use crate::heard::{fixed, wrong};
use troupe_config::Moment;
use troupe_door::proto::job as wire;
use troupe_learning::Real;
use troupe_learning::task::Family;
use troupe_types::{Hash, NodeId, UnixMillis};
use troupe_wire::{List, Text};

/// As a client is told of it.
pub(crate) fn told(model: &Model) -> wire::Model {
    let keeper = |keeper: &Keeper| wire::Keeper {
        name: keeper.name.clone(),
        node_id: keeper.id.0.to_vec().into(),
        address: keeper.address.to_string(),
    };
    let family = match model.family {
        Family::Linear => wire::Family::Linear,
        Family::Logistic => wire::Family::Logistic,
    };
    wire::Model {
        name: model.name.0.to_vec().into(),
        job: model.job.clone(),
        since: model.since.0.0,
        chain: model.chain,
        task: model.task,
        family: family.into(),
        features: model.features,
        limit: model.limit.get(),
        parties: model.parties.iter().map(keeper).collect(),
        holders: model.holders.iter().map(|id| id.0.to_vec().into()).collect(),
    }
}

/// As a client knows it then.
pub(crate) fn heard(told: wire::Model) -> Outcome<Model> {
    let family = match told.family() {
        wire::Family::Linear => Family::Linear,
        wire::Family::Logistic => Family::Logistic,
        wire::Family::Unspecified => return Err(wrong("a model")),
    };
    let keeper = |keeper: wire::Keeper| {
        Ok(Keeper {
            name: keeper.name,
            id: NodeId(fixed(&keeper.node_id, "a node id")?),
            address: Text::new(keeper.address).map_err(|_| wrong("an address"))?,
        })
    };
    let parties = told.parties.into_iter().map(keeper).collect::<Outcome<Vec<_>>>()?;
    let holders = told.holders.iter().map(|id| fixed(id, "a node id").map(NodeId));
    let holders = holders.collect::<Outcome<Vec<_>>>()?;
    Ok(Model {
        name: Hash(fixed(&told.name, "a model's name")?),
        job: told.job,
        since: Moment(UnixMillis(told.since)),
        chain: told.chain,
        task: told.task,
        family,
        features: told.features,
        limit: Real::new(told.limit).ok_or_else(|| wrong("a limit"))?,
        parties: parties.try_into().map_err(|_| wrong("three parties"))?,
        holders: List::new(holders).map_err(|_| wrong("holders"))?,
    })
}
