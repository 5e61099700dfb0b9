//! One node's end of the network.

use super::Network;
use crate::bulk::BulkEvent;
use crate::link::Link;
use crate::sim::life::Life;
use crate::transport::{Answer, BulkHeader, BulkSink, Peer, Request, Transport};
use std::sync::Arc;
use troupe_types::NodeId;
use troupe_wire::CallError;

/// The transport of one incarnation.
pub(crate) struct Port {
    pub(crate) network: Arc<Network>,
    pub(crate) node: usize,
    pub(crate) life: Arc<Life>,
}

impl Transport for Port {
    fn tell(&self, to: NodeId, request: Request) -> Result<(), CallError> {
        // The dead send nothing; what they believe they sent nobody sees.
        if self.life.is_dead() {
            return Ok(());
        }
        self.network.send(self.node, to, request, None)
    }

    fn ask(&self, to: NodeId, request: Request, answer: Answer) {
        if self.life.is_dead() {
            return;
        }
        // The outcome of an ask goes to its asker.
        let _ = self.network.send(self.node, to, request, Some(answer));
    }

    fn open_bulk(
        &self,
        to: NodeId,
        header: BulkHeader,
        events: Link<BulkEvent>,
    ) -> Result<Box<dyn BulkSink>, CallError> {
        if self.life.is_dead() {
            return Err(CallError::Lost);
        }
        self.network.open_flow((self.node, &self.life), to, header, events)
    }

    fn peers(&self) -> Vec<Arc<Peer>> {
        let state = self.network.lock();
        let known = 0..state.stations.len();
        known.filter_map(|peer| state.peer(peer, self.node)).collect()
    }
}
