//! Private computations, from the side of whoever wants one: a job file becomes a task, owners agree, parties compute,
//! results come, a chain pays.
//!
//! * [`run_job`] runs a computation and [`run_match`] a matching, as a node of a [`Network`], and tell a [`Step`] at a time how
//!   far they are; [`explain`] says what a job would show to whom and what it costs.
//! * [`Chain`] is what a job needs of a chain: asking a contract, and calling one as whoever pays. Who answers is not known
//!   here. [`Market`] asks it about tasks, [`phase`] and [`ended`] say in words how far one is.
//! * A [`Shelf`] keeps results on the disk, for their owner alone, before anything else can go wrong with them.
//! * [`receiver()`] is the actor that results arrive at.
//!
//! What is computed, and who learns what, is decided in `protocols/learning`; what is paid for it, in `protocols/market`. Owners
//! and parties are other nodes: `actors/dataset` and the kind `session`.

mod chain;
mod course;
mod error;
mod explain;
mod found;
mod matching;
mod network;
mod receiver;
mod run;
mod settle;
mod shelf;
mod standing;
mod step;
mod terms;

pub use chain::{Chain, Log, Market, Receipt};
pub use error::{Class, Error, Outcome, Reason, Refusal, unanswered};
pub use explain::{Explained, Shared, explain};
pub use found::{Answer, Finished, Settled, Traffic, answers};
pub use matching::{Matched, MatchedSide, run_match};
pub use network::Network;
pub use receiver::{Collect, Expect, Forget, Results, receiver};
pub use run::{Errand, run_job};
pub use shelf::{Kept, Shelf};
pub use standing::{ended, phase};
pub use step::Step;
pub use terms::{Cast, Input, kind, task, too_long};
