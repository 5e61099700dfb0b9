//! Bulk streams that this process opens.

use crate::bulk_in::Events;
use crate::close::outcome_of;
use crate::frame::{OneWay, one_way_onto};
use crate::line::Direction;
use crate::metrics::Kind;
use crate::sending::Sending;
use crate::shared::Shared;
use crate::slot::Slot;
use bytes::Bytes;
use quinn::{StoppedError, WriteError};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::sync::{Notify, mpsc};
use tokio::time::timeout;
use troupe_runtime::{BulkEvent, BulkHeader, BulkKind, BulkSink, FIRST_CREDIT, Link, MAX_CHUNK};
use troupe_wire::CallError;

/// Chunks that may wait, whatever their size: the credit bounds their bytes.
const CHUNKS: usize = 1_024;
/// Below everything else on the connection.
const PRIORITY: i32 = -2;

/// The end of a stream that an actor holds.
#[derive(Debug)]
struct Sink {
    chunks: mpsc::Sender<Bytes>,
    account: Arc<Account>,
}

/// What both ends of the queue know.
#[derive(Debug, Default)]
struct Account {
    /// Bytes handed over and not yet granted anew.
    outstanding: AtomicU64,
    /// Bytes that the connection took, not yet granted anew.
    taken: AtomicU64,
    some_taken: Notify,
    is_finished: AtomicBool,
    abandoned: Notify,
}

impl BulkSink for Sink {
    fn send(&mut self, chunk: Bytes) -> Result<(), CallError> {
        if chunk.len() > MAX_CHUNK {
            return Err(CallError::Unsupported);
        }
        let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        if self.account.outstanding.load(Ordering::Acquire) + length > FIRST_CREDIT {
            return Err(CallError::Busy);
        }
        self.account.outstanding.fetch_add(length, Ordering::AcqRel);
        self.chunks.try_send(chunk).map_err(|error| {
            self.account.outstanding.fetch_sub(length, Ordering::AcqRel);
            match error {
                mpsc::error::TrySendError::Full(_) => CallError::Busy,
                mpsc::error::TrySendError::Closed(_) => CallError::Lost,
            }
        })
    }

    fn finish(self: Box<Self>) {
        self.account.is_finished.store(true, Ordering::Release);
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        if !self.account.is_finished.load(Ordering::Acquire) {
            self.account.abandoned.notify_one();
        }
    }
}

/// Opens a stream; a line is dialed first where there is none.
pub(crate) fn open(
    shared: &Arc<Shared>,
    slot: &Arc<Slot>,
    header: BulkHeader,
    link: Link<BulkEvent>,
) -> Result<Box<dyn BulkSink>, CallError> {
    let place = Place::claim(slot, shared.limits.bulk).ok_or(CallError::Busy)?;
    let (chunks, queue) = mpsc::channel(CHUNKS);
    let account = Arc::new(Account::default());
    let stream = Outgoing {
        shared: Arc::clone(shared),
        account: Arc::clone(&account),
        events: Events { link, peer: slot.id, header },
        queue,
        place,
    };
    shared.spawn(stream.run());
    Ok(Box::new(Sink { chunks, account }))
}

struct Outgoing {
    shared: Arc<Shared>,
    account: Arc<Account>,
    events: Events,
    queue: mpsc::Receiver<Bytes>,
    place: Place,
}

impl Outgoing {
    async fn run(self) {
        let Self { shared, account, events, mut queue, place } = self;
        let outcome = tokio::select! {
            outcome = write(&shared, &account, &place.0, events.header, &mut queue) => outcome,
            never = grant(&account, &events) => match never {},
        };
        // From here on the actor's sends are refused.
        drop(queue);
        if let Err(why) = outcome {
            // Without an actor there is nobody to tell.
            let _ = events.tell(BulkKind::Lost(why)).await;
        }
    }
}

/// Writes what the actor hands over, until it finishes or gives up.
async fn write(
    shared: &Shared,
    account: &Account,
    slot: &Slot,
    header: BulkHeader,
    queue: &mut mpsc::Receiver<Bytes>,
) -> Result<(), CallError> {
    let line = timeout(shared.limits.admission.into(), slot.reached())
        .await
        .unwrap_or(Err(CallError::NotHere))?;
    let _wide = line.widen(Direction::Out);
    let stream = line.quic.open_uni().await.map_err(|_| CallError::NotHere)?;
    // Until it is finished, its end is a loss for the receiver, whatever ends it here.
    let mut stream = Sending::new(stream, CallError::Lost);
    stream.set_priority(PRIORITY);
    let mut opening = Vec::new();
    one_way_onto(OneWay::Bulk(header), &mut opening);
    stream.write(opening.into()).await.map_err(broken)?;
    let stopped = stream.stopped();
    tokio::pin!(stopped);
    loop {
        let next = tokio::select! {
            biased;
            stop = &mut stopped => return Err(given_up(stop)),
            next = queue.recv() => next,
        };
        let Some(chunk) = next else { break };
        let length = chunk.len();
        tokio::select! {
            biased;
            written = stream.write(chunk) => written.map_err(broken)?,
            () = account.abandoned.notified() => return Ok(()),
        }
        shared.metrics.sent(Kind::Bulk, length);
        account.taken.fetch_add(u64::try_from(length).unwrap_or(u64::MAX), Ordering::AcqRel);
        account.some_taken.notify_one();
    }
    if !account.is_finished.load(Ordering::Acquire) {
        return Ok(());
    }
    stream.finish();
    match stopped.await {
        Ok(None) => Ok(()),
        stop => Err(given_up(stop)),
    }
}

fn broken(error: WriteError) -> CallError {
    match error {
        WriteError::Stopped(code) => outcome_of(code.into_inner()).unwrap_or(CallError::Lost),
        _ => CallError::Lost,
    }
}

fn given_up(stop: Result<Option<quinn::VarInt>, StoppedError>) -> CallError {
    let code = stop.ok().flatten();
    code.and_then(|code| outcome_of(code.into_inner())).unwrap_or(CallError::Lost)
}

/// Grants credit for what the connection took. Several grants become one while the actor is busy;
/// none is lost. An actor that has ended needs none, but what it handed over before is still to be
/// written: the sink that it dropped says whether the stream finishes or is given up.
async fn grant(account: &Account, events: &Events) -> Infallible {
    loop {
        account.some_taken.notified().await;
        let taken = account.taken.swap(0, Ordering::AcqRel);
        if taken == 0 {
            continue;
        }
        // Before the event: whoever receives it may send at once.
        account.outstanding.fetch_sub(taken, Ordering::AcqRel);
        if events.tell(BulkKind::Credit(taken)).await.is_err() {
            return std::future::pending().await;
        }
    }
}

/// One of the streams that may be open to a peer.
struct Place(Arc<Slot>);

impl Place {
    fn claim(slot: &Arc<Slot>, limit: u32) -> Option<Self> {
        let taken = slot.bulk_out.fetch_add(1, Ordering::AcqRel);
        // Dropped again, and with it the claim, where it was one too many.
        let place = Self(Arc::clone(slot));
        (taken < limit).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.bulk_out.fetch_sub(1, Ordering::AcqRel);
    }
}
