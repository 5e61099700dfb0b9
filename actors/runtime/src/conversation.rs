//! One conversation over bulk streams in one process: a child actor around one machine that [talks](troupe_wire::Talks).
//!
//! Protocols differ in the machine and share everything else: streams to the other participants, credit, the bound on what
//! waits for the machine, and how the end is told.

mod cast;
mod child;

pub use cast::{Cast, TwoParts};
pub use child::{Cancel, Conversation, Event, Proceed, Told, Traffic};
