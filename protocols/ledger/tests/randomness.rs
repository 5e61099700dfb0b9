//! The random words of blocks: who draws them, and where they are remembered.

mod common;

use alloy_primitives::U256;
use common::{LAT, Net, account, begin, genesis, secrets, transfer, vrf_secret};
use std::collections::BTreeSet;
use troupe_chain::Header;
use troupe_chain::state::StateView;
use troupe_consensus::{CommitProof, Fill, Order, Place};
use troupe_crypto::Fixed;
use troupe_crypto::vrf::Proof;
use troupe_ledger::{Done, Draw, Error, Job, Ledger, Nothing, Offer, Secrets, Worker};
use troupe_types::{Epoch, Hash, Height, Millis, UnixMillis, View};
use troupe_vm::{RANDOMNESS, remembered, word_of_view};
use troupe_wire::{List, Machine as _, Now, Sequential};

fn order(ledger: &Ledger, view: u64) -> Order {
    let head = &ledger.head().block;
    Order {
        parent: head.hash(),
        height: Height(1),
        place: Place::new(1, view),
        index: 0,
        time: UnixMillis(head.header().time.0 + 1_000),
        ends_epoch: false,
        fill: Fill::Whatever,
    }
}

#[test]
fn each_block_has_the_word_that_its_proposer_draws_from_the_word_before_and_each_view_one_from_the_view_before()
 {
    let mut net = Net::new(&[&[0, 1, 2, 3], &[4, 5, 6, 7]]);
    let is_past = |net: &Net| net.nodes[0].committed.len() > 45;
    assert!(net.run(Millis::secs(120), is_past), "over the edge of an epoch");
    let (mut words, mut keys) = (BTreeSet::new(), BTreeSet::new());
    let mut ledger = begin(&net.genesis);
    let chain = ledger.head().block.hash();
    let mut before = ledger.head().block.header().word();
    let mut of_view = before;
    for committed in &net.nodes[0].committed {
        let header: &Header = committed.block.header();
        let proposer = ledger.terms().proposer(header.epoch, header.view).unwrap().unwrap();
        let key = troupe_crypto::sr25519::PublicKey::from_bytes(&proposer.vrf).unwrap();
        let proof = Proof::read(&header.randomness).unwrap();
        let draw = match header.index {
            0 => Draw::of_view(&chain, &of_view),
            _ => Draw::new(&chain, &before, header.height),
        };
        assert_eq!(draw.verify(&key, &proof), Ok(header.word()));
        let kept = committed.changes.storage[&RANDOMNESS].get(&word_of_view());
        assert_eq!(kept.is_some(), header.index == 0);
        if let Some(kept) = kept {
            of_view = header.word();
            assert_eq!(*kept, U256::from_be_bytes(of_view.0));
        }
        // An empty block remembers its word, too.
        for (slot, value) in remembered(header.height, header.word()) {
            assert_eq!(committed.changes.storage[&RANDOMNESS][&slot], value);
        }
        before = header.word();
        words.insert(before);
        keys.insert(key);
    }
    assert_eq!(words.len(), net.nodes[0].committed.len(), "no word twice");
    assert!(keys.len() > 4, "validators of both sets drew");
}

#[test]
fn a_word_is_proven_against_the_root_of_its_block() {
    let mut ledger = begin(&genesis(&[&[0, 1, 2, 3]]));
    let order = order(&ledger, 0);
    let transactions = [transfer(1, 0, account(2), LAT)];
    let offer = Offer::transactions(&transactions);
    let (block, _) = ledger.build(&order, offer, &secrets(), &Sequential).unwrap();
    let inner = troupe_chain::Block::decode(&block.body).unwrap();
    let [(place, word), (last, height)] = remembered(Height(1), inner.header().word());
    let proof = ledger.state().prove(block.header.hash, &RANDOMNESS, &[place, last]).unwrap();
    assert_eq!((proof.slots[0].value, proof.slots[1].value), (word, height));
    assert_eq!(height, U256::from(1));
    let account = ledger.view(block.header.hash).unwrap().account(&RANDOMNESS).unwrap().unwrap();
    assert_eq!((account.nonce, account.balance), (1, U256::ZERO), "it is not empty");
}

#[test]
fn the_word_of_a_height_depends_on_who_proposes_and_on_nothing_that_he_chooses() {
    let built = |view, tip: u128, seconds| {
        let mut ledger = begin(&genesis(&[&[0, 1, 2, 3]]));
        let mut order = order(&ledger, view);
        order.time = UnixMillis(order.time.0 + seconds);
        let transactions = [transfer(1, 0, account(2), tip)];
        let offer = Offer::transactions(&transactions);
        let (block, _) = ledger.build(&order, offer, &secrets(), &Sequential).unwrap();
        troupe_chain::Block::decode(&block.body).unwrap().header().clone()
    };
    let one = built(0, 1, 0);
    let other = built(0, 2, 1_000);
    assert_ne!(one.hash(), other.hash());
    assert_eq!(one.word(), other.word(), "of other blocks of the same proposer");
    // Four views later it is his turn again.
    assert_eq!(built(4, 1, 0).word(), one.word());
    assert_ne!(built(1, 1, 0).word(), one.word());
}

/// Two views of one proposer: it makes so many blocks in the first one. Then the next one has its turn.
#[test]
fn how_many_blocks_a_proposer_makes_in_its_view_changes_nothing_of_what_the_next_one_draws() {
    let next = |count: u32| {
        let mut ledger = begin(&genesis(&[&[0, 1, 2, 3]]));
        for (view, index) in (0..count).map(|index| (0, index)).chain([(1, 0)]) {
            let height = ledger.head().block.header().height.next().unwrap();
            let order = Order { height, index, ..order(&ledger, view) };
            let built = ledger.build(&order, Offer::default(), &secrets(), &Sequential);
            let hash = built.unwrap().0.header.hash;
            ledger.commit(hash, CommitProof(List::default())).unwrap();
        }
        ledger.head().block.header().word()
    };
    let words: BTreeSet<Hash> = (1..10).map(next).collect();
    assert_eq!(words.len(), 1);
    assert_ne!(Some(&next(0)), words.first(), "to make none does");
}

#[test]
fn another_network_has_other_words() {
    let first = |chain_id| {
        let genesis = troupe_chain::Genesis { chain_id, ..genesis(&[&[0, 1, 2, 3]]) };
        let head = begin(&genesis).head().block.clone();
        let draw = Draw::of_view(&head.hash(), &head.header().word());
        (head.header().word(), draw.prove(&vrf_secret(0)).word())
    };
    let (one, other) = (first(1), first(2));
    assert_ne!(one.0, other.0);
    assert_ne!(one.1, other.1);
}

#[test]
fn whoever_has_not_the_key_makes_no_block_and_goes_on() {
    let ledger = begin(&genesis(&[&[0, 1, 2, 3]]));
    let order = order(&ledger, 2);
    let others = Secrets(vec![vrf_secret(0), vrf_secret(1)]);
    let mut worker = Worker::new(ledger, others, Sequential);
    let mut out = Vec::new();
    let candidates = vec![transfer(1, 0, account(2), LAT)];
    let job = Job::Build { id: 3, order, candidates, evidence: Vec::new() };
    worker.step(Now::default(), job, &mut out);
    let want = Error::NoKey { epoch: Epoch(1), view: View(2) };
    assert!(matches!(out.pop(), Some(Done::Unable { id: 3, error }) if error == want));
    // What others make it executes.
    let mut maker = begin(&genesis(&[&[0, 1, 2, 3]]));
    let offer = Offer::default();
    let (block, _) = maker.build(&order, offer, &secrets(), &Sequential).unwrap();
    let job = Job::Execute { id: 4, block: std::sync::Arc::new(block) };
    worker.step(Now::default(), job, &mut out);
    assert!(matches!(out.pop(), Some(Done::Executed { id: 4, .. })));
    let refused = maker.build(&order, offer, &Nothing, &Sequential);
    assert_eq!(refused.map(|_| ()), Err(want));
}

#[test]
fn the_word_of_the_genesis_block_is_of_its_own_hash() {
    let head = begin(&genesis(&[&[0, 1, 2, 3]])).head().block.clone();
    let header = head.header();
    let want = troupe_crypto::hash::tagged("troupe first word", &[&header.hash().0]);
    assert_eq!((header.word(), header.word() == Hash::default()), (want, false));
}
