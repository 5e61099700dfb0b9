//! The one trait underneath every protocol.

use troupe_types::{Millis, UnixMillis};

/// Time as a machine sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Now {
    /// For time-outs: the process's monotonic clock.
    pub mono: Millis,
    /// For block and record time stamps only.
    pub wall: UnixMillis,
}

/// A protocol with behaviour over time, without input or output of its own.
///
/// A question to the outside is an output with an id; its answer is a later input with that id.
/// `step` does no heavy work inline: signing, verifying and the like are outputs answered by inputs.
pub trait Machine {
    /// What can happen to it.
    type Input;
    /// What it wants done.
    type Output;

    /// Applies one input at `now` and appends what must be done, in order.
    ///
    /// A late or repeated tick changes nothing.
    fn step(&mut self, now: Now, input: Self::Input, out: &mut Vec<Self::Output>);

    /// Applies the passing of time up to `now`.
    fn tick(&mut self, now: Now, out: &mut Vec<Self::Output>);

    /// When the machine wants the next tick; `None` means it waits for an input only.
    fn next_tick(&self) -> Option<Millis>;
}
