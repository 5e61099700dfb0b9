//! The chain around a running contract.
//!
//! A [`Host`] is nothing at all in a module that runs on the chain: its methods are the functions
//! that the chain's virtual machine offers. In a unit test it is a contract's view of a
//! [`TestHost`](crate::TestHost).

mod block;
mod calls;
mod crypto;
mod handle;
#[cfg(target_arch = "wasm32")]
mod memory;
#[cfg(target_arch = "wasm32")]
mod wasm;

pub use crypto::keccak256;
pub use handle::Host;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use crate::test_host::Inner;
#[cfg(target_arch = "wasm32")]
pub(crate) use wasm::{Inner, input, set_output};
