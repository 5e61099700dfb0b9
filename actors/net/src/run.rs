//! The life of a line: what the peer opens is served, what waits is sent, until the connection ends.

use crate::line::Line;
use crate::shared::Shared;
use crate::slot::Slot;
use crate::{Close, DialError};
use crate::{serve, tell};
use quinn::ConnectionError;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use troupe_wire::Lane;

/// How often a closing line looks whether everything was said.
const LOOK: Duration = Duration::from_millis(5);

/// Runs a line to its end.
pub(crate) async fn run(shared: Arc<Shared>, slot: Arc<Slot>, line: Arc<Line>) {
    count_peers(&shared);
    let mut lanes = JoinSet::new();
    for lane in [Lane::Bulk, Lane::Normal, Lane::Control] {
        let sender = tell::send(Arc::clone(&shared), Arc::clone(&slot), Arc::clone(&line), lane);
        lanes.spawn(sender);
    }
    tokio::select! {
        () = serve_all(&shared, &slot, &line) => {}
        () = drain(&shared, &slot, &line, &mut lanes) => shared.close(&line.quic, Close::Drained),
    }
    lanes.abort_all();
    let error = line.quic.closed().await;
    let why = reason(&error);
    tracing::info!(peer = %slot.id, reason = %why, "peer disconnected");
    let was_current = slot.down(&line, why, shared.now(), |failures| shared.pause(failures));
    if was_current {
        shared.keep(&slot);
        if slot.state().addresses().next().is_none() {
            crate::dial::drop_tells(&shared, &slot);
        }
        shared.book.tidy(&slot.id);
    }
    count_peers(&shared);
}

/// Why a line ended. What the peer says beside the number of its reason is not repeated.
fn reason(error: &ConnectionError) -> DialError {
    match DialError::from(error) {
        known @ (DialError::Closed(_) | DialError::TimedOut) => known,
        _ => DialError::Lost,
    }
}

/// Serves what the peer opens, until the connection ends. Asks end with it.
async fn serve_all(shared: &Arc<Shared>, slot: &Arc<Slot>, line: &Arc<Line>) {
    let mut asks = JoinSet::new();
    loop {
        tokio::select! {
            opened = line.quic.accept_bi() => {
                let Ok((send, recv)) = opened else { return };
                asks.spawn(serve::ask(Arc::clone(shared), Arc::clone(line), send, recv));
            }
            opened = line.quic.accept_uni() => {
                let Ok(recv) = opened else { return };
                // Not ended with the line: a bulk stream's session must hear of the end.
                let (slot, line) = (Arc::clone(slot), Arc::clone(line));
                shared.spawn(serve::one_way(Arc::clone(shared), slot, line, recv));
            }
            // Bounded by the peer's streams; finished ones are only swept here.
            Some(_) = asks.join_next(), if !asks.is_empty() => {}
        }
    }
}

/// Completes once the network closes and this line has said and heard everything.
async fn drain(shared: &Shared, slot: &Slot, line: &Line, lanes: &mut JoinSet<()>) {
    shared.closing().await;
    while lanes.join_next().await.is_some() {}
    // An ask has its place before it ceases to wait.
    while !slot.waiting.is_empty() || !line.is_quiet(&shared.limits) {
        tokio::time::sleep(LOOK).await;
    }
}

pub(crate) fn count_peers(shared: &Shared) {
    let (mut listed, mut strangers) = (0, 0);
    for line in shared.book.lines() {
        match line.peer().role {
            Some(_) => listed += 1,
            None => strangers += 1,
        }
    }
    shared.metrics.listed.set(listed);
    shared.metrics.strangers.set(strangers);
}
