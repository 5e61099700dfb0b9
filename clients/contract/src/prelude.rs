//! What nearly every contract uses.

pub use crate::storage::{List, Map, Value};
#[cfg(not(target_arch = "wasm32"))]
pub use crate::test_host::TestHost;
pub use crate::{
    Address, Bytes, Contract, Event, FixedBytes, Hash, Host, Revert, U256, contract, error, event,
    interface, keccak256, storage, value,
};
pub use alloc::string::String;
pub use alloc::vec::Vec;
