//! The rules of voting, one by one, on a machine alone. Each test says what the machine does with all
//! its rules, and that it would do otherwise without the one in question.

mod common;

use common::chain::genesis;
use common::solo::Solo;
use troupe_consensus::message::GiveUp;
use troupe_consensus::{
    Certificate, Halt, Kind, Message, Outcome, Output, Place, Record, Rule, Rules,
};
use troupe_types::{Hash, Height, Millis};

const V0: Place = Place::new(1, 0);
const V1: Place = Place::new(1, 1);

/// With all rules a machine holds what `holds` says; without this one it does not.
fn holds_because_of(rule: Rule, holds: impl Fn(Rules) -> bool) {
    assert!(holds(Rules::ALL), "with all rules");
    assert!(!holds(Rules::all_but(rule)), "nothing is noticed without {rule:?}");
}

/// View 1 of a machine whose view 0 was given up with nothing certified.
fn in_view_one(rules: Rules) -> (Solo, troupe_consensus::ViewChangeCertificate) {
    let solo = Solo::with_rules(rules);
    let named: Vec<_> = [1, 2, 3].map(|person| (person, None)).to_vec();
    let whole = solo.changed(V0, &named);
    (solo, whole)
}

#[test]
fn a_proposal_is_executed_then_voted_for() {
    holds_because_of(Rule::Executed, |rules| {
        let (mut solo, whole) = in_view_one(rules);
        let block = solo.block(&genesis(), V1, 0, b"a");
        solo.executes = false;
        solo.propose(&block, None, Some(whole));
        let early = solo.has_voted_for(&block);
        let root = block.header.root;
        let outcome = Outcome::Valid { root, elected: None };
        solo.input(troupe_consensus::Input::Executed { hash: block.header.hash, outcome });
        !early && solo.has_voted_for(&block)
    });
}

#[test]
fn a_block_whose_execution_differs_gets_no_vote_and_stops_the_node_once_it_is_certified() {
    holds_because_of(Rule::Executed, |rules| {
        let (mut solo, whole) = in_view_one(rules);
        let block = solo.block(&genesis(), V1, 0, b"a");
        let (hash, height) = (block.header.hash, block.header.height);
        let other = Outcome::Valid { root: Hash([1; 32]), elected: None };
        solo.executes_to.insert(hash, other);
        solo.propose(&block, None, Some(whole));
        let is_silent = !solo.has_voted_for(&block) && solo.halted().is_none();
        let certificate = solo.certify(&block);
        solo.tell_certificate(certificate);
        is_silent && solo.halted() == Some(Halt::Diverged { hash, height })
    });
}

#[test]
fn a_vote_waits_for_the_certificate_of_the_parent() {
    holds_because_of(Rule::ParentCertified, |rules| {
        let (mut solo, whole) = in_view_one(rules);
        let first = solo.block(&genesis(), V1, 0, b"a");
        let second = solo.block(&first, V1, 1, b"b");
        solo.propose(&first, None, Some(whole));
        solo.propose(&second, None, None);
        let early = solo.has_voted_for(&second);
        let certificate = solo.certify(&first);
        solo.tell_certificate(certificate);
        !early && solo.has_voted_for(&first) && solo.has_voted_for(&second)
    });
}

#[test]
fn votes_for_a_block_go_out_while_the_next_is_executed() {
    let (mut solo, whole) = in_view_one(Rules::ALL);
    let first = solo.block(&genesis(), V1, 0, b"a");
    let second = solo.block(&first, V1, 1, b"b");
    solo.propose(&first, None, Some(whole));
    solo.executes = false;
    solo.propose(&second, None, None);
    let executes = |hash: Hash| move |output: &Output| matches!(output, Output::Execute(block) if block.header.hash == hash);
    assert!(solo.has_voted_for(&first), "while the second is executed");
    assert!(solo.wished.iter().any(executes(second.header.hash)));
    assert!(!solo.has_voted_for(&second));
}

#[test]
fn a_view_that_was_given_up_gets_no_vote() {
    holds_because_of(Rule::NoVoteAfterGivingUp, |rules| {
        let (mut solo, whole) = in_view_one(rules);
        solo.hear(1, troupe_consensus::message::Changed(whole.clone()));
        assert_eq!(solo.place(), V1);
        solo.wait(Millis(6_000));
        assert!(!solo.said(Kind::ViewChange).is_empty(), "given up");
        let block = solo.block(&genesis(), V1, 0, b"a");
        solo.propose(&block, None, Some(whole));
        !solo.has_voted_for(&block)
    });
}

#[test]
fn the_first_block_of_a_view_stands_on_the_highest_block_that_was_named() {
    holds_because_of(Rule::JustifiedBase, |rules| {
        let mut solo = Solo::with_rules(rules);
        let (prepared, certificate) = prepared(&mut solo);
        let named = [(1, None), (2, Some(certificate)), (3, None)];
        let whole = solo.changed(V1, &named);
        let place = Place::new(1, 2);
        let low = solo.block(&genesis(), place, 0, b"low");
        solo.propose(&low, None, Some(whole.clone()));
        let refused = !solo.has_voted_for(&low);
        let good = solo.block(&prepared, place, 0, b"good");
        solo.propose(&good, Some(certificate), Some(whole));
        refused && solo.has_voted_for(&good)
    });
}

/// A block of view 1 with its certificate; the machine has both.
fn prepared(solo: &mut Solo) -> (troupe_consensus::Block, Certificate) {
    let whole = solo.changed(V0, &[1, 2, 3].map(|person| (person, None)));
    let block = solo.block(&genesis(), V1, 0, b"a");
    solo.propose(&block, None, Some(whole));
    let certificate = solo.certify(&block);
    solo.tell_certificate(certificate);
    (block, certificate)
}

#[test]
fn a_first_block_without_a_reason_is_refused() {
    let mut solo = Solo::new();
    let (block, certificate) = prepared(&mut solo);
    // View 1 was neither completed nor given up.
    let place = Place::new(1, 2);
    let next = solo.block(&block, place, 0, b"b");
    solo.propose(&next, Some(certificate), None);
    assert!(!solo.has_voted_for(&next));
    assert_eq!(solo.place(), V1);
}

#[test]
fn a_highest_block_that_was_never_certified_does_not_count() {
    holds_because_of(Rule::MaximumVerified, |rules| {
        let mut solo = Solo::with_rules(rules);
        let lie = solo.block(&genesis(), V0, 0, b"lie");
        let mut fake = solo.certify(&lie);
        fake.signature = solo.certify_by(&lie, &[1]).signature;
        let whole = solo.changed(V0, &[(1, Some(fake)), (2, None), (3, None)]);
        let block = solo.block(&lie, V1, 0, b"a");
        solo.hear(1, troupe_consensus::message::Answer::Block(lie.clone(), fake));
        solo.hear(1, troupe_consensus::message::Changed(whole.clone()));
        solo.propose(&block, None, Some(whole));
        solo.place() == V0
    });
}

#[test]
fn nothing_beside_or_below_a_locked_block_gets_a_vote() {
    holds_because_of(Rule::Locked, |rules| {
        let mut solo = Solo::with_rules(rules);
        let (first, certificate) = prepared(&mut solo);
        let second = solo.block(&first, V1, 1, b"b");
        solo.propose(&second, Some(certificate), None);
        let certificate = solo.certify(&second);
        solo.tell_certificate(certificate);
        assert_eq!(solo.machine.snapshot().locked.1, first.header.hash);
        // More than a third lies: a quorum names the genesis block all the same.
        let whole = solo.changed(V1, &[1, 2, 3].map(|person| (person, None)));
        let rival = solo.block(&genesis(), Place::new(1, 2), 0, b"rival");
        solo.propose(&rival, None, Some(whole));
        !solo.has_voted_for(&rival)
    });
}

#[test]
fn one_of_two_proposals_for_one_place_gets_the_vote() {
    holds_because_of(Rule::OneVote, |rules| {
        // The second one comes after a restart that lost the first proposal, not the vote.
        let (mut solo, whole) = in_view_one(rules);
        let first = solo.block(&genesis(), V1, 0, b"a");
        solo.propose(&first, None, Some(whole.clone()));
        assert!(solo.has_voted_for(&first));
        let plan = solo.plan.clone();
        let mut again = Solo::with(rules, plan, solo.records());
        let second = again.block(&genesis(), V1, 0, b"b");
        again.propose(&second, None, Some(whole));
        !again.has_voted_for(&second)
    });
}

#[test]
fn what_was_signed_before_a_restart_is_said_again_and_nothing_else() {
    holds_because_of(Rule::Remembers, |rules| {
        let (mut solo, whole) = in_view_one(rules);
        let first = solo.block(&genesis(), V1, 0, b"a");
        solo.propose(&first, None, Some(whole.clone()));
        let plan = solo.plan.clone();
        let mut again = Solo::with(rules, plan, solo.records());
        let is_repeated = again.said(Kind::Vote) == solo.said(Kind::Vote);
        let second = again.block(&genesis(), V1, 0, b"b");
        again.propose(&second, None, Some(whole));
        is_repeated && !again.has_voted_for(&second)
    });
}

#[test]
fn a_view_is_given_up_once_even_if_a_higher_certificate_turns_up() {
    holds_because_of(Rule::OneViewChange, |rules| {
        let mut solo = Solo::with_rules(rules);
        let (first, certificate) = prepared(&mut solo);
        let second = solo.block(&first, V1, 1, b"b");
        solo.propose(&second, Some(certificate), None);
        solo.wait(Millis(6_000));
        assert_eq!(solo.said(Kind::ViewChange).len(), 1);
        let certificate = solo.certify(&second);
        solo.tell_certificate(certificate);
        solo.wait(Millis(6_000));
        solo.said(Kind::ViewChange).len() == 1
    });
}

#[test]
fn a_view_change_names_the_highest_certified_block() {
    holds_because_of(Rule::NamesHighest, |rules| {
        let mut solo = Solo::with_rules(rules);
        let (block, _) = prepared(&mut solo);
        solo.wait(Millis(6_000));
        let said = solo.said(Kind::ViewChange);
        said.len() == 1 && said[0].hash == block.header.hash && said[0].certified == Some(V1)
    });
}

#[test]
fn a_vote_and_what_it_rests_on_are_written_down_before_it_is_sent() {
    holds_because_of(Rule::PersistBeforeSend, |rules| {
        let mut solo = Solo::with_rules(rules);
        let (first, certificate) = prepared(&mut solo);
        let second = solo.block(&first, V1, 1, b"b");
        solo.propose(&second, Some(certificate), None);
        solo.wait(Millis(6_000));
        is_written_before_said(&solo.wished)
    });
}

fn is_written_before_said(wished: &[Output]) -> bool {
    let mut blocks: Vec<Hash> = Vec::new();
    let mut votes = Vec::new();
    let mut changes = Vec::new();
    for output in wished {
        match output {
            Output::Persist(Record::Block(block)) => blocks.push(block.header.hash),
            Output::Persist(Record::Vote(vote)) => {
                let on_genesis = vote.height == Height(1);
                assert_eq!(vote.parent.is_none(), on_genesis, "the parent's certificate");
                votes.push(vote.clone());
            }
            Output::Persist(Record::ViewChange(change)) => changes.push(change.clone()),
            Output::Send { message: Message::Vote(vote), .. }
                if !blocks.contains(&vote.hash) || !votes.contains(vote) =>
            {
                return false;
            }
            Output::Send { message: Message::GiveUp(GiveUp(change)), .. }
                if !changes.contains(change) =>
            {
                return false;
            }
            _ => {}
        }
    }
    !votes.is_empty() && !changes.is_empty()
}

#[test]
fn a_block_from_the_future_is_not_voted_for_until_its_time_is_near() {
    let (mut solo, whole) = in_view_one(Rules::ALL);
    solo.now = solo.now.plus(Millis(3_000));
    let block = solo.block(&genesis(), V1, 0, b"a");
    solo.now = Millis(solo.now.0 - 3_000);
    solo.propose(&block, None, Some(whole));
    assert!(!solo.has_voted_for(&block));
    solo.wait(Millis(2_100));
    assert!(solo.has_voted_for(&block), "within a second of its time");
}

#[test]
fn the_power_fails_everywhere_after_one_has_committed_and_no_other_block_is_certified() {
    // The three that remain voted for a block whose child was certified: that lock is on their disks.
    let mut solo = Solo::new();
    let (first, certificate) = prepared(&mut solo);
    let second = solo.block(&first, V1, 1, b"b");
    solo.propose(&second, Some(certificate), None);
    let on_second = solo.certify(&second);
    let third = solo.block(&second, V1, 2, b"c");
    solo.propose(&third, Some(on_second), None);
    assert!(solo.has_voted_for(&third));
    let again = Solo::with(Rules::ALL, solo.plan.clone(), solo.records());
    let snapshot = again.machine.snapshot();
    assert_eq!(snapshot.locked, (first.header.height, first.header.hash));
    assert_eq!(snapshot.highest, Some(on_second.rank()));
    assert_eq!(snapshot.place, V1);
}

#[test]
fn a_certificate_that_was_voted_on_is_named_after_a_restart_even_if_its_block_is_lost() {
    let mut solo = Solo::new();
    // The parent was fetched and never voted for, so only its certificate was written down.
    let parent = solo.block(&genesis(), V1, 0, b"a");
    let certificate = solo.certify(&parent);
    solo.hear(1, troupe_consensus::message::Answer::Block(parent.clone(), certificate));
    let child = solo.block(&parent, V1, 1, b"b");
    solo.propose(&child, Some(certificate), None);
    assert!(solo.has_voted_for(&child) && !solo.has_voted_for(&parent));
    let mut again = Solo::with(Rules::ALL, solo.plan.clone(), solo.records());
    again.wait(Millis(6_000));
    let named: Vec<Hash> = again.said(Kind::ViewChange).iter().map(|said| said.hash).collect();
    assert_eq!(named, [parent.header.hash]);
}
