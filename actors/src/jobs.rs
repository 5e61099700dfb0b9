//! `jobs`: has things computed for the owner of the process. What that takes is in `actors/jobs`.

use crate::Error;
use crate::kind::{Kind, PLAIN, Start};
use troupe_config::JobsSettings;

pub(crate) const KIND: Kind = Kind {
    about: troupe_config::Kind {
        name: "jobs",
        summary: "Runs private computations for the owner of this process, and keeps what they find.",
        lacks: if cfg!(feature = "jobs") { None } else { Some("jobs") },
        read: |section| JobsSettings::read(section).memory(),
        ..PLAIN
    },
    start,
};

#[cfg(feature = "jobs")]
fn start(start: &Start<'_>) -> Result<(), Error> {
    hosted::start(start)
}

#[cfg(not(feature = "jobs"))]
fn start(_: &Start<'_>) -> Result<(), Error> {
    // A manifest that names it was refused by its check.
    Err(Error::Settings { kind: "jobs", reason: "this binary has no feature jobs".to_owned() })
}

#[cfg(feature = "jobs")]
mod hosted {
    use super::KIND;
    use crate::Error;
    use crate::answers::answers;
    use crate::kind::Start;
    use crate::owner::Owner;
    use std::sync::Arc;
    use troupe_account::Source;
    use troupe_config::JobsSettings;
    use troupe_jobs::{Account, Chain, Desk, Jobs, Network, Office, Shelf};
    use troupe_rpc::Settings;
    use troupe_runtime::Contact;

    pub(super) fn start(start: &Start<'_>) -> Result<(), Error> {
        let JobsSettings { results, folder, at_once } =
            start.read(KIND.about.name, JobsSettings::read)?;
        let bootstrap = start.manifest.network.bootstrap.iter();
        let bootstrap = bootstrap
            .map(|peer| Contact { id: peer.node_id, address: peer.address.to_string() })
            .collect();
        let owner = Owner::of(start);
        let folder = owner.folder().join(folder);
        let at_once = usize::try_from(at_once).unwrap_or(usize::MAX);
        let desk = Desk::open(folder.clone(), at_once, start.node.metrics());
        let desk = desk.map_err(|error| Error::File {
            what: "the jobs of this process".to_owned(),
            path: folder,
            reason: error.to_string(),
        })?;
        let office = Office {
            network: Some(Network::new(start.node, start.id, bootstrap)),
            chain: start.manifest.chain.as_ref().map(|_| chain(start)).transpose()?,
            shelf: Shelf::of(owner.folder().join(results)),
            desk,
        };
        let jobs = Jobs::on(start.node, office, |spec| start.place(spec));
        start.offer(jobs.service());
        Ok(())
    }

    /// The chain of the process, and its account where it has one.
    fn chain(start: &Start<'_>) -> Result<Arc<dyn Chain>, Error> {
        let account = start.account.filter(|_| start.has("account"));
        let account = account.map(|signer| signer.address());
        let (about, sources) = answers(start, Settings::default())?;
        let source = move |node: &troupe_runtime::Node| {
            let troupe_gateway::Source { backend, beside } = sources(node);
            Source { backend, beside }
        };
        Ok(Arc::new(Account::new(start.node, source, about.chain.chain_id, account)))
    }
}
