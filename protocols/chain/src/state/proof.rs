//! Proofs as `eth_getProof` gives them.

mod flat;

pub use flat::prove_flat;

use super::tree::{Leaf, Word};
use super::{Account, Root, Slot, StateTrie};
use crate::Error;
use crate::trie::{NodeId, Value};
use alloy_primitives::{Bytes, U256};
use alloy_trie::Nibbles;
use alloy_trie::proof::verify_proof;
use troupe_crypto::hash::keccak256;
use troupe_types::{Address, Hash};

/// That an account is this in a state with a known root, or is not there.
// EIP-1186
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountProof {
    /// The account; `None` where there is none.
    pub account: Option<Account>,
    /// The encodings of the nodes from the state root to it.
    pub nodes: Vec<Vec<u8>>,
    /// Words of its storage, in the order in which they were asked for.
    pub slots: Vec<SlotProof>,
}

/// That a word of storage is this under a known storage root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotProof {
    /// Where it is.
    pub slot: Slot,
    /// The word; zero where none was written.
    pub value: U256,
    /// The encodings of the nodes from the storage root to it.
    pub nodes: Vec<Vec<u8>>,
}

impl AccountProof {
    /// Whether it is true of an address in the state with a root: of the account, and of every word that it
    /// names. Who sends it is believed in nothing.
    pub fn check(&self, root: &Hash, address: &Address) -> Result<(), Error> {
        let account = self.account.map(|account| Leaf::of(&account, NodeId::EMPTY));
        is_there(root, &address.0, account, &self.nodes)?;
        let storage_root = self.account.unwrap_or_default().storage_root;
        self.slots.iter().try_for_each(|SlotProof { slot, value, nodes }| {
            let word = Some(Word(*value)).filter(|word| !word.0.is_zero());
            is_there(&storage_root, &slot.0, word, nodes)
        })
    }
}

/// Whether a value, or nothing, is under a name in the trie with a root.
fn is_there<V: Value>(
    root: &Hash,
    name: &[u8],
    value: Option<V>,
    nodes: &[Vec<u8>],
) -> Result<(), Error> {
    let encoded = value.map(|value| {
        let mut bytes = Vec::new();
        value.encode(&mut bytes);
        bytes
    });
    let nodes: Vec<Bytes> = nodes.iter().map(|node| node.clone().into()).collect();
    let key = Nibbles::unpack(keccak256(name).0);
    verify_proof(root.0.into(), key, encoded, &nodes).map_err(|_| Error::Malformed {
        what: "proof of a state",
        reason: "it proves something else",
    })
}

impl StateTrie {
    /// Proves an account and words of its storage in a version.
    #[must_use]
    pub fn prove(&self, root: &Root, address: &Address, slots: &[Slot]) -> AccountProof {
        let key = keccak256(address.0).0;
        let leaf = self.accounts.get(self.node(root), &key);
        let storage = leaf.map_or(NodeId::EMPTY, Leaf::storage);
        let prove_slot = |slot: &Slot| {
            let key = keccak256(slot.0).0;
            SlotProof {
                slot: *slot,
                value: self.slots.get(storage, &key).map_or(U256::ZERO, |word| word.0),
                nodes: self.slots.prove(storage, &key),
            }
        };
        AccountProof {
            account: leaf.map(Leaf::account),
            nodes: self.accounts.prove(self.node(root), &key),
            slots: slots.iter().map(prove_slot).collect(),
        }
    }
}
