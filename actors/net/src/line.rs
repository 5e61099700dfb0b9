//! A line: an established connection after the hello, and which of two lines is kept.

use crate::Close;
use crate::hello::Hello;
use crate::limits::{LANES, Limits};
use quinn::VarInt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::sync::Semaphore;
use troupe_runtime::Peer;
use troupe_types::{Bytes, Incarnation, Millis};
use troupe_wire::Version;

/// An authenticated connection whose both ends have agreed to talk.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) quic: quinn::Connection,
    /// The role in it may change while the line stands.
    peer: RwLock<Arc<Peer>>,
    pub(crate) version: Version,
    pub(crate) said: Hello,
    pub(crate) rank: Rank,
    pub(crate) is_ours: bool,
    /// Instant at which it was established.
    pub(crate) since: Millis,
    /// Places for asks to the peer.
    pub(crate) places: Semaphore,
    /// Asks of the peer under way here.
    pub(crate) serving: AtomicU32,
    stream_window: Bytes,
    incoming: Mutex<Window>,
    outgoing: Mutex<Window>,
}

/// Bulk streams of one direction, which widen the connection's window by their own.
#[derive(Debug)]
struct Window {
    base: Bytes,
    streams: u32,
}

/// Which way a bulk stream goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    In,
    Out,
}

impl Line {
    pub(crate) fn new(
        quic: quinn::Connection,
        peer: Peer,
        said: Hello,
        rank: Rank,
        is_ours: bool,
        since: Millis,
        limits: &Limits,
    ) -> Self {
        let window = |base| Mutex::new(Window { base, streams: 0 });
        Self {
            quic,
            version: peer.version,
            peer: RwLock::new(Arc::new(peer)),
            said,
            rank,
            is_ours,
            since,
            places: Semaphore::new(usize::try_from(limits.asks).unwrap_or(1)),
            serving: AtomicU32::new(0),
            stream_window: limits.stream_window,
            incoming: window(limits.window),
            outgoing: window(limits.window),
        }
    }

    /// Opens it to streams; before the hello one was enough.
    pub(crate) fn open(&self, limits: &Limits) {
        self.set_window(Direction::In, limits.window);
        self.set_window(Direction::Out, limits.window);
        self.quic.set_max_concurrent_bi_streams(VarInt::from_u32(limits.asks));
        self.quic.set_max_concurrent_uni_streams(VarInt::from_u32(limits.bulk + LANES));
    }

    pub(crate) fn peer(&self) -> Arc<Peer> {
        Arc::clone(&self.peer.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lists the peer under another role, or no longer.
    pub(crate) fn set_role(&self, role: Option<String>) {
        let mut peer = self.peer.write().unwrap_or_else(PoisonError::into_inner);
        if peer.role != role {
            *peer = Arc::new(Peer { role, ..Peer::clone(&peer) });
        }
    }

    /// Makes room for a bulk stream beside everything else, until the returned value is dropped.
    ///
    /// A session that does not read its stream leaves up to a window of bytes in the connection.
    /// Were the connection's window fixed, a few such sessions would stop asks and tells as well.
    pub(crate) fn widen(self: &Arc<Self>, direction: Direction) -> Widened {
        self.shift(direction, |streams| streams.saturating_add(1));
        Widened { line: Arc::clone(self), direction }
    }

    pub(crate) fn bulk_streams(&self, direction: Direction) -> u32 {
        self.window(direction).lock().unwrap_or_else(PoisonError::into_inner).streams
    }

    /// Whether nothing is under way on it that has a beginning and an end.
    pub(crate) fn is_quiet(&self, limits: &Limits) -> bool {
        self.places.available_permits() >= usize::try_from(limits.asks).unwrap_or(1)
            && self.serving.load(Ordering::Acquire) == 0
            && self.bulk_streams(Direction::In) == 0
            && self.bulk_streams(Direction::Out) == 0
    }

    fn window(&self, direction: Direction) -> &Mutex<Window> {
        match direction {
            Direction::In => &self.incoming,
            Direction::Out => &self.outgoing,
        }
    }

    fn shift(&self, direction: Direction, change: impl Fn(u32) -> u32) {
        // The lock is held while the size is set, so that two changes do not cross.
        let mut window = self.window(direction).lock().unwrap_or_else(PoisonError::into_inner);
        window.streams = change(window.streams);
        let bulk = self.stream_window.0.saturating_mul(u64::from(window.streams));
        self.set_window(direction, Bytes(window.base.0.saturating_add(bulk)));
    }

    fn set_window(&self, direction: Direction, size: Bytes) {
        match direction {
            Direction::In => {
                self.quic.set_receive_window(VarInt::from_u64(size.0).unwrap_or(VarInt::MAX));
            }
            Direction::Out => self.quic.set_send_window(size.0),
        }
    }
}

/// A bulk stream's share of a line's window.
#[derive(Debug)]
pub(crate) struct Widened {
    line: Arc<Line>,
    direction: Direction,
}

impl Drop for Widened {
    fn drop(&mut self) {
        self.line.shift(self.direction, |streams| streams.saturating_sub(1));
    }
}

/// What decides between two lines of the same two processes. Both ends see the same values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rank {
    /// Which start of the peer it belongs to.
    pub(crate) incarnation: Incarnation,
    /// Whether the process with the smaller id dialed.
    pub(crate) is_by_smaller: bool,
}

/// What becomes of a new line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is kept, and the old one closed if there is one.
    Take,
    /// It is closed for this reason.
    Refuse(Close),
}

/// Decides whether `new` takes the place of `old`.
///
/// A newer start of the peer wins. Who dials a second time has lost the first line. Of two lines
/// dialed by both at once, the one dialed by the smaller id stays, whichever came first.
pub(crate) fn decide(new: Rank, old: Option<Rank>) -> Verdict {
    let Some(old) = old else { return Verdict::Take };
    if new.incarnation < old.incarnation {
        return Verdict::Refuse(Close::Stale);
    }
    let is_taken = new.incarnation > old.incarnation
        || new.is_by_smaller == old.is_by_smaller
        || new.is_by_smaller;
    if is_taken { Verdict::Take } else { Verdict::Refuse(Close::Duplicate) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rank(incarnation: u64, is_by_smaller: bool) -> Rank {
        Rank { incarnation: Incarnation(incarnation), is_by_smaller }
    }

    /// The line that is left after these came one after another.
    fn left(lines: impl IntoIterator<Item = Rank>) -> Option<Rank> {
        lines.into_iter().fold(None, |old, new| match decide(new, old) {
            Verdict::Take => Some(new),
            Verdict::Refuse(_) => old,
        })
    }

    #[test]
    fn a_newer_start_wins_and_an_older_one_is_refused() {
        assert_eq!(decide(rank(2, false), Some(rank(1, true))), Verdict::Take);
        assert_eq!(decide(rank(1, true), Some(rank(2, false))), Verdict::Refuse(Close::Stale));
    }

    #[test]
    fn who_dials_again_has_lost_the_first() {
        assert_eq!(decide(rank(1, false), Some(rank(1, false))), Verdict::Take);
        assert_eq!(decide(rank(1, true), Some(rank(1, true))), Verdict::Take);
    }

    proptest! {
        #[test]
        fn both_ends_keep_the_same_of_two_crossing_lines(a in 0u64..3, b in 0u64..3) {
            let (ours, theirs) = (rank(a, true), rank(b, false));
            prop_assert_eq!(left([ours, theirs]), left([theirs, ours]));
        }
    }
}
