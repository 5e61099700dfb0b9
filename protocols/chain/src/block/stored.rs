//! Committed blocks as they are kept and handed on: with the proof that they are committed.

use super::{Block, Header, MAX_BLOCK};
use crate::Error;
use crate::rlp::{Reader, push_bytes, push_list};
use alloy_primitives::Bytes;

/// The largest commit proof, in bytes.
pub const MAX_PROOF: usize = 64 << 10;
/// The largest stored block, encoded.
pub const MAX_STORED: usize = MAX_BLOCK + MAX_PROOF + 16;

/// A block and its commit proof. That the proof proves anything was not checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The block.
    pub block: Block,
    /// What shows that it is committed; consensus knows what it says.
    pub proof: Bytes,
}

impl Stored {
    /// The encoding: the list of header, transactions, evidence and proof. Refused is what a
    /// reader would not take.
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        if self.proof.len() > MAX_PROOF {
            let got = self.proof.len();
            return Err(Error::TooLong { what: "commit proof", got, limit: MAX_PROOF });
        }
        let mut parts = Vec::new();
        self.block.encode_parts(&mut parts);
        self.block.check_limits(parts.len())?;
        let mut bytes = Vec::with_capacity(parts.len() + self.proof.len() + 16);
        push_list(&mut bytes, |out| {
            out.extend_from_slice(&parts);
            push_bytes(&self.proof, out);
        });
        Ok(bytes)
    }

    /// Reads the one stored block that `bytes` are.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let mut parts = Reader::open("stored block", bytes, MAX_STORED)?;
        let block = Block::read(&mut parts)?;
        let proof = Bytes::copy_from_slice(parts.bytes(MAX_PROOF)?);
        parts.end()?;
        Ok(Self { block, proof })
    }

    /// Reads only the header of a stored block, to see where it belongs before the rest is read.
    pub fn decode_header(bytes: &[u8]) -> Result<Header, Error> {
        let mut parts = Reader::open("stored block", bytes, MAX_STORED)?;
        Header::read(parts.list()?)
    }
}
