//! How far a job is, for whoever watches.

use troupe_learning::message::{Stage, Status};
use troupe_types::Hash;

/// What is going on, for whoever watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Owners say what their data sets hold.
    Asking,
    /// Two owners match their rows.
    Matching {
        /// What they do.
        what: String,
        /// How much of it is done, in thousandths.
        done: u64,
        /// What an owner has sent, in bytes.
        sent: u64,
    },
    /// The job is declared on the chain, and its deposit paid.
    Declaring {
        /// The hash of what it is declared by.
        terms: Hash,
    },
    /// The owners agree to it there.
    Agreeing {
        /// Its number.
        number: u64,
    },
    /// Its parties are elected.
    Electing {
        /// Its number.
        number: u64,
    },
    /// Parties and owners are paid.
    Settling {
        /// Its number.
        number: u64,
    },
    /// The process was started again meanwhile: the task goes on without it, and is looked at until it ends.
    Following {
        /// Its number.
        number: u64,
    },
    /// Three compute nodes take their seats.
    Seating {
        /// Their names.
        parties: Vec<String>,
    },
    /// Owners share their columns.
    Contributing,
    /// The parties work.
    Working {
        /// What they do.
        what: String,
        /// How much of everything is done, in thousandths.
        done: u64,
        /// What a party has sent, in bytes.
        sent: u64,
    },
}

/// What a party says of a running computation; nothing where it does not run.
pub(crate) fn working(status: &Status) -> Option<Step> {
    let part = |from: u64, to: u64, done: u64, total: u64| {
        from + (to - from) * done.min(total) / total.max(1)
    };
    let (what, done) = match &status.stage {
        Stage::Inputs => ("receiving shares".to_owned(), part(0, 300, status.done, status.total)),
        Stage::Computing { round, rounds } => {
            let done = part(300, 900, u64::from(*round), u64::from(*rounds).max(1));
            (format!("round {round} of {rounds}"), done)
        }
        Stage::Checking { round, rounds } => {
            let done = part(900, 950, u64::from(*round), u64::from(*rounds).max(1));
            (format!("check {round} of {rounds}"), done)
        }
        Stage::Revealing => ("revealing to the receiver".to_owned(), 950),
        Stage::Unknown | Stage::Finished | Stage::Failed(_) => return None,
    };
    Some(Step::Working { what, done, sent: status.sent.0 })
}
