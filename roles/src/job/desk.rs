//! The job service that a command asks: that of a node whose owner it is, or one that it hosts itself.

use super::chain::Chain;
use super::contacts::Visitor;
use crate::control;
use crate::devnet::Record;
use crate::exit::{ExitCode, Failure, Outcome};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use troupe_chain::transaction::Signer;
use troupe_door::{Metrics, Nobody, Offered, Server, Settings};
use troupe_jobs::{Client, Desk as Jobbing, Jobs, Names, Office, Shelf};
use troupe_types::Millis;

/// How long an answer may take that waits for blocks.
const PATIENCE: Millis = Millis::secs(150);

/// A job service, and a client of it.
pub(super) struct Desk {
    pub(super) client: Client,
    own: Option<Own>,
}

/// What a command hosts for as long as it runs.
struct Own {
    server: Server,
    visitor: Option<Visitor>,
}

/// What people call the nodes of a network.
fn names(record: &Record) -> Names {
    let named = record.nodes.iter();
    named.filter_map(|node| Some((node.node_id.parse().ok()?, node.name.clone()))).collect()
}

/// How a command takes part in the network for a job.
#[derive(Clone, Copy)]
pub(super) enum Part<'a> {
    /// As a node of its own, which gets results.
    Visits(&'a Record),
    /// Not at all: it asks the chain, or the disk. Nodes are called as the network's record does, if there is one.
    Stays(Option<&'a Record>),
}

impl Desk {
    /// That of a node, at its owner's socket, for somebody who calls nodes as the network's record does, if there is one.
    pub(super) async fn of_node(path: &Path, record: Option<&Record>) -> Outcome<Self> {
        let channel = control::connect(path).await?;
        let names = record.map(names).unwrap_or_default();
        Ok(Self { client: Client::new(channel, names), own: None })
    }

    /// One of the command's own.
    pub(super) async fn own(
        part: Part<'_>,
        chain: Option<Chain>,
        results: PathBuf,
    ) -> Outcome<Self> {
        let names = match part {
            Part::Visits(record) | Part::Stays(Some(record)) => names(record),
            Part::Stays(None) => Names::new(),
        };
        let visitor = match part {
            Part::Visits(record) => Some(Visitor::join(record)?),
            Part::Stays(_) => None,
        };
        let office = Office {
            network: visitor.as_ref().map(Visitor::network),
            chain: chain.map(|chain| Arc::new(chain) as Arc<dyn troupe_jobs::Chain>),
            shelf: Shelf::of(results),
            desk: Jobbing::default(),
        };
        let jobs = match &visitor {
            Some(visitor) => Jobs::on(&visitor.node, office, |spec| spec),
            None => Jobs::idle(office),
        };
        let failed = |error: troupe_door::Error| Failure::new(ExitCode::Internal, error);
        let offered = Offered::new(vec![jobs.service()], Arc::new(Nobody));
        let settings = Settings { request_time: PATIENCE, ..Settings::default() };
        let server = Server::inside(offered, settings, Metrics::of("control")).map_err(failed)?;
        let channel = server.connect().await.map_err(failed)?;
        Ok(Self { client: Client::new(channel, names), own: Some(Own { server, visitor }) })
    }

    /// One of the command's own that runs jobs, which somebody pays for where the network has a chain.
    pub(super) async fn for_jobs(record: &Record, payer: Option<Signer>) -> Outcome<Self> {
        let chain = match payer {
            Some(payer) => Some(Chain::join(record, Some(payer)).await?),
            None => None,
        };
        Self::own(Part::Visits(record), chain, record.results.clone()).await
    }

    /// Leaves in good order.
    pub(super) async fn leave(self) {
        let Self { client, own } = self;
        drop(client);
        let Some(Own { server, visitor }) = own else { return };
        server.stop().await;
        if let Some(visitor) = visitor {
            visitor.leave().await;
        }
    }
}
