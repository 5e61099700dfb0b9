//! Terms of validators, as headers name them.

use crate::genesis::Validator;
use crate::rlp::{push_bytes, push_list};
use alloy_rlp::Encodable;
use std::ops::RangeInclusive;
use troupe_crypto::hash::keccak256;
use troupe_types::{Epoch, Hash, Height};

/// What a header says of the term that its block elects: the Keccak-256 of the RLP list of the words
/// `troupe term 1`, the epoch, its first and its last height, and the validators in the order in which
/// they propose, each a list of node, key and address.
///
/// Whoever knows one term and trusts it can so learn the next one from anybody: it takes the header of
/// the block that elects it, shown to be final.
#[must_use]
pub fn term_hash(epoch: Epoch, heights: RangeInclusive<Height>, validators: &[Validator]) -> Hash {
    let mut bytes = Vec::with_capacity(64 + validators.len() * 128);
    push_list(&mut bytes, |out| {
        push_bytes(b"troupe term 1", out);
        epoch.0.encode(out);
        heights.start().0.encode(out);
        heights.end().0.encode(out);
        push_list(out, |out| {
            for validator in validators {
                push_list(out, |out| {
                    validator.node.0.encode(out);
                    push_bytes(&validator.key, out);
                    validator.address.0.encode(out);
                });
            }
        });
    });
    keccak256(bytes)
}
