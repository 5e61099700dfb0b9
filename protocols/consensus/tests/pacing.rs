//! When blocks are made, and when views are over.

mod common;

use common::chain::{Plan, genesis, node_id};
use common::solo::Solo;
use common::world::{Weather, World};
use troupe_consensus::message::Changed;
use troupe_consensus::{Fill, Input, Kind, Message, Order, Output, Place, To};
use troupe_crypto::Keyed;
use troupe_types::{Height, Millis};
use troupe_wire::Machine as _;

const V0: Place = Place::new(1, 0);

fn orders(solo: &Solo) -> Vec<Order> {
    let orders = solo.wished.iter().filter_map(|output| match output {
        Output::Build(order) => Some(*order),
        _ => None,
    });
    orders.collect()
}

fn still(delay: u64) -> Weather {
    Weather { delay: (delay, delay), loss: 0, twice: 0, disk: 1, work: 0 }
}

#[test]
fn on_an_idle_chain_a_block_comes_with_each_heartbeat_and_asks_for_no_successor() {
    let mut solo = Solo::new();
    solo.wait(Millis(2_400));
    let orders = orders(&solo);
    assert_eq!(orders.len(), 2, "one a second");
    assert!(orders.iter().all(|order| order.fill == Fill::Whatever));
    assert_eq!(orders[0].index, 0);
}

#[test]
fn on_an_idle_chain_a_block_with_transactions_comes_at_once_with_two_empty_successors() {
    let mut world = World::<Keyed>::new(Plan::fixed(4), 1);
    world.weather = still(50);
    world.start_all();
    world.run_for(Millis(10));
    let start = world.now;
    world.submit(1);
    world.run_for(Millis(900));
    let blocks: Vec<u64> = world.hosts[1].committed_at.values().map(|at| at.0).collect();
    assert_eq!(blocks.len(), 1, "its two successors are certified and empty");
    // Proposal, votes, votes of the first successor, votes of the second: four one-way delays.
    let delays = blocks[0] - start.0;
    assert!((200..240).contains(&delays), "{delays} ms");
    assert_eq!(world.sent["propose"], 9, "three blocks to three");
}

#[test]
fn four_nodes_under_load_make_four_blocks_a_second() {
    let mut world = World::<Keyed>::new(Plan::fixed(4), 1);
    world.start_all();
    for _ in 0..500 {
        world.submit(1);
        world.run_for(Millis(10));
    }
    let full = world.hosts[0]
        .final_blocks
        .iter()
        .filter(|(block, _)| block.header.causes.has_transactions)
        .count();
    let all = world.hosts[0].final_blocks.len();
    assert!((16..=21).contains(&full), "{full} blocks with transactions in 5 s");
    assert!(all <= full + 4, "{all} blocks in all: the next one is the successor");
}

#[test]
fn whoever_sends_one_transaction_after_the_other_waits_for_no_company() {
    let mut world = World::<Keyed>::new(Plan::fixed(4), 1);
    world.weather = still(20);
    world.start_all();
    world.run_for(Millis(10));
    let mut waits = Vec::new();
    for count in 1..=8 {
        let sent = world.now;
        world.submit(1);
        let full = |world: &World<Keyed>| {
            let blocks = world.hosts[1].final_blocks.iter();
            blocks.filter(|(block, _)| block.header.causes.has_transactions).count()
        };
        while full(&world) < count {
            world.run_for(Millis(5));
        }
        waits.push(world.now.since(sent).0);
    }
    // Four delays, and what is left of the pace since the last one.
    assert!(waits.iter().all(|wait| *wait < 80 + 250), "{waits:?}");
    let mean = waits.iter().sum::<u64>() / 8;
    assert!(mean < 270, "{mean} ms");
}

#[test]
fn a_view_is_given_up_after_its_time_and_the_view_change_is_said_each_second() {
    let mut solo = Solo::new();
    solo.verifies = false;
    solo.wait(Millis(2_499));
    assert!(solo.said(Kind::ViewChange).is_empty());
    solo.wait(Millis(1));
    assert_eq!(solo.said(Kind::ViewChange).len(), 1);
    solo.wait(Millis(3_000));
    let times = solo.wished.iter().filter(|output| {
        matches!(output, Output::Send { to: To::Peers, message: Message::GiveUp(_) })
    });
    assert_eq!(times.count(), 4, "once and again each second");
    assert_eq!(solo.said(Kind::ViewChange).len(), 1, "the same one");
}

#[test]
fn a_certificate_of_the_view_starts_its_time_anew() {
    let mut solo = Solo::new();
    let whole = solo.changed(V0, &[1, 2, 3].map(|person| (person, None)));
    let block = solo.block(&genesis(), Place::new(1, 1), 0, b"a");
    solo.propose(&block, None, Some(whole));
    let failed = solo.machine.snapshot();
    assert_eq!((failed.failures, failed.deadline), (1, solo.now.plus(Millis(3_750))));
    solo.wait(Millis(1_000));
    let certificate = solo.certify(&block);
    solo.tell_certificate(certificate);
    let reset = solo.machine.snapshot();
    assert_eq!((reset.failures, reset.deadline), (0, solo.now.plus(Millis(2_500))));
}

#[test]
fn more_than_a_third_in_a_later_view_make_a_node_join_them() {
    let mut solo = Solo::new();
    let far = Place::new(1, 6);
    let one = solo.change_of(2, far, None);
    solo.hear(2, one);
    assert_eq!(solo.place(), V0, "one may lie");
    let other = solo.change_of(3, Place::new(1, 8), None);
    solo.hear(3, other);
    assert_eq!(solo.place(), far);
    assert_eq!(solo.said(Kind::ViewChange).len(), 1, "and gives it up as they do");
}

#[test]
fn a_certificate_of_a_view_change_makes_a_node_jump() {
    let mut solo = Solo::new();
    let whole = solo.changed(Place::new(1, 40), &[1, 2, 3].map(|person| (person, None)));
    solo.hear(3, Changed(whole));
    assert_eq!(solo.place(), Place::new(1, 41));
}

#[test]
fn anything_else_of_a_later_view_makes_a_node_ask_and_not_jump() {
    for epoch in [1, 2] {
        let mut solo = Solo::new();
        let place = Place::new(epoch, 7);
        let block = solo.block(&genesis(), Place::new(1, 7), 0, b"a");
        let mut vote = solo.vote_of(3, &block);
        vote.place = place;
        solo.hear(3, vote);
        let asks = solo.wished.iter().any(|output| {
            matches!(output, Output::Send { to: To::One(peer), message: Message::Fetch(_) }
                if *peer == node_id(3))
        });
        assert!(asks);
        assert_eq!(solo.place(), V0);
    }
}

#[test]
fn view_changes_of_a_quorum_begin_the_next_view_on_the_highest_block_named() {
    let mut solo = Solo::new();
    let block = solo.block(&genesis(), V0, 0, b"a");
    let certificate = solo.certify(&block);
    solo.wait(Millis(2_500));
    for (person, highest) in [(1, None), (2, Some(certificate))] {
        let change = solo.change_of(person, V0, highest);
        solo.hear(person, change);
    }
    // Its own, one that names the genesis block, and one that names a block it does not have.
    assert_eq!(solo.place(), Place::new(1, 1));
    let fetches = solo
        .wished
        .iter()
        .any(|output| matches!(output, Output::Send { message: Message::Fetch(_), .. }));
    assert!(fetches, "the block is fetched");
}

#[test]
fn a_proposer_that_lacks_the_highest_block_fetches_it_before_it_proposes() {
    let mut solo = Solo::new();
    let block = solo.block(&genesis(), Place::new(1, 2), 0, b"a");
    let certificate = solo.certify(&block);
    // View 4 is this node's.
    let whole = solo.changed(Place::new(1, 3), &[(1, None), (2, Some(certificate)), (3, None)]);
    solo.hear(2, Changed(whole));
    solo.input(Input::Work { waiting: true });
    solo.wait(Millis(1_500));
    assert!(orders(&solo).is_empty());
    solo.hear(2, troupe_consensus::message::Answer::Block(block.clone(), certificate));
    solo.wait(Millis(10));
    let order = orders(&solo)[0];
    assert_eq!((order.parent, order.height), (block.header.hash, Height(2)));
    assert_eq!(order.place, Place::new(1, 4));
}

#[test]
fn a_late_or_repeated_tick_changes_nothing() {
    let mut solo = Solo::new();
    solo.wait(Millis(500));
    let before = solo.machine.snapshot();
    let now = troupe_wire::Now {
        mono: solo.now,
        wall: troupe_types::UnixMillis(1_700_000_000_000 + solo.now.0),
    };
    let mut out = Vec::new();
    for _ in 0..3 {
        solo.machine.tick(now, &mut out);
    }
    assert!(out.is_empty());
    assert_eq!(solo.machine.snapshot(), before);
}

#[test]
fn with_one_of_four_dead_the_others_go_on_and_skip_its_views_in_time() {
    let mut world = World::<Keyed>::new(Plan::fixed(4), 5);
    world.start_all();
    world.run_for(Millis(3_000));
    world.crash(3);
    for _ in 0..120 {
        world.submit(1);
        world.run_for(Millis(500));
    }
    world.check().unwrap();
    let times: Vec<u64> = world.hosts[0].committed_at.values().map(|at| at.0).collect();
    let longest = times.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
    assert!(longest < 5_000, "a gap of {longest} ms");
    assert!(world.heights().0 > 100);
    assert_eq!(world.hosts[0].machine.as_ref().unwrap().snapshot().failures, 0);
}

#[test]
fn a_clock_that_jumps_ends_no_view() {
    let mut solo = Solo::new();
    solo.verifies = false;
    for wall in [0, 1_600_000_000_000, u64::MAX] {
        let now = troupe_wire::Now {
            mono: solo.now.plus(Millis(1)),
            wall: troupe_types::UnixMillis(wall),
        };
        let mut out = Vec::new();
        solo.machine.tick(now, &mut out);
        assert!(!out.iter().any(|output| matches!(output, Output::Sign(_))));
    }
    assert_eq!(solo.place(), V0);
}
