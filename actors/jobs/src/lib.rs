//! Private computations, from the side of whoever wants one: a job file becomes a task, owners agree, parties compute,
//! results come, a chain pays.
//!
//! * An [`Office`] runs computations and matchings, as a node of a [`Network`], and tells a [`Step`] at a time how
//!   far they are; [`explain`] says what a job would show to whom and what it costs.
//! * [`Chain`] is what a job needs of a chain: asking a contract, and calling one as whoever pays. In a process of the network
//!   that is its [`Account`]; a command brings another one. [`Market`] asks it about tasks, [`phase`] and [`ended`] say in words how far one is.
//! * [`Jobs`] is all of it as a service, `troupe.job.v1.JobService`: jobs that were begun go on in an actor, whoever listens.
//!   [`Client`] is how this binary asks one, whether a node has it or a command hosts it for itself.
//! * A [`Desk`] knows the jobs. That of a node writes them down: one that had begun when its process ended goes on where
//!   it can, and is looked at until its task is over.
//! * A [`Shelf`] keeps results on the disk, for their owner alone, before anything else can go wrong with them.
//! * [`Models`] remembers which models stay with which parties, for jobs that apply them.
//! * [`receiver()`] is the actor that results arrive at.
//!
//! What is computed, and who learns what, is decided in `protocols/learning`; what is paid for it, in `protocols/market`. Owners
//! and parties are other nodes: `actors/dataset` and the kind `session`.

mod account;
mod actor;
mod again;
mod chain;
mod client;
mod course;
mod desk;
mod diary;
mod error;
mod explain;
mod found;
mod heard;
mod matching;
mod meters;
mod models;
mod network;
mod office;
mod receiver;
mod run;
mod service;
mod settle;
mod shelf;
mod standing;
mod step;
mod terms;
mod told;

pub use account::Account;
pub use actor::Runner;
pub use chain::{Chain, Log, Market, Receipt};
pub use client::{Client, Heard, Listener, What, Which};
pub use desk::{Desk, Found};
pub use error::{Class, Error, Outcome, Reason, Refusal, unanswered};
pub use explain::{Chosen, Explained, Shared, explain};
pub use found::{Answer, Finished, Onnx, Opening, Settled, Traffic, answers};
pub use heard::{address, amount, node_id};
pub use matching::{Matched, MatchedSide, run_match};
pub use models::{Keeper, Model, Models};
pub use network::{Names, Network};
pub use office::{LARGEST, Office, computation, read};
pub use receiver::{Collect, Expect, Forget, Results, receiver};
pub use service::Jobs;
pub use shelf::{Kept, Shelf};
pub use standing::{ended, phase};
pub use step::Step;
pub use terms::{Cast, Input, kind, task, too_long};
