//! A chain in memory for unit tests of contracts.
//!
//! It has accounts, storage, transient storage, logs, a block, and calls that are undone when they
//! fail, also through several contracts and back. It meters no gas: [`Host::gas_left`] is always
//! the same. Signatures other than those of Ethereum, and VRF proofs, are good or bad as the test
//! says: see [`Answers`].

mod access;
mod answers;
mod frame;
mod run;
mod state;
mod world;

pub use answers::Answers;
pub(crate) use frame::Inner;
pub use state::{Block, Log};
pub use world::{Deployed, Sender, TestHost, Verdict};

use crate::Host;
use alloc::vec::Vec;
use std::rc::Rc;

/// What runs when an account is called: input in, output or revert data out.
pub(crate) type Program = Rc<dyn Fn(Host, &[u8]) -> Result<Vec<u8>, Vec<u8>>>;
