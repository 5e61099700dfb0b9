//! `troupe node`: a manifest becomes a process.

mod assemble;
mod keys;
mod life;
mod logs;

pub(crate) use assemble::{Assembled, Place, assemble};
pub(crate) use keys::Keys;
pub(crate) use life::{NodeArgs, drain, run, told};
pub(crate) use logs::{start_in, start_log};
