//! Why a candidate is none any more.

use bincode::{Decode, Encode};

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
