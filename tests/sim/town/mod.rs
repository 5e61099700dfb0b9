//! A town of nodes that keep each other informed: heartbeats told, rumours compared by ask, ledgers
//! written to disk, sums worked out in the pools, with falls thrown in.

mod check;
mod clerk;
mod heart;
mod plan;
mod rumours;
mod watch;

pub(crate) use plan::{Town, furnish};
