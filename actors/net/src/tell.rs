//! Telling a peer: one one-way stream a lane, on which messages follow each other in order.

use crate::ask::priority;
use crate::frame::{Call, OneWay, call_onto, one_way_onto};
use crate::line::Line;
use crate::metrics::Kind;
use crate::outbox::Tell;
use crate::sending::{SMALL, Sending};
use crate::shared::Shared;
use crate::slot::Slot;
use bytes::Bytes;
use std::sync::Arc;
use troupe_wire::{CallError, Lane};

/// How many tells are written at once.
const BATCH: usize = 64;

/// Sends the tells of one lane for as long as the line stands. When the outbox is closed it returns
/// once the peer's machine has received them all.
pub(crate) async fn send(shared: Arc<Shared>, slot: Arc<Slot>, line: Arc<Line>, lane: Lane) {
    let mut batch = Vec::with_capacity(BATCH);
    let mut stream: Option<Sending> = None;
    loop {
        let has_more = tokio::select! {
            biased;
            // What is queued when the line ends is for the next line.
            _ = line.quic.closed() => return,
            has_more = slot.outbox(lane).take(BATCH, &mut batch) => has_more,
        };
        if !has_more {
            break;
        }
        let open = match stream.as_mut() {
            Some(open) => open,
            None => match open_lane(&line, lane).await {
                Some(opened) => stream.insert(opened),
                None => return,
            },
        };
        let mut pieces = pieces(&shared, &line, &mut batch);
        if open.write_all(&mut pieces).await.is_err() {
            return;
        }
    }
    if let Some(mut stream) = stream {
        stream.finish();
        // Received, or given up with the connection.
        let _ = stream.stopped().await;
    }
}

async fn open_lane(line: &Line, lane: Lane) -> Option<Sending> {
    let mut stream = Sending::new(line.quic.open_uni().await.ok()?, CallError::Lost);
    if let Some(priority) = priority(lane) {
        stream.set_priority(priority);
    }
    let mut opening = Vec::new();
    one_way_onto(OneWay::Tells(lane), &mut opening);
    stream.write(opening.into()).await.ok()?;
    Some(stream)
}

/// Headers and bodies in order; short ones copied together, long ones as they are.
fn pieces(shared: &Shared, line: &Line, batch: &mut Vec<Tell>) -> Vec<Bytes> {
    let now = shared.now();
    let mut pieces = Vec::new();
    let mut copied = Vec::new();
    for tell in batch.drain(..) {
        let call = Call {
            service: tell.service,
            tag: tell.tag,
            within: tell.deadline.since(now),
            since: tell.since,
            length: tell.body.len(),
        };
        let is_worth_it = tell.since <= line.version;
        if !is_worth_it || call_onto(&call, &mut copied).is_none() {
            shared.metrics.tells_dropped.inc();
            continue;
        }
        shared.metrics.sent(Kind::Tell, tell.body.len());
        if tell.body.len() <= SMALL {
            copied.extend_from_slice(&tell.body);
        } else {
            pieces.push(std::mem::take(&mut copied).into());
            pieces.push(tell.body);
        }
    }
    if !copied.is_empty() {
        pieces.push(copied.into());
    }
    pieces
}
