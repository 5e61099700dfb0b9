//! What actors of the process ask of its account.

use troupe_chain::errand::{Errand, Outcome};
use troupe_types::Millis;
use troupe_wire::Message;

/// Sent by any actor of the process: see that this is done. Handed in twice it is done once, also after a restart. The answer
/// comes when it is over; whoever stops waiting may hand it in again and hears the same.
#[derive(Debug, Clone)]
pub struct Submit(pub Errand);

/// The answer to [`Submit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Submitted {
    /// What became of it.
    Over(Outcome),
    /// Nothing was done: too many wait.
    Busy,
    /// The process ends first. It is on the disk, and goes on when the process runs again.
    Leaving,
}

impl Message for Submit {
    type Reply = Submitted;
    const NAME: &'static str = "submit";
    /// Longer than an errand may take.
    const DEADLINE: Millis = Millis::secs(900);
}
