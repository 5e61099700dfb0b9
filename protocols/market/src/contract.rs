//! The accounts of the market.

use troupe_types::Address;

const fn at(last: u8) -> Address {
    Address([0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last])
}

/// Is called for data sets.
pub const DATA: Address = at(0x10);
/// Holds stakes of compute nodes, deposits of tasks and all records of the market, and is called for tasks.
pub const TASKS: Address = at(0x11);
