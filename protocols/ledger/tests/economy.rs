//! Validators that stakes elect, over the machines of all of them.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use common::{Net, account, genesis, node_id, validator_secret, vrf_secret};
use std::collections::BTreeSet;
use troupe_chain::Genesis;
use troupe_chain::state::StateView;
use troupe_consensus::public_bytes;
use troupe_crypto::{Keyed, Scheme};
use troupe_ledger::{Economy, elected_in, found};
use troupe_staking::Constitution;
use troupe_staking::contract::{REWARD_POOL, STAKING};
use troupe_staking::election::Weighing;
use troupe_staking::genesis::Founder;
use troupe_staking::params::Params;
use troupe_types::{Address, Epoch, Millis};

const LAT: u128 = common::LAT;
const SEATS: u32 = 4;

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
fn staked(founders: usize) -> Genesis {
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

fn height(net: &Net, at: usize) -> u64 {
    net.nodes[at].ledger.head().block.header().height.0
}

#[test]
fn validators_that_stakes_elect_take_over_and_are_paid() {
    let mut net = Net::of(staked(7), 7);
    assert!(net.run(Millis::secs(600), |net| height(net, 6) >= 150), "{}", height(&net, 6));
    let roots: BTreeSet<_> = (0..7)
        .map(|at| {
            let blocks = &net.nodes[at].committed;
            blocks.iter().find(|one| one.block.header().height.0 == 140).unwrap().block.hash()
        })
        .collect();
    assert_eq!(roots.len(), 1);
    // Every seventh block of a round elects the next one, and names it.
    let committed = &net.nodes[0].committed;
    let mut seen = BTreeSet::new();
    for one in committed {
        let header = one.block.header();
        assert_eq!(header.height.0 % 12 == 6, header.next_term.is_some(), "{}", header.height);
        if let Some(roster) = &one.elected {
            assert_eq!(Some(roster.hash()), header.next_term);
            assert_eq!(roster.validators.len(), 4);
            assert_eq!(roster.epoch, Epoch(header.epoch.0 + 1));
            // Whoever has but the changes of the block finds them as well.
            let changed = &one.changes.storage[&STAKING];
            assert_eq!(elected_in(changed, roster.epoch).as_ref(), Some(&**roster));
            seen.extend(roster.validators.iter().map(|validator| validator.node));
        }
        let proposers: Vec<Address> = (0..7u8).map(|at| Address([0xb0 + at; 20])).collect();
        assert!(proposers.contains(&header.coinbase));
    }
    assert_eq!(seen.len(), 7);
    let ledger = &net.nodes[0].ledger;
    let view = ledger.view(ledger.head().block.hash()).unwrap();
    let balance = |of: Address| {
        view.account(&of).unwrap().unwrap_or_default().balance.saturating_to::<u128>()
    };
    assert_eq!(balance(STAKING), 7 * 150_000 * LAT);
    let paid: u128 = (0..7u8).map(|at| balance(Address([0xb0 + at; 20]))).sum();
    assert!(paid > 0);
    assert_eq!(paid + balance(REWARD_POOL), 100_000 * LAT);
}
