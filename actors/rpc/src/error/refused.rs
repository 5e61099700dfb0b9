//! Why blocks are not simulated.

use troupe_chain::Invalid;
use troupe_types::{Address, Gas, Millis};
use troupe_vm::Unfit;

/// Why blocks are not simulated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A block that is not above the one before.
    #[error("block numbers must be in order: {got} <= {before}")]
    Height {
        /// Its height.
        got: u64,
        /// That of the one before.
        before: u64,
    },
    /// A block that is not later than the one before.
    #[error("block timestamps must be in order: {got} <= {before}")]
    Time {
        /// Its time, in seconds.
        got: u64,
        /// That of the one before.
        before: u64,
    },
    /// More than this node simulates at once.
    #[error("too many {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
    },
    /// Gas that is more than the client may use in all.
    #[error("RPC gas cap exhausted: need {got}, remaining {left}")]
    GasCap {
        /// What was used.
        got: Gas,
        /// What was left.
        left: Gas,
    },
    /// It took longer than it may.
    #[error("execution aborted (timeout = {limit})")]
    Aborted {
        /// So long it may take.
        limit: Millis,
    },
    /// A transaction that has no place in its block.
    #[error("{}", words(.0))]
    Unfit(#[from] Unfit),
    /// What shall be moved is no precompiled contract.
    #[error("account 0x{address} is not a precompile")]
    NotPrecompiled {
        /// Where it should be.
        address: Address,
    },
    /// A precompiled contract that shall be moved to where it is.
    #[error("account 0x{address} cannot be moved to itself")]
    MovedToItself {
        /// Where it is.
        address: Address,
    },
    /// Two precompiled contracts that shall be moved to one place.
    #[error("account 0x{address} has already been overridden by a precompile")]
    MovedToOne {
        /// The place.
        address: Address,
    },
    /// A precompiled contract that shall be moved to where something else is overridden.
    #[error("account 0x{address} is already overridden")]
    Overridden {
        /// The place.
        address: Address,
    },
}

fn words(unfit: &Unfit) -> String {
    match unfit {
        Unfit::BlockFull { got, left } => {
            format!("block gas limit reached: remaining: {left}, required: {got}")
        }
        Unfit::Invalid(_) | Unfit::SenderIsContract { .. } => unfit.to_string(),
    }
}

impl Refused {
    /// The number that clients tell them apart by.
    // execution-apis, eth_simulateV1; what it does not number is geth's
    #[must_use]
    pub const fn code(&self) -> i32 {
        match self {
            Self::Height { .. } => -38020,
            Self::Time { .. } => -38021,
            Self::MovedToItself { .. } => -38022,
            Self::MovedToOne { .. } => -38023,
            Self::TooMany { .. } => -38026,
            Self::Aborted { .. } => -32016,
            Self::GasCap { .. } | Self::NotPrecompiled { .. } | Self::Overridden { .. } => -32000,
            Self::Unfit(Unfit::BlockFull { .. }) => -38015,
            Self::Unfit(Unfit::SenderIsContract { .. }) => -38024,
            Self::Unfit(Unfit::Invalid(invalid)) => match invalid {
                Invalid::NonceTooLow { .. } => -38010,
                Invalid::NonceTooHigh { .. } => -38011,
                Invalid::CapBelowBase { .. } => -38012,
                Invalid::IntrinsicGas { .. } => -38013,
                Invalid::Funds { .. } => -38014,
                Invalid::InitCode { .. } => -38025,
                Invalid::TipAboveCap { .. } => -32602,
                Invalid::Malformed(_)
                | Invalid::Unsupported(_)
                | Invalid::Oversized { .. }
                | Invalid::Signature
                | Invalid::Sender
                | Invalid::ChainId { .. }
                | Invalid::Unprotected
                | Invalid::NonceMax
                | Invalid::BlockGas { .. }
                | Invalid::Underpriced { .. }
                | Invalid::ReplacementUnderpriced
                | Invalid::AlreadyKnown
                | Invalid::AccountLimit { .. }
                | Invalid::FutureReplacesPending
                | Invalid::PoolFull => -32603,
            },
        }
    }
}
