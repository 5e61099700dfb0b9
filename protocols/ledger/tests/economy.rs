//! Validators that stakes elect, over the machines of all of them.

mod common;

use common::Net;
use common::economy::{POOL, STAKE, benefit, staked};
use std::collections::BTreeSet;
use troupe_chain::state::StateView;
use troupe_ledger::elected_in;
use troupe_staking::contract::{REWARD_POOL, STAKING};
use troupe_types::{Address, Epoch, Millis};

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
        let proposers: Vec<Address> = (0..7).map(benefit).collect();
        assert!(proposers.contains(&header.coinbase));
    }
    assert_eq!(seen.len(), 7);
    let ledger = &net.nodes[0].ledger;
    let view = ledger.view(ledger.head().block.hash()).unwrap();
    let balance = |of: Address| {
        view.account(&of).unwrap().unwrap_or_default().balance.saturating_to::<u128>()
    };
    assert_eq!(balance(STAKING), 7 * STAKE);
    let paid: u128 = (0..7).map(|at| balance(benefit(at))).sum();
    assert!(paid > 0);
    assert_eq!(paid + balance(REWARD_POOL), POOL);
}
