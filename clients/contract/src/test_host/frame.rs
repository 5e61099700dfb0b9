//! One running call, as its contract sees it.

use super::state::State;
use super::{Answers, Block};
use crate::{Address, U256};
use core::cell::{Cell, RefCell};
use std::rc::Rc;

/// All that is shared between the calls of a test.
#[derive(Default)]
pub(super) struct World {
    pub(super) state: RefCell<State>,
    pub(super) block: RefCell<Block>,
    pub(super) answers: RefCell<Answers>,
    /// Calls within each other.
    pub(super) depth: Cell<usize>,
}

/// Who called whom with what.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub(super) address: Address,
    pub(super) caller: Address,
    pub(super) origin: Address,
    pub(super) value: U256,
    pub(super) is_static: bool,
}

/// The chain around a running contract, in memory.
#[derive(Clone)]
pub(crate) struct Inner {
    pub(super) world: Rc<World>,
    pub(super) frame: Rc<Frame>,
}

impl core::fmt::Debug for Inner {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.frame.fmt(f)
    }
}

/// How a run ends without a result, on the chain: the virtual machine stops it.
#[derive(Debug)]
pub(super) enum Halt {
    /// A change in a call that may make none.
    Static,
    /// All was sent to somebody; this is a success.
    Destroyed,
}

impl Inner {
    pub(crate) fn share(&self) -> Self {
        self.clone()
    }

    /// Stops the run where a change is not allowed.
    pub(super) fn refuse_static(&self) {
        if self.frame.is_static {
            std::panic::panic_any(Halt::Static);
        }
    }
}
