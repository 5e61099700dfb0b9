//! What a header commits to.

use super::Header;
use crate::rlp::{Reader, push_bytes, push_list};
use crate::transaction::Transaction;
use crate::{Error, block::MAX_HEADER};
use alloy_primitives::Bytes;
use alloy_trie::root::ordered_trie_root_with_encoder;
use std::sync::Arc;
use troupe_crypto::hash::keccak256;
use troupe_types::Hash;

/// The largest block, encoded: 4 MiB.
pub const MAX_BLOCK: usize = 4 << 20;
/// The most transactions of a block.
pub const MAX_TRANSACTIONS: usize = 1 << 14;
/// The most items of evidence in a block.
pub const MAX_EVIDENCES: usize = 4;
/// The largest item of evidence, in bytes.
pub const MAX_EVIDENCE: usize = 16 << 10;

/// What a block brings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Body {
    /// In the order in which they are executed.
    pub transactions: Vec<Arc<Transaction>>,
    /// Proofs of misbehaviour, applied before the transactions; consensus knows what they say.
    pub evidence: Vec<Bytes>,
}

/// A header and its body. That they belong together was not checked: see [`Block::check_body`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    header: Header,
    hash: Hash,
    body: Body,
}

impl Body {
    /// The root of the ordered trie of the transactions.
    #[must_use]
    pub fn transactions_root(&self) -> Hash {
        let root =
            ordered_trie_root_with_encoder(&self.transactions, |transaction, out: &mut Vec<u8>| {
                transaction.encode(out);
            });
        Hash(root.0)
    }

    /// The hash of the evidence list's encoding.
    #[must_use]
    pub fn evidence_hash(&self) -> Hash {
        let mut bytes = Vec::new();
        self.encode_evidence(&mut bytes);
        keccak256(bytes)
    }

    pub(super) fn encode_transactions(&self, out: &mut Vec<u8>) {
        push_list(out, |out| {
            for transaction in &self.transactions {
                transaction.encode_item(out);
            }
        });
    }

    pub(super) fn encode_evidence(&self, out: &mut Vec<u8>) {
        push_list(out, |out| {
            for item in &self.evidence {
                push_bytes(item, out);
            }
        });
    }

    /// Reads the two lists.
    pub(super) fn read(block: &mut Reader<'_>) -> Result<Self, Error> {
        let mut body = Self::default();
        let mut items = block.list()?;
        while !items.is_empty() {
            let index = body.transactions.len();
            if index == MAX_TRANSACTIONS {
                let what = "transactions in a block";
                return Err(Error::TooMany { what, got: index + 1, limit: MAX_TRANSACTIONS });
            }
            let transaction = Transaction::decode_item(&mut items)
                .map_err(|reason| Error::Transaction { index, reason })?;
            body.transactions.push(Arc::new(transaction));
        }
        let mut items = block.list()?;
        while !items.is_empty() {
            let got = body.evidence.len() + 1;
            if got > MAX_EVIDENCES {
                let what = "items of evidence in a block";
                return Err(Error::TooMany { what, got, limit: MAX_EVIDENCES });
            }
            body.evidence.push(Bytes::copy_from_slice(items.bytes(MAX_EVIDENCE)?));
        }
        Ok(body)
    }
}

impl Block {
    /// Puts a block together.
    #[must_use]
    pub fn new(header: Header, body: Body) -> Self {
        let hash = header.hash();
        Self { header, hash, body }
    }

    /// The header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The header's hash.
    #[must_use]
    pub const fn hash(&self) -> Hash {
        self.hash
    }

    /// The body.
    #[must_use]
    pub const fn body(&self) -> &Body {
        &self.body
    }

    /// Whether the header commits to this body. Costs a hash or two a transaction.
    pub fn check_body(&self) -> Result<(), Error> {
        let Header { transactions_root, evidence_hash, .. } = self.header;
        for (what, got, want) in [
            ("transactions root", transactions_root, self.body.transactions_root()),
            ("evidence hash", evidence_hash, self.body.evidence_hash()),
        ] {
            if got != want {
                return Err(Error::Mismatch { what, got, want });
            }
        }
        Ok(())
    }

    /// The encoding: the list of header, transactions and evidence. Refused is a block over
    /// [`MAX_BLOCK`], or with more of something than a reader takes.
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::with_capacity(MAX_HEADER + 128 * self.body.transactions.len());
        push_list(&mut bytes, |out| self.encode_parts(out));
        self.check_limits(bytes.len())?;
        Ok(bytes)
    }

    pub(super) fn encode_parts(&self, out: &mut Vec<u8>) {
        self.header.encode(out);
        self.body.encode_transactions(out);
        self.body.encode_evidence(out);
    }

    pub(super) fn check_limits(&self, length: usize) -> Result<(), Error> {
        if length > MAX_BLOCK {
            return Err(Error::TooLong { what: "block", got: length, limit: MAX_BLOCK });
        }
        let Body { transactions, evidence } = &self.body;
        for (what, got, limit) in [
            ("transactions in a block", transactions.len(), MAX_TRANSACTIONS),
            ("items of evidence in a block", evidence.len(), MAX_EVIDENCES),
        ] {
            if got > limit {
                return Err(Error::TooMany { what, got, limit });
            }
        }
        for (what, got, limit) in [
            ("extra", self.header.extra.len(), super::MAX_EXTRA),
            ("randomness", self.header.randomness.len(), super::MAX_RANDOMNESS),
            ("evidence", evidence.iter().map(|item| item.len()).max().unwrap_or(0), MAX_EVIDENCE),
        ] {
            if got > limit {
                return Err(Error::TooLong { what, got, limit });
            }
        }
        Ok(())
    }

    /// Reads the one block that `bytes` are.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let mut parts = Reader::open("block", bytes, MAX_BLOCK)?;
        let block = Self::read(&mut parts)?;
        parts.end()?;
        Ok(block)
    }

    pub(super) fn read(parts: &mut Reader<'_>) -> Result<Self, Error> {
        let header = Header::read(parts.list()?)?;
        let body = Body::read(parts)?;
        Ok(Self::new(header, body))
    }
}
