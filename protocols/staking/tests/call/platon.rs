//! Calls as PlatON's clients write them.

use alloy_rlp::Encodable;
use troupe_staking::registration::Registration;

/// An argument, written as RLP.
pub fn item(value: &impl Encodable) -> Vec<u8> {
    alloy_rlp::encode(value)
}

pub fn bytes(value: &[u8]) -> Vec<u8> {
    item(&value)
}

pub fn list(items: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    let payload_length = items.iter().map(Vec::len).sum();
    alloy_rlp::Header { list: true, payload_length }.encode(&mut out);
    items.iter().for_each(|item| out.extend_from_slice(item));
    out
}

/// A call of a function with arguments that are RLP already; an empty one is left out.
pub fn call(code: u16, arguments: &[Vec<u8>]) -> Vec<u8> {
    let mut items = vec![bytes(&item(&code))];
    items.extend(arguments.iter().map(|argument| bytes(argument)));
    list(&items)
}

/// A registration in the places that PlatON has for keys.
pub fn keys(registration: &Registration) -> [Vec<u8>; 3] {
    let Registration { node_key, vote_key, vrf_key, node_sign, vote_sign } = registration;
    let proof = [&node_key[..], vrf_key, vote_sign].concat();
    [bytes(node_sign), bytes(vote_key), bytes(&proof)]
}
