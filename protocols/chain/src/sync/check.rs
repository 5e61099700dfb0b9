//! What the shell runs for the machine.

use crate::Error;
use crate::block::Stored;
use std::sync::Arc;
use troupe_types::Hash;

/// Reads stored blocks, and checks that each is the child of the one before and that its header commits
/// to its body. Whether their proofs prove anything is for consensus to say.
pub fn check_blocks(parent: Hash, blocks: &[Vec<u8>]) -> Result<Vec<Arc<Stored>>, Error> {
    let mut last = parent;
    let mut checked = Vec::with_capacity(blocks.len());
    for bytes in blocks {
        let stored = Stored::decode(bytes)?;
        let got = stored.block.header().parent;
        if got != last {
            return Err(Error::Mismatch { what: "parent", got, want: last });
        }
        stored.block.check_body()?;
        last = stored.block.hash();
        checked.push(Arc::new(stored));
    }
    Ok(checked)
}
