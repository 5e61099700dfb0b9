//! The validators of an old epoch can not certify a block of a new one, however many of them sit on, and in whatever
//! order: not for consensus, not for who takes over blocks of others, not for light clients.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use common::{Signatures, begin, genesis, node_id, validator_secret};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;
use troupe_chain::Genesis;
use troupe_chain::block::{Block, Body, Header, Stored};
use troupe_consensus::invariants::Stage;
use troupe_consensus::message::Answer;
use troupe_consensus::{
    Anchor, Certificate, Claim, CommitProof, Fill, Input, Keys, Kind, Link, Machine, Message,
    Order, Outcome, Output, Place, Settings, Signature, Term,
};
use troupe_crypto::{Keyed, Scheme};
use troupe_ledger::{
    Above, Checked, Light, Offer, Proven, Terms, belongs, check_final, seen_header,
};
use troupe_types::{Epoch, Hash, Height, Millis, UnixMillis, View};
use troupe_wire::{Blob, List, Machine as _, Now, Sequential};

const CHAIN: Hash = Hash([7; 32]);

/// What whoever signs says that he is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Claimed {
    /// The validators at the same positions of the new set as of the old one.
    OldPositions,
    /// The validators that they are in the new set; who is not in it is left out and has signed all the same.
    NewPositions,
    /// As before, and who is not in it has not signed.
    Themselves,
    /// So many of the new set as it takes.
    AQuorum,
    /// The validators of the old epoch, which goes on.
    OldEpoch,
}

/// Who signs a block of epoch 2.
#[derive(Debug, Clone)]
struct Case {
    old: Vec<usize>,
    new: Vec<usize>,
    signs: Vec<usize>,
    claimed: Claimed,
}

impl Case {
    fn genesis(&self) -> Genesis {
        genesis(&[&self.old, &self.new])
    }

    fn positions(&self) -> Vec<u16> {
        let position = |set: &[usize], who: &usize| {
            set.iter().position(|at| at == who).map(|at| u16::try_from(at).unwrap())
        };
        let quorum = self.new.len() - (self.new.len() - 1) / 3;
        match self.claimed {
            Claimed::OldPositions | Claimed::OldEpoch => {
                self.signs.iter().filter_map(|who| position(&self.old, who)).collect()
            }
            Claimed::NewPositions | Claimed::Themselves => {
                self.signs.iter().filter_map(|who| position(&self.new, who)).collect()
            }
            Claimed::AQuorum => (0..u16::try_from(quorum).unwrap()).collect(),
        }
    }

    fn signers(&self) -> Vec<usize> {
        let is_new = |who: &usize| self.new.contains(who) || self.claimed != Claimed::Themselves;
        self.signs.iter().copied().filter(is_new).collect()
    }

    /// Whether it is as good as a quorum of the new set: who is named has signed, nobody else has, and they are
    /// enough.
    fn is_good(&self) -> bool {
        let named: Vec<Option<&usize>> =
            self.positions().iter().map(|at| self.new.get(usize::from(*at))).collect();
        let Some(named) = named.into_iter().collect::<Option<BTreeSet<&usize>>>() else {
            return false;
        };
        let signers = self.signers();
        let quorum = self.new.len() - (self.new.len() - 1) / 3;
        self.claimed != Claimed::OldEpoch
            && named == signers.iter().collect()
            && named.len() >= quorum
    }

    fn epoch(&self) -> Epoch {
        if self.claimed == Claimed::OldEpoch { Epoch(1) } else { Epoch(2) }
    }

    fn certificate(&self, header: &Header, last: Height) -> Certificate {
        let statement = seen_header(header, last).statement(Kind::Vote);
        let digest = statement.digest(&CHAIN).0;
        let signatures: Vec<_> =
            self.signers().iter().map(|at| Keyed::sign(&validator_secret(*at), &digest)).collect();
        let signature = match Keyed::aggregate(&signatures) {
            Ok(sum) => Signature(<[u8; 96]>::try_from(sum.as_ref()).unwrap()),
            Err(_) => Signature([0; 96]),
        };
        Certificate {
            place: statement.place,
            height: statement.height,
            index: statement.index,
            hash: statement.hash,
            signers: self.positions().into_iter().collect(),
            signature,
        }
    }
}

fn header(parent: Hash, height: u64, epoch: Epoch, index: u32) -> Header {
    let body = Body::default();
    Header {
        parent,
        height: Height(height),
        epoch,
        // A view of the old epoch in which nothing else was.
        view: View(if epoch == Epoch(1) { 90 } else { 0 }),
        index,
        transactions_root: body.transactions_root(),
        evidence_hash: body.evidence_hash(),
        ..Header::default()
    }
}

/// The last block of epoch 1, and three of the next one on it.
struct Edge {
    terms: Vec<Term>,
    last: Header,
    above: Vec<Header>,
}

impl Edge {
    fn of(case: &Case) -> Self {
        let mut terms = Terms::new(case.genesis()).unwrap();
        let terms = [1, 2].map(|epoch| terms.of(Epoch(epoch)).unwrap().clone()).to_vec();
        let height = terms[0].last.0;
        let last = header(Hash([1; 32]), height, Epoch(1), 9);
        let (mut parent, mut above) = (last.hash(), Vec::new());
        for index in 0..3 {
            let next = header(parent, height + 1 + u64::from(index), case.epoch(), index);
            parent = next.hash();
            above.push(next);
        }
        Self { terms, last, above }
    }

    fn proven(&self, case: &Case) -> Proven {
        let certified = |header: &Header| case.certificate(header, Height::ZERO);
        let above = self.above[1..].iter().map(|header| {
            let mut bytes = Vec::new();
            header.encode(&mut bytes);
            Above { header: Blob::new(bytes).unwrap(), certificate: certified(header) }
        });
        Proven { own: certified(&self.above[0]), above: List::new(above.collect()).unwrap() }
    }

    fn hold(&self, claims: &[Claim]) -> bool {
        let mut keys = Keys::<Keyed>::default();
        self.terms.iter().for_each(|term| keys.learn(term).unwrap());
        keys.check(claims, belongs).is_ok()
    }

    /// Whether somebody who fetches final blocks takes the first of the three for one.
    fn is_imported(&self, case: &Case) -> bool {
        let block = Block::new(self.above[0].clone(), Body::default());
        let proof = self.proven(case).encode().unwrap().into();
        let stored = vec![Arc::new(Stored { block, proof })];
        match check_final(&stored, &self.terms, &CHAIN) {
            Ok(Checked::Final { claims, .. }) => self.hold(&claims),
            Ok(Checked::NotYet) | Err(_) => false,
        }
    }

    /// Whether a light client does.
    fn is_believed(&self, case: &Case) -> bool {
        let next = Terms::new(case.genesis()).unwrap().roster(Epoch(2)).unwrap();
        let elects = Header { next_term: Some(next.hash()), ..header(CHAIN, 1, Epoch(1), 0) };
        let light = Light::begin_at(CHAIN, elects.hash(), elects, &next).unwrap();
        let shown = light.check(&self.above[0], &self.proven(case), None);
        shown.is_ok_and(|shown| self.hold(&shown.claims))
    }

    /// Whether a node at the edge holds the first of the three for certified, as a block with its certificate or as a
    /// certificate for a block that it has.
    fn is_certified(&self, case: &Case) -> bool {
        let mut keys = Keys::<Keyed>::default();
        self.terms.iter().for_each(|term| keys.learn(term).unwrap());
        let wrapped = |header: &Header, last: Height| {
            let block = Block::new(header.clone(), Body::default());
            let body = Blob::new(block.encode().unwrap()).unwrap();
            troupe_consensus::Block { header: seen_header(header, last), body }
        };
        let last = self.last.height;
        let own = Case { signs: case.old.clone(), new: case.old.clone(), ..case.clone() };
        let own = Case { claimed: Claimed::Themselves, ..own }.certificate(&self.last, last);
        let root = wrapped(&self.last, last);
        let link = Link { header: root.header.clone(), certificate: own };
        let proof = Some(CommitProof(List::new(vec![link]).unwrap()));
        let anchor = Anchor { block: root, proof, terms: self.terms.clone() };
        let settings = Settings::new(CHAIN, node_id(99), None);
        let mut machine = Machine::new(settings, anchor, Vec::new()).unwrap();
        let now = Now { mono: Millis(1_000), wall: UnixMillis(1_000) };
        let block = wrapped(&self.above[0], Height::ZERO);
        let certificate = case.certificate(&self.above[0], Height::ZERO);
        let message = Message::Answer(Answer::Block(block.clone(), certificate));
        let mut inputs = vec![Input::Message { from: node_id(0), message }, Input::Start];
        let mut is_certified = false;
        while let Some(input) = inputs.pop() {
            let mut out = Vec::new();
            machine.step(now, input, &mut out);
            for output in out {
                match output {
                    Output::Verify(task) => {
                        let verdict = keys.answer(&task.work, belongs);
                        inputs.push(Input::Verified { task: task.id, verdict });
                    }
                    Output::Reached(reached) if reached.stage == Stage::Prepared => {
                        assert_eq!(reached.hash, block.header.hash);
                        is_certified = true;
                    }
                    _ => {}
                }
            }
        }
        is_certified
    }

    /// The three gates, which have to be of one mind.
    fn passes(&self, case: &Case) -> bool {
        let gates = [self.is_imported(case), self.is_believed(case), self.is_certified(case)];
        assert!(gates.iter().all(|gate| *gate == gates[0]), "{case:?}: {gates:?}");
        gates[0]
    }
}

fn passes(case: &Case) -> bool {
    Edge::of(case).passes(case)
}

const ALL: [Claimed; 5] = [
    Claimed::OldPositions,
    Claimed::NewPositions,
    Claimed::Themselves,
    Claimed::AQuorum,
    Claimed::OldEpoch,
];

#[test]
fn a_quorum_of_the_new_set_passes_every_gate() {
    let case = Case {
        old: vec![0, 1, 2, 3],
        new: vec![4, 2, 5, 1],
        signs: vec![4, 2, 1],
        claimed: Claimed::Themselves,
    };
    assert!(case.is_good() && passes(&case));
    assert!(!passes(&Case { signs: vec![4, 2], ..case }), "two of four are none");
}

#[test]
fn all_of_an_old_set_that_shares_two_of_four_certify_nothing_at_whatever_positions() {
    for new in [vec![4, 2, 5, 1], vec![0, 1, 4, 5], vec![5, 4, 1, 0], vec![4, 5, 6, 7]] {
        for claimed in ALL {
            let old = vec![0, 1, 2, 3];
            let case = Case { signs: old.clone(), old, new: new.clone(), claimed };
            assert!(!passes(&case), "{case:?}");
        }
    }
}

#[test]
fn of_an_old_set_that_holds_the_new_one_those_count_who_stay_at_the_positions_they_have_now() {
    let old: Vec<usize> = (0..10).collect();
    let new = vec![9, 0, 8, 1];
    let case = |signs: &[usize], claimed| {
        let (old, new) = (old.clone(), new.clone());
        Case { old, new, signs: signs.to_vec(), claimed }
    };
    // Seven of ten are a quorum of the old set; two of them are of the new one.
    for claimed in ALL {
        assert!(!passes(&case(&[1, 2, 3, 4, 5, 6, 9], claimed)), "{claimed:?}");
    }
    // Three of the new set are one of the new set, under their new positions alone.
    assert!(passes(&case(&[0, 1, 9], Claimed::Themselves)));
    assert!(!passes(&case(&[0, 1, 9], Claimed::OldPositions)));
    assert!(!passes(&case(&[0, 1, 9], Claimed::OldEpoch)));
}

#[test]
fn the_ledger_refuses_a_block_of_the_old_epoch_above_its_last_height() {
    let genesis = genesis(&[&[0, 1, 2, 3], &[3, 4, 5, 0]]);
    let (mut one, mut other) = (begin(&genesis), begin(&genesis));
    let block = |ledger: &mut troupe_ledger::Ledger, epoch| {
        let head = ledger.head().block.header().clone();
        let order = Order {
            parent: head.hash(),
            height: head.height.next().unwrap(),
            place: Place::new(epoch, 50),
            index: 0,
            time: UnixMillis(head.time.0 + 1_000),
            ends_epoch: false,
            fill: Fill::Nothing,
        };
        ledger.build(&order, Offer::default(), &Signatures, &Sequential).unwrap().0
    };
    for _ in 1..=40 {
        let block = block(&mut one, 1);
        for ledger in [&mut one, &mut other] {
            let outcome = ledger.execute(&block, &Signatures, &Sequential).unwrap();
            assert!(matches!(outcome, Outcome::Valid { .. }));
            ledger.commit(block.header.hash, CommitProof(List::default())).unwrap();
        }
    }
    let late = block(&mut one, 1);
    assert_eq!(other.execute(&late, &Signatures, &Sequential), Ok(Outcome::Invalid));
    let inner = Block::decode(&late.body).unwrap();
    assert!(other.import(&inner, &Signatures, &Sequential).is_err());
    let right = block(&mut one, 2);
    let outcome = other.execute(&right, &Signatures, &Sequential).unwrap();
    assert!(matches!(outcome, Outcome::Valid { .. }));
}

prop_compose! {
    fn set()(members in Just((0..10).collect::<Vec<usize>>()).prop_shuffle(), count in 1usize..=10)
        -> Vec<usize> { members[..count].to_vec() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_old_validators_sign_counts_as_far_as_it_is_a_quorum_of_the_new_set(
        old in set(), new in set(), luck in any::<u16>(), claimed in prop::sample::select(&ALL[..]),
    ) {
        let signs = old.iter().copied().filter(|at| luck & (1 << at) != 0).collect();
        let case = Case { old, new, signs, claimed };
        prop_assert_eq!(passes(&case), case.is_good());
    }
}
