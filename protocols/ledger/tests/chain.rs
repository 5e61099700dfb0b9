//! Four validators with everything but sockets and disks agree on real transfers.

mod common;

use alloy_primitives::U256;
use common::{LAT, Net, account, coinbase, transfer};
use troupe_chain::state::StateView;
use troupe_types::{Address, Height, Millis};

fn is_final(net: &Net, transactions: usize) -> bool {
    net.nodes.iter().filter(|node| !node.is_dead).all(|node| {
        let blocks = node.committed.iter();
        blocks.map(|one| one.block.body().transactions.len()).sum::<usize>() >= transactions
    })
}

#[test]
fn a_transfer_is_final_everywhere_within_a_few_delays_and_all_agree_on_the_state() {
    let mut net = Net::new(&[&[0, 1, 2, 3]]);
    net.run(Millis(3_000), |_| false);
    let began = net.now;
    net.submit(&transfer(1, 0, Address([9; 20]), 5 * LAT));
    assert!(net.run(Millis(5_000), |net| is_final(net, 1)), "within the heartbeat and some");
    let took = net.now.since(began);
    assert!(took <= Millis(300), "{took}");
    net.agreed();
    for node in &net.nodes {
        assert_eq!(node.sender(Address([9; 20])).balance, U256::from(5 * LAT));
        assert_eq!(node.sender(account(1)).nonce, 1);
        assert_eq!(node.pool.status().executable, 0, "it left the pool");
    }
}

#[test]
fn hundreds_of_transfers_of_nine_accounts_are_executed_once_each_and_nothing_is_lost() {
    let mut net = Net::new(&[&[0, 1, 2, 3]]);
    net.run(Millis(1_500), |_| false);
    for nonce in 0..40 {
        for who in 1..=9 {
            net.submit(&transfer(who, nonce, account(who % 9 + 1), u128::from(who)));
        }
        net.run(Millis(40), |_| false);
    }
    assert!(net.run(Millis(20_000), |net| is_final(net, 360)));
    net.agreed();
    let node = &net.nodes[2];
    let head = node.ledger.head().block.hash();
    let view = node.ledger.view(head).unwrap();
    let holders = (1..=9).map(account).chain((0..4).map(coinbase));
    let total: U256 =
        holders.map(|holder| view.account(&holder).unwrap().unwrap_or_default().balance).sum();
    assert_eq!(total, U256::from(9_000 * LAT), "fees went to the proposers, nothing was burnt");
    assert!((1..=9).all(|who| node.sender(account(who)).nonce == 40));
    // The header commits to the state that the tries have.
    let root = node.ledger.state().root(head).unwrap();
    assert_eq!(root, node.ledger.head().block.header().state_root);
}

#[test]
fn with_one_of_four_dead_transfers_become_final_all_the_same() {
    let mut net = Net::new(&[&[0, 1, 2, 3]]);
    net.run(Millis(1_500), |_| false);
    net.nodes[1].is_dead = true;
    for nonce in 0..5 {
        net.submit(&transfer(1, nonce, Address([9; 20]), LAT));
        let is_done =
            net.run(Millis(8_000), |net| is_final(net, usize::try_from(nonce).unwrap() + 1));
        assert!(is_done, "transfer {nonce}");
    }
    net.agreed();
}

#[test]
fn epochs_change_hands_to_validators_whom_nobody_shares() {
    let mut net = Net::new(&[&[0, 1, 2, 3], &[4, 5, 6, 7]]);
    // Eight nodes follow; forty blocks to an epoch, a block a second.
    let is_past = |net: &Net| {
        net.nodes.iter().all(|node| node.ledger.head().block.header().height > Height(45))
    };
    assert!(
        net.run(Millis::secs(120), is_past),
        "{:?}",
        net.nodes[0].ledger.head().block.header().height
    );
    net.submit(&transfer(1, 0, Address([9; 20]), LAT));
    assert!(net.run(Millis(5_000), |net| is_final(net, 1)));
    net.agreed();
    let last = net.nodes[0].committed.last().unwrap().block.header();
    assert!((4..8).any(|at| last.coinbase == coinbase(at)), "the second set proposes");
}
