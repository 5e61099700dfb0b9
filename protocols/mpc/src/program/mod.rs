//! What a session computes: a small public program over vectors.
//!
//! A [`Draft`] writes one, [`Program::decode`] reads one; both only ever yield valid programs.
//! [`Program::hash`] is what all participants agree on, [`Program::cost`] what it will take.

mod check;
mod cost;
mod defect;
mod draft;
mod keep;
mod layout;
mod listing;
mod math;
mod op;
mod schedule;
mod security;
mod shape;
mod span;
mod weight;

pub use check::{MAX_ELEMENTS, MAX_RECEIVERS, MAX_WORK};
pub use cost::{Cost, Link};
pub use defect::Defect;
pub use draft::Draft;
pub use keep::{Keep, MAX_KEEPS, MAX_KEPT, Taken};
pub use listing::{MAX_COLUMNS, MAX_OPS, MAX_OWNERS, MAX_REVEALS, Program};
pub use math::{Joined, KEYS, Keyed};
pub use op::{
    Alignment, Column, Fact, Form, Grid, Kind, NAME, Op, Register, Reveal, Rows, Size, Transposed,
};
pub use schedule::MAX_ROUNDS;

pub(crate) use layout::{closing, frames};
pub(crate) use listing::Listing;
pub(crate) use op::Exchange;
pub(crate) use schedule::Schedule;
pub use security::Security;
pub(crate) use security::{Checks, DIGEST, REST, SEED, lengths};

#[cfg(test)]
mod tests;
