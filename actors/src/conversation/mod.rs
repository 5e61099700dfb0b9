//! One private computation in one process: a child actor around one machine of `troupe-mpc`.
//!
//! Compute parties, data owners and receivers run different machines and share everything else:
//! bulk streams to the other participants, credit, and how the end is told.

mod cast;
mod child;

pub(crate) use cast::Cast;
pub(crate) use child::{Cancel, Conversation, Event, Traffic};
