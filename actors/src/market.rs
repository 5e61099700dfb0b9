//! `market`: does on the chain what the process owes tasks. The rules are in `protocols/market`, the shell in `actors/market`.

use crate::Error;
use crate::answers::answers;
use crate::kind::{Kind, PLAIN, Start};
use std::sync::Arc;
use troupe_account::Source;
use troupe_config::MarketSettings;
use troupe_market_actor::{Opening, Register};
use troupe_rpc::Settings;

pub(crate) const KIND: Kind = Kind {
    about: troupe_config::Kind {
        name: "market",
        summary: "Does on the chain what the process owes tasks, and lists what it offers.",
        read: |section| MarketSettings::read(section).memory(),
        ..PLAIN
    },
    start,
};

fn start(start: &Start<'_>) -> Result<(), Error> {
    let settings = start.read("market", MarketSettings::read)?;
    let Some(account) = start.account.map(|signer| signer.address()) else {
        return Err(Error::Settings { kind: "market", reason: "no key was opened".to_owned() });
    };
    let MarketSettings { register, stake, capacity } = settings;
    let key = Arc::clone(start.key);
    let register = register.then_some(Register { stake: stake.0, capacity });
    let part = start.health.part("market", "the chain was not read yet");
    let report = Arc::new(move |how| match how {
        Ok(()) => part.ready(),
        Err(why) => part.not_ready(why),
    });
    let (_, sources) = answers(start, Settings::default())?;
    let source = move |node: &troupe_runtime::Node| {
        let troupe_gateway::Source { backend, beside } = sources(node);
        Source { backend, beside }
    };
    let opening = Opening { account, node: start.id, key, register, report };
    Ok(troupe_market_actor::start(start.node, opening, source, |spec| start.place(spec))?)
}
