//! PlatON's convention, as far as it is a matter of bytes: creation data and input, numbers and lists in
//! RLP, and where in storage a value of any length lies.
//!
//! What it means was read in PlatON's node, version 1.5.0 (`core/vm/wagon_runtime.go`).

pub(crate) mod deployment;
pub(crate) mod rlp;
pub(crate) mod storage;

pub use deployment::{PlatonRefused, is_invocation, platon_deployment, platon_function};
