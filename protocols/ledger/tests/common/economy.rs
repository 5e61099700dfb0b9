//! Chains whose validators have stakes.

use super::{LAT, genesis, node_id, validator_secret, vrf_secret};
use troupe_chain::Genesis;
use troupe_consensus::public_bytes;
use troupe_crypto::{Keyed, Scheme};
use troupe_ledger::{Economy, found};
use troupe_staking::Constitution;
use troupe_staking::election::Weighing;
use troupe_staking::genesis::Founder;
use troupe_staking::params::Params;
use troupe_types::{Address, Millis};

/// So many validate.
pub const SEATS: u32 = 4;
/// What each founder has at stake, in von.
pub const STAKE: u128 = 150_000 * LAT;
/// So many blocks has a round of four.
pub const ROUND: u64 = 12;
/// What the reward pool has, in von.
pub const POOL: u128 = 100_000 * LAT;

/// Who gets what a founder earns.
pub fn benefit(at: usize) -> Address {
    Address([0xb0 + u8::try_from(at).unwrap(); 20])
}

fn founder(at: usize) -> Founder {
    let key = public_bytes::<Keyed>(&Keyed::public_key(&validator_secret(at))).unwrap();
    Founder {
        node: node_id(at),
        vote_key: key.0,
        vrf_key: vrf_secret(at).public_key().to_bytes(),
        staker: Address([0xa0 + u8::try_from(at).unwrap(); 20]),
        benefit: benefit(at),
        stake: STAKE,
        share: 0,
        name: format!("founder {at}"),
    }
}

/// Rounds of twelve blocks in views of three, settlement epochs of a minute; the first four of the founders
/// validate first.
pub fn staked(founders: usize) -> Genesis {
    let plain = Genesis { blocks_per_view: 3, election_distance: 6, ..genesis(&[&[0]]) };
    let constitution = Constitution {
        seats: SEATS,
        blocks_per_view: 3,
        election_distance: 6,
        weighing: Weighing::Votes,
        period: Millis(60_000),
        cycle: Millis(3_600_000),
        producers_percent: 50,
        developers: Address([0xd0; 20]),
        foundation: Address([0xd1; 20]),
        foundation_from: 10,
        voting: Millis(600_000),
    };
    let founders = (0..founders).map(founder).collect();
    found(plain, &Economy { constitution, params: Params::new(SEATS), founders, pool: POOL })
}
