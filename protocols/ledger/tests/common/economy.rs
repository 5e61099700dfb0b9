//! Chains whose validators have stakes.

use super::staked::founder;
pub use super::staked::{POOL, ROUND, SEATS, STAKE, benefit};
use super::{genesis, node_id, validator_secret, vrf_secret};
use troupe_chain::Genesis;
use troupe_crypto::Keyed;

/// Rounds of twelve blocks in views of three, settlement epochs of a minute; the first four of the founders
/// validate first.
pub fn staked(founders: usize) -> Genesis {
    let founder = |at| founder::<Keyed>(at, node_id(at), &validator_secret(at), &vrf_secret(at));
    super::staked::staked(genesis(&[&[0]]), SEATS, (0..founders).map(founder).collect())
}
