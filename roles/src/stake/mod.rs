//! `troupe stake`: candidates, delegations, what they earn, and restricting plans.

mod args;
mod candidate;
mod create;
mod delegate;
mod edit;
mod entry;
mod list;
mod plan;
mod rewards;

pub(crate) use args::{StakeCommand, run};
