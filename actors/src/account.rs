//! `account`: sends transactions in the process's own name. The rules are in `protocols/chain`, the shell in `actors/account`.

use crate::Error;
use crate::answers::answers;
use crate::kind::{Kind, PLAIN, Start};
use std::sync::Arc;
use troupe_account::{Opening, Source};
use troupe_chain::errand::Limits;
use troupe_config::AccountSettings;
use troupe_rpc::Settings;

pub(crate) const KIND: Kind = Kind {
    about: troupe_config::Kind {
        name: "account",
        summary: "Sends transactions of the process itself, and sees what becomes of them.",
        read: |section| AccountSettings::read(section).memory(),
        ..PLAIN
    },
    start,
};

fn start(start: &Start<'_>) -> Result<(), Error> {
    let settings = start.read("account", AccountSettings::read)?;
    let Some(signer) = start.account.map(Arc::clone) else {
        return Err(Error::Settings { kind: "account", reason: "no key was opened".to_owned() });
    };
    let limits = Limits {
        patience: settings.patience,
        within: settings.within,
        most: settings.max_fee,
        ..Limits::default()
    };
    tracing::info!(address = %signer.address(), "account opened");
    let (_, sources) = answers(start, Settings::default())?;
    let source = move |node: &troupe_runtime::Node| {
        let troupe_gateway::Source { backend, beside } = sources(node);
        Source { backend, beside }
    };
    troupe_account::start(start.node, Opening { signer, limits }, source, |spec| start.place(spec));
    Ok(())
}
