//! Bulk streams: ordered bytes between two processes, one stream a session, peer and direction.
//!
//! No message of megabytes ever lies in a queue: a stream carries chunks of at most
//! [`MAX_CHUNK`], the sender may have as many bytes outstanding as it was granted credit for, and a
//! receiver that is busy leaves the bytes in the network, whose own window then closes.

use crate::link::Link;
use crate::transport::Peer;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;
use troupe_types::{Bytes as Size, NodeId, SessionId};
use troupe_wire::{CallError, Lane, Message};

/// The largest chunk.
pub const MAX_CHUNK: usize = troupe_wire::bulk::CHUNK;

/// The credit a sender has when its stream opens, in bytes.
pub const FIRST_CREDIT: u64 = 1 << 20;

/// What happens on the bulk streams of a session. The receiver is the session's actor.
#[derive(Debug)]
pub struct BulkEvent {
    /// The session.
    pub session: SessionId,
    /// The other end.
    pub peer: NodeId,
    /// The stream among those of this session and direction.
    pub lane: u8,
    /// What happened.
    pub kind: BulkKind,
}

/// See [`BulkEvent`].
#[derive(Debug)]
pub enum BulkKind {
    /// The peer opened a stream towards us.
    Opened,
    /// The next bytes of the peer's stream.
    Chunk(Bytes),
    /// The peer finished its stream; all its bytes have been delivered.
    Finished,
    /// So many more bytes may be sent on our stream.
    Credit(u64),
    /// A stream broke, ours or the peer's.
    Lost(CallError),
}

impl Message for BulkEvent {
    type Reply = ();
    const NAME: &'static str = "bulk_event";
    const LANE: Lane = Lane::Bulk;
    const DEADLINE: troupe_types::Millis = troupe_types::Millis::secs(3_600);

    fn weight(&self) -> Size {
        let held = match &self.kind {
            BulkKind::Chunk(bytes) => bytes.len(),
            BulkKind::Opened | BulkKind::Finished | BulkKind::Credit(_) | BulkKind::Lost(_) => 0,
        };
        Size::of(size_of::<Self>() + held)
    }
}

/// Which sessions of this process take bulk streams, and from whom.
#[derive(Debug, Clone, Default)]
pub struct BulkTable(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    sessions: Mutex<BTreeMap<SessionId, Entry>>,
    changed: Notify,
}

#[derive(Debug, Clone)]
struct Entry {
    from: Arc<[NodeId]>,
    events: Link<BulkEvent>,
}

/// Keeps a session's entry; dropping it closes the door.
#[derive(Debug)]
pub struct Registration {
    table: BulkTable,
    session: SessionId,
}

impl BulkTable {
    /// Lets `from` open streams of `session`; their events go to `events`.
    ///
    /// Refused with [`CallError::Busy`] when the session is taken.
    pub fn register(
        &self,
        session: SessionId,
        from: Vec<NodeId>,
        events: Link<BulkEvent>,
    ) -> Result<Registration, CallError> {
        let mut sessions = self.0.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.contains_key(&session) {
            return Err(CallError::Busy);
        }
        sessions.insert(session, Entry { from: from.into(), events });
        drop(sessions);
        self.0.changed.notify_waiters();
        Ok(Registration { table: self.clone(), session })
    }

    /// Where an incoming stream's events go: [`CallError::NotHere`] without such a session,
    /// [`CallError::Unsupported`] when `peer` has no part in it.
    pub fn admit(&self, session: SessionId, peer: &Peer) -> Result<Link<BulkEvent>, CallError> {
        let sessions = self.0.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = sessions.get(&session).ok_or(CallError::NotHere)?;
        if !entry.from.contains(&peer.id) {
            return Err(CallError::Unsupported);
        }
        Ok(entry.events.clone())
    }

    /// Like [`BulkTable::admit`], but waits for the session to be registered. The caller bounds the time.
    pub async fn admitted(
        &self,
        session: SessionId,
        peer: &Peer,
    ) -> Result<Link<BulkEvent>, CallError> {
        loop {
            let changed = self.0.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            match self.admit(session, peer) {
                Err(CallError::NotHere) => changed.await,
                decided => return decided,
            }
        }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut sessions = self.table.0.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.remove(&self.session);
    }
}
