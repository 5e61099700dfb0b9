//! What those who wait are told as it happens.

use tokio::sync::{broadcast, watch};
use troupe_types::{Hash, Height};

/// So many arrivals may be missed by a slow listener before it is told that it missed some.
const ARRIVALS: usize = 4_096;

/// What happens on the chain of this process, for those who wait for it. Clones watch the same.
#[derive(Debug, Clone)]
pub struct Watch {
    committed: watch::Sender<Height>,
    target: watch::Sender<Option<Height>>,
    arrivals: broadcast::Sender<Hash>,
}

impl Watch {
    pub(crate) fn new(height: Height) -> Self {
        Self {
            committed: watch::Sender::new(height),
            target: watch::Sender::new(None),
            arrivals: broadcast::Sender::new(ARRIVALS),
        }
    }

    /// The height of the last final block that is durable here, and every later one.
    #[must_use]
    pub fn committed(&self) -> watch::Receiver<Height> {
        self.committed.subscribe()
    }

    /// The height that this process is catching up to; `None` where it is not behind.
    #[must_use]
    pub fn target(&self) -> watch::Receiver<Option<Height>> {
        self.target.subscribe()
    }

    /// Transactions that the pool lets in.
    #[must_use]
    pub fn arrivals(&self) -> broadcast::Receiver<Hash> {
        self.arrivals.subscribe()
    }

    pub(crate) fn commit(&self, height: Height) {
        self.committed.send_replace(height);
    }

    pub(crate) fn aim(&self, target: Option<Height>) {
        self.target.send_if_modified(|known| std::mem::replace(known, target) != target);
    }

    pub(crate) fn arrive(&self, transaction: Hash) {
        // Nobody may be listening.
        let _ = self.arrivals.send(transaction);
    }
}
