//! Why a candidate is none any more.

use bincode::{Decode, Encode};
use std::fmt;

/// What happened to a candidate, a bit for each; one without any is a candidate. The bits are those of PlatON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct Status(pub u32);

impl Status {
    /// It is no candidate.
    pub const INVALID: Self = Self(1);
    /// It made no blocks, and is frozen for a while.
    pub const IDLE: Self = Self(1 << 1);
    /// Its own stake is below what a candidate has to have.
    pub const TOO_LITTLE: Self = Self(1 << 2);
    /// It signed twice.
    pub const DOUBLE_SIGN: Self = Self(1 << 3);
    /// It made no blocks, and had too little left.
    pub const IDLE_AND_OUT: Self = Self(1 << 4);
    /// It withdrew.
    pub const WITHDRAWN: Self = Self(1 << 5);

    /// Whether it is a candidate.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.0 == 0
    }

    /// Whether something is among what happened.
    #[must_use]
    pub const fn has(self, what: Self) -> bool {
        self.0 & what.0 == what.0
    }

    /// With something more.
    #[must_use]
    pub const fn and(self, what: Self) -> Self {
        Self(self.0 | what.0)
    }

    /// Without something.
    #[must_use]
    pub const fn without(self, what: Self) -> Self {
        Self(self.0 & !what.0)
    }

    /// Whether it leaves for good: its stake is on its way back.
    #[must_use]
    pub const fn is_leaving(self) -> bool {
        let for_good = Self::WITHDRAWN.0 | Self::DOUBLE_SIGN.0 | Self::IDLE_AND_OUT.0;
        self.0 & for_good != 0
    }
}
/// As people read it.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [
            (Self::IDLE, "made no blocks"),
            (Self::TOO_LITTLE, "has too little stake"),
            (Self::DOUBLE_SIGN, "signed twice"),
            (Self::IDLE_AND_OUT, "made no blocks and had too little left"),
            (Self::WITHDRAWN, "withdrew"),
        ];
        let said: Vec<&str> =
            words.iter().filter(|(what, _)| self.has(*what)).map(|(_, word)| *word).collect();
        match (self.is_valid(), said.is_empty()) {
            (true, _) => f.write_str("candidate"),
            (false, true) => f.write_str("no candidate"),
            (false, false) => f.write_str(&said.join(", ")),
        }
    }
}
