//! A whole block.

use crate::env::{Ancestors, Env};
use crate::error::Error;
use crate::executor::Executor;
use crate::shared::Vm;
use std::sync::Arc;
use troupe_chain::Header;
use troupe_chain::block::{Receipt, logs_bloom, receipts_root};
use troupe_chain::state::{Changes, StateView};
use troupe_chain::transaction::{Recovered, Rules};
use troupe_types::{Gas, Hash};

/// What a block's transactions did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executed {
    /// The difference, for [`State::seal`](troupe_chain::state::State::seal).
    pub changes: Changes,
    /// A receipt for each transaction.
    pub receipts: Vec<Receipt>,
    /// The gas that all used.
    pub gas_used: Gas,
}

/// Executes a block on the state that its parent left, as somebody proposed it: every transaction has
/// to fit. The state root is for the caller to compare, when the changes are sealed.
pub fn execute<V: StateView + Send + 'static>(
    view: V,
    header: &Header,
    transactions: &[Recovered],
    rules: Rules,
    ancestors: Arc<dyn Ancestors + Send + Sync>,
    vm: &Vm,
) -> Result<Executed, Error> {
    let env = Env::of(header, rules.chain_id, ancestors, vm);
    let mut executor = Executor::new(view, env, rules);
    executor.run(transactions)?;
    executor.executed()
}

impl Executed {
    /// Writes what came out into the header of a block that is being made.
    pub fn write(&self, header: &mut Header) {
        header.gas_used = self.gas_used;
        header.receipts_root = receipts_root(&self.receipts);
        header.logs_bloom = logs_bloom(&self.receipts);
    }

    /// Whether the header of somebody else's block says what came out.
    pub fn check(&self, header: &Header) -> Result<(), Error> {
        if header.gas_used != self.gas_used {
            return Err(Error::GasUsed { got: header.gas_used, want: self.gas_used });
        }
        let want = receipts_root(&self.receipts);
        if header.receipts_root != want {
            let (what, got) = ("receipts root", header.receipts_root);
            return Err(Error::Mismatch { what, got, want });
        }
        let bloom = logs_bloom(&self.receipts);
        if header.logs_bloom != bloom {
            let digest = |bloom: &[u8]| -> Hash { troupe_crypto::hash::keccak256(bloom) };
            let (got, want) = (digest(header.logs_bloom.as_slice()), digest(bloom.as_slice()));
            return Err(Error::Mismatch { what: "hash of the logs bloom", got, want });
        }
        Ok(())
    }
}
