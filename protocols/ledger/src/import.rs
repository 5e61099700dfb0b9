//! Taking over blocks that others have made final.

use crate::{Error, Known, Ledger};
use troupe_chain::Block;
use troupe_consensus::Outcome;
use troupe_wire::Fork;

impl Ledger {
    /// Executes a block that is final elsewhere: its proof was checked. Nothing is done for one that is
    /// final here. It has to lead to the state it claims.
    pub fn import(
        &mut self,
        block: &Block,
        known: &impl Known,
        fork: &impl Fork,
    ) -> Result<(), Error> {
        let (hash, header) = (block.hash(), block.header());
        if self.is_final(header.height, hash) {
            return Ok(());
        }
        let wrapped = self.wrap(block)?;
        match self.execute(&wrapped, known, fork)? {
            Outcome::Valid { root, .. } if root == header.state_root => Ok(()),
            Outcome::Valid { .. } | Outcome::Invalid => {
                Err(Error::Diverged { hash, height: header.height })
            }
        }
    }
}
