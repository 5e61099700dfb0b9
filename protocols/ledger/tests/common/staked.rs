//! A genesis whose validators have stakes, for the tests of several crates.

use troupe_chain::Genesis;
use troupe_consensus::public_bytes;
use troupe_crypto::{Scheme, sr25519};
use troupe_ledger::{Economy, found};
use troupe_staking::Constitution;
use troupe_staking::election::Weighing;
use troupe_staking::genesis::Founder;
use troupe_staking::params::{Param, Params};
use troupe_types::{Address, Millis, NodeId};

pub const LAT: u128 = 1_000_000_000_000_000_000;
/// So many validate in a round where nothing else is said.
pub const SEATS: u32 = 4;
/// So many blocks a round of theirs has.
pub const ROUND: u64 = 12;

/// What each founder has at stake, in von.
pub const STAKE: u128 = 150_000 * LAT;
/// What the reward pool has, in von.
pub const POOL: u128 = 100_000 * LAT;

/// Who gets the fees of a founder's blocks.
pub fn benefit(at: usize) -> Address {
    Address([0xb0 + u8::try_from(at).unwrap(); 20])
}

/// A candidate from the beginning on; all have the same stake.
pub fn founder<S: Scheme>(
    at: usize,
    node: NodeId,
    secret: &S::SecretKey,
    vrf: &sr25519::SecretKey,
) -> Founder {
    Founder {
        node,
        vote_key: public_bytes::<S>(&S::public_key(secret)).unwrap().0,
        vrf_key: vrf.public_key().to_bytes(),
        staker: Address([0xa0 + u8::try_from(at).unwrap(); 20]),
        benefit: benefit(at),
        stake: STAKE,
        share: 0,
        name: format!("founder {at}"),
    }
}

/// Views of three blocks, settlement epochs of a minute.
pub fn staked(plain: Genesis, seats: u32, founders: Vec<Founder>) -> Genesis {
    staked_by(Params::new(seats), plain, seats, founders)
}

/// The same where nobody is punished who is away in less than twenty rounds in a row.
pub fn staked_patiently(plain: Genesis, seats: u32, founders: Vec<Founder>) -> Genesis {
    let mut params = Params::new(seats);
    params.set(Param::IdleThreshold, 20).unwrap();
    staked_by(params, plain, seats, founders)
}

fn staked_by(params: Params, plain: Genesis, seats: u32, founders: Vec<Founder>) -> Genesis {
    let plain = Genesis { blocks_per_view: 3, election_distance: 6, ..plain };
    let constitution = Constitution {
        seats,
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
    found(plain, &Economy { constitution, params, founders, pool: POOL })
}
