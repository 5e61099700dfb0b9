//! One account.

use crate::Error;
use crate::rlp::{Reader, push_list};
use crate::trie::EMPTY_ROOT;
use alloy_primitives::U256;
use alloy_rlp::Encodable;
use troupe_types::Hash;

/// The place of a word in an account's storage, as the contract counts: 32 big-endian bytes.
pub type Slot = Hash;

/// A contract's code. Cheap to clone.
pub type Code = alloy_primitives::Bytes;

/// The Keccak-256 of nothing: the code hash of accounts without code.
pub const EMPTY_CODE: Hash = Hash([
    0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d, 0xb2, 0xdc, 0xc7, 0x03, 0xc0,
    0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82, 0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70,
]);

/// The largest account in the flat form: two numbers, two hashes, a header.
const MAX_ACCOUNT: usize = 128;

/// What is known of an account without looking at its storage or code.
// Yellow paper, 4.1
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// How many transactions it has sent; for a contract, how many contracts it has made.
    pub nonce: u64,
    /// What it has, in von.
    pub balance: U256,
    /// The hash of its code.
    pub code_hash: Hash,
    /// The root of its storage. [`State::seal`](super::State::seal) sets it.
    pub storage_root: Hash,
}

impl Default for Account {
    fn default() -> Self {
        let (code_hash, storage_root) = (EMPTY_CODE, EMPTY_ROOT);
        Self { nonce: 0, balance: U256::ZERO, code_hash, storage_root }
    }
}

impl Account {
    /// Whether nobody could tell it from an account that does not exist.
    // EIP-161
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nonce == 0 && self.balance.is_zero() && self.code_hash == EMPTY_CODE
    }

    /// Whether it has neither code nor storage.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.code_hash == EMPTY_CODE && self.storage_root == EMPTY_ROOT
    }

    /// Appends the flat form: nonce and balance, and the two hashes unless both say "none".
    pub fn encode(&self, out: &mut Vec<u8>) {
        push_list(out, |out| {
            self.nonce.encode(out);
            self.balance.encode(out);
            if !self.is_plain() {
                self.code_hash.0.encode(out);
                self.storage_root.0.encode(out);
            }
        });
    }

    /// Reads the flat form.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        Self::read(Reader::open("account", bytes, MAX_ACCOUNT)?)
    }

    /// Reads the fields, all that are left.
    pub(crate) fn read(mut fields: Reader<'_>) -> Result<Self, Error> {
        let (nonce, balance) = (fields.value()?, fields.value()?);
        let mut account = Self { nonce, balance, ..Self::default() };
        if !fields.is_empty() {
            account.code_hash = fields.hash()?;
            account.storage_root = fields.hash()?;
            if account.is_plain() {
                return Err(fields.refuse("a plain account written as a contract"));
            }
        }
        fields.end()?;
        Ok(account)
    }
}
