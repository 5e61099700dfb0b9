//! The edge between two epochs, whose sets may have nobody in common.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

mod common;

use common::chain::{Plan, genesis, node_id};
use common::solo::Solo;
use common::world::World;
use troupe_consensus::message::{Answer, Certified, Changed};
use troupe_consensus::{
    Block, Certificate, Error, Halt, Input, Kind, Message, Outcome, Output, Place, Rules, To,
};
use troupe_crypto::Keyed;
use troupe_types::{Epoch, Height, Millis};

const E1: Place = Place::new(1, 1);
const E2: Place = Place::new(2, 0);

/// Node 0 stays; the others of epoch 2 are new.
fn plan() -> Plan {
    Plan { sets: vec![vec![0, 1, 2, 3], vec![4, 0, 5, 6]], length: 16, distance: 13 }
}

/// A machine that was given all blocks up to height `last`, certified in view 1 and from the eleventh
/// on in view 2.
fn up_to(last: u64) -> (Solo, Vec<(Block, Certificate)>) {
    let mut solo = Solo::with(Rules::ALL, plan(), Vec::new());
    let mut below = genesis();
    let mut chain = Vec::new();
    for height in 1..=last {
        let view = if height <= 10 { 1 } else { 2 };
        let index = u32::try_from((height - 1) % 10).unwrap();
        let block = solo.block(&below, Place::new(1, view), index, b"");
        let certificate = solo.certify(&block);
        solo.hear(1, Answer::Block(block.clone(), certificate));
        below = block.clone();
        chain.push((block, certificate));
    }
    (solo, chain)
}

fn sends(solo: &Solo, to: usize) -> Vec<Message> {
    let sent = solo.wished.iter().filter_map(|output| match output {
        Output::Send { to: To::One(peer), message } if *peer == node_id(to) => {
            Some(message.clone())
        }
        _ => None,
    });
    sent.collect()
}

#[test]
fn the_next_set_is_read_from_the_final_election_block() {
    let (solo, _) = up_to(4);
    assert_eq!(solo.machine.schedule().newest().epoch, Epoch(1), "elected, not final");
    let (solo, _) = up_to(5);
    assert_eq!(solo.committed().len(), 3);
    let term = solo.machine.schedule().newest();
    assert_eq!((term.epoch, term.first, term.last), (Epoch(2), Height(17), Height(32)));
    assert!(
        solo.wished.iter().any(|output| matches!(output, Output::Term(found) if found == term))
    );
    let peers = solo.wished.iter().rev().find_map(|output| match output {
        Output::Peers(peers) => Some(peers.clone()),
        _ => None,
    });
    assert_eq!(peers.unwrap(), [1, 2, 3, 4, 5, 6].map(node_id), "those who come and those who go");
}

#[test]
fn an_election_too_near_to_the_end_stops_the_node() {
    let mut solo = Solo::with(Rules::ALL, plan(), Vec::new());
    let mut below = genesis();
    for index in 0..7 {
        let block = solo.block(&below, E1, index, b"");
        if block.header.height == Height(4) {
            let elected = Some(solo.people.term(&solo.plan, 2));
            let outcome = Outcome::Valid { root: block.header.root, elected };
            solo.executes_to.insert(block.header.hash, outcome);
        }
        let outcome = Outcome::Valid { root: block.header.root, elected: None };
        if block.header.height == Height(3) {
            solo.executes_to.insert(block.header.hash, outcome);
        }
        let certificate = solo.certify(&block);
        solo.hear(1, Answer::Block(block.clone(), certificate));
        below = block;
    }
    assert_eq!(solo.halted(), Some(Halt::Election { height: Height(4), limit: 13 }));
}

#[test]
fn entering_an_epoch_needs_the_certificate_of_the_last_block_before_it() {
    let (mut solo, chain) = up_to(15);
    let (last, certificate) = {
        let below = chain.last().unwrap().0.clone();
        let block = solo.block(&below, Place::new(1, 2), 5, b"");
        let certificate = solo.certify(&block);
        (block, certificate)
    };
    assert!(last.header.causes.ends_epoch);
    let first = solo.block(&last, E2, 0, b"");
    let proposal = solo.proposal(&first, None, None);
    solo.hear(4, proposal);
    assert_eq!(solo.place().epoch, Epoch(1), "a proposal alone does not");
    solo.hear(1, Answer::Block(last.clone(), certificate));
    assert_eq!(solo.place(), E2);
    // The first block of the epoch is justified by nothing but that certificate.
    let proposal = solo.proposal(&first, Some(certificate), None);
    solo.hear(4, proposal);
    let mut votes = solo.wished.iter().filter_map(|output| match output {
        Output::Send { message: Message::Vote(vote), .. } => Some(vote.clone()),
        _ => None,
    });
    let vote = votes.next_back().unwrap();
    assert_eq!((vote.hash, vote.voter), (first.header.hash, 1), "by its position in the new set");
}

#[test]
fn a_certificate_of_the_next_epoch_does_not_take_a_node_over_the_edge_by_itself() {
    let (mut solo, chain) = up_to(15);
    let last = solo.block(&chain.last().unwrap().0.clone(), Place::new(1, 2), 5, b"");
    let first = solo.block(&last, E2, 0, b"");
    let certificate = solo.certify(&first);
    solo.hear(4, Certified(certificate));
    assert_eq!(solo.place().epoch, Epoch(1));
    let edge = solo.certify(&last);
    solo.hear(1, Answer::Block(last, edge));
    assert_eq!(solo.place(), E2);
}

#[test]
fn the_certificate_in_a_proposal_of_the_next_epoch_takes_a_node_over_the_edge() {
    let (mut solo, chain) = up_to(15);
    let last = solo.block(&chain.last().unwrap().0.clone(), Place::new(1, 2), 5, b"");
    let certificate = solo.certify(&last);
    let first = solo.block(&last, E2, 0, b"");
    let mut proposal = solo.proposal(&first, Some(certificate), None);
    proposal.edge = Some(certificate);
    solo.hear(4, proposal);
    // The body of the last block is fetched from whoever knows the certificate.
    let asked = sends(&solo, 4).into_iter().any(|message| matches!(message, Message::Fetch(_)));
    assert!(asked);
    solo.hear(4, Answer::Block(last, certificate));
    assert_eq!(solo.place(), E2);
}

#[test]
fn a_certificate_is_verified_with_the_set_of_its_own_epoch() {
    let (mut solo, chain) = up_to(16);
    assert_eq!(solo.place(), E2);
    let first = solo.block(&chain.last().unwrap().0.clone(), E2, 0, b"");
    // Signed by positions 1 to 3 of the old set.
    let mut wrong = solo.certify(&first);
    let old = Place::new(1, 0);
    let mut as_old = first.clone();
    as_old.header.place = old;
    wrong.signature = solo.certify(&as_old).signature;
    solo.hear(4, Certified(wrong));
    assert_eq!(solo.blames(), [(4, Error::BadSignature)]);
    let right = solo.certify(&first);
    solo.hear(4, Answer::Block(first, right));
    assert_eq!(solo.machine.snapshot().highest, Some(right.rank()));
}

#[test]
fn a_node_of_the_next_epoch_answers_the_last_one_with_the_block_that_ended_it_and_never_signs_there()
 {
    let (mut solo, chain) = up_to(16);
    let signed = solo.said(Kind::Vote).len() + solo.said(Kind::ViewChange).len();
    let change = solo.change_of(2, Place::new(1, 2), Some(chain[14].1));
    solo.hear(2, change);
    let vote = solo.vote_of(3, &chain[15].0);
    solo.hear(3, vote);
    for peer in [2, 3] {
        let answers = sends(&solo, peer);
        let (block, certificate) = chain.last().unwrap().clone();
        assert!(answers.contains(&Message::Answer(Answer::Block(block, certificate))));
    }
    // Another last block of a later view comes up for a vote: too late for this node.
    let whole = solo.changed(Place::new(1, 2), &[1, 2, 3].map(|it| (it, Some(chain[14].1))));
    solo.hear(1, Changed(whole.clone()));
    let rival = solo.block(&chain[14].0.clone(), Place::new(1, 3), 0, b"rival");
    solo.propose(&rival, Some(chain[14].1), Some(whole));
    solo.wait(Millis(1_000));
    assert_eq!(solo.said(Kind::Vote).len() + solo.said(Kind::ViewChange).len(), signed);
    assert_eq!(solo.place(), E2);
}

#[test]
fn the_certificate_of_the_edge_travels_until_its_block_is_final() {
    let (mut solo, chain) = up_to(16);
    let edge = chain.last().unwrap().1;
    solo.wait(Millis(2_500));
    let changes: Vec<Option<Certificate>> = solo
        .wished
        .iter()
        .filter_map(|output| match output {
            Output::Send { message: Message::GiveUp(change), .. } => Some(change.0.edge),
            _ => None,
        })
        .collect();
    assert_eq!(changes, [Some(edge)]);
    // In view 1 of the epoch it is this node's turn.
    let named: Vec<_> = [(4, 0u16), (5, 2), (6, 3)].to_vec();
    let said = troupe_consensus::giving_up(E2, Some(&edge), &genesis().header.hash);
    for (person, voter) in named {
        let signature = solo.sign(person, &said);
        let change = troupe_consensus::ViewChange {
            place: E2,
            highest: Some(edge),
            voter,
            signature,
            edge: Some(edge),
        };
        solo.hear(person, troupe_consensus::message::GiveUp(change));
    }
    assert_eq!(solo.place(), Place::new(2, 1));
    solo.input(Input::Work { waiting: true });
    solo.wait(Millis(10));
    let proposals: Vec<Option<Certificate>> = solo
        .wished
        .iter()
        .filter_map(|output| match output {
            Output::Send { message: Message::Propose(it), .. } => Some(it.edge),
            _ => None,
        })
        .collect();
    assert!(proposals.len() >= 2 && proposals.iter().all(|it| *it == Some(edge)), "{proposals:?}");
}

#[test]
fn of_two_certified_last_blocks_the_next_epoch_takes_the_one_of_the_higher_view() {
    let (mut solo, chain) = up_to(16);
    let rival = solo.block(&chain[14].0.clone(), Place::new(1, 4), 0, b"rival");
    let certificate = solo.certify(&rival);
    solo.hear(1, Answer::Block(rival.clone(), certificate));
    assert_eq!(solo.machine.snapshot().highest, Some(certificate.rank()));
    assert_eq!(solo.place(), E2, "still in the epoch that was entered");
    solo.wait(Millis(2_500));
    let named = solo.said(Kind::ViewChange);
    assert_eq!(named.last().unwrap().hash, rival.header.hash);
    // One of the two becomes final, with what was built on it.
    let mut below = rival.clone();
    for index in 0..2 {
        let block = solo.block(&below, Place::new(2, 1), index, b"");
        let certificate = solo.certify(&block);
        solo.hear(4, Answer::Block(block.clone(), certificate));
        below = block;
    }
    assert_eq!(solo.committed().last(), Some(&rival.header.hash));
}

#[test]
fn four_nodes_hand_over_to_four_others_and_follow_until_the_last_block_is_final() {
    let sets = vec![vec![0, 1, 2, 3], vec![4, 5, 6, 7], vec![0, 1, 2, 3]];
    let mut world = World::<Keyed>::new(Plan { sets, length: 16, distance: 13 }, 3);
    world.start_all();
    let end = world.now.plus(Millis(60_000));
    let done = world.run_until(end, |world| world.heights().0 >= 40);
    assert!(done, "{:?}", world.heights());
    world.check().unwrap();
    let views: Vec<u64> = (0..8)
        .map(|at| world.hosts[at].machine.as_ref().unwrap().snapshot().place.epoch.0)
        .collect();
    assert_eq!(views, [3; 8]);
    let failed = world.hosts.iter().flat_map(|host| &host.entered).count();
    assert!(failed <= 8 * 10, "no view failed: {failed} entered");
    // A last block is final as soon as its two successors are certified, without a heartbeat between.
    let at = |height| world.hosts[0].committed_at[&Height(height)].0;
    // Height 14 is final once the last block is certified.
    assert!(at(16) - at(14) < 300, "{} ms", at(16) - at(14));
}

#[test]
fn a_node_that_slept_over_two_edges_catches_up() {
    let sets = vec![vec![0, 1, 2, 3], vec![4, 5, 6, 0], vec![1, 2, 3, 0]];
    let mut world = World::<Keyed>::new(Plan { sets, length: 16, distance: 13 }, 4);
    world.start_all();
    world.run_for(Millis(2_000));
    world.crash(0);
    world.run_for(Millis(70_000));
    let (low, _) = world.heights();
    assert!(low > 34, "{low}");
    world.start(0);
    world.run_for(Millis(5_000));
    let (low, high) = world.heights();
    assert!(high - low <= 2, "{low} to {high}");
    assert!(world.hosts[0].behind > 0, "by other means for what is not kept any more");
    world.check().unwrap();
}
