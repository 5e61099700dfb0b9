//! Bulk streams that a peer opens: its bytes go to the session's actor, as fast as that takes them.

use crate::close::outcome_of;
use crate::line::{Direction, Line};
use crate::metrics::Kind;
use crate::score::Misdeed;
use crate::shared::Shared;
use crate::slot::Slot;
use crate::source::Source;
use bytes::Bytes;
use quinn::{ReadError, RecvStream};
use std::sync::Arc;
use tokio::time::timeout;
use troupe_runtime::{BulkEvent, BulkHeader, BulkKind, Link, MAX_CHUNK};
use troupe_types::NodeId;
use troupe_wire::{CallError, Message};

/// How many of the network's buffers are gathered into one chunk.
const PIECES: usize = 40;
/// A lone buffer of this size is passed on as it is. Smaller ones are copied: a few bytes may hold
/// a whole datagram, and a session's queue counts bytes.
const WHOLE: usize = 32 << 10;

/// Where a stream's events go. They wait for room; none is lost while the session lives.
#[derive(Debug)]
pub(crate) struct Events {
    pub(crate) link: Link<BulkEvent>,
    pub(crate) peer: NodeId,
    pub(crate) header: BulkHeader,
}

/// The session's actor has ended.
#[derive(Debug)]
pub(crate) struct Gone;

impl Events {
    /// Delivers an event, when there is room for it.
    pub(crate) async fn tell(&self, kind: BulkKind) -> Result<(), Gone> {
        let BulkHeader { session, lane } = self.header;
        let mut event = BulkEvent { session, peer: self.peer, lane, kind };
        loop {
            let refused = match self.link.tell(event) {
                Ok(()) => return Ok(()),
                Err(refused) => refused,
            };
            if refused.why != CallError::Busy {
                return Err(Gone);
            }
            event = refused.message;
            self.link.ready(event.weight()).await;
            // Others may have taken the room; they get the thread in between.
            tokio::task::yield_now().await;
        }
    }
}

/// Receives one stream to its end.
pub(crate) async fn receive(
    shared: Arc<Shared>,
    slot: Arc<Slot>,
    line: Arc<Line>,
    header: BulkHeader,
    mut source: Source,
) {
    let Some(_open) = Open::claim(&slot, header) else {
        return source.stop(CallError::Busy);
    };
    let peer = line.peer();
    // A listed peer's stream may come before its session is declared; what it holds meanwhile must
    // not stand in the way of the message that declares it.
    let early = peer.role.is_some().then(|| line.widen(Direction::In));
    let admitted = shared.bulk.admitted(header.session, &peer);
    let link = match timeout(shared.limits.admission.into(), admitted).await {
        Ok(Ok(link)) => link,
        Ok(Err(why)) => {
            source.stop(why);
            if why == CallError::Unsupported {
                refuse(&shared, &line);
            }
            return;
        }
        Err(_) => return source.stop(CallError::NotHere),
    };
    let _wide = early.unwrap_or_else(|| line.widen(Direction::In));
    let events = Events { link, peer: peer.id, header };
    let (first, mut stream) = source.into_parts();
    let outcome = match pump(&shared, &events, first, &mut stream).await {
        Ok(kind) => events.tell(kind).await,
        Err(gone) => Err(gone),
    };
    if outcome.is_err() {
        let _ = stream.stop(crate::close::stream_code(CallError::NotHere));
    }
}

/// A peer that has no part in the session. Once may be a mistake; a habit closes the line.
fn refuse(shared: &Shared, line: &Line) {
    let what = "bulk of a session it has no part in";
    if shared.count(line.peer().id, Misdeed::ForeignBulk, &what) {
        shared.close(&line.quic, crate::Close::Refused);
    }
}

/// Hands all bytes on; returns the stream's last event.
async fn pump(
    shared: &Shared,
    events: &Events,
    first: Bytes,
    stream: &mut RecvStream,
) -> Result<BulkKind, Gone> {
    events.tell(BulkKind::Opened).await?;
    let mut chunk = first;
    let mut pieces = [const { Bytes::new() }; PIECES];
    loop {
        shared.metrics.received(Kind::Bulk, chunk.len());
        while !chunk.is_empty() {
            let part = chunk.split_to(chunk.len().min(MAX_CHUNK));
            events.tell(BulkKind::Chunk(part)).await?;
        }
        chunk = match stream.read_chunks(&mut pieces).await {
            Ok(Some(count)) => gather(&mut pieces[..count]),
            Ok(None) => return Ok(BulkKind::Finished),
            Err(ReadError::Reset(code)) => {
                let why = outcome_of(code.into_inner()).unwrap_or(CallError::Lost);
                return Ok(BulkKind::Lost(why));
            }
            Err(_) => return Ok(BulkKind::Lost(CallError::Lost)),
        };
    }
}

/// One chunk of all pieces, in memory of its own unless a large piece stands alone.
fn gather(pieces: &mut [Bytes]) -> Bytes {
    if let [whole] = pieces
        && whole.len() >= WHOLE
    {
        return std::mem::take(whole);
    }
    let mut gathered = Vec::with_capacity(pieces.iter().map(Bytes::len).sum());
    for piece in pieces {
        gathered.extend_from_slice(&std::mem::take(piece));
    }
    gathered.into()
}

/// Keeps a second stream of the same name out.
struct Open {
    slot: Arc<Slot>,
    header: BulkHeader,
}

impl Open {
    fn claim(slot: &Arc<Slot>, header: BulkHeader) -> Option<Self> {
        let is_new = Shared::lock(&slot.bulk).insert(header);
        is_new.then(|| Self { slot: Arc::clone(slot), header })
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        Shared::lock(&self.slot.bulk).remove(&self.header);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_pieces_are_copied_together_and_a_large_one_is_passed_on() {
        let mut small = [Bytes::from_static(b"ab"), Bytes::from_static(b"c")];
        assert_eq!(gather(&mut small), "abc");
        let large = Bytes::from(vec![7; WHOLE]);
        let at = large.as_ptr();
        assert_eq!(gather(&mut [large]).as_ptr(), at);
    }
}
