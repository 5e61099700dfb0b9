//! Proofs of final blocks in the form in which they travel.

use crate::{Error, Stored};
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_chain::Header;
use troupe_consensus::{CommitProof, Link, MAX_LINKS};
use troupe_ledger::Proven;
use troupe_types::{Hash, Height};

/// Where the blocks around one are found.
pub trait Around {
    /// A final block.
    fn stored(&mut self, height: Height) -> Result<Option<Arc<Stored>>, Error>;

    /// The header of a block that is final, or above those.
    fn header(&mut self, height: Height, hash: &Hash) -> Result<Option<Header>, Error>;
}

/// The proof of a final block for those who did not follow the chain; `None` where there is none yet: the
/// headers above it are not at hand.
pub fn prove(height: Height, around: &mut impl Around) -> Result<Option<Proven>, Error> {
    let Some(stored) = around.stored(height)? else { return Ok(None) };
    let Some(proof) = &stored.proof else { return Ok(None) };
    match proven(proof, around)? {
        Some(proven) => Ok(Some(proven)),
        None => other(height, around),
    }
}

/// A proof with the chain's headers, where all of them are at hand.
fn proven(proof: &CommitProof, around: &mut impl Around) -> Result<Option<Proven>, Error> {
    let mut headers = BTreeMap::new();
    for link in proof.0.iter().skip(1) {
        let hash = link.header.hash;
        let Some(header) = around.header(link.header.height, &hash)? else { return Ok(None) };
        headers.insert(hash, header);
    }
    Ok(Proven::of(proof, |_, hash| headers.get(&hash).cloned()))
}

/// Another proof of a final block, by the final ones above it: those that first proved it may have
/// been replaced, and nobody has their headers.
fn other(height: Height, around: &mut impl Around) -> Result<Option<Proven>, Error> {
    let mut links: Vec<Link> = Vec::new();
    let mut at = height;
    while let Some(stored) = around.stored(at)? {
        let Some(proof) = &stored.proof else { break };
        links.truncate(usize::try_from(at.since(height)).unwrap_or(usize::MAX));
        links.extend(proof.0.iter().cloned());
        if let Some(shortest) = CommitProof::shortest(&links)
            && let Some(proven) = proven(&shortest, around)?
        {
            return Ok(Some(proven));
        }
        if links.len() >= MAX_LINKS {
            break;
        }
        let Some(next) = at.next() else { break };
        at = next;
    }
    Ok(None)
}
