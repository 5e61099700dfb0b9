//! What a chain begins with.

use crate::state::{Code, Slot};
use alloy_primitives::U256;
use std::collections::BTreeMap;
use troupe_types::{Address, Epoch, Gas, Hash, NodeId, UnixMillis};

/// A member of the first validator sets. What the key means is for consensus to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validator {
    /// The process that votes.
    pub node: NodeId,
    /// Its public key for votes, as bytes.
    pub key: Vec<u8>,
    /// Its public key for random words: a point of [`sr25519`](troupe_crypto::sr25519).
    pub vrf: [u8; 32],
    /// Who gets the fees of its blocks.
    pub address: Address,
}

/// A validator set and the epoch from which it is in office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Its first epoch.
    pub from: Epoch,
    /// Its members, in the order in which they propose.
    pub validators: Vec<Validator>,
}

/// An account that is there from the beginning.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Allocation {
    /// What it has, in von.
    pub balance: U256,
    /// How many transactions count as sent.
    pub nonce: u64,
    /// Its code; empty for none.
    pub code: Code,
    /// Its storage.
    pub storage: BTreeMap<Slot, U256>,
}

/// Everything that the nodes of a chain have to agree on before its first block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genesis {
    /// The number that transactions sign.
    pub chain_id: u64,
    /// When the chain begins.
    pub time: UnixMillis,
    /// The most gas of a block.
    pub gas_limit: Gas,
    /// The base fee of the first blocks, in von per gas.
    pub base_fee: u64,
    /// The least base fee, in von per gas.
    pub base_fee_floor: u64,
    /// How many blocks one proposer makes in its view.
    pub blocks_per_view: u64,
    /// How many blocks before an epoch's end the next validator set is read.
    pub election_distance: u64,
    /// The validator sets, the first from epoch 0.
    pub terms: Vec<Term>,
    /// Whether there is but one of them, and stakes elect all that come after it: the records of these are in the state.
    pub is_staked: bool,
    /// The accounts.
    pub alloc: BTreeMap<Address, Allocation>,
}

impl Genesis {
    /// The validator set of an epoch: that of the last term which has begun.
    #[must_use]
    pub fn validators(&self, epoch: Epoch) -> &[Validator] {
        let begun = self.terms.iter().rev().find(|term| term.from <= epoch);
        begun.map_or(&[], |term| &term.validators)
    }

    /// The same without any account: what says who is in office when.
    #[must_use]
    pub fn without_accounts(&self) -> Self {
        Self { terms: self.terms.clone(), alloc: BTreeMap::new(), ..*self }
    }

    /// How many blocks an epoch has: one view for each of its validators. One who is alone has as many
    /// views as it takes to read the next set within the epoch.
    #[must_use]
    pub fn blocks_in_epoch(&self, epoch: Epoch) -> u64 {
        let views = match self.validators(epoch).len() as u64 {
            1 => (self.election_distance / self.blocks_per_view.max(1)).saturating_add(1),
            validators => validators,
        };
        self.blocks_per_view.saturating_mul(views)
    }

    /// What the genesis block's `extra` holds: the hash of all that is in no other field.
    #[must_use]
    pub fn commitment(&self) -> Hash {
        use crate::rlp::{push_bytes, push_list};
        use alloy_rlp::Encodable;
        let mut bytes = Vec::new();
        push_list(&mut bytes, |out| {
            push_bytes(b"troupe genesis 2", out);
            for number in
                [self.chain_id, self.base_fee_floor, self.blocks_per_view, self.election_distance]
            {
                number.encode(out);
            }
            push_list(out, |out| {
                for term in &self.terms {
                    term.from.0.encode(out);
                    push_list(out, |out| {
                        for validator in &term.validators {
                            validator.node.0.encode(out);
                            push_bytes(&validator.key, out);
                            validator.vrf.encode(out);
                            validator.address.0.encode(out);
                        }
                    });
                }
            });
            if self.is_staked {
                1u8.encode(out);
            }
        });
        troupe_crypto::hash::keccak256(bytes)
    }
}
