//! What the chain itself does in a block, before the first transaction and after the last one.
//!
//! No transaction is charged for it and no receipt tells of it, but the state root holds it. Whoever executes a
//! block, for whatever reason, goes through here: to vote on it, to make it, to show how it went.

use alloy_primitives::U256;
use std::collections::BTreeSet;
use troupe_chain::Header;
use troupe_chain::state::{Slot, StateView};
use troupe_types::Address;
use troupe_vm::{Error, Executor, Observer, RANDOMNESS, remembered};

/// The slashing contract.
pub const SLASHING: Address =
    Address([0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x04]);

/// What the chain goes by.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The block's header, as far as it is known before its transactions are executed: not its roots, its gas
    /// and its bloom.
    pub header: &'a Header,
    /// Where the offences are recorded that the block's evidence proves.
    pub offences: &'a BTreeSet<Slot>,
}

/// Begins a block, before its first transaction: records offences, remembers the block's word. An error says that
/// the state could not be read.
pub fn begin<V, O>(executor: &mut Executor<V, O>, facts: &Facts<'_>) -> Result<(), Error>
where
    V: StateView + Send + 'static,
    O: Observer,
{
    let height = facts.header.height;
    for slot in facts.offences {
        executor.write(SLASHING, *slot, U256::from(height.0));
    }
    for (slot, value) in remembered(height, executor.env().randomness) {
        executor.write(RANDOMNESS, slot, value);
    }
    executor.check()
}

/// Ends a block, after its last transaction. An error says that the state could not be read.
pub fn end<V, O>(executor: &mut Executor<V, O>, _: &Facts<'_>) -> Result<(), Error>
where
    V: StateView + Send + 'static,
    O: Observer,
{
    executor.check()
}
