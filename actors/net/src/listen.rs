//! Connections that others open.

use crate::Close;
use crate::dial::{establish, line};
use crate::door::Knock;
use crate::greet::{self, Unmet};
use crate::metrics::Handshake;
use crate::score::Misdeed;
use crate::shared::Shared;
use crate::tls::peer_of;
use quinn::{Connection, Incoming};
use std::net::IpAddr;
use std::sync::Arc;
use tokio::time::timeout;
use troupe_types::{Millis, NodeId};

/// Takes first packets until the network closes.
pub(crate) async fn run(shared: Arc<Shared>) {
    let Some(endpoint) = shared.endpoint() else { return };
    loop {
        let incoming = tokio::select! {
            incoming = endpoint.accept() => incoming,
            () = shared.closing() => return,
        };
        let Some(incoming) = incoming else { return };
        let address = incoming.remote_address().ip();
        let validated = incoming.remote_address_validated();
        let knock = Shared::lock(&shared.door).knock(address, validated, shared.now());
        match knock {
            Knock::Enter => {
                let inside = Inside { shared: Arc::clone(&shared), address };
                shared.spawn(async move { inside.greet(incoming).await });
            }
            Knock::Retry => {
                shared.metrics.handshake(Handshake::Retried);
                // It can be retried, because it was not validated.
                if let Err(error) = incoming.retry() {
                    error.into_incoming().refuse();
                }
            }
            Knock::Refuse => {
                shared.metrics.handshake(Handshake::Refused);
                incoming.refuse();
            }
        }
    }
}

/// A handshake under way; it leaves the door when it is dropped.
struct Inside {
    shared: Arc<Shared>,
    address: IpAddr,
}

impl Drop for Inside {
    fn drop(&mut self) {
        Shared::lock(&self.shared.door).leave(self.address);
    }
}

impl Inside {
    async fn greet(self, incoming: Incoming) {
        let shared = &self.shared;
        let span = shared.limits.hello.into();
        let connecting = async { incoming.accept().ok()?.await.ok() };
        let Ok(Some(connection)) = timeout(span, connecting).await else {
            shared.metrics.handshake(Handshake::Failed);
            return;
        };
        let outcome = match timeout(span, self.hello(&connection)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Unmet::Close(Close::SlowHello)),
        };
        let outcome = match outcome {
            Ok(()) => Handshake::Done,
            Err(Unmet::Close(close)) => {
                shared.close(&connection, close);
                Handshake::Failed
            }
            Err(Unmet::Wrong(error)) => {
                if let Some(peer) = peer_of(&connection) {
                    shared.count(peer, Misdeed::from(error), &error);
                }
                shared.close(&connection, Close::Malformed);
                Handshake::Failed
            }
            Err(Unmet::Lost) => Handshake::Failed,
        };
        shared.metrics.handshake(outcome);
    }

    async fn hello(&self, connection: &Connection) -> Result<(), Unmet> {
        let shared = &self.shared;
        let peer = peer_of(connection).ok_or(Unmet::Close(Close::NotAllowed))?;
        if peer == shared.me {
            return Err(Unmet::Close(Close::Oneself));
        }
        if shared.is_refused(&peer) {
            return Err(Unmet::Close(Close::Refused));
        }
        let (mut send, hello, version) = greet::listen(shared, connection).await?;
        self.wait_for_own_dial(peer).await;
        // The peer opens its end to streams once it has our hello; until then none are opened.
        let line = line(shared, connection.clone(), peer, hello, version, false);
        establish(shared, line).map_err(Unmet::Close)?;
        greet::say(shared, &mut send).await
    }

    /// Where both dial each other at once, the line dialed by the smaller id stays. As that one we
    /// first see what becomes of our dial, so that no line is used and then closed.
    async fn wait_for_own_dial(&self, peer: NodeId) {
        if self.shared.me > peer {
            return;
        }
        let Some(slot) = self.shared.book.find(&peer) else { return };
        let most = Millis(self.shared.limits.hello.0 / 2);
        // Should the dial take too long, the peer's line is better than none.
        let _ = timeout(most.into(), slot.dialed()).await;
    }
}
