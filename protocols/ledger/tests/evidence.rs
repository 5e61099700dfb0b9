//! Evidence against validators: what blocks may carry, and what becomes of it.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use alloy_primitives::{Bytes, U256};
use common::economy::{STAKE, staked};
use common::{LAT, Signatures, account, begin, genesis, transfer, validator_secret};
use proptest::prelude::*;
use troupe_chain::Block;
use troupe_chain::block::{Body, Header};
use troupe_chain::state::StateView;
use troupe_consensus::{
    CommitProof, Evidence, Fill, Kind, MAX_EVIDENCE, Order, Outcome, Place, Statement, sign,
};
use troupe_crypto::Keyed;
use troupe_ledger::{Ledger, Offer, SLASHING, STAKING, belongs, offence_slot, seen};
use troupe_types::{Epoch, Hash, Height, UnixMillis};
use troupe_wire::{Blob, List, Sequential};

fn ledger() -> Ledger {
    begin(&genesis(&[&[0, 1, 2, 3]]))
}

fn chain() -> Hash {
    ledger().head().block.hash()
}

fn statement(kind: Kind, place: Place, hash: u8) -> Statement {
    let (height, hash) = (Height(place.view.0 + 1), Hash([hash; 32]));
    Statement { kind, place, height, index: 0, hash, certified: None }
}

/// Two statements of a validator, signed for a chain.
fn pair(chain: &Hash, signer: u16, one: Statement, two: Statement) -> Evidence {
    let secret = validator_secret(signer.into());
    let signed = |said: Statement| (said, sign::<Keyed>(&secret, &said, chain).unwrap());
    Evidence::new(signer, signed(one), signed(two)).unwrap()
}

fn contradiction(signer: u16, kind: Kind, place: Place) -> Evidence {
    pair(&chain(), signer, statement(kind, place, 1), statement(kind, place, 2))
}

fn order(ledger: &Ledger, parent: &Header, hash: Hash) -> Order {
    Order {
        parent: hash,
        height: parent.height.next().unwrap(),
        place: Place::new(ledger.head().block.header().epoch.0.max(1), 0),
        index: u32::try_from(parent.height.0).unwrap(),
        time: UnixMillis(parent.time.0 + 1_000),
        ends_epoch: false,
        fill: Fill::Whatever,
    }
}

fn on_head(ledger: &Ledger) -> Order {
    let head = &ledger.head().block;
    order(ledger, head.header(), head.hash())
}

fn build(ledger: &mut Ledger, order: &Order, evidence: &[Evidence]) -> troupe_consensus::Block {
    let transactions = [transfer(1, 0, account(2), LAT)];
    let offer = Offer { transactions: &transactions, evidence };
    ledger.build(order, offer, &Signatures, &Sequential).unwrap().0
}

fn execute(ledger: &mut Ledger, block: &troupe_consensus::Block) -> Outcome {
    assert!(belongs(block));
    ledger.execute(block, &Signatures, &Sequential).unwrap()
}

fn valid(block: &troupe_consensus::Block) -> Outcome {
    Outcome::Valid { root: block.header.root, elected: None }
}

fn carried(block: &troupe_consensus::Block) -> Vec<Bytes> {
    Block::decode(&block.body).unwrap().body().evidence.clone()
}

/// The block with this evidence instead, under the name that fits it.
fn carrying(block: &troupe_consensus::Block, evidence: Vec<Bytes>) -> troupe_consensus::Block {
    let inner = Block::decode(&block.body).unwrap();
    let (mut header, body) = (inner.header().clone(), inner.body().clone());
    let body = Body { evidence, ..body };
    header.evidence_hash = body.evidence_hash();
    let inner = Block::new(header, body);
    let header = seen(&inner, Height::ZERO);
    troupe_consensus::Block { header, body: Blob::new(inner.encode().unwrap()).unwrap() }
}

/// What the slashing contract has of an offence after a block.
fn recorded(ledger: &mut Ledger, after: Hash, evidence: &Evidence) -> U256 {
    let offence = evidence.offence();
    let key = ledger.terms().of(offence.epoch).unwrap().set.get(offence.signer).unwrap().key;
    ledger.view(after).unwrap().storage(&SLASHING, &offence_slot(&key, &offence)).unwrap()
}

#[test]
fn what_one_ledger_builds_with_evidence_another_executes_to_the_same_root() {
    let evidence = contradiction(2, Kind::Vote, Place::new(1, 0));
    let (mut one, mut other) = (ledger(), ledger());
    let order = on_head(&one);
    let block = build(&mut one, &order, &[evidence]);
    assert!(block.header.causes.has_evidence, "it needs finality");
    assert_eq!(carried(&block), [Bytes::from(evidence.encode().unwrap())]);
    assert_eq!(execute(&mut other, &block), valid(&block));
    for ledger in [&mut one, &mut other] {
        assert_eq!(recorded(ledger, block.header.hash, &evidence), U256::from(1));
        let view = ledger.view(block.header.hash).unwrap();
        let contract = view.account(&SLASHING).unwrap().unwrap();
        assert_eq!((contract.nonce, contract.balance), (1, U256::ZERO), "it is not empty");
        assert!(!contract.is_plain(), "the root of its storage is in the account");
    }
    // It costs no gas: the one transfer is all.
    let inner = Block::decode(&block.body).unwrap();
    assert_eq!(inner.header().gas_used.0, 21_000);
    // The root commits to the record.
    let key = other.terms().of(Epoch(1)).unwrap().set.get(2).unwrap().key;
    let slot = offence_slot(&key, &evidence.offence());
    let proof = other.state().prove(block.header.hash, &SLASHING, &[slot]).unwrap();
    assert_eq!(proof.slots[0].value, U256::from(1));
}

#[test]
fn an_offence_counts_once() {
    let evidence = contradiction(2, Kind::Vote, Place::new(1, 0));
    let bytes = Bytes::from(evidence.encode().unwrap());
    let (mut one, mut other) = (ledger(), ledger());
    let on_genesis = on_head(&one);
    let first = build(&mut one, &on_genesis, &[evidence]);
    let twice = carrying(&first, vec![bytes.clone(), bytes.clone()]);
    assert_eq!(execute(&mut other, &twice), Outcome::Invalid, "in one block");
    // Another proof of the same offence is none either.
    let place = Place::new(1, 0);
    let also = pair(&chain(), 2, statement(Kind::Vote, place, 1), statement(Kind::Vote, place, 3));
    let both = vec![bytes.clone(), also.encode().unwrap().into()];
    assert_eq!(execute(&mut other, &carrying(&first, both)), Outcome::Invalid);

    assert_eq!(execute(&mut other, &first), valid(&first));
    let parent = Block::decode(&first.body).unwrap();
    let on_first = order(&one, parent.header(), first.header.hash);
    let offer = Offer { transactions: &[], evidence: &[evidence, also] };
    let (next, _) = one.build(&on_first, offer, &Signatures, &Sequential).unwrap();
    assert!(carried(&next).is_empty(), "a builder leaves it out");
    for again in [evidence, also] {
        let again = carrying(&next, vec![again.encode().unwrap().into()]);
        assert_eq!(execute(&mut other, &again), Outcome::Invalid, "in the next block");
    }
    assert_eq!(execute(&mut other, &next), valid(&next));
    // And when the first is final.
    for hash in [first.header.hash, next.header.hash] {
        for ledger in [&mut one, &mut other] {
            ledger.commit(hash, CommitProof(List::default())).unwrap();
        }
    }
    let order = on_head(&one);
    let offer = Offer { transactions: &[], evidence: &[evidence] };
    let (late, _) = one.build(&order, offer, &Signatures, &Sequential).unwrap();
    assert_eq!(execute(&mut other, &carrying(&late, vec![bytes])), Outcome::Invalid);
    assert_eq!(recorded(&mut other, next.header.hash, &evidence), U256::from(1), "the height");
}

#[test]
fn another_view_kind_or_validator_is_another_offence_and_a_block_takes_four() {
    let place = Place::new(1, 3);
    let all = [
        contradiction(0, Kind::Vote, place),
        contradiction(0, Kind::Proposal, place),
        contradiction(0, Kind::ViewChange, place),
        contradiction(0, Kind::Vote, Place::new(1, 4)),
        contradiction(1, Kind::Vote, place),
        contradiction(2, Kind::ViewChange, place),
    ];
    let (mut one, mut other) = (ledger(), ledger());
    let order_of_first = on_head(&one);
    let first = build(&mut one, &order_of_first, &all);
    assert_eq!(carried(&first).len(), MAX_EVIDENCE);
    assert_eq!(execute(&mut other, &first), valid(&first));
    let parent = Block::decode(&first.body).unwrap();
    let order_of_next = order(&one, parent.header(), first.header.hash);
    let offer = Offer { transactions: &[], evidence: &all };
    let (next, _) = one.build(&order_of_next, offer, &Signatures, &Sequential).unwrap();
    assert_eq!(carried(&next).len(), 2, "the rest");
    assert_eq!(execute(&mut other, &next), valid(&next));
    let heights = all.map(|evidence| recorded(&mut other, next.header.hash, &evidence));
    assert_eq!(heights, [1, 1, 1, 1, 2, 2].map(U256::from));
    // An order for nothing gets nothing.
    let empty = Order { fill: Fill::Nothing, ..order_of_first };
    let empty = build(&mut ledger(), &empty, &all);
    assert!(!empty.header.causes.any());
}

#[test]
fn what_proves_nothing_makes_a_block_invalid_and_no_builder_takes_it() {
    let place = Place::new(1, 0);
    let good = contradiction(2, Kind::Vote, place);
    let elsewhere = Hash([7; 32]);
    let (one, two) = (statement(Kind::Vote, place, 1), statement(Kind::Vote, place, 2));
    let turned = Evidence {
        first: good.second,
        second: good.first,
        first_signature: good.second_signature,
        second_signature: good.first_signature,
        ..good
    };
    let padded = Statement { certified: Some(Place::new(1, 0)), ..one };
    let cases = [
        ("of another chain", pair(&elsewhere, 2, one, two)),
        ("of an epoch before the first", contradiction(2, Kind::Vote, Place::new(0, 0))),
        ("of an epoch to come", contradiction(2, Kind::Vote, Place::new(2, 0))),
        ("of an epoch that never comes", contradiction(2, Kind::Vote, Place::new(u64::MAX, 0))),
        ("against somebody else", Evidence { signer: 1, ..good }),
        ("against nobody", Evidence { signer: 4, ..good }),
        ("with one signature bad", Evidence { second_signature: good.first_signature, ..good }),
        ("in the other order", turned),
        (
            "of one statement",
            Evidence { second: one, second_signature: good.first_signature, ..good },
        ),
        ("of one signature, padded", pair(&chain(), 2, one, padded)),
    ];
    let mut builder = ledger();
    let order = on_head(&builder);
    let block = build(&mut builder, &order, &[good]);
    for (what, bad) in cases {
        let bytes = bad.encode().unwrap();
        let outcome = execute(&mut ledger(), &carrying(&block, vec![bytes.into()]));
        assert_eq!(outcome, Outcome::Invalid, "{what}");
        let built = build(&mut ledger(), &order, &[bad]);
        assert!(carried(&built).is_empty(), "{what}");
    }
    // Bytes that are not the one encoding.
    let bytes = good.encode().unwrap();
    let mut longer = vec![251, 2, 0];
    longer.extend(&bytes[1..]);
    let others = [vec![], bytes[1..].to_vec(), [&bytes[..], &[0]].concat(), longer];
    for other in others {
        let outcome = execute(&mut ledger(), &carrying(&block, vec![other.into()]));
        assert_eq!(outcome, Outcome::Invalid);
    }
    assert_eq!(execute(&mut ledger(), &block), valid(&block), "nothing else is wrong with it");
}

#[test]
fn the_epoch_before_still_counts_and_older_ones_do_not() {
    let genesis = genesis(&[&[0, 1, 2, 3], &[4, 5, 6, 7]]);
    let hash = begin(&genesis).head().block.hash();
    let place = Place::new(1, 5);
    let vote = |hash| statement(Kind::Vote, place, hash);
    let evidence = pair(&hash, 1, vote(1), vote(2));
    let next = Place::new(2, 5);
    // The fifth validator is the second one of the second set.
    let secret = validator_secret(5);
    let signed = |hash_of| {
        let said = statement(Kind::Vote, next, hash_of);
        (said, sign::<Keyed>(&secret, &said, &hash).unwrap())
    };
    let newer = Evidence::new(1, signed(1), signed(2)).unwrap();
    let mut ledger = begin(&genesis);
    let mut carried_at = Vec::new();
    for height in 1..=82 {
        let epoch = (height - 1) / 40 + 1;
        let order = Order { place: Place::new(epoch, 0), ..on_head(&ledger) };
        // Offered late: in the first block of the second epoch, and of the third.
        let offered: &[Evidence] =
            if height % 40 == 1 && height > 1 { &[evidence, newer] } else { &[] };
        let offer = Offer { transactions: &[], evidence: offered };
        let (block, _) = ledger.build(&order, offer, &Signatures, &Sequential).unwrap();
        for bytes in carried(&block) {
            carried_at.push((height, Evidence::decode(&bytes).unwrap()));
        }
        ledger.commit(block.header.hash, CommitProof(List::default())).unwrap();
    }
    assert_eq!(carried_at, [(41, evidence), (41, newer)]);
    assert_eq!(ledger.head().block.header().epoch, Epoch(3));
    let late = pair(&hash, 2, vote(1), vote(2));
    let order = Order { place: Place::new(3, 0), ..on_head(&ledger) };
    let offer = Offer { transactions: &[], evidence: &[late] };
    let (block, _) = ledger.build(&order, offer, &Signatures, &Sequential).unwrap();
    assert!(carried(&block).is_empty(), "two epochs ago");
    let old = carrying(&block, vec![late.encode().unwrap().into()]);
    assert_eq!(execute(&mut ledger, &old), Outcome::Invalid);
}

#[test]
fn contradictions_of_several_kinds_in_one_view_are_all_recorded_and_cost_a_stake_once() {
    let genesis = staked(7);
    let (mut one, mut other) = (begin(&genesis), begin(&genesis));
    let chain = one.head().block.hash();
    let of = |kind, view| {
        let place = Place::new(1, view);
        pair(&chain, 2, statement(kind, place, 1), statement(kind, place, 2))
    };
    let staked = |ledger: &Ledger, block: Hash| -> u128 {
        let account = ledger.view(block).unwrap().account(&STAKING).unwrap().unwrap();
        account.balance.saturating_to()
    };
    let before = staked(&one, chain);
    // Two kinds in one block, the third in the next one, beside one of another view.
    let rounds = [
        (vec![of(Kind::Vote, 0), of(Kind::Proposal, 0)], STAKE / 1_000),
        (vec![of(Kind::ViewChange, 0)], 0),
        (vec![of(Kind::Vote, 1)], (STAKE - STAKE / 1_000) / 1_000),
    ];
    let mut left = before;
    for (evidence, fine) in rounds {
        let order = on_head(&one);
        let block = build(&mut one, &order, &evidence);
        assert_eq!(carried(&block).len(), evidence.len());
        assert_eq!(execute(&mut other, &block), valid(&block));
        let hash = block.header.hash;
        assert_eq!(staked(&other, hash), left - fine);
        for evidence in &evidence {
            assert_eq!(recorded(&mut other, hash, evidence), U256::from(block.header.height.0));
        }
        for ledger in [&mut one, &mut other] {
            ledger.commit(hash, CommitProof(List::default())).unwrap();
        }
        left -= fine;
    }
}

#[derive(Debug, Clone)]
struct Offered {
    signer: u16,
    kind: usize,
    epoch: u64,
    view: u64,
    /// Whose key signs.
    by: u16,
    is_turned: bool,
}

impl Offered {
    fn evidence(&self, chain: &Hash) -> Evidence {
        let place = Place::new(self.epoch, self.view);
        let kind = Kind::ALL[self.kind];
        let good = pair(chain, self.by, statement(kind, place, 1), statement(kind, place, 2));
        let signer = self.signer;
        if !self.is_turned {
            return Evidence { signer, ..good };
        }
        let Evidence { first, second, first_signature, second_signature, .. } = good;
        Evidence {
            signer,
            first: second,
            second: first,
            first_signature: second_signature,
            second_signature: first_signature,
        }
    }
}

fn offered() -> impl Strategy<Value = Offered> {
    let parts = (0u16..5, 0usize..3, 0u64..3, 0u64..2, prop::option::of(0u16..4), 0u8..8);
    parts.prop_map(|(signer, kind, epoch, view, by, turned)| Offered {
        signer,
        kind,
        epoch,
        view,
        by: by.unwrap_or(signer),
        is_turned: turned == 0,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is offered, in however many blocks: others execute what is built, and no offence is
    /// carried twice.
    #[test]
    fn a_builder_never_makes_a_block_that_others_refuse(
        rounds in prop::collection::vec(prop::collection::vec(offered(), 0..8), 1..5),
    ) {
        let (mut one, mut other, chain) = (ledger(), ledger(), chain());
        let mut parent = (one.head().block.header().clone(), chain);
        let mut offences = std::collections::BTreeSet::new();
        for round in rounds {
            let evidence: Vec<Evidence> = round.iter().map(|it| it.evidence(&chain)).collect();
            let order = order(&one, &parent.0, parent.1);
            let offer = Offer { transactions: &[], evidence: &evidence };
            let (block, _) = one.build(&order, offer, &Signatures, &Sequential).unwrap();
            prop_assert_eq!(execute(&mut other, &block), valid(&block));
            for bytes in carried(&block) {
                let evidence = Evidence::decode(&bytes).unwrap();
                prop_assert!(offences.insert(evidence.offence()));
                let height = recorded(&mut other, block.header.hash, &evidence);
                prop_assert_eq!(height, U256::from(block.header.height.0));
            }
            let is_good = |it: &&Offered| {
                it.epoch == 1 && it.by == it.signer && it.signer < 4 && !it.is_turned
            };
            let good: std::collections::BTreeSet<_> = round
                .iter()
                .filter(is_good)
                .map(|it| it.evidence(&chain).offence())
                .filter(|offence| !offences.contains(offence))
                .collect();
            prop_assert!(good.is_empty() || carried(&block).len() == MAX_EVIDENCE, "what fits goes in");
            parent = (Block::decode(&block.body).unwrap().header().clone(), block.header.hash);
        }
    }
}
