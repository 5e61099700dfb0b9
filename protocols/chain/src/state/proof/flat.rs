//! Proofs without tries: the nodes on a few ways are made from all leaves, which go by once.

use super::{AccountProof, SlotProof};
use crate::state::tree::{Leaf, Word};
use crate::state::{Account, Slot};
use crate::trie::{NodeId, Value};
use alloy_primitives::U256;
use alloy_trie::proof::{ProofNodes, ProofRetainer};
use alloy_trie::{HashBuilder, Nibbles};
use troupe_crypto::hash::keccak256;
use troupe_types::{Address, Hash};

/// Leaves of a trie by their hashed names.
struct Leaves(Vec<(Hash, Vec<u8>)>);

impl Leaves {
    fn of<V: Value>(all: impl Iterator<Item = (Hash, V)>) -> Self {
        let encoded = |(name, value): (Hash, V)| {
            let mut bytes = Vec::new();
            value.encode(&mut bytes);
            (name, bytes)
        };
        let mut leaves: Vec<_> = all.map(encoded).collect();
        leaves.sort_unstable_by_key(|(name, _)| *name);
        Self(leaves)
    }

    /// The root, and the nodes on the ways to some names.
    fn build(&self, ways: Vec<Nibbles>) -> (Hash, ProofNodes) {
        let mut builder = HashBuilder::default().with_proof_retainer(ProofRetainer::new(ways));
        for (name, value) in &self.0 {
            builder.add_leaf(Nibbles::unpack(name.0), value);
        }
        let root = builder.root();
        (Hash(root.0), builder.take_proof_nodes())
    }
}

fn way(nodes: &ProofNodes, to: &Nibbles) -> Vec<Vec<u8>> {
    let nodes = nodes.matching_nodes_sorted(to).into_iter().map(|(_, node)| node.to_vec());
    // An empty trie has no node that a proof could show.
    nodes.filter(|node| node[..] != [alloy_rlp::EMPTY_STRING_CODE]).collect()
}

/// Proves an account and words of its storage against the state that consists of these accounts, each once in any
/// order, and of these words of its storage, which are not zero. Gives the root as well.
#[must_use]
pub fn prove_flat(
    accounts: &[(Address, Account)],
    address: &Address,
    words: &[(Slot, U256)],
    slots: &[Slot],
) -> (Hash, AccountProof) {
    let leaf = |(owner, account): &(Address, Account)| {
        (keccak256(owner.0), Leaf::of(account, NodeId::EMPTY))
    };
    let to = Nibbles::unpack(keccak256(address.0).0);
    let (root, nodes) = Leaves::of(accounts.iter().map(leaf)).build(vec![to]);
    let account = accounts.iter().find(|(owner, _)| owner == address).map(|(_, account)| *account);
    let word = |(slot, value): &(Slot, U256)| (keccak256(slot.0), Word(*value));
    let ways: Vec<Nibbles> =
        slots.iter().map(|slot| Nibbles::unpack(keccak256(slot.0).0)).collect();
    let storage = Leaves::of(words.iter().map(word));
    let (_, parts) = storage.build(ways.clone());
    let proven = slots.iter().zip(&ways).map(|(slot, to)| {
        let value = words.iter().find(|(at, _)| at == slot).map_or(U256::ZERO, |(_, value)| *value);
        SlotProof { slot: *slot, value, nodes: way(&parts, to) }
    });
    let slots = proven.collect();
    (root, AccountProof { account, nodes: way(&nodes, &to), slots })
}
