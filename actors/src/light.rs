//! `light`: follows the chain by its headers, and asks others for the rest. What that is, is in `actors/light`.

use crate::kind::{Kind, PLAIN, Start};
use crate::{Error, genesis};
use std::sync::Arc;
use troupe_chain::transaction::Rules;
use troupe_config::{LightSettings, NetworkFile};
use troupe_light::{About, Checkpoint, Client};
use troupe_types::Bytes;

/// Headers that are remembered, and answers on their way.
const MEMORY: Bytes = Bytes::mib(32);

/// A light client of the scheme that validators' keys have.
pub(crate) type Light = Client<crate::chain::Votes>;

pub(crate) const KIND: Kind = Kind {
    about: troupe_config::Kind {
        name: "light",
        summary: "Follows final headers and keeps no chain; everything else is asked of others and checked.",
        read: |section| {
            LightSettings::read(section);
            MEMORY
        },
        ..PLAIN
    },
    start,
};

fn start(start: &Start<'_>) -> Result<(), Error> {
    let client = start.commons.light(start)?;
    let part = start.health.part("light", "no header was shown yet");
    let report = Arc::new(move |_| part.ready());
    troupe_light::start(start.node, &client, report, start);
    Ok(())
}

/// What the process knows of the chain: its genesis.
pub(crate) fn open(start: &Start<'_>) -> Result<Light, Error> {
    let network: NetworkFile = crate::chain::network(start)?;
    let failed = |error: &dyn std::fmt::Display| Error::Chain(error.to_string());
    let genesis = genesis(&network).map_err(|fault| failed(&fault))?;
    let settings = start.read_of("light", LightSettings::read)?;
    let checkpoint = settings.checkpoint.map(|it| Checkpoint { height: it.height, hash: it.hash });
    let about = About {
        checkpoint,
        trusting_period: settings.trusting_period,
        rules: Rules::of(&genesis),
        election_distance: genesis.election_distance,
        base_fee_floor: genesis.base_fee_floor,
        me: start.id,
    };
    Client::new(start.node, &genesis, about).map_err(|error| match error {
        stale @ troupe_light::Error::Stale { .. } => {
            Error::Settings { kind: "light", reason: stale.to_string() }
        }
        other => failed(&other),
    })
}
