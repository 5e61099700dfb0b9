//! The validators of an epoch, as headers name them.

use crate::Error;
use crate::genesis::Validator;
use crate::rlp::{Reader, push_bytes, push_list};
use alloy_rlp::Encodable;
use troupe_crypto::hash::keccak256;
use troupe_types::{Epoch, Hash, Height};

const WHAT: &str = "roster";
/// What an encoding begins with: nothing else that is hashed begins so.
const NAME: &[u8] = b"troupe term 2";
/// The longest key of a validator.
const MAX_KEY: usize = 96;
/// The most validators.
pub const MAX_ROSTER: usize = 128;
/// The longest encoding.
pub const MAX_ROSTER_BYTES: usize = 64 + MAX_ROSTER * 200;

/// Who is in office in an epoch, and for which heights.
///
/// The header of the block that elects them names its hash ([`Header::next_term`](super::Header::next_term)). Whoever
/// knows one epoch's validators and trusts them can so learn the next ones from anybody: it takes that
/// header, shown to be final, and the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    /// The epoch.
    pub epoch: Epoch,
    /// Its first height.
    pub first: Height,
    /// Its last one.
    pub last: Height,
    /// Its validators, in the order in which they propose.
    pub validators: Vec<Validator>,
}

impl Roster {
    /// The encoding: an RLP list of the words `troupe term 2`, the epoch, its first and last height, and the list
    /// of its validators, each a list of node, key for votes, key for random words and address.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(64 + self.validators.len() * 160);
        push_list(&mut bytes, |out| {
            push_bytes(NAME, out);
            self.epoch.0.encode(out);
            self.first.0.encode(out);
            self.last.0.encode(out);
            push_list(out, |out| {
                for validator in &self.validators {
                    push_list(out, |out| {
                        validator.node.0.encode(out);
                        push_bytes(&validator.key, out);
                        validator.vrf.encode(out);
                        validator.address.0.encode(out);
                    });
                }
            });
        });
        bytes
    }

    /// The Keccak-256 of the encoding: what headers name it by.
    #[must_use]
    pub fn hash(&self) -> Hash {
        keccak256(self.encode())
    }

    /// Reads the one roster that `bytes` are.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let mut fields = Reader::open(WHAT, bytes, MAX_ROSTER_BYTES)?;
        if fields.bytes(NAME.len())? != NAME {
            return Err(fields.refuse("of no known version"));
        }
        let (epoch, first, last) = (fields.value()?, fields.value()?, fields.value()?);
        let (mut list, mut validators) = (fields.list()?, Vec::new());
        while !list.is_empty() {
            if validators.len() == MAX_ROSTER {
                let (got, limit) = (MAX_ROSTER + 1, MAX_ROSTER);
                return Err(Error::TooMany { what: "validators", got, limit });
            }
            let mut one = list.list()?;
            let node = troupe_types::NodeId(one.value()?);
            let (key, vrf) = (one.bytes(MAX_KEY)?.to_vec(), one.value()?);
            let address = one.address()?;
            one.end()?;
            validators.push(Validator { node, key, vrf, address });
        }
        fields.end()?;
        Ok(Self { epoch: Epoch(epoch), first: Height(first), last: Height(last), validators })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use troupe_types::{Address, NodeId};

    proptest! {
        #[test]
        fn a_roster_is_read_back_and_no_part_of_it_is_one(
            epoch in any::<u64>(), first in any::<u64>(), count in 0u8..5,
        ) {
            let validator = |at: u8| Validator {
                node: NodeId([at; 32]),
                key: vec![at; 48],
                vrf: [at; 32],
                address: Address([at; 20]),
            };
            let (epoch, first, last) = (Epoch(epoch), Height(first), Height(!first));
            let validators = (0..count).map(validator).collect();
            let roster = Roster { epoch, first, last, validators };
            let bytes = roster.encode();
            prop_assert_eq!(&Roster::decode(&bytes), &Ok(roster));
            for length in 0..bytes.len() {
                prop_assert!(Roster::decode(&bytes[..length]).is_err());
            }
        }
    }

    #[test]
    fn a_roster_of_too_many_is_refused() {
        let one = Validator {
            node: NodeId([0; 32]),
            key: vec![0; 48],
            vrf: [0; 32],
            address: Address([0; 20]),
        };
        let (epoch, first, last) = (Epoch(1), Height(1), Height(2));
        let validators = vec![one; MAX_ROSTER + 1];
        let bytes = Roster { epoch, first, last, validators }.encode();
        assert!(Roster::decode(&bytes).is_err());
    }
}
