//! What can go wrong.

use troupe_types::{Hash, Height};

/// Why a vault cannot go on. None of it is a peer's fault.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store failed, or refuses to open.
    #[error(transparent)]
    Storage(#[from] troupe_storage::Error),
    /// What lies in the store is no chain.
    #[error(transparent)]
    Chain(#[from] troupe_chain::Error),
    /// The genesis does not describe a chain.
    #[error(transparent)]
    Genesis(#[from] troupe_chain::genesis::Fault),
    /// The ledger cannot be made.
    #[error(transparent)]
    Ledger(#[from] troupe_ledger::Error),
    /// A record or a proof that does not read.
    #[error("{what} in the store: {reason}")]
    Encoding {
        /// What it should be.
        what: &'static str,
        /// In the words of the codec.
        reason: troupe_wire::Error,
    },
    /// The flat state does not have the root that its block claims.
    #[error("the state at height {height} has the root {got}, its block says {want}")]
    Root {
        /// The block's height.
        height: Height,
        /// The root of what is stored.
        got: Hash,
        /// What the header says.
        want: Hash,
    },
    /// The states of all blocks are wanted, of which the first are gone.
    #[error(
        "blocks below {first} are gone, so their states cannot be kept: begin with an empty data directory"
    )]
    Gone {
        /// The lowest block that is kept.
        first: Height,
    },
    /// A block that must be there is not.
    #[error("the block at height {height} is missing")]
    MissingBlock {
        /// Its height.
        height: Height,
    },
    /// A file that came from elsewhere could not be read.
    #[error("it cannot be read: {0}")]
    Input(std::io::Error),
    /// A file that goes elsewhere could not be written.
    #[error("it cannot be written: {0}")]
    Output(std::io::Error),
    /// A file that came from elsewhere ends too early.
    #[error("it is cut at byte {offset}")]
    Cut {
        /// Where it ends.
        offset: u64,
    },
    /// A file that came from elsewhere is not what it should be.
    #[error("the frame at byte {offset}: {reason}")]
    BadFile {
        /// Where the frame begins that is wrong.
        offset: u64,
        /// What is wrong with it.
        reason: Box<troupe_chain::Error>,
    },
    /// A file of another chain.
    #[error("it belongs to the chain {got}, not to {want}")]
    OtherChain {
        /// Whose it is.
        got: Hash,
        /// The chain that was asked for.
        want: Hash,
    },
    /// A final block that cannot be proven to those who did not follow the chain.
    #[error("nothing at hand proves block {height} to others")]
    Unprovable {
        /// Its height.
        height: Height,
    },
    /// A snapshot that nobody vouches for, of a chain whose validators are not known beforehand.
    #[error(
        "stakes elect the validators of this chain, so nothing here says whether block {height} is final: \
         name the hash of that block, {hash}, if somebody you trust knows it"
    )]
    Unvouched {
        /// The height of its block.
        height: Height,
        /// The hash of its block.
        hash: Hash,
    },
    /// Blocks are wanted that were let go of.
    #[error("block {got} is not kept, the first one is {first}")]
    NotKept {
        /// The first one that is wanted.
        got: Height,
        /// The first one that is kept.
        first: Height,
    },
    /// A block is given where another height comes next.
    #[error("block {got} does not follow, {want} comes next")]
    NotNext {
        /// Its height.
        got: Height,
        /// The height that comes next.
        want: Height,
    },
    /// Another block of that height is final here.
    #[error("block {height} is {got}, but {want} is final here")]
    Other {
        /// The height.
        height: Height,
        /// The one that was given.
        got: Hash,
        /// The one that is final.
        want: Hash,
    },
    /// A block is not proven, or not what it says.
    #[error("block {height} is refused: {reason}")]
    Refused {
        /// Its height.
        height: Height,
        /// What is wrong with it.
        reason: Box<Refusal>,
    },
}

impl Error {
    /// A frame of a file is not what it should be.
    #[must_use]
    pub fn bad_file(offset: u64, reason: troupe_chain::Error) -> Self {
        Self::BadFile { offset, reason: Box::new(reason) }
    }

    /// A block is not taken.
    pub(crate) fn refused(height: Height, reason: impl Into<Refusal>) -> Self {
        Self::Refused { height, reason: Box::new(reason.into()) }
    }
}

/// What is wrong with a block that came from elsewhere.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It contradicts itself.
    #[error(transparent)]
    Chain(#[from] troupe_chain::Error),
    /// It is not proven, or leads to another state.
    #[error(transparent)]
    Ledger(#[from] troupe_ledger::Error),
    /// What is kept with it is not its own.
    #[error("{0}")]
    Record(&'static str),
    /// Nobody knows yet who has to sign it.
    #[error("its validators are not known")]
    Validators,
    /// A signature that is none.
    #[error(transparent)]
    Signature(#[from] troupe_consensus::Error),
}
