//! How the machines of this crate are hosted: what streams bring is an input, what a machine wants is an output.

use crate::sign::{OwnClaims, OwnSignatures};
use crate::{Ending, Error, Input, Output, Owner, Party, Peer, Phase, Received, Receiver};
use troupe_wire::{Heard, Said, Saying, Talks};

/// How far a machine has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What it is doing.
    pub phase: Phase,
    /// Bytes that have moved.
    pub done: u64,
    /// Bytes that will have moved at the phase's end.
    pub total: u64,
}

impl From<Heard<Peer>> for Input {
    fn from(heard: Heard<Peer>) -> Self {
        match heard {
            Heard::Bytes { from, bytes } => Self::Bytes { from, bytes },
            Heard::Credit { to, bytes } => Self::Credit { to, bytes },
            Heard::Lost { peer } => Self::Lost { peer },
            Heard::Cancel => Self::Cancel,
        }
    }
}

/// What those in charge of a machine say to what it wants signed.
impl From<Option<Box<OwnSignatures>>> for Input {
    fn from(signatures: Option<Box<OwnSignatures>>) -> Self {
        signatures.map_or(Self::Unsigned, Self::Signed)
    }
}

impl<T> From<Output<T>> for Said<Peer, Progress, T, Error, Box<OwnClaims>> {
    fn from(output: Output<T>) -> Self {
        match output {
            Output::Send { to, bytes } => Self::Send { to, bytes },
            Output::Progress { phase, done, total } => Self::News(Progress { phase, done, total }),
            Output::Sign(claims) => Self::Asks(claims),
            Output::Finished(result) => Self::Ended(Ok(result)),
            Output::Failed(error) => Self::Ended(Err(error)),
        }
    }
}

impl Talks for Party {
    type Peer = Peer;
    type News = Progress;
    type Outcome = Ending;
    type Failure = Error;
    type Question = Box<OwnClaims>;
    type Answer = Option<Box<OwnSignatures>>;

    fn is_light(&self) -> bool {
        Self::is_light(self)
    }

    fn hear(heard: Heard<Peer>) -> Input {
        heard.into()
    }

    fn told(answer: Self::Answer) -> Input {
        answer.into()
    }

    fn say(output: Output<Ending>) -> Saying<Self> {
        output.into()
    }
}

impl Talks for Owner {
    type Peer = Peer;
    type News = Progress;
    type Outcome = ();
    type Failure = Error;
    type Question = Box<OwnClaims>;
    type Answer = Option<Box<OwnSignatures>>;

    fn hear(heard: Heard<Peer>) -> Input {
        heard.into()
    }

    fn told(answer: Self::Answer) -> Input {
        answer.into()
    }

    fn say(output: Output) -> Saying<Self> {
        output.into()
    }
}

impl Talks for Receiver {
    type Peer = Peer;
    type News = Progress;
    type Outcome = Received;
    type Failure = Error;
    type Question = Box<OwnClaims>;
    type Answer = Option<Box<OwnSignatures>>;

    fn hear(heard: Heard<Peer>) -> Input {
        heard.into()
    }

    fn told(answer: Self::Answer) -> Input {
        answer.into()
    }

    fn say(output: Output<Received>) -> Saying<Self> {
        output.into()
    }
}
