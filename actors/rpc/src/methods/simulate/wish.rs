//! What a client wants simulated.

use crate::arguments::Argument;
use crate::error::{Error, Refused};
use crate::methods::asked::Asked;
use crate::overrides::{BlockOverrides, StateOverrides};

/// The most blocks, those between the ones that are named included.
pub(super) const MOST_BLOCKS: usize = 256;
/// The most calls of a block, and of all blocks. Geth has the same.
const MOST_CALLS: usize = 5_000;
const MOST_CALLS_IN_ALL: usize = 10_000;

/// What a client wants simulated.
#[derive(Debug)]
pub(super) struct Wish {
    pub(super) blocks: Vec<Block>,
    pub(super) style: Style,
}

/// How.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    /// Payments are told as logs.
    pub(super) has_transfers: bool,
    /// Nonces and fees count.
    pub(super) is_strict: bool,
    /// Transactions are told whole.
    pub(super) is_full: bool,
}

/// A block.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) about: BlockOverrides,
    pub(super) state: StateOverrides,
    pub(super) calls: Vec<Asked>,
}

impl Wish {
    pub(super) fn read(payload: Argument) -> Result<Self, Error> {
        let payload = payload.object()?;
        let flag = |name| {
            let flag = payload.field(name).map(|field| field.boolean()).transpose();
            flag.map(Option::unwrap_or_default)
        };
        let style = Style {
            has_transfers: flag("traceTransfers")?,
            is_strict: flag("validation")?,
            is_full: flag("returnFullTransactions")?,
        };
        let name = "blockStateCalls";
        let list = payload
            .field(name)
            .ok_or_else(|| Error::Argument { name, reason: "is missing".into() })?;
        let list = list.list(usize::MAX)?;
        if list.is_empty() {
            return Err(Error::Argument { name, reason: "is empty".into() });
        }
        if list.len() > MOST_BLOCKS {
            return Err(Refused::TooMany { what: "blocks" }.into());
        }
        let blocks: Vec<Block> = list.into_iter().map(Block::read).collect::<Result<_, _>>()?;
        let calls: usize = blocks.iter().map(|block| block.calls.len()).sum();
        if calls > MOST_CALLS_IN_ALL {
            return Err(Refused::TooMany { what: "calls" }.into());
        }
        Ok(Self { blocks, style })
    }
}

impl Block {
    fn read(block: Argument) -> Result<Self, Error> {
        let block = block.object()?;
        let about = block.field("blockOverrides").map(BlockOverrides::read).transpose()?;
        let state = block.field("stateOverrides").map(StateOverrides::read).transpose()?;
        let calls = match block.field("calls") {
            None => Vec::new(),
            Some(calls) => calls.list(usize::MAX)?,
        };
        if calls.len() > MOST_CALLS {
            return Err(Refused::TooMany { what: "calls of a block" }.into());
        }
        let calls = calls.into_iter().map(Asked::read).collect::<Result<_, _>>()?;
        Ok(Self { about: about.unwrap_or_default(), state: state.unwrap_or_default(), calls })
    }
}
