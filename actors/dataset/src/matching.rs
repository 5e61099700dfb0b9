//! Matches rows with those of another owner: both consent, then a child actor exchanges points.
//!
//! A restart forgets what was matched: the record of uses refuses the session, and the requester starts anew.

mod consent;
mod entry;
mod result;
mod run;
mod serve;

pub(crate) use consent::{Prepared, set, word};
pub(crate) use entry::{Matchings, News, progress, status};
pub(crate) use run::{Run, Seated, memory};
