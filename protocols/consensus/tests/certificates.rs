//! What certificates are made of and what they settle, on a machine alone.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

mod common;

use common::chain::genesis;
use common::solo::Solo;
use troupe_consensus::invariants::Stage;
use troupe_consensus::message::{Answer, Vote};
use troupe_consensus::{
    Block, CommitProof, Error, Evidence, Input, Keys, Kind, Output, Place, Rule, Rules, Schedule,
    Statement, Work,
};
use troupe_crypto::Keyed;
use troupe_types::{Hash, Height};
use troupe_wire::List;

const V0: Place = Place::new(1, 0);

fn holds_because_of(rule: Rule, holds: impl Fn(Rules) -> bool) {
    assert!(holds(Rules::ALL), "with all rules");
    assert!(!holds(Rules::all_but(rule)), "nothing is noticed without {rule:?}");
}

/// Certified blocks in a row, each of a view of epoch 1.
fn chain(solo: &mut Solo, views: &[u64]) -> Vec<Block> {
    let mut below = genesis();
    let mut blocks: Vec<Block> = Vec::new();
    for view in views {
        let place = Place::new(1, *view);
        let same = blocks.iter().rev().take_while(|block| block.header.place == place).count();
        let block = solo.block(&below, place, u32::try_from(same).unwrap(), b"x");
        let certificate = solo.certify(&block);
        solo.hear(1, Answer::Block(block.clone(), certificate));
        below = block.clone();
        blocks.push(block);
    }
    blocks
}

fn reached(solo: &Solo, stage: Stage) -> Vec<Hash> {
    let hashes = solo.wished.iter().filter_map(|output| match output {
        Output::Reached(reached) if reached.stage == stage => Some(reached.hash),
        _ => None,
    });
    hashes.collect()
}

#[test]
fn a_block_is_prepared_then_locked_by_its_child_then_final_by_its_grandchild() {
    holds_because_of(Rule::ThreeInARow, |rules| {
        let mut solo = Solo::with_rules(rules);
        let blocks = chain(&mut solo, &[1, 1]);
        let hashes: Vec<Hash> = blocks.iter().map(|block| block.header.hash).collect();
        let early = solo.committed();
        if !early.is_empty() {
            return false;
        }
        assert_eq!(reached(&solo, Stage::Prepared), hashes);
        assert_eq!(reached(&solo, Stage::Locked), hashes[..1]);
        let mut solo = Solo::with_rules(rules);
        let blocks = chain(&mut solo, &[1, 1, 1]);
        solo.committed() == [blocks[0].header.hash]
    });
}

#[test]
fn certificates_of_views_apart_make_nothing_final() {
    holds_because_of(Rule::Neighbours, |rules| {
        let mut solo = Solo::with_rules(rules);
        chain(&mut solo, &[1, 3, 5, 7]);
        solo.committed().is_empty()
    });
    // The next view locks as well as the same one.
    let mut solo = Solo::new();
    let blocks = chain(&mut solo, &[1, 3, 5, 6]);
    let finals: Vec<Hash> = blocks[..2].iter().map(|block| block.header.hash).collect();
    assert_eq!(solo.committed(), finals);
}

#[test]
fn a_certified_block_is_replaced_by_one_of_a_higher_view() {
    let mut solo = Solo::new();
    let first = solo.block(&genesis(), Place::new(1, 1), 0, b"first");
    let certificate = solo.certify(&first);
    solo.hear(1, Answer::Block(first, certificate));
    let mut below = genesis();
    let mut second = None;
    for index in 0..3 {
        let block = solo.block(&below, Place::new(1, 2), index, b"second");
        let certificate = solo.certify(&block);
        solo.hear(1, Answer::Block(block.clone(), certificate));
        second.get_or_insert(block.header.hash);
        below = block;
    }
    assert_eq!(solo.committed(), [second.unwrap()]);
    assert_eq!(solo.machine.snapshot().blocks, 2, "what stood beside it is gone");
}

#[test]
fn a_quorum_of_votes_makes_a_certificate_and_fewer_do_not() {
    holds_because_of(Rule::Quorum, |rules| {
        let mut solo = Solo::with_rules(rules);
        let block = solo.block(&genesis(), V0, 0, b"a");
        for voter in [1, 2] {
            let vote = solo.vote_of(voter, &block);
            solo.hear(voter, vote);
        }
        let early = !solo.open_tasks().is_empty();
        let vote = solo.vote_of(3, &block);
        solo.hear(3, vote);
        let combines = |task: &troupe_consensus::Task| matches!(task.work, Work::Combine { .. });
        !early && solo.open_tasks().iter().any(combines)
    });
}

#[test]
fn a_certificate_with_a_bad_signature_does_not_count_and_names_its_sender() {
    holds_because_of(Rule::SignaturesChecked, |rules| {
        let mut solo = Solo::with_rules(rules);
        let block = solo.block(&genesis(), Place::new(1, 1), 0, b"a");
        let mut certificate = solo.certify(&block);
        certificate.signature = solo.certify_by(&block, &[1, 2]).signature;
        solo.hear(2, Answer::Block(block, certificate));
        solo.machine.snapshot().highest.is_none() && solo.blames() == [(2, Error::BadSignature)]
    });
}

#[test]
fn the_bad_one_of_many_votes_is_found_and_its_sender_named() {
    let mut solo = Solo::new();
    let block = solo.block(&genesis(), V0, 0, b"a");
    let bad = Vote { signature: solo.vote_of(2, &block).signature, ..solo.vote_of(3, &block) };
    for (voter, vote) in [(1, solo.vote_of(1, &block)), (2, solo.vote_of(2, &block)), (3, bad)] {
        solo.hear(voter, vote);
    }
    assert_eq!(solo.blames(), [(3, Error::BadSignature)]);
    assert!(solo.machine.snapshot().missing == 0, "two good votes are no quorum");
    let good = solo.vote_of(3, &block);
    solo.hear(3, good);
    assert_eq!(solo.machine.snapshot().missing, 1, "certified, and the block is not here");
}

#[test]
fn nothing_is_checked_before_there_may_be_a_quorum_and_then_once() {
    let mut solo = Solo::new();
    let block = solo.block(&genesis(), V0, 0, b"a");
    for voter in [1, 2, 3] {
        assert!(solo.open_tasks().is_empty());
        let vote = solo.vote_of(voter, &block);
        solo.hear(voter, vote);
    }
    assert_eq!(solo.open_tasks().len(), 1);
}

#[test]
fn a_bad_vote_that_is_relayed_cannot_take_the_place_of_a_good_one() {
    let mut solo = Solo::new();
    let block = solo.block(&genesis(), V0, 0, b"a");
    let forged = Vote { signature: solo.vote_of(3, &block).signature, ..solo.vote_of(1, &block) };
    solo.hear(3, Answer::Votes(List::new(vec![forged]).unwrap()));
    for voter in [1, 2, 3] {
        let vote = solo.vote_of(voter, &block);
        solo.hear(voter, vote);
    }
    assert_eq!(solo.machine.snapshot().missing, 1, "certified");
    assert!(solo.blames().is_empty());
}

#[test]
fn unverified_messages_of_one_peer_are_capped_and_others_are_still_heard() {
    let mut solo = Solo::new();
    solo.verifies = false;
    for round in 0..80u8 {
        let block = solo.block(&genesis(), V0, 0, &[round]);
        let certificate = solo.certify(&block);
        solo.tell_certificate(certificate);
    }
    assert_eq!(solo.open_tasks().len(), 64);
    let floods = solo.blames();
    assert_eq!(floods.len(), 16);
    assert!(floods.iter().all(|flood| *flood == (1, Error::Flood { limit: 64 })));
    let block = solo.block(&genesis(), V0, 1, b"other");
    let certificate = solo.certify(&block);
    solo.hear(2, troupe_consensus::message::Certified(certificate));
    assert_eq!(solo.open_tasks().len(), 65);
}

fn proof(solo: &Solo, at: usize) -> CommitProof {
    let proofs = solo.wished.iter().filter_map(|output| match output {
        Output::Commit { proof, .. } => Some(proof.clone()),
        _ => None,
    });
    proofs.collect::<Vec<_>>()[at].clone()
}

fn check(solo: &Solo, proof: &CommitProof) -> Result<(), Error> {
    let term = solo.people.term(&solo.plan, 1);
    let mut keys = Keys::<Keyed>::default();
    keys.learn(&term).unwrap();
    let claims = proof.check(&Schedule::new(term), &genesis().header.hash)?;
    keys.check(&claims, |_| true)
}

#[test]
fn a_commit_proof_is_three_certificates_linked_by_parent_and_height() {
    let mut solo = Solo::new();
    let blocks = chain(&mut solo, &[1, 1, 1, 1]);
    let good = proof(&solo, 0);
    assert_eq!(good.0.len(), 3);
    assert_eq!(good.header().map(|header| header.hash), Some(blocks[0].header.hash));
    assert_eq!(check(&solo, &good), Ok(()));

    let links = good.0.into_inner();
    let of = |links: Vec<troupe_consensus::Link>| CommitProof(List::new(links).unwrap());
    let two = of(links[..2].to_vec());
    assert_eq!(check(&solo, &two), Err(Error::Unsettled { got: 2 }));
    let skips = of(vec![links[0].clone(), links[2].clone()]);
    assert_eq!(check(&solo, &skips), Err(Error::Unlinked { at: 1 }));
    let mut orphan = links.clone();
    orphan[1].header.parent = Hash([1; 32]);
    assert_eq!(check(&solo, &of(orphan)), Err(Error::Unlinked { at: 1 }));
    let mut other = links.clone();
    other[2].header.height = Height(9);
    assert_eq!(check(&solo, &of(other)), Err(Error::Unlinked { at: 2 }));
    let mut forged = links.clone();
    forged[2].certificate.signature = links[1].certificate.signature;
    assert_eq!(check(&solo, &of(forged)), Err(Error::BadSignature));
    let mut few = links;
    few[0].certificate = solo.certify_by(&blocks[0], &[1, 2]);
    assert_eq!(check(&solo, &of(few)), Err(Error::NoQuorum { got: 2, want: 3 }));
}

#[test]
fn a_block_that_became_final_late_has_a_proof_as_long_as_it_needs() {
    let mut solo = Solo::new();
    chain(&mut solo, &[1, 3, 5, 6]);
    let (first, second) = (proof(&solo, 0), proof(&solo, 1));
    assert_eq!((first.0.len(), second.0.len()), (4, 3));
    assert_eq!(check(&solo, &first), Ok(()));
    assert_eq!(check(&solo, &second), Ok(()));
}

#[test]
fn two_contradicting_votes_are_evidence_that_anybody_can_check() {
    let mut solo = Solo::new();
    let (one, two) = (solo.block(&genesis(), V0, 0, b"1"), solo.block(&genesis(), V0, 0, b"2"));
    for block in [&one, &two, &one] {
        let vote = solo.vote_of(2, block);
        solo.hear(2, vote);
    }
    let found = solo.evidence();
    assert_eq!(found.len(), 1, "once");
    assert_eq!((found[0].signer, found[0].first.kind), (2, Kind::Vote));
    let term = solo.people.term(&solo.plan, 1);
    let mut keys = Keys::<Keyed>::default();
    keys.learn(&term).unwrap();
    let hash = genesis().header.hash;
    let claims = found[0].check(&term, &hash).unwrap();
    assert_eq!(keys.check(&claims, |_| true), Ok(()));

    // Against somebody else, over one statement twice, or turned around, it is none.
    let mut other = found[0];
    other.signer = 3;
    let claims = other.check(&term, &hash).unwrap();
    assert_eq!(keys.check(&claims, |_| true), Err(Error::BadSignature));
    let mut same = found[0];
    same.second = same.first;
    assert_eq!(same.check(&term, &hash), Err(Error::NoContradiction));
    let mut turned = found[0];
    std::mem::swap(&mut turned.first, &mut turned.second);
    assert_eq!(turned.check(&term, &hash), Err(Error::NoContradiction));

    // Of its encoding every byte counts.
    let bytes = found[0].encode().unwrap();
    assert_eq!(Evidence::decode(&bytes), Ok(found[0]));
    for length in 0..bytes.len() {
        assert!(Evidence::decode(&bytes[..length]).is_err());
    }
    assert!(Evidence::decode(&[&bytes[..], &[0]].concat()).is_err());
}

#[test]
fn one_signature_is_never_two_statements() {
    let mut solo = Solo::new();
    let term = solo.people.term(&solo.plan, 1);
    let hash = genesis().header.hash;
    let block = solo.block(&genesis(), V0, 0, b"1");
    let vote = solo.vote_of(2, &block);
    let said = vote.statement();
    let change = Statement { kind: Kind::ViewChange, ..said };
    // What the digest does not cover anybody could have changed.
    let padded = [
        (said, Statement { certified: Some(Place::new(1, 1)), ..said }),
        (change, Statement { certified: Some(Place::new(0, 0)), ..change }),
    ];
    for (one, two) in padded {
        assert_eq!(one.digest(&hash), two.digest(&hash));
        let evidence = Evidence::new(2, (one, vote.signature), (two, vote.signature)).unwrap();
        assert_eq!(evidence.check(&term, &hash), Err(Error::NoContradiction));
    }
}

#[test]
fn votes_for_one_height_under_two_numbers_are_evidence_too() {
    let mut solo = Solo::new();
    let one = solo.block(&genesis(), V0, 0, b"1");
    let two = solo.block(&genesis(), V0, 1, b"2");
    let next = solo.block(&one, V0, 1, b"3");
    for (person, blocks) in [(1, [&one, &next]), (2, [&one, &two])] {
        for block in blocks {
            let vote = solo.vote_of(person, block);
            solo.hear(person, vote);
        }
    }
    let found = solo.evidence();
    assert_eq!(found.len(), 1, "successive blocks are no contradiction");
    assert_eq!((found[0].signer, found[0].first.height), (2, found[0].second.height));
    assert_ne!(found[0].first.index, found[0].second.index);
}

#[test]
fn a_contradiction_in_somebody_elses_name_is_no_evidence() {
    let mut solo = Solo::new();
    let (one, two) = (solo.block(&genesis(), V0, 0, b"1"), solo.block(&genesis(), V0, 0, b"2"));
    let vote = solo.vote_of(2, &one);
    solo.hear(2, vote);
    let forged = Vote { signature: solo.vote_of(3, &two).signature, ..solo.vote_of(2, &two) };
    solo.hear(3, forged);
    assert!(solo.evidence().is_empty());
}

#[test]
fn two_contradicting_proposals_are_evidence() {
    let mut solo = Solo::new();
    let named = [1, 2, 3].map(|person| (person, None));
    let whole = solo.changed(V0, &named);
    for body in [b"1", b"2"] {
        let block = solo.block(&genesis(), Place::new(1, 1), 0, body);
        solo.propose(&block, None, Some(whole.clone()));
    }
    let kinds: Vec<Kind> = solo.evidence().iter().map(|found| found.first.kind).collect();
    assert_eq!(kinds, [Kind::Proposal]);
    assert_eq!(solo.said(Kind::Vote).len(), 1);
}

#[test]
fn two_contradicting_view_changes_are_evidence() {
    let mut solo = Solo::new();
    let block = solo.block(&genesis(), V0, 0, b"a");
    let certificate = solo.certify(&block);
    for highest in [None, Some(certificate)] {
        let change = solo.change_of(3, Place::new(1, 0), highest);
        solo.hear(3, change);
    }
    let kinds: Vec<Kind> = solo.evidence().iter().map(|found| found.first.kind).collect();
    assert_eq!(kinds, [Kind::ViewChange]);
}

#[test]
fn an_answer_to_a_task_that_is_not_open_changes_nothing() {
    let mut solo = Solo::new();
    let before = solo.machine.snapshot();
    let verdict = troupe_consensus::Verdict::Checked(Ok(()));
    solo.input(Input::Verified { task: 77, verdict });
    assert_eq!(solo.machine.snapshot(), before);
}

#[test]
fn a_bad_certificate_does_not_keep_good_votes_from_being_counted() {
    let mut solo = Solo::new();
    solo.verifies = false;
    let block = solo.block(&genesis(), V0, 0, b"a");
    let mut bad = solo.certify(&block);
    bad.signature = solo.certify_by(&block, &[1, 2]).signature;
    solo.hear(3, troupe_consensus::message::Certified(bad));
    for voter in [1, 2, 3] {
        let vote = solo.vote_of(voter, &block);
        solo.hear(voter, vote);
    }
    assert_eq!(solo.open_tasks().len(), 1, "the votes wait for the certificate");
    solo.verifies = true;
    let task = solo.open_tasks()[0].clone();
    let verdict = solo.verdict(&task);
    solo.input(Input::Verified { task: task.id, verdict });
    assert_eq!(solo.machine.snapshot().missing, 1, "certified by the votes");
    assert_eq!(solo.blames(), [(3, Error::BadSignature)]);
}

#[test]
fn a_key_that_is_the_identity_or_no_point_is_refused() {
    use troupe_consensus::{PublicKey, Term, Validator, ValidatorSet, public_bytes};
    use troupe_crypto::{Bls, Scheme};
    let secret = Bls::derive(&[7; 32]).unwrap();
    let good = public_bytes::<Bls>(&Bls::public_key(&secret)).unwrap();
    let mut identity = [0; 48];
    identity[0] = 0xc0;
    let learn = |key| {
        let one = Validator { node: common::chain::node_id(0), key: PublicKey(key) };
        let set = ValidatorSet::new(vec![one]).unwrap();
        let epoch = troupe_types::Epoch(1);
        let term = Term { epoch, first: Height(1), last: Height(9), set };
        Keys::<Bls>::default().learn(&term)
    };
    assert_eq!(learn(good.0), Ok(()));
    for bad in [identity, [0xff; 48]] {
        assert!(matches!(learn(bad), Err(Error::Key { at: 0, .. })));
    }
}

#[test]
fn blocks_that_failed_views_leave_behind_are_dropped_except_those_voted_for() {
    let mut solo = Solo::new();
    for view in 1..200 {
        let named = [1, 2, 3].map(|person| (person, None));
        let whole = solo.changed(Place::new(1, view - 1), &named);
        let place = Place::new(1, view);
        let mut below = genesis();
        for index in 0..5 {
            let block = solo.block(&below, place, index, b"x");
            let entry = (index == 0).then(|| whole.clone());
            if view % 4 != 0 {
                solo.propose(&block, None, entry);
            }
            below = block;
        }
    }
    let blocks = solo.machine.snapshot().blocks;
    assert!((140..170).contains(&blocks), "{blocks}: one of each view, five of the last two");
}

#[test]
fn a_peer_gets_so_many_answers_and_not_more_until_time_passes() {
    let mut solo = Solo::new();
    chain(&mut solo, &[1, 1, 1, 1, 1]);
    let answers = |solo: &Solo| {
        let sent = solo.wished.iter().filter(|output| {
            matches!(output, Output::Send { message: troupe_consensus::Message::Answer(_), .. })
        });
        sent.count()
    };
    for _ in 0..200 {
        solo.hear(2, troupe_consensus::message::Fetch::Above(Height(0)));
    }
    let first = answers(&solo);
    assert!((20..=64).contains(&first), "{first}");
    solo.wait(troupe_types::Millis(1_100));
    solo.hear(2, troupe_consensus::message::Fetch::Above(Height(0)));
    assert_eq!(answers(&solo), first + 5);
}

#[test]
fn who_sends_bad_votes_again_and_again_costs_two_searches_and_no_more() {
    let mut solo = Solo::new();
    let block = solo.block(&genesis(), V0, 0, b"a");
    for voter in [1, 2] {
        let vote = solo.vote_of(voter, &block);
        solo.hear(voter, vote);
    }
    for round in 0..20 {
        let bad =
            Vote { signature: troupe_consensus::Signature([round; 96]), ..solo.vote_of(3, &block) };
        solo.hear(3, bad);
    }
    assert_eq!(solo.open_tasks().len(), 2);
    assert_eq!(solo.blames(), [(3, Error::BadSignature); 2]);
}

#[test]
fn contradictions_beyond_the_evidence_are_not_checked() {
    let mut solo = Solo::new();
    let whole = solo.changed(V0, &[1, 2, 3].map(|person| (person, None)));
    for body in 0..20u8 {
        let block = solo.block(&genesis(), Place::new(1, 1), 0, &[body]);
        solo.propose(&block, None, Some(whole.clone()));
        let certificate = solo.certify(&block);
        let change = solo.change_of(3, Place::new(1, 1), Some(certificate));
        solo.hear(3, change);
    }
    assert_eq!(solo.evidence().len(), 2, "of a proposer and of who gives up");
    // Two proposals, two view changes, and one quorum of votes that never came.
    assert!(solo.open_tasks().len() <= 5, "{}", solo.open_tasks().len());
}
