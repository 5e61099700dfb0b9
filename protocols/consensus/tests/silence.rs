//! When a validator may sign: not while another process might sign with its key, and not what may
//! contradict what it signed elsewhere.

mod common;

use common::chain::{genesis, node_id};
use common::solo::Solo;
use troupe_consensus::message::{Changed, Status};
use troupe_consensus::{
    Block, Certificate, Halt, Input, Kind, Mark, Output, Place, Record, Settings, Silent,
};
use troupe_types::{Hash, Height, Millis};

/// When the machines here are started, long after their chain.
const LATE: Millis = Millis(100_000);

fn view(number: u64) -> Place {
    Place::new(1, number)
}

/// A validator of a chain that is running, without a history here unless records say otherwise.
fn fresh(records: Vec<Record>) -> Solo {
    Solo::started(LATE, records, |settings| Settings { watch: 2, ..settings })
}

/// Moves to the next view, by validators who know of no block, with a block by its proposer.
fn next_view(solo: &mut Solo) -> Block {
    let whole = solo.changed(solo.place(), &[1, 2, 3].map(|person| (person, None)));
    solo.hear(1, Changed(whole.clone()));
    solo.now = solo.now.plus(Millis(3_000));
    let place = solo.place();
    let block = solo.block(&genesis(), place, 0, &place.view.0.to_be_bytes());
    if solo.proposer(place) != 0 {
        solo.propose(&block, None, Some(whole));
    }
    block
}

fn is_silent(solo: &Solo) -> bool {
    Kind::ALL.into_iter().all(|kind| solo.said(kind).is_empty())
}

fn is_over(solo: &Solo) -> bool {
    solo.wished.contains(&Output::Silent(Silent::Over))
}

#[test]
fn who_has_no_history_watches_two_whole_views_and_then_votes() {
    let mut solo = fresh(Vec::new());
    assert!(solo.wished.contains(&Output::Silent(Silent::Watching { views: 2 })));
    for number in 1..=3 {
        next_view(&mut solo);
        assert_eq!(solo.place(), view(number));
        solo.wait(Millis(12_000));
        assert!(is_silent(&solo), "in view {number}");
    }
    assert!(!is_over(&solo));
    next_view(&mut solo);
    assert!(is_over(&solo), "views 2 and 3 were whole");
    let block = next_view(&mut solo);
    assert!(solo.has_voted_for(&block));
    let holder = Record::Holder(solo.people.keys[0]);
    assert_eq!(solo.records().iter().filter(|record| **record == holder).count(), 1);
}

#[test]
fn views_whose_blocks_are_older_than_the_process_are_not_watched() {
    let mut solo = fresh(Vec::new());
    for _ in 0..6 {
        let whole = solo.changed(solo.place(), &[1, 2, 3].map(|person| (person, None)));
        solo.hear(1, Changed(whole.clone()));
        let place = solo.place();
        let now = std::mem::replace(&mut solo.now, Millis(1_000));
        let block = solo.block(&genesis(), place, 0, b"old");
        solo.now = now;
        if solo.proposer(place) != 0 {
            solo.propose(&block, None, Some(whole));
        }
        // What the key signed then, it may have signed itself before its disk was lost.
        let own = solo.vote_of(0, &block);
        solo.hear(1, own);
    }
    assert!(is_silent(&solo) && !is_over(&solo));
    assert_eq!(solo.halted(), None);
}

#[test]
fn a_signature_by_the_own_key_in_a_view_that_is_watched_stops_the_process() {
    type Says = fn(&mut Solo, &Block);
    let ways: [Says; 3] = [
        |solo, block| {
            let vote = solo.vote_of(0, block);
            solo.hear(2, vote);
        },
        |solo, block| {
            let change = solo.change_of(0, block.header.place, None);
            solo.hear(2, change);
        },
        |solo, block| {
            let certificate = solo.certify_by(block, &[0, 1, 2]);
            solo.tell_certificate(certificate);
        },
    ];
    for says in ways {
        let mut solo = fresh(Vec::new());
        next_view(&mut solo);
        let block = next_view(&mut solo);
        assert_eq!(solo.halted(), None);
        says(&mut solo, &block);
        assert_eq!(solo.halted(), Some(Halt::Twin { place: view(2) }));
        assert!(is_silent(&solo));
    }
}

#[test]
fn a_twin_that_only_proposes_is_seen_as_well() {
    // View 4 is of validator 0: the watch is still on when it begins.
    let mut solo = Solo::started(LATE, Vec::new(), |settings| Settings { watch: 9, ..settings });
    for _ in 1..4 {
        next_view(&mut solo);
    }
    let whole = solo.changed(view(3), &[1, 2, 3].map(|person| (person, None)));
    solo.hear(1, Changed(whole.clone()));
    let block = solo.block(&genesis(), view(4), 0, b"twin");
    let proposal = solo.proposal(&block, None, Some(whole));
    solo.hear(2, proposal);
    assert_eq!(solo.halted(), Some(Halt::Twin { place: view(4) }));
}

#[test]
fn nobody_stops_a_process_with_a_signature_that_is_not_of_its_key() {
    let mut solo = fresh(Vec::new());
    next_view(&mut solo);
    let block = next_view(&mut solo);
    let mut forged = solo.vote_of(1, &block);
    forged.voter = 0;
    solo.hear(1, forged);
    assert_eq!(solo.halted(), None);
}

fn nothing() -> Status {
    Status { place: view(0), highest: None, committed: Height(0), proposals: 0, waiting: None }
}

#[test]
fn a_chain_that_begins_is_not_held_up() {
    let mut solo = fresh(Vec::new());
    solo.hear(1, nothing());
    solo.hear(1, nothing());
    assert!(!is_over(&solo), "one other is no quorum with this one");
    solo.hear(2, nothing());
    assert!(is_over(&solo));
    solo.input(Input::Work { waiting: true });
    assert!(!solo.said(Kind::Proposal).is_empty(), "validator 0 proposes in the first view");
}

#[test]
fn who_asks_whether_others_are_new_is_answered_at_once() {
    let mut solo = fresh(Vec::new());
    solo.wished.clear();
    solo.hear(3, nothing());
    let to_them = solo.wished.iter().any(|output| {
        matches!(output, Output::Send { to: troupe_consensus::To::One(to), message: troupe_consensus::Message::Status(_) } if *to == node_id(3))
    });
    assert!(to_them);
}

/// The first block of a chain, made so long after its beginning, and its certificate.
fn first_block(solo: &mut Solo, made: Millis) -> (Block, Certificate) {
    let now = std::mem::replace(&mut solo.now, made);
    let block = solo.block(&genesis(), view(1), 0, b"first");
    solo.now = now;
    let certificate = solo.certify(&block);
    (block, certificate)
}

#[test]
fn on_a_chain_that_is_as_young_as_the_process_nobody_has_a_past() {
    for (made, is_young) in [(Millis(91_000), true), (Millis(89_000), false)] {
        let mut solo = fresh(Vec::new());
        let whole = solo.changed(view(0), &[1, 2, 3].map(|person| (person, None)));
        solo.hear(1, Changed(whole.clone()));
        let (block, certificate) = first_block(&mut solo, made);
        solo.propose(&block, None, Some(whole));
        assert!(!is_over(&solo), "a block is nothing before a quorum stands by it");
        solo.tell_certificate(certificate);
        assert_eq!(is_over(&solo), is_young, "{made}");
    }
}

#[test]
fn who_has_a_history_votes_at_once_and_another_key_watches() {
    let keys = Solo::new().people.keys;
    let mut solo = fresh(vec![Record::Holder(keys[0])]);
    let block = next_view(&mut solo);
    assert!(solo.has_voted_for(&block));
    let mut solo = fresh(vec![Record::Holder(keys[0]), Record::Holder(keys[1])]);
    let block = next_view(&mut solo);
    assert!(!solo.has_voted_for(&block), "the key that signed here last was another one");
}

#[test]
fn nothing_is_signed_at_or_below_what_was_signed_elsewhere() {
    let key = Solo::new().people.keys[0];
    let barred = |place, height| {
        let (kind, digest) = (Kind::Vote, Hash([7; 32]));
        let mark = Mark { place, index: 0, height: Height(height), kind, digest };
        vec![Record::Barred(key, mark)]
    };
    let mut solo = fresh(barred(view(2), 0));
    for number in 1..=2 {
        next_view(&mut solo);
        solo.wait(Millis(12_000));
        assert!(is_silent(&solo), "in view {number}");
    }
    let block = next_view(&mut solo);
    assert!(solo.has_voted_for(&block), "view 3 is later than what was signed");

    // A block as high as the highest it voted for has to be final first.
    let mut solo = fresh(barred(view(1), 1));
    next_view(&mut solo);
    let low = next_view(&mut solo);
    assert!(!solo.has_voted_for(&low));
    let mut parent = low;
    let mut certificate = solo.certify(&parent);
    solo.tell_certificate(certificate);
    for index in 1..=2 {
        let block = solo.block(&parent, view(2), index, b"more");
        solo.propose(&block, Some(certificate), None);
        certificate = solo.certify(&block);
        solo.tell_certificate(certificate);
        parent = block;
    }
    assert_eq!(solo.committed().len(), 1);
    let next = solo.block(&parent, view(2), 3, b"next");
    solo.propose(&next, Some(certificate), None);
    assert!(solo.has_voted_for(&next));
    // The bar is for one key.
    let other = Record::Barred(Solo::new().people.keys[1], barred_mark());
    let mut solo = Solo::started(LATE, vec![other], |settings| settings);
    let block = next_view(&mut solo);
    assert!(solo.has_voted_for(&block));
}

fn barred_mark() -> Mark {
    let (kind, digest) = (Kind::ViewChange, Hash([7; 32]));
    Mark { place: view(9), index: 0, height: Height(9), kind, digest }
}
