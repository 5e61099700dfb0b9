//! Headers.

use super::next_base_fee;
use crate::Error;
use crate::rlp::{Reader, push_bytes, push_list};
use alloy_primitives::Bloom;
use alloy_rlp::Encodable;
use troupe_crypto::hash::{keccak256, tagged};
use troupe_crypto::vrf::Proof;
use troupe_types::{Address, Epoch, Gas, Hash, Height, UnixMillis, View};

/// The largest header, encoded.
pub const MAX_HEADER: usize = 1 << 10;
/// The most bytes that a proposer may add.
pub const MAX_EXTRA: usize = 97;
/// The most bytes of a verifiable random word's proof.
pub const MAX_RANDOMNESS: usize = 96;

/// What a block is, in one hash.
///
/// Encoded as the RLP list of its fields in this order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// The hash of the header before; nothing in the genesis block.
    pub parent: Hash,
    /// Who gets the fees.
    pub coinbase: Address,
    /// The root of the state after this block.
    pub state_root: Hash,
    /// The root of the ordered trie of the transactions.
    pub transactions_root: Hash,
    /// The root of the ordered trie of the receipts.
    pub receipts_root: Hash,
    /// The sum of the receipts' blooms.
    pub logs_bloom: Bloom,
    /// How far from the genesis block.
    pub height: Height,
    /// The most gas that the transactions may use.
    pub gas_limit: Gas,
    /// The gas that the transactions used.
    pub gas_used: Gas,
    /// When it was proposed, by the proposer's clock.
    pub time: UnixMillis,
    /// What the proposer adds; at most [`MAX_EXTRA`] bytes.
    pub extra: Vec<u8>,
    /// The proof of the proposer's random word, of [`MAX_RANDOMNESS`] bytes; nothing in the genesis block.
    pub randomness: Vec<u8>,
    /// What each unit of gas costs at least, in von.
    pub base_fee: u64,
    /// The term of the validators that vote on it.
    pub epoch: Epoch,
    /// The term of its proposer.
    pub view: View,
    /// Its place among the blocks of the view, from 0.
    pub index: u32,
    /// The hash of the evidence list's encoding.
    pub evidence_hash: Hash,
    /// The hash of the [`Roster`](super::Roster) of validators that the block elects, if it elects one; the
    /// genesis block elects the first. With it each term vouches for the next one.
    pub next_term: Option<Hash>,
}

/// What a chain asks of its headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params {
    /// The gas limit of the next block.
    pub gas_limit: Gas,
    /// The least base fee, in von per gas.
    pub base_fee_floor: u64,
}

impl Header {
    /// The Keccak-256 of the encoding, by which everybody calls the block.
    #[must_use]
    pub fn hash(&self) -> Hash {
        let mut bytes = Vec::with_capacity(MAX_HEADER);
        self.encode(&mut bytes);
        keccak256(bytes)
    }

    /// The block's random word: the one that its proof is of. The genesis block has none to prove; its word
    /// is a hash of the block's own, and so is that of anything else without a proof.
    #[must_use]
    pub fn word(&self) -> Hash {
        match <[u8; MAX_RANDOMNESS]>::try_from(&self.randomness[..]) {
            Ok(proof) => Proof(proof).word(),
            Err(_) => tagged("troupe first word", &[&self.hash().0]),
        }
    }

    /// Appends the encoding.
    pub fn encode(&self, out: &mut Vec<u8>) {
        push_list(out, |out| {
            self.parent.0.encode(out);
            self.coinbase.0.encode(out);
            self.state_root.0.encode(out);
            self.transactions_root.0.encode(out);
            self.receipts_root.0.encode(out);
            self.logs_bloom.encode(out);
            self.height.0.encode(out);
            self.gas_limit.0.encode(out);
            self.gas_used.0.encode(out);
            self.time.0.encode(out);
            push_bytes(&self.extra, out);
            push_bytes(&self.randomness, out);
            self.base_fee.encode(out);
            self.epoch.0.encode(out);
            self.view.0.encode(out);
            self.index.encode(out);
            self.evidence_hash.0.encode(out);
            push_bytes(self.next_term.as_ref().map_or(&[], |hash| &hash.0[..]), out);
        });
    }

    /// Reads the one header that `bytes` are.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        Self::read(Reader::open("header", bytes, MAX_HEADER)?)
    }

    /// Reads the fields, all that are left.
    pub(crate) fn read(mut fields: Reader<'_>) -> Result<Self, Error> {
        let header = Self {
            parent: fields.hash()?,
            coinbase: fields.address()?,
            state_root: fields.hash()?,
            transactions_root: fields.hash()?,
            receipts_root: fields.hash()?,
            logs_bloom: fields.value()?,
            height: Height(fields.value()?),
            gas_limit: Gas(fields.value()?),
            gas_used: Gas(fields.value()?),
            time: UnixMillis(fields.value()?),
            extra: fields.bytes(MAX_EXTRA)?.to_vec(),
            randomness: fields.bytes(MAX_RANDOMNESS)?.to_vec(),
            base_fee: fields.value()?,
            epoch: Epoch(fields.value()?),
            view: View(fields.value()?),
            index: fields.value()?,
            evidence_hash: fields.hash()?,
            next_term: next_term(fields.bytes(Hash::LEN)?)?,
        };
        fields.end()?;
        Ok(header)
    }

    /// Checks what follows from the parent alone. Who may propose when is for consensus to say.
    pub fn check_child_of(&self, parent: &Self, params: &Params) -> Result<(), Error> {
        let want = parent.hash();
        if self.parent != want {
            return Err(Error::Mismatch { what: "parent", got: self.parent, want });
        }
        let height = parent.height.0.saturating_add(1);
        exactly("height", self.height.0, height)?;
        exactly("gas limit", self.gas_limit.0, params.gas_limit.0)?;
        exactly("base fee", self.base_fee, next_base_fee(parent, params.base_fee_floor))?;
        between("gas used", self.gas_used.0, 0, self.gas_limit.0)?;
        between("time", self.time.0, parent.time.0, u64::MAX)?;
        between("epoch", self.epoch.0, parent.epoch.0, parent.epoch.0.saturating_add(1))?;
        if self.epoch == parent.epoch {
            between("view", self.view.0, parent.view.0, u64::MAX)?;
        }
        Ok(())
    }
}

/// Nothing, or a hash.
fn next_term(bytes: &[u8]) -> Result<Option<Hash>, Error> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let short = Error::Malformed { what: "header", reason: "a short hash of the next term" };
    let hash = bytes.try_into().map_err(|_| short)?;
    Ok(Some(Hash(hash)))
}

fn exactly(what: &'static str, got: u64, want: u64) -> Result<(), Error> {
    if got == want { Ok(()) } else { Err(Error::Field { what, got, want }) }
}

fn between(what: &'static str, got: u64, low: u64, high: u64) -> Result<(), Error> {
    if (low..=high).contains(&got) {
        return Ok(());
    }
    Err(Error::Bounds { what, got, low, high })
}
