//! What every task of one network shares.

use crate::book::Book;
use crate::close::Close;
use crate::door::Door;
use crate::frame::FrameError;
use crate::funnel::Funnel;
use crate::hello::Hello;
use crate::limits::Limits;
use crate::line::Line;
use crate::metrics::Metrics;
use crate::score::{Misdeed, Scores};
use crate::slot::{Aim, Slot};
use crate::tls::Tls;
use bytes::Bytes;
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use troupe_runtime::{BulkTable, Inbound};
use troupe_types::{Millis, NodeId};
use troupe_wire::Stream;

pub(crate) struct Shared {
    pub(crate) me: NodeId,
    pub(crate) hello: Hello,
    /// Our hello as it goes out.
    pub(crate) greeting: Bytes,
    pub(crate) limits: Limits,
    pub(crate) tls: Tls,
    /// Gone once the network has ended, and with it the port.
    endpoint: Mutex<Option<quinn::Endpoint>>,
    pub(crate) transport: Arc<quinn::TransportConfig>,
    pub(crate) inbound: Inbound,
    pub(crate) bulk: BulkTable,
    pub(crate) metrics: Metrics,
    pub(crate) book: Book,
    pub(crate) funnel: Funnel,
    pub(crate) scores: Mutex<Scores>,
    pub(crate) door: Mutex<Door>,
    pub(crate) luck: Mutex<Stream>,
    pub(crate) runtime: tokio::runtime::Handle,
    pub(crate) started: Instant,
    is_closing: AtomicBool,
    closing: Notify,
}

/// What [`Shared::new`] is given besides what it makes itself.
pub(crate) struct Given {
    pub(crate) me: NodeId,
    pub(crate) hello: Hello,
    pub(crate) greeting: Bytes,
    pub(crate) limits: Limits,
    pub(crate) tls: Tls,
    pub(crate) endpoint: quinn::Endpoint,
    pub(crate) transport: Arc<quinn::TransportConfig>,
    pub(crate) inbound: Inbound,
    pub(crate) bulk: BulkTable,
    pub(crate) metrics: Metrics,
    pub(crate) luck: Stream,
    pub(crate) runtime: tokio::runtime::Handle,
}

/// Peers whose misdeeds are remembered.
const REMEMBERED: usize = 4_096;

impl Shared {
    pub(crate) fn new(given: Given) -> Self {
        let Given {
            me,
            hello,
            greeting,
            limits,
            tls,
            endpoint,
            transport,
            inbound,
            bulk,
            metrics,
            luck,
            runtime,
        } = given;
        Self {
            me,
            hello,
            greeting,
            limits,
            tls,
            endpoint: Mutex::new(Some(endpoint)),
            transport,
            inbound,
            bulk,
            metrics,
            book: Book::new(me, limits),
            funnel: Funnel::default(),
            scores: Mutex::new(Scores::new(REMEMBERED, limits.cool_down)),
            door: Mutex::new(Door::new(limits.door())),
            luck: Mutex::new(luck),
            runtime,
            started: Instant::now(),
            is_closing: AtomicBool::new(false),
            closing: Notify::new(),
        }
    }

    /// The port, while the network lives.
    pub(crate) fn endpoint(&self) -> Option<quinn::Endpoint> {
        Self::lock(&self.endpoint).clone()
    }

    /// Lets go of the port: links to this network may live on and must not hold it.
    pub(crate) fn release(&self) {
        drop(Self::lock(&self.endpoint).take());
        self.book.clear();
        self.funnel.close();
    }

    /// Milliseconds since the network started.
    pub(crate) fn now(&self) -> Millis {
        Millis::from(self.started.elapsed())
    }

    /// The instant as the event loop's timers want it.
    pub(crate) fn instant(&self, at: Millis) -> tokio::time::Instant {
        // Half a century stands for never; adding it cannot overflow.
        let span = at.at_most(Millis::secs(50 * 365 * 86_400));
        (self.started + std::time::Duration::from(span)).into()
    }

    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        self.runtime.spawn(task)
    }

    pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The pause after so many failures.
    pub(crate) fn pause(&self, failures: u32) -> Millis {
        self.limits.backoff().pause(failures, &mut Self::lock(&self.luck))
    }

    /// Finds a way to a peer and dials it if nobody does.
    pub(crate) fn aim(self: &Arc<Self>, slot: &Arc<Slot>, deadline: Millis) -> Aim {
        let aim = slot.aim(self.now(), deadline);
        if matches!(aim, Aim::Dial) {
            self.start_dialer(slot);
            return Aim::Wait;
        }
        aim
    }

    /// Dials a peer that is to be kept, unless that is under way.
    pub(crate) fn keep(self: &Arc<Self>, slot: &Arc<Slot>) {
        if !self.is_closing() && slot.keep() {
            self.start_dialer(slot);
        }
    }

    fn start_dialer(self: &Arc<Self>, slot: &Arc<Slot>) {
        self.spawn(crate::dial::run(Arc::clone(self), Arc::clone(slot)));
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.is_closing.load(Ordering::Acquire)
    }

    pub(crate) fn begin_closing(&self) {
        self.is_closing.store(true, Ordering::Release);
        self.closing.notify_waiters();
    }

    /// Waits until the network begins to close.
    pub(crate) async fn closing(&self) {
        loop {
            let closing = self.closing.notified();
            tokio::pin!(closing);
            closing.as_mut().enable();
            if self.is_closing() {
                return;
            }
            closing.await;
        }
    }

    /// Closes a connection that is no line, and counts it.
    pub(crate) fn close(&self, connection: &quinn::Connection, why: Close) {
        self.metrics.closed(why);
        why.close(connection);
    }

    /// Remembers a misdeed and closes the peer's connection.
    pub(crate) fn punish(&self, line: &Line, misdeed: Misdeed, what: &dyn fmt::Display) {
        let is_refused = self.count(line.peer().id, misdeed, what);
        self.close(&line.quic, if is_refused { Close::Refused } else { misdeed.close() });
    }

    /// Remembers a misdeed; true when it is one too many.
    pub(crate) fn count(&self, peer: NodeId, misdeed: Misdeed, what: &dyn fmt::Display) -> bool {
        self.metrics.violation(misdeed);
        let is_refused = Self::lock(&self.scores).count(peer, misdeed, self.now());
        tracing::warn!(%peer, violation = %what, is_refused, "peer broke the protocol");
        is_refused
    }

    /// Whether a peer is not to be talked to yet.
    pub(crate) fn is_refused(&self, peer: &NodeId) -> bool {
        Self::lock(&self.scores).is_refused(peer, self.now())
    }
}

impl Misdeed {
    /// The code of the connection's end.
    pub(crate) const fn close(self) -> Close {
        match self {
            Self::Malformed => Close::Malformed,
            Self::Oversized => Close::Oversized,
            Self::NotAllowed | Self::ForeignBulk => Close::NotAllowed,
        }
    }
}

impl From<FrameError> for Misdeed {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::Malformed(_) => Self::Malformed,
            FrameError::Oversized { .. } => Self::Oversized,
        }
    }
}
