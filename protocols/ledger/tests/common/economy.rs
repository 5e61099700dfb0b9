//! A chain whose validators have stakes.

use super::{LAT, account, genesis, node_id, validator_secret, vrf_secret};
use troupe_chain::Genesis;
use troupe_consensus::public_bytes;
use troupe_crypto::{Keyed, Scheme};
use troupe_ledger::{Economy, found};
use troupe_staking::Constitution;
use troupe_staking::election::Weighing;
use troupe_staking::genesis::Founder;
use troupe_staking::params::Params;
use troupe_types::{Address, Millis};

pub const SEATS: u32 = 4;

fn founder(at: usize) -> Founder {
    let number = u8::try_from(at).unwrap();
    let key = public_bytes::<Keyed>(&Keyed::public_key(&validator_secret(at))).unwrap();
    Founder {
        node: node_id(at),
        vote_key: key.0,
        vrf_key: vrf_secret(at).public_key().to_bytes(),
        staker: account(1),
        benefit: Address([0xb0 + number; 20]),
        stake: 150_000 * LAT,
        share: 0,
        name: format!("founder {at}"),
    }
}

/// Rounds of twelve blocks, settlement epochs of a minute.
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
    let founders =
        (0..founders).map(|at| Founder { staker: Address([0xa0 + at as u8; 20]), ..founder(at) });
    let founders = founders.collect();
    let (params, pool) = (Params::new(SEATS), 100_000 * LAT);
    found(plain, &Economy { constitution, params, founders, pool })
}
