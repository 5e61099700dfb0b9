//! The event loop that actors of a process live on.

use std::future::Future;

/// Runs `main` on an event loop that actors can be spawned on, and returns its result. Threads that
/// were started for actors meanwhile are told to end.
pub fn run<T>(main: impl Future<Output = T>) -> T {
    let system = actix::System::new();
    let result = system.block_on(main);
    actix::System::current().stop();
    if let Err(error) = system.run() {
        tracing::error!(%error, "the event loop did not end well");
    }
    result
}
