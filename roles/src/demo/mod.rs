//! `troupe demo`: the whole story on one machine, on real data.

mod command;
mod computation;
mod transfer;

pub(crate) use command::{DemoArgs, run};
