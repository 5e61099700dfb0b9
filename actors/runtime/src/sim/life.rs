//! Whether a simulated process runs, and who is told when it does no more.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

const UP: u8 = 0;
const PAUSED: u8 = 1;
const DEAD: u8 = 2;

/// One incarnation of a node. Whatever acts for it asks first: the dead send nothing, write nothing
/// and compute nothing.
#[derive(Debug)]
pub(crate) struct Life {
    node: usize,
    state: AtomicU8,
    deaths: Arc<Deaths>,
}

impl Life {
    pub(crate) fn new(node: usize, deaths: &Arc<Deaths>) -> Arc<Self> {
        Arc::new(Self { node, state: AtomicU8::new(UP), deaths: Arc::clone(deaths) })
    }

    pub(crate) fn is_up(&self) -> bool {
        self.state.load(Ordering::Relaxed) == UP
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.state.load(Ordering::Relaxed) == DEAD
    }

    pub(crate) fn pause(&self) {
        let _ = self.state.compare_exchange(UP, PAUSED, Ordering::Relaxed, Ordering::Relaxed);
    }

    pub(crate) fn resume(&self) {
        let _ = self.state.compare_exchange(PAUSED, UP, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Nothing of it happens from now on; the host buries what is left.
    pub(crate) fn die(&self) {
        if self.state.swap(DEAD, Ordering::Relaxed) != DEAD {
            self.deaths.add(self.node);
        }
    }
}

/// The nodes that died and are not buried yet.
#[derive(Debug, Default)]
pub(crate) struct Deaths {
    any: AtomicBool,
    nodes: Mutex<Vec<usize>>,
}

impl Deaths {
    fn add(&self, node: usize) {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner).push(node);
        self.any.store(true, Ordering::Relaxed);
    }

    /// Takes the dead in the order in which they died.
    pub(crate) fn take(&self) -> Vec<usize> {
        if !self.any.swap(false, Ordering::Relaxed) {
            return Vec::new();
        }
        std::mem::take(&mut *self.nodes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
