//! What `#[contract]` makes of an `impl`, and the entry points of the module.

use crate::Host;
use crate::storage::{Place, Stored};
use alloc::vec::Vec;

/// A contract: storage from slot 0 on, and functions behind selectors.
///
/// What takes `&self` reads only; the compiler refuses a view that writes:
///
/// ```compile_fail,E0596
/// # use troupe_contract::prelude::*;
/// #[storage]
/// struct Counter {
///     count: Value<u64>,
/// }
///
/// #[contract]
/// impl Counter {
///     #[public]
///     fn count(&self) -> u64 {
///         self.count.update(|count| count + 1)
///     }
/// }
/// ```
pub trait Contract: Stored<Handle = Self> + Sized {
    /// Runs the constructor on its arguments.
    ///
    /// # Errors
    ///
    /// What the creation reverts with.
    fn construct(host: Host, arguments: &[u8]) -> Result<(), Vec<u8>>;

    /// Runs the function that call data asks for, and returns its output.
    ///
    /// # Errors
    ///
    /// What the call reverts with; nothing where there is no such function.
    fn dispatch(host: Host, input: &[u8]) -> Result<Vec<u8>, Vec<u8>>;

    /// The contract's storage.
    fn open(host: Host) -> Self {
        Self::handle(host, Place::slot(crate::U256::ZERO))
    }
}

/// The export `main` of a module.
#[cfg(target_arch = "wasm32")]
pub fn main<C: Contract>() -> i32 {
    let input = crate::host::input();
    finish(C::dispatch(Host::new(), &input))
}

/// The export `deploy` of a module.
#[cfg(target_arch = "wasm32")]
pub fn deploy<C: Contract>() -> i32 {
    let input = crate::host::input();
    finish(C::construct(Host::new(), &input).map(|()| Vec::new()))
}

#[cfg(target_arch = "wasm32")]
fn finish(outcome: Result<Vec<u8>, Vec<u8>>) -> i32 {
    let (output, status) = match outcome {
        Ok(output) => (output, 0),
        Err(data) => (data, 1),
    };
    crate::host::set_output(&output);
    status
}
