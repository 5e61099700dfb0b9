//! What a machine hears and says whose bytes travel on bulk streams.

use crate::Machine;
use bytes::Bytes;
use core::fmt;

/// What happened on the streams of one conversation, told to its machine.
#[derive(Debug, Clone)]
pub enum Heard<P> {
    /// The next bytes of a participant's stream, at most [`CHUNK`](crate::bulk::CHUNK), cut anywhere.
    Bytes {
        /// Whose, as the transport authenticated it.
        from: P,
        /// The bytes that follow those before.
        bytes: Bytes,
    },
    /// So many more bytes may be sent to a participant.
    Credit {
        /// The participant with room.
        to: P,
        /// How much more, in bytes.
        bytes: u64,
    },
    /// The transport gave a participant up.
    Lost {
        /// The one that is gone.
        peer: P,
    },
    /// Somebody in charge wants the conversation to end now.
    Cancel,
}

/// What a machine wishes for.
#[derive(Debug)]
pub enum Said<P, N, T, E, Q> {
    /// Bytes to append to the stream for a participant, within its credit.
    Send {
        /// The participant.
        to: P,
        /// The bytes.
        bytes: Bytes,
    },
    /// How far it has come.
    News(N),
    /// It cannot go on before somebody in charge has [answered](Talks::told).
    Asks(Q),
    /// It is over, well or not.
    Ended(Result<T, E>),
}

/// What a machine of this kind says.
pub type Saying<M> = Said<
    <M as Talks>::Peer,
    <M as Talks>::News,
    <M as Talks>::Outcome,
    <M as Talks>::Failure,
    <M as Talks>::Question,
>;

/// A machine that talks to others over bulk streams, so that one shell serves every protocol that does.
pub trait Talks: Machine {
    /// A participant by its part.
    type Peer: Copy + Ord + fmt::Display + fmt::Debug + Send + 'static;
    /// How far it has come.
    type News: Send + 'static;
    /// What it was good for.
    type Outcome: Send + 'static;
    /// Why it ended without.
    type Failure: fmt::Display + Send + 'static;
    /// What it asks those in charge of it; [`Infallible`](core::convert::Infallible) where it asks nothing.
    type Question: Send + 'static;
    /// What it is answered.
    type Answer: Send + 'static;

    /// Whether it is done in some microseconds with whatever comes next, so that its shell need not move it to another
    /// thread for that.
    fn is_light(&self) -> bool {
        false
    }

    /// The input that this is.
    fn hear(heard: Heard<Self::Peer>) -> Self::Input;

    /// The input that an answer is.
    fn told(answer: Self::Answer) -> Self::Input;

    /// What this output wishes for.
    fn say(output: Self::Output) -> Saying<Self>;
}
