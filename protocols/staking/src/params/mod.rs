//! What proposals may change, and how far.
//!
//! Every [`Param`] has a range, some of them by the values of others; a set of [`Params`] in which each is within its
//! range stays one whatever is accepted by [`Params::set`].

mod param;
mod set;

pub use param::{Module, Param, Unit};
pub use set::Params;
