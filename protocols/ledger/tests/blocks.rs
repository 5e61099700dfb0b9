//! Blocks that break a rule, and what a block may hold.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use common::{LAT, account, begin, coinbase, genesis, secrets, transfer, vrf_secret};
use std::cell::Cell;
use std::sync::Arc;
use troupe_chain::block::{Body, Header};
use troupe_chain::state::StateView;
use troupe_chain::{Block, Recovered};
use troupe_consensus::{Claim, CommitProof, Fill, MAX_BODY, Order, Outcome, Place, Term};
use troupe_crypto::sr25519::PublicKey;
use troupe_crypto::vrf::Proof;
use troupe_ledger::{Done, Draw, Error, Job, Known, Ledger, Nothing, Offer, Worker, belongs, seen};
use troupe_types::{Address, Gas, Hash, Height, UnixMillis, View};
use troupe_wire::{Blob, List, Machine as _, Now, Sequential};

fn ledger() -> Ledger {
    begin(&genesis(&[&[0, 1, 2, 3]]))
}

fn order(ledger: &Ledger) -> Order {
    let head = ledger.head().block.header();
    Order {
        parent: ledger.head().block.hash(),
        height: head.height.next().unwrap(),
        place: Place::new(1, 0),
        index: 0,
        time: UnixMillis(head.time.0 + 1_000),
        ends_epoch: false,
        fill: Fill::Whatever,
    }
}

fn built(candidates: &[Recovered]) -> troupe_consensus::Block {
    let mut ledger = ledger();
    let order = order(&ledger);
    ledger.build(&order, Offer::transactions(candidates), &secrets(), &Sequential).unwrap().0
}

/// The block with another header or body, under the name that fits it.
fn changed(
    block: &troupe_consensus::Block,
    change: impl FnOnce(&mut Header, &mut Body),
) -> troupe_consensus::Block {
    let inner = Block::decode(&block.body).unwrap();
    let (mut header, mut body) = (inner.header().clone(), inner.body().clone());
    change(&mut header, &mut body);
    let inner = Block::new(header, body);
    let header = seen(&inner, Height::ZERO);
    troupe_consensus::Block { header, body: Blob::new(inner.encode().unwrap()).unwrap() }
}

fn execute(block: &troupe_consensus::Block) -> Outcome {
    ledger().execute(block, &Nothing, &Sequential).unwrap()
}

#[test]
fn what_one_ledger_builds_another_executes_to_the_same_root() {
    let block = built(&[transfer(1, 0, account(2), LAT)]);
    assert!(belongs(&block));
    assert!(block.header.causes.has_transactions);
    assert_eq!(execute(&block), Outcome::Valid { root: block.header.root, elected: None });
}

#[test]
fn a_block_that_claims_another_root_gives_the_root_that_came_out_and_is_not_kept() {
    let block = built(&[transfer(1, 0, account(2), LAT)]);
    let wrong = changed(&block, |header, _| header.state_root = Hash([7; 32]));
    let mut ledger = ledger();
    let outcome = ledger.execute(&wrong, &Nothing, &Sequential).unwrap();
    assert_eq!(outcome, Outcome::Valid { root: block.header.root, elected: None });
    assert_eq!(
        ledger.nonces_above(wrong.header.hash),
        Default::default(),
        "as if it had never been there"
    );
    assert!(ledger.view(wrong.header.hash).is_err());
}

/// What the validator would draw at a height above the genesis block.
fn drawn(at: usize, height: u64) -> Vec<u8> {
    let genesis = Arc::clone(&ledger().head().block);
    let draw = Draw::new(&genesis.hash(), &genesis.header().word(), Height(height));
    draw.prove(&vrf_secret(at)).0.to_vec()
}

type Change = fn(&mut Header, &mut Body);

#[test]
fn a_block_with_any_field_wrong_is_invalid() {
    let block = built(&[transfer(1, 0, account(2), LAT)]);
    let changes: &[(&str, Change)] = &[
        ("coinbase", |header, _| header.coinbase = coinbase(1)),
        ("transactions root", |header, _| header.transactions_root = Hash([7; 32])),
        ("receipts root", |header, _| header.receipts_root = Hash([7; 32])),
        ("bloom", |header, _| header.logs_bloom.0[3] ^= 1),
        ("height", |header, _| header.height = Height(2)),
        ("gas limit", |header, _| header.gas_limit = Gas(29_999_999)),
        ("gas used", |header, _| header.gas_used = Gas(20_999)),
        ("time", |header, _| header.time = UnixMillis(1)),
        ("base fee", |header, _| header.base_fee = 11),
        ("epoch", |header, _| header.epoch = troupe_types::Epoch(3)),
        ("view of another proposer", |header, _| header.view = View(1)),
        ("no word", |header, _| header.randomness.clear()),
        ("half a word", |header, _| header.randomness.truncate(48)),
        ("the word of another proposer", |header, _| header.randomness = drawn(1, 1)),
        ("the word of another height", |header, _| header.randomness = drawn(0, 2)),
        ("a word that is not proven", |header, _| header.randomness[40] ^= 1),
        ("a word that is no point", |header, _| header.randomness[..32].fill(0xff)),
        ("evidence hash", |header, _| header.evidence_hash = Hash([7; 32])),
        ("a next term where none is elected", |header, _| header.next_term = Some(Hash([7; 32]))),
        ("a transaction less", |_, body| body.transactions.clear()),
        ("evidence that proves nothing", |header, body| {
            body.evidence.push(alloy_primitives::Bytes::from_static(b"nothing"));
            header.evidence_hash = body.evidence_hash();
        }),
        ("a transaction twice", |header, body| {
            let again = Arc::clone(&body.transactions[0]);
            body.transactions.push(again);
            header.transactions_root = body.transactions_root();
        }),
    ];
    for (what, change) in changes {
        assert_eq!(execute(&changed(&block, *change)), Outcome::Invalid, "{what}");
    }
}

#[test]
fn bytes_that_are_not_the_named_block_do_not_belong() {
    let block = built(&[transfer(1, 0, account(2), LAT)]);
    for length in 0..block.body.len() {
        let body = Blob::new(block.body[..length].to_vec()).unwrap();
        assert!(!belongs(&troupe_consensus::Block { header: block.header.clone(), body }));
    }
    let mut header = block.header.clone();
    header.causes.has_transactions = false;
    assert!(!belongs(&troupe_consensus::Block { header, body: block.body.clone() }));
    let mut header = block.header.clone();
    header.root = Hash([1; 32]);
    assert!(!belongs(&troupe_consensus::Block { header, body: block.body }));
}

#[test]
fn a_block_on_a_parent_that_is_not_known_is_an_error_and_no_verdict() {
    let block = built(&[]);
    let stray = changed(&block, |header, _| header.parent = Hash([9; 32]));
    let outcome = ledger().execute(&stray, &Nothing, &Sequential);
    assert_eq!(outcome, Err(Error::UnknownBlock { got: Hash([9; 32]) }));
}

#[test]
fn a_builder_passes_over_what_has_no_place_and_never_exceeds_a_message() {
    let mut candidates =
        vec![transfer(1, 1, account(2), 1), transfer(2, 0, account(1), 2_000 * LAT)];
    for who in 1..=9 {
        candidates.extend((0..300).map(|nonce| transfer(who, nonce, Address([9; 20]), 1)));
    }
    let mut ledger = ledger();
    let order = order(&ledger);
    let offer = Offer::transactions(&candidates);
    let (block, _) = ledger.build(&order, offer, &secrets(), &Sequential).unwrap();
    let inner = Block::decode(&block.body).unwrap();
    // 30 million gas are 1,428 transfers; their bytes fit.
    assert_eq!(inner.body().transactions.len(), 1_428);
    assert!(block.body.len() <= MAX_BODY, "{}", block.body.len());
    assert_eq!(ledger.nonces_above(block.header.hash)[&account(1)], 300);
    let other = begin(&genesis(&[&[0, 1, 2, 3]])).execute(&block, &Nothing, &Sequential);
    assert_eq!(other, Ok(Outcome::Valid { root: block.header.root, elected: None }));
}

/// Knows every transaction it was given.
struct Knows(Vec<Recovered>, Cell<u32>);

impl Known for Knows {
    fn transaction(&self, hash: &Hash) -> Option<Recovered> {
        self.1.set(self.1.get() + 1);
        self.0.iter().find(|one| one.hash() == *hash).cloned()
    }

    fn verify(&self, _: &Term, _: &[Claim]) -> bool {
        true
    }

    fn prove(&self, _: &PublicKey, _: &Draw) -> Option<Proof> {
        None
    }
}

#[test]
fn what_the_pool_knows_is_taken_from_there_and_the_outcome_is_the_same() {
    let real = transfer(1, 0, account(2), LAT);
    let block = built(std::slice::from_ref(&real));
    let known = Knows(vec![real], Cell::new(0));
    let outcome = ledger().execute(&block, &known, &Sequential).unwrap();
    assert_eq!(outcome, Outcome::Valid { root: block.header.root, elected: None });
    assert_eq!(known.1.get(), 1, "it was asked");
}

#[test]
fn a_worker_does_the_jobs_of_its_ledger_in_turn_and_answers_by_their_numbers() {
    let first = ledger();
    let order = order(&first);
    let mut worker = Worker::new(first, secrets(), Sequential);
    let mut out = Vec::new();
    let mut step = |job| {
        worker.step(Now::default(), job, &mut out);
        out.pop().unwrap()
    };
    let candidates = vec![transfer(1, 0, account(2), LAT)];
    let Done::Built { id: 7, block, elected: None } =
        step(Job::Build { id: 7, order, candidates, evidence: Vec::new() })
    else {
        panic!("it builds")
    };
    let hash = block.header.hash;
    let Done::Nonces { id: 8, nonces } = step(Job::Nonces { id: 8, above: hash }) else {
        panic!("it counts")
    };
    assert_eq!(nonces[&account(1)], 1);
    let done = step(Job::Execute { id: 9, block: Arc::new(block.clone()) });
    let valid = Outcome::Valid { root: block.header.root, elected: None };
    assert!(
        matches!(done, Done::Executed { id: 9, hash: it, outcome } if it == hash && outcome == valid)
    );
    let proof = CommitProof(List::default());
    let Done::Committed { committed, view, .. } = step(Job::Commit { hash, proof: proof.clone() })
    else {
        panic!("it commits")
    };
    assert_eq!((committed.block.hash(), committed.receipts.len()), (hash, 1));
    assert_eq!(view.account(&account(1)).unwrap().unwrap().nonce, 1);
    // What would stand on a block that is not there any more is no failure: another was faster.
    let gone = Job::Build { id: 10, order, candidates: Vec::new(), evidence: Vec::new() };
    assert!(matches!(step(gone), Done::Gone { id: 10 }), "its parent is below the head");
    let stray = Arc::new(changed(&block, |header, _| header.parent = Hash([9; 32])));
    assert!(matches!(step(Job::Execute { id: 11, block: stray }), Done::Gone { id: 11 }));
    // Committing it again is out of order.
    assert!(matches!(step(Job::Commit { hash, proof }), Done::Failed(_)));
}
