//! Small actors for stories.

mod ledger;
mod recorder;

pub(crate) use ledger::{Enter, Ledger, Total, entries};
pub(crate) use recorder::{Diary, Note, Ping, Recorder};
