//! `session`: a compute party. Takes seats in joint computations; one child actor for each.

mod entry;
mod manager;
mod matched;
mod observe;
mod settle;
mod witness;

use crate::Error;
use crate::kind::{Kind, PLAIN, Start};
use manager::Sessions;
use observe::Meters;
use settle::Market;
use std::sync::Arc;
use troupe_config::SessionSettings;
use troupe_learning::message::{Abandon, COMPUTE, Common, Inquire, Prepare};
use troupe_market::message::{ACTOR, Shown};
use troupe_runtime::Spec;

pub(crate) const KIND: Kind = Kind {
    about: troupe_config::Kind {
        name: "session",
        summary: "Computes on shares; one child for each computation.",
        services: &[COMPUTE],
        read: |section| SessionSettings::read(section).memory,
        ..PLAIN
    },
    start,
};

fn start(start: &Start<'_>) -> Result<(), Error> {
    let settings = start.read("session", SessionSettings::read)?;
    let meters = Meters::register(start.node.metrics(), settings.max_sessions)?;
    let me = start.id;
    let (is_settled, key) = (start.has(ACTOR), Arc::clone(start.key));
    let spec = Spec::new(move |build| {
        let market = is_settled.then(|| Market::of(build.node, Arc::clone(&key)));
        Ok(Sessions::new(me, settings, market, meters.clone()))
    });
    let spawned = start.node.spawn(start.place(spec));
    spawned.accept::<entry::News>().accept::<Shown>();
    spawned.serve::<Prepare>()?.serve::<Inquire>()?.serve::<Abandon>()?.serve::<Common>()?;
    Ok(())
}
