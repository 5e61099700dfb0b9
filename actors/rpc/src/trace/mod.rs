//! What happened inside a transaction, told as geth's tracers tell it.

mod after;
mod calls;
mod flat;
mod four_bytes;
mod names;
mod options;
mod prestate;
mod steps;
mod watch;

pub(crate) use after::After;
pub(crate) use flat::{Call as FlatCall, Flat};
pub(crate) use options::Options;
pub(crate) use watch::{Ended, Tracer, Watch};

/// The most bytes that one trace remembers.
const MOST_BYTES: usize = 48 << 20;
