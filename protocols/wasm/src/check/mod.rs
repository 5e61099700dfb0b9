//! What a creation checks: that a module is valid, and within the caps of [`Rules`](crate::rules::Rules).
//!
//! Counts are looked at before anything is made room for, so that checking takes time and memory in
//! proportion to the module's bytes, whatever they are.

mod body;
mod module;
mod sections;

pub(crate) use body::{Plan, calls_inside};
pub(crate) use module::{Checked, USED, check, convention_of};
