//! What both sides agree on before the first byte.

use crate::{Error, MAX_ITEMS};
use bincode::{Decode, Encode};
use sha2::{Digest, Sha256};
use troupe_types::{Hash, SessionId};

/// One of the two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Side {
    /// The side whose size the agreement names first.
    First,
    /// The other one.
    Second,
}

/// Who learns what. Both learn both sizes in every mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
pub enum Mode {
    /// One side learns which of its items are common; the other one learns nothing.
    Rows {
        /// The side that learns.
        receiver: Side,
    },
    /// Both sides learn which of their items are common, in one order: what the first side has at a place of
    /// its result is what the second side has at that place of its own.
    Aligned,
    /// One side learns how many items are common; the other one learns nothing.
    Count {
        /// The side that learns.
        receiver: Side,
    },
    /// Both sides learn how many items are common.
    CountBoth,
}

/// The terms of one intersection. Every byte that is exchanged belongs to their [hash](Agreement::hash).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreement {
    /// The session: no two runs may share one, for it separates what their items are mapped to.
    pub session: SessionId,
    /// What this run is a part of, or zeroes: the hash of a task, of a policy, of anything else that both
    /// sides must have read alike.
    pub terms: Hash,
    /// Who learns what.
    pub mode: Mode,
    /// Items of the first and of the second side, without duplicates.
    pub sizes: [u32; 2],
}

impl Side {
    /// The side across.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }

    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::First => 0,
            Self::Second => 1,
        }
    }
}

impl Mode {
    /// Whether this side learns anything beyond sizes.
    #[must_use]
    pub fn informs(self, side: Side) -> bool {
        match self {
            Self::Rows { receiver } | Self::Count { receiver } => receiver == side,
            Self::Aligned | Self::CountBoth => true,
        }
    }

    /// Whether receivers learn numbers only.
    #[must_use]
    pub const fn is_count(self) -> bool {
        match self {
            Self::Count { .. } | Self::CountBoth => true,
            Self::Rows { .. } | Self::Aligned => false,
        }
    }

    const fn code(self) -> [u8; 2] {
        match self {
            Self::Rows { receiver } => [0, receiver.code()],
            Self::Aligned => [1, 0],
            Self::Count { receiver } => [2, receiver.code()],
            Self::CountBoth => [3, 0],
        }
    }
}

impl Agreement {
    /// How many items a side has.
    #[must_use]
    pub const fn size(&self, side: Side) -> u32 {
        match side {
            Side::First => self.sizes[0],
            Side::Second => self.sizes[1],
        }
    }

    /// SHA-256 over all of it: the headers of both streams carry it.
    #[must_use]
    pub fn hash(&self) -> Hash {
        let digest = Sha256::new_with_prefix(b"troupe psi agreement 1")
            .chain_update(self.session)
            .chain_update(self.terms)
            .chain_update(self.mode.code())
            .chain_update(self.sizes[0].to_le_bytes())
            .chain_update(self.sizes[1].to_le_bytes());
        Hash(digest.finalize().into())
    }

    /// Bytes that the two streams will carry, the first side's first. What the transport adds is not in it.
    #[must_use]
    pub fn traffic(&self) -> [u64; 2] {
        [Side::First, Side::Second].map(|side| crate::stream::length(&self.frames(side)))
    }

    /// Refuses sizes beyond [`MAX_ITEMS`].
    pub(crate) fn check(&self) -> Result<(), Error> {
        let most = self.sizes[0].max(self.sizes[1]);
        if most > MAX_ITEMS {
            return Err(Error::TooMany { got: most.into(), limit: MAX_ITEMS });
        }
        Ok(())
    }
}
