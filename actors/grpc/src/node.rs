//! The service that tells of the node.

use crate::host::Host;
use crate::proto::node as told;
use crate::status::{HIDDEN, of};
use crate::told::bytes;
use std::collections::BTreeMap;
use std::sync::Arc;
use tonic::{Request, Response, Status};
use troupe_door::Doing;
use troupe_rpc::{Api, At, Named};
use troupe_types::Height;

/// Whether the node tells of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// To everybody who reaches the port.
    Told,
    /// To nobody.
    Hidden,
}

/// Answers from whoever knows the process.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) api: Arc<Api>,
    pub(crate) host: Arc<dyn Host>,
    pub(crate) is_told: Telling,
}

impl Node {
    fn check(&self) -> Result<(), Status> {
        match self.is_told {
            Telling::Told => Ok(()),
            Telling::Hidden => Err(HIDDEN.status("this node does not tell of itself")),
        }
    }
}

#[tonic::async_trait]
impl told::node_server::Node for Node {
    async fn get_info(
        &self,
        _: Request<told::GetInfoRequest>,
    ) -> Result<Response<told::GetInfoResponse>, Status> {
        self.check()?;
        let about = self.host.about();
        let chain = self.api.backend().chain();
        let genesis = self.api.find(Named::At(At::Height(Height::ZERO))).await;
        let genesis = genesis.map_err(|error| of(&error))?;
        Ok(Response::new(told::GetInfoResponse {
            node_id: bytes(about.id.0),
            epoch: about.epoch,
            version: chain.client.clone(),
            role: self.host.role(),
            address: about.listens,
            waiting_for: self.host.waiting(),
            chain_id: chain.chain_id,
            genesis_hash: genesis.map(|found| bytes(found.hash)).unwrap_or_default(),
        }))
    }

    async fn list_peers(
        &self,
        _: Request<told::ListPeersRequest>,
    ) -> Result<Response<told::ListPeersResponse>, Status> {
        self.check()?;
        let peers = self.host.peers().into_iter().map(|peer| told::Peer {
            node_id: bytes(peer.id.0),
            epoch: peer.epoch,
            role: peer.role,
            version: peer.version,
        });
        Ok(Response::new(told::ListPeersResponse { peers: peers.collect() }))
    }

    async fn list_actors(
        &self,
        _: Request<told::ListActorsRequest>,
    ) -> Result<Response<told::ListActorsResponse>, Status> {
        self.check()?;
        let counted: BTreeMap<_, _> = self.host.counts().into_iter().collect();
        let actors = self.host.actors().into_iter().map(|actor| {
            let counts = counted.get(&actor.name).copied().unwrap_or_default();
            let (state, detail) = match actor.doing {
                Doing::Runs => (told::ActorState::Running, String::new()),
                Doing::Waits(why) => (told::ActorState::Waiting, why),
                Doing::Stuck(why) => (told::ActorState::Stuck, why),
            };
            told::Actor {
                name: actor.name,
                state: state.into(),
                detail,
                queue_depth: counts.queued,
                restarts: counts.restarts,
            }
        });
        Ok(Response::new(told::ListActorsResponse { actors: actors.collect() }))
    }
}
