//! How a party is hosted: what its two streams bring is an input, what it wants is an output.

use crate::{Error, Input, Outcome, Output, Party, Phase};
use core::convert::Infallible;
use core::fmt;
use troupe_wire::{Fork, Heard, Said, Saying, Talks};

/// How far a party has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What it is doing.
    pub phase: Phase,
    /// Bytes that have moved, in both directions.
    pub done: u64,
    /// Bytes that will have moved at the phase's end.
    pub total: u64,
}

/// The only other participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Partner;

impl fmt::Display for Partner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the other owner")
    }
}

impl<F: Fork> Talks for Party<F> {
    type Peer = Partner;
    type News = Progress;
    type Outcome = Outcome;
    type Failure = Error;
    type Question = Infallible;
    type Answer = Infallible;

    fn hear(heard: Heard<Partner>) -> Input {
        match heard {
            Heard::Bytes { from: Partner, bytes } => Input::Bytes(bytes),
            Heard::Credit { to: Partner, bytes } => Input::Credit(bytes),
            Heard::Lost { peer: Partner } => Input::Lost,
            Heard::Cancel => Input::Cancel,
        }
    }

    fn told(never: Infallible) -> Input {
        match never {}
    }

    fn say(output: Output) -> Saying<Self> {
        match output {
            Output::Send(bytes) => Said::Send { to: Partner, bytes },
            Output::Progress { phase, done, total } => Said::News(Progress { phase, done, total }),
            Output::Finished(outcome) => Said::Ended(Ok(outcome)),
            Output::Failed(error) => Said::Ended(Err(error)),
        }
    }
}
