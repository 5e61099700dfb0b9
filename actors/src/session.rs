//! `session`: a compute party. Takes seats in joint computations; one child actor for each.

mod entries;
mod entry;
mod lend;
mod manager;
mod matched;
mod models;
mod observe;
mod seats;
mod settle;
mod witness;
mod worker;

use crate::Error;
use crate::kind::{Kind, PLAIN, Start};
use crate::scheduler::Gone;
use lend::Desk;
use manager::Sessions;
use models::Models;
use observe::Meters;
use settle::Market;
use std::sync::Arc;
use troupe_config::SessionSettings;
use troupe_learning::message::{Abandon, COMPUTE, Common, Inquire, Prepare, Reserve};
use troupe_learning::workers::message::{Assign, Begin, Countersign, Dismiss, Note};
use troupe_market::message::{ACTOR, Shown};
use troupe_runtime::{Contact, Spec};
use worker::Principal;

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
    if settings.party.is_none() && !is_offered(start) {
        return Err(Error::Settings { kind: "session", reason: lonely(start) });
    }
    let has_workers = start.has("scheduler");
    let meters = Meters::register(start.node.metrics(), settings.max_sessions, !has_workers)?;
    let me = start.id;
    let (is_settled, key) = (start.has(ACTOR), Arc::clone(start.key));
    let contact = settings
        .party
        .as_ref()
        .map(|party| Contact { id: party.node_id, address: party.address.to_string() });
    let is_worker = contact.is_some();
    let address = start.address.to_owned();
    let spec = Spec::new(move |build| {
        let market = is_settled.then(|| Market::of(build.node));
        let principal = contact.clone().map(|contact| Principal::new(contact, &address));
        let desk = has_workers.then(|| Desk::new(build.node.link("scheduler"), Arc::clone(&key)));
        let models = Models::new(build.node.disk().cloned(), &settings);
        let parts = (market, principal, desk);
        Ok(Sessions::new(me, settings.clone(), parts, models, meters.clone()))
    });
    let spawned = start.node.spawn(start.place(spec));
    spawned.accept::<entry::News>().accept::<entry::Wanted>().accept::<Shown>();
    spawned.serve::<Prepare>()?.serve::<Inquire>()?.serve::<Abandon>()?.serve::<Common>()?;
    spawned.serve::<Reserve>()?;
    if is_worker {
        spawned.serve::<Assign>()?.serve::<Begin>()?.serve::<Dismiss>()?;
    }
    if has_workers {
        spawned.accept::<Gone>();
        spawned.serve::<Countersign>()?.serve::<Note>()?;
    }
    Ok(())
}

/// Whether the process says that it is a party.
fn is_offered(start: &Start<'_>) -> bool {
    start.manifest.publish.iter().any(|service| service.as_str() == COMPUTE)
}

/// What is to be written where nobody would ever give the process anything to compute.
fn lonely(start: &Start<'_>) -> String {
    format!(
        "party is missing: a worker names the compute node that it works for, \
         [actor.session] settings = {{ party = \"NODE_ID@HOST:PORT\" }}, and that node lists the worker, \
         [actor.scheduler] settings = {{ workers = [\"{}\"] }}; a party of its own has \"{COMPUTE}\" in publish",
        start.id
    )
}
