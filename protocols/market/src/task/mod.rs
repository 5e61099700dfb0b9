//! Tasks, from their declaration to their end.
//!
//! Every phase has a deadline, and who lets it pass is named; at the last one the task is over, whatever anybody does:
//!
//! | phase | who acts | at its deadline |
//! |---|---|---|
//! | consent | every owner of data authorises, and may take that back | [`End::NoConsent`] |
//! | draw | the chain elects parties by the word of a later view | [`End::NoWord`] |
//! | accept | parties accept and bind a part of their stake | the next ones are asked, in the end [`End::NotAccepted`] |
//! | start | every owner sees the parties and confirms | [`End::NotStarted`] |
//! | compute | parties compute and say what came of it | [`End::Stalled`]: who said nothing loses its bond |
//! | settle | whoever holds a contradiction may show it | [`End::Paid`] |
//!
//! An owner may take back what it authorised until the start.

mod callback;
mod consent;
mod declare;
mod dispute;
mod due;
mod finish;
mod misconduct;
mod open;
mod record;
mod seats;
mod step;
mod work;

pub use crate::statement::NOBODY;
pub use callback::{Callback, DELIVERY, Delivery, MOST_GAS, declare_with, deliver, delivered};
pub use consent::{authorise, confirm, decline, revoke};
pub use declare::{Declaration, cancel, declare};
pub use dispute::{MAX_PUBLISHED, acknowledge, demand, publish};
pub(crate) use due::{elected_before, word};
pub use misconduct::{Signed, report, report_posted};
pub use open::opened;
pub use record::{
    Answer, Demand, End, Ending, LONGEST, LONGEST_WAIT, Leg, MAX_AMOUNT, MAX_DATASETS, MAX_DEMANDS,
    MAX_OF_PARTY, MAX_RECEIVERS, PARTIES, Phase, Posting, RESERVES, Seat, Spans, Task, Word, page,
};
pub use seats::accept;
use step::now_in;
pub(crate) use step::{draw, pass};
pub use work::{give_up, post, show};
