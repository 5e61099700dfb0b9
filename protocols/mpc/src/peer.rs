//! Who takes part in a session, and how far it has come.

use core::fmt;

/// How many compute parties there are. Any two of them together could open everything.
pub const PARTIES: u8 = 3;

/// One participant of a session, by its place in the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Peer {
    /// A compute party, 0 to 2.
    Party(u8),
    /// A data owner, by its index in the program.
    Owner(u8),
    /// A receiver of results, by its index in the program.
    Receiver(u8),
}

/// What a machine is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Shares travel from the owners to the parties.
    Inputs,
    /// The parties work and talk to each other.
    Computing {
        /// The running round, from 1.
        round: u32,
        /// How many there are.
        rounds: u32,
    },
    /// The parties prove to each other that what they sent was right.
    Checking {
        /// The running round, from 1.
        round: u32,
        /// How many there are.
        rounds: u32,
    },
    /// The parties tell each other what they exchanged and what they will reveal.
    Closing,
    /// Shares of the results travel to the receivers.
    Revealing,
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Party(index) => write!(f, "party {index}"),
            Self::Owner(index) => write!(f, "owner {index}"),
            Self::Receiver(index) => write!(f, "receiver {index}"),
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inputs => f.write_str("inputs"),
            Self::Computing { round, rounds } => write!(f, "round {round} of {rounds}"),
            Self::Checking { round, rounds } => write!(f, "check {round} of {rounds}"),
            Self::Closing => f.write_str("closing"),
            Self::Revealing => f.write_str("revealing"),
        }
    }
}

/// The party after `index`, in the circle of three.
pub(crate) const fn next(index: u8) -> u8 {
    (index + 1) % PARTIES
}

/// The party before `index`.
pub(crate) const fn prev(index: u8) -> u8 {
    (index + 2) % PARTIES
}
