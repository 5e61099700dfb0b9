//! `troupe job`: private computations, asked for from the command line.

mod args;
mod chain;
mod contacts;
mod course;
mod explain;
mod list;
mod matching;
mod model;
mod network;
mod people;
mod report;
mod result;
mod run;
mod settle;
mod shelf;
#[cfg(feature = "dataset")]
mod simulate;
mod step;
mod terms;

pub(crate) use args::{JobCommand, command, parse, with_bar};
pub(crate) use contacts::{Visitor, unanswered};
pub(crate) use matching::run_match;
pub(crate) use model::report as with_model;
pub(crate) use network::NetworkArgs;
pub(crate) use report::Finished;
pub(crate) use run::run_job;
pub(crate) use step::Step;
