//! The event loop that actors of a process live on.

use std::future::Future;

/// Runs `main` on an event loop that actors can be spawned on, and returns its result.
pub fn run<T>(main: impl Future<Output = T>) -> T {
    actix::System::new().block_on(main)
}
