//! What strangers show of blocks.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use common::genesis;
use proptest::prelude::*;
use std::sync::Arc;
use troupe_chain::block::{Block, Body, Header, Stored};
use troupe_consensus::{Certificate, Claim, CommitProof, Kind, Link, Signature, Term};
use troupe_ledger::{Checked, Proven, Terms, check_final, seen, seen_header};
use troupe_types::{Epoch, Hash, Height, View};
use troupe_wire::{Blob, List, codec};

const CHAIN: Hash = Hash([7; 32]);

/// The terms that are known at a height: sets of four, forty blocks each.
fn terms(height: u64) -> Vec<Term> {
    Terms::new(genesis(&[&[0, 1, 2, 3]])).unwrap().known_at(Height(height)).unwrap()
}

/// Blocks from height 1 on, each in the view that is given.
fn chain(views: &[u64]) -> Vec<Block> {
    let body = Body::default();
    let mut parent = CHAIN;
    let mut blocks = Vec::new();
    for (height, view) in (1..).zip(views) {
        let header = Header {
            parent,
            height: Height(height),
            epoch: Epoch((height - 1) / 40 + 1),
            view: View(*view),
            transactions_root: body.transactions_root(),
            evidence_hash: body.evidence_hash(),
            ..Header::default()
        };
        let block = Block::new(header, body.clone());
        parent = block.hash();
        blocks.push(block);
    }
    blocks
}

fn certificate(header: &Header) -> Certificate {
    let said = seen_header(header, Height::ZERO).statement(Kind::Vote);
    Certificate {
        place: said.place,
        height: said.height,
        index: said.index,
        hash: said.hash,
        signers: [0, 1, 2].into_iter().collect(),
        signature: Signature([0; 96]),
    }
}

fn link(header: &Header) -> Link {
    Link { header: seen_header(header, Height::ZERO), certificate: certificate(header) }
}

/// Each block as it travels, with as many above as prove it; those at the end that nothing proves are left out.
fn stored(blocks: &[Block]) -> Vec<Arc<Stored>> {
    let links: Vec<Link> = blocks.iter().map(|block| link(block.header())).collect();
    let find = |height: Height, hash: Hash| {
        let block = &blocks[usize::try_from(height.0).unwrap() - 1];
        (block.hash() == hash).then(|| block.header().clone())
    };
    let proven = (0..blocks.len()).map_while(|at| {
        let proof = CommitProof::shortest(&links[at..])?;
        let proof = Proven::of(&proof, find).unwrap().encode().unwrap().into();
        Some(Arc::new(Stored { block: blocks[at].clone(), proof }))
    });
    proven.collect()
}

fn reproved(stored: &Arc<Stored>, change: impl FnOnce(&mut Proven)) -> Arc<Stored> {
    let mut proven: Proven = codec::decode(&stored.proof, Proven::LIMIT).unwrap();
    change(&mut proven);
    let proof = proven.encode().unwrap().into();
    Arc::new(Stored { block: stored.block.clone(), proof })
}

fn headers(block: &Header) -> Blob<1024> {
    let mut bytes = Vec::new();
    block.encode(&mut bytes);
    Blob::new(bytes).unwrap()
}

#[test]
fn every_signature_of_a_range_is_checked_once() {
    let blocks = chain(&[0; 10]);
    let range = stored(&blocks);
    assert_eq!(range.len(), 8);
    let checked = check_final(&range, &terms(0), &CHAIN).unwrap();
    let Checked::Final { proofs, claims, above } = checked else { panic!("{checked:?}") };
    let wanted: Vec<Claim> = blocks
        .iter()
        .map(|block| Claim::certificate(&certificate(block.header()), &CHAIN))
        .collect();
    assert_eq!(claims, wanted);
    assert!(above.iter().eq(blocks[8..].iter().map(Block::header)));
    for (proof, block) in proofs.iter().zip(&blocks) {
        assert_eq!(proof.header(), Some(&seen(block, Height(40))));
        assert_eq!(proof.0.len(), 3);
    }
}

#[test]
fn a_block_that_was_replaced_is_not_proven_by_those_above_another() {
    // Two blocks of one height: the first was certified and given up, the second has children.
    let blocks = chain(&[0, 0, 1, 1, 1]);
    let lost = Block::new(
        Header { extra: vec![1], view: View(0), ..blocks[2].header().clone() },
        Body::default(),
    );
    let real = link(blocks[3].header());
    // What consensus alone would take: certificates of others under headers of the liar's invention.
    let parent = link(lost.header());
    let mut above = [real, link(blocks[4].header())];
    above[0].header.parent = lost.hash();
    let [first, second] = above;
    let lie = CommitProof(List::new(vec![parent, first, second]).unwrap());
    let mut schedule = troupe_consensus::Schedule::new(terms(0)[0].clone());
    for term in &terms(0)[1..] {
        schedule.extend(term.clone()).unwrap();
    }
    assert!(lie.check(&schedule, &CHAIN).is_ok(), "signatures do not cover parents");
    // The headers of the chain tell.
    let headers = |height: Height, _: Hash| {
        Some(blocks[usize::try_from(height.0).unwrap() - 1].header().clone())
    };
    let proof = Proven::of(&lie, headers).unwrap().encode().unwrap().into();
    let stored = Arc::new(Stored { block: lost, proof });
    let refused = check_final(&[stored], &terms(0), &CHAIN).unwrap_err();
    assert!(refused.to_string().contains("no proof that a block is final"), "{refused}");
}

#[test]
fn a_range_is_final_as_far_as_the_validators_are_known() {
    // The second set is elected at height 27; blocks 38 and on need it, or what is above them does.
    let blocks = chain(&[0; 60]);
    let range = stored(&blocks);
    let known = |height| match check_final(&range, &terms(height), &CHAIN).unwrap() {
        Checked::Final { proofs, claims, above } => {
            assert!(above.is_empty() || proofs.len() == range.len());
            assert!(claims.len() >= proofs.len());
            proofs.len()
        }
        Checked::NotYet => 0,
    };
    assert_eq!(known(26), 38, "two above the last one that is proven");
    assert_eq!(known(27), 58, "all");
    let late = &range[38..];
    assert_eq!(check_final(late, &terms(26), &CHAIN), Ok(Checked::NotYet));
}

#[test]
fn blocks_whose_views_are_apart_are_proven_by_more_above() {
    let blocks = chain(&[0, 3, 5, 7, 8, 8]);
    let range = stored(&blocks);
    let Checked::Final { proofs, .. } = check_final(&range, &terms(0), &CHAIN).unwrap() else {
        panic!("the terms are known")
    };
    let lengths: Vec<usize> = proofs.iter().map(|proof| proof.0.len()).collect();
    assert_eq!(lengths, [5, 4, 3, 3]);
}

#[test]
fn what_is_no_proof_is_refused() {
    let range = stored(&chain(&[0; 6]));
    let last = range.last().unwrap();
    let other = chain(&[9; 6]);
    let check = |stored: Arc<Stored>| check_final(&[stored], &terms(0), &CHAIN);
    assert!(check(Arc::clone(last)).is_ok());
    let cases: [(&str, Arc<Stored>); 7] = [
        ("no bytes", Arc::new(Stored { block: last.block.clone(), proof: Default::default() })),
        (
            "too few above",
            reproved(last, |proven| {
                proven.above = List::new(proven.above[..1].to_vec()).unwrap();
            }),
        ),
        (
            "too few signers",
            reproved(last, |proven| {
                proven.own.signers = [0, 1].into_iter().collect();
            }),
        ),
        (
            "strangers",
            reproved(last, |proven| {
                proven.own.signers = [0, 1, 4].into_iter().collect();
            }),
        ),
        (
            "another block's certificate",
            reproved(last, |proven| {
                proven.own = certificate(other[3].header());
            }),
        ),
        (
            "another header",
            reproved(last, |proven| {
                let mut above = proven.above.to_vec();
                above[0].header = headers(other[4].header());
                proven.above = List::new(above).unwrap();
            }),
        ),
        (
            "no header",
            reproved(last, |proven| {
                let mut above = proven.above.to_vec();
                above[1].header = Blob::new(vec![0xc0]).unwrap();
                proven.above = List::new(above).unwrap();
            }),
        ),
    ];
    for (what, stored) in cases {
        assert!(check(stored).is_err(), "{what}");
    }
    assert!(check_final(&[], &terms(0), &CHAIN).is_err());
    assert!(check_final(&range, &[], &CHAIN).is_err());
}

#[test]
fn a_long_proof_fits_and_a_cut_one_is_none() {
    // Each view but the last two is two above the one before: nothing settles before the end.
    let range = stored(&chain(&(0..39).map(|at| 2 * at).chain([77]).collect::<Vec<_>>()));
    let first = range.first().unwrap();
    let proven: Proven = codec::decode(&first.proof, Proven::LIMIT).unwrap();
    assert!(proven.above.len() > 30, "{}", proven.above.len());
    assert!(check_final(&range[..1], &terms(0), &CHAIN).is_ok());
    for cut in [1, 100, first.proof.len() - 1] {
        let proof = first.proof.slice(..first.proof.len() - cut);
        let cut = Arc::new(Stored { block: first.block.clone(), proof });
        assert!(check_final(&[cut], &terms(0), &CHAIN).is_err());
    }
    assert!(codec::decode::<Proven>(&vec![0; (64 << 10) + 1], Proven::LIMIT).is_err());
}

proptest! {
    /// Whatever is changed of a proof, what passes proves this very block, by headers that are real.
    #[test]
    fn no_changed_proof_proves_another_block(
        views in proptest::collection::vec(0u64..3, 4..30),
        changes in proptest::collection::vec((any::<u16>(), any::<u8>()), 1..4),
    ) {
        let mut at = 0;
        let views: Vec<u64> = views.iter().map(|step| { at += step; at }).collect();
        let blocks = chain(&views);
        let range = stored(&blocks);
        for one in &range {
            let mut proof = one.proof.to_vec();
            for (at, byte) in &changes {
                let at = usize::from(*at) % proof.len();
                proof[at] = *byte;
            }
            let changed = Arc::new(Stored { block: one.block.clone(), proof: proof.into() });
            if let Ok(Checked::Final { proofs, claims, .. }) =
                check_final(&[changed], &terms(0), &CHAIN)
            {
                prop_assert_eq!(proofs.len(), 1);
                prop_assert_eq!(proofs[0].header().unwrap().hash, one.block.hash());
                prop_assert_eq!(proofs[0].0.len(), claims.len());
                for pair in proofs[0].0.windows(2) {
                    prop_assert_eq!(pair[1].header.parent, pair[0].header.hash);
                }
            }
        }
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let block = chain(&[0]).remove(0);
        let stored = Arc::new(Stored { block, proof: bytes.into() });
        prop_assert!(check_final(&[stored], &terms(0), &CHAIN).is_err());
    }
}
