//! A light client beside a chain whose validators change.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use common::{Net, validator_secret};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use troupe_chain::Header;
use troupe_chain::block::Roster;
use troupe_consensus::{Certificate, Keys, Signature};
use troupe_crypto::{Keyed, Scheme};
use troupe_ledger::{Above, Light, Proven, Shown, Terms};
use troupe_types::{Epoch, Hash, Height, Millis};
use troupe_wire::{Blob, List, Sequential};

/// A chain, as somebody shows it who has all of it.
struct Chain {
    genesis: Header,
    terms: Terms,
    shown: Vec<(Header, Proven)>,
}

impl Chain {
    /// Runs until a height: forty blocks an epoch, the second set from epoch 2 on.
    fn run(height: u64) -> Self {
        let mut net = Net::new(&[&[0, 1, 2, 3], &[4, 5, 6, 7]]);
        let is_there = |net: &Net| net.nodes[0].committed.len() as u64 >= height;
        assert!(net.run(Millis::secs(3 * height), is_there));
        let node = &net.nodes[0];
        let mut known = BTreeMap::new();
        for committed in &node.committed {
            known.insert(committed.block.hash(), committed.block.header().clone());
            known.extend(committed.above.iter().map(|header| (header.hash(), header.clone())));
        }
        let find = |_, hash: Hash| known.get(&hash).cloned();
        // Of the last ones the headers above may not be known here.
        let headers = node.committed.iter().zip(&node.proofs).map_while(|(committed, proof)| {
            Some((committed.block.header().clone(), Proven::of(proof, find)?))
        });
        let headers: Vec<_> = headers.collect();
        let (genesis, _) = net.genesis.build(&Sequential).unwrap();
        Self {
            genesis: genesis.header().clone(),
            terms: Terms::new(net.genesis.clone()).unwrap(),
            shown: headers,
        }
    }

    fn roster(&mut self, epoch: u64) -> Roster {
        self.terms.roster(Epoch(epoch)).unwrap()
    }

    fn light(&mut self) -> Light {
        let first = self.roster(1);
        Light::begin(self.genesis.hash(), self.genesis.clone(), &first).unwrap()
    }

    fn at(&self, height: u64) -> &(Header, Proven) {
        &self.shown[usize::try_from(height).unwrap() - 1]
    }

    /// The block that elects the validators of the epoch after one, with the roster.
    fn election(&mut self, epoch: u64) -> (Header, Proven, Roster) {
        let last = self.roster(epoch).last.0;
        let (header, proven) = self.at(last - 13).clone();
        (header, proven, self.roster(epoch + 1))
    }
}

fn is_true(shown: &Shown) -> bool {
    let mut keys = Keys::<Keyed>::default();
    shown.terms.iter().for_each(|term| keys.learn(term).unwrap());
    keys.check(&shown.claims, |_| false).is_ok()
}

#[test]
fn it_goes_from_epoch_to_epoch_and_over_many_at_once() {
    let mut chain = Chain::run(170);
    // One after the other.
    let mut light = chain.light();
    for epoch in 1..=4 {
        let (header, proven, next) = chain.election(epoch);
        let shown = light.check(&header, &proven, Some(&next)).unwrap();
        assert!(is_true(&shown));
        light.take(shown).unwrap();
        assert_eq!((light.epoch(), light.last()), (Epoch(epoch + 1), next.last));
        assert_eq!(light.head(), &header);
    }
    // The last blocks of an epoch are proven by the validators of the next one, too.
    for height in 155..=168 {
        let (header, proven) = chain.at(height).clone();
        let shown = light.check(&header, &proven, None).unwrap();
        assert!(is_true(&shown), "{height}");
        light.take(shown).unwrap();
        assert_eq!(light.head().height, Height(height));
    }
    // An older one changes nothing.
    let (older, proven) = chain.at(166).clone();
    let shown = light.check(&older, &proven, None).unwrap();
    light.take(shown).unwrap();
    assert_eq!(light.head().height, Height(168));

    // The same in two steps: from epoch 2 on the validators are the same.
    let mut other = chain.light();
    let (header, proven, next) = chain.election(1);
    let shown = other.check(&header, &proven, Some(&next)).unwrap();
    other.take(shown).unwrap();
    let ((header, proven, next), current) = (chain.election(4), chain.roster(4));
    let shown = other.jump(&header, &proven, &current, &next).unwrap();
    assert!(is_true(&shown));
    other.take(shown).unwrap();
    assert_eq!(other.epoch(), Epoch(5));
    let (header, proven) = chain.at(168).clone();
    let shown = other.check(&header, &proven, None).unwrap();
    other.take(shown).unwrap();
    assert_eq!(other, light);
}

#[test]
fn what_does_not_follow_is_refused() {
    let mut chain = Chain::run(110);
    let first = chain.roster(1);
    let elsewhere = Light::begin(Hash([1; 32]), chain.genesis.clone(), &first);
    assert!(elsewhere.unwrap_err().to_string().contains("trusted is"));
    let second = chain.roster(2);
    assert!(Light::begin(chain.genesis.hash(), chain.genesis.clone(), &second).is_err());

    let light = chain.light();
    let (header, proven, next) = chain.election(1);
    let refused = |got: Result<Shown, troupe_ledger::Error>| got.unwrap_err().to_string();
    let other = Roster { last: Height(next.last.0 + 1), ..next.clone() };
    let text = refused(light.check(&header, &proven, Some(&other)));
    assert!(text.contains("the roster is"), "{text}");
    // A header that elects nobody, one of an epoch that is not known, one that was changed.
    let (plain, proof) = chain.at(5).clone();
    assert!(refused(light.check(&plain, &proof, Some(&next))).contains("names none"));
    let (later, proof) = chain.at(60).clone();
    assert!(refused(light.check(&later, &proof, None)).contains("are not known"));
    let lie = Header { state_root: Hash([9; 32]), ..header.clone() };
    assert!(light.check(&lie, &proven, None).is_err());
    // Over validators who are others: no jump, whatever the roster says.
    let ((later, proof, after), current) = (chain.election(2), chain.roster(2));
    assert!(refused(light.jump(&later, &proof, &current, &after)).contains("do not follow"));
    let claimed = Roster { validators: first.validators, ..current };
    let shown = light.jump(&later, &proof, &claimed, &after);
    assert!(shown.is_err() || !is_true(&shown.unwrap()), "signed by others");
    // Nor with a part of those that are known, or back to where one is.
    let mut knows = light;
    let shown = knows.check(&header, &proven, Some(&next)).unwrap();
    knows.take(shown).unwrap();
    let ((later, proof, after), mut part) = (chain.election(2), chain.roster(2));
    assert!(refused(knows.jump(&later, &proof, &part, &after)).contains("do not follow"));
    part.epoch = Epoch(3);
    part.validators.truncate(3);
    assert!(refused(knows.jump(&later, &proof, &part, &after)).contains("do not follow"));
}

#[test]
fn what_it_knows_is_read_back_and_no_part_of_it() {
    let mut chain = Chain::run(60);
    let mut light = chain.light();
    let genesis = chain.genesis.hash();
    let check = |light: &Light| {
        let bytes = light.encode().unwrap();
        assert_eq!(Light::decode(genesis, &bytes).unwrap(), *light);
        for length in 0..bytes.len() {
            assert!(Light::decode(genesis, &bytes[..length]).is_err(), "{length}");
        }
        let other = Light::decode(Hash([1; 32]), &bytes).unwrap_err();
        assert!(other.to_string().contains("genesis"), "{other}");
    };
    check(&light);
    let (header, proven, next) = chain.election(1);
    let shown = light.check(&header, &proven, Some(&next)).unwrap();
    light.take(shown).unwrap();
    check(&light);
    let (header, proven) = chain.at(55).clone();
    let shown = light.check(&header, &proven, None).unwrap();
    light.take(shown).unwrap();
    check(&light);
    assert_eq!(light.head().height, Height(55));
}

#[test]
fn it_begins_at_a_block_that_elects_and_that_somebody_vouches_for() {
    let mut chain = Chain::run(110);
    let (header, _, next) = chain.election(1);
    let genesis = chain.genesis.hash();
    let begin =
        |header: &Header, trusted, next| Light::begin_at(genesis, trusted, header.clone(), next);
    let mut light = begin(&header, header.hash(), &next).unwrap();
    assert_eq!((light.epoch(), light.first()), (Epoch(2), next.first));
    // Blocks before the first of the next epoch are of validators that it does not know.
    let (between, proof) = chain.at(35).clone();
    let why = light.check(&between, &proof, None).unwrap_err();
    assert!(why.is_outside(), "{why}");
    let (later, proven, after) = chain.election(2);
    let shown = light.check(&later, &proven, Some(&after)).unwrap();
    assert!(is_true(&shown));
    light.take(shown).unwrap();
    assert_eq!(light.epoch(), Epoch(3));
    // Not the block, not the roster, not one that elects.
    assert!(begin(&header, Hash([7; 32]), &next).is_err());
    assert!(begin(&header, header.hash(), &after).is_err());
    let (plain, _) = chain.at(5).clone();
    assert!(begin(&plain, plain.hash(), &next).is_err());
}

/// A header of the same height as one, with everything else that is above it, signed anew by all.
fn other_chain((header, proven): &(Header, Proven), genesis: &Hash) -> (Header, Proven) {
    let header = Header { extra: b"another".to_vec(), ..header.clone() };
    let signed = |header: &Header, certificate: &Certificate| {
        let certificate = Certificate { hash: header.hash(), ..*certificate };
        let statement = certificate.statement();
        let signatures = certificate.signers.iter().map(|at| {
            let secret = validator_secret(usize::from(at));
            Keyed::sign(&secret, &statement.digest(genesis).0)
        });
        let sum = Keyed::aggregate(&signatures.collect::<Vec<_>>()).unwrap();
        let mut bytes = [0; 96];
        bytes.copy_from_slice(sum.as_ref());
        Certificate { signature: Signature(bytes), ..certificate }
    };
    let own = signed(&header, &proven.own);
    let (mut parent, mut above) = (header.hash(), Vec::new());
    for link in proven.above.iter() {
        let next = Header { parent, ..Header::decode(&link.header).unwrap() };
        let certificate = signed(&next, &link.certificate);
        parent = next.hash();
        let mut bytes = Vec::new();
        next.encode(&mut bytes);
        above.push(Above { header: Blob::new(bytes).unwrap(), certificate });
    }
    (header, Proven { own, above: List::new(above).unwrap() })
}

#[test]
fn of_two_final_blocks_at_one_height_the_second_is_refused_and_said_to_be_a_fork() {
    let mut chain = Chain::run(30);
    let mut light = chain.light();
    let genesis = chain.genesis.hash();
    let one = chain.at(20).clone();
    let (other, proven) = other_chain(&one, &genesis);
    let shown = light.check(&one.0, &one.1, None).unwrap();
    light.take(shown.clone()).unwrap();
    light.take(shown).unwrap();
    let shown = light.check(&other, &proven, None).unwrap();
    assert!(is_true(&shown), "all of them have signed both");
    let why = light.take(shown).unwrap_err();
    assert!(why.to_string().contains("contradict themselves"), "{why}");
    assert_eq!(light.head(), &one.0);
}

/// What a client knows after an election, once for all cases.
fn sample() -> &'static Vec<u8> {
    static SAMPLE: OnceLock<Vec<u8>> = OnceLock::new();
    SAMPLE.get_or_init(|| {
        let mut chain = Chain::run(40);
        let mut light = chain.light();
        let (header, proven, next) = chain.election(1);
        let shown = light.check(&header, &proven, Some(&next)).unwrap();
        light.take(shown).unwrap();
        light.encode().unwrap()
    })
}

proptest! {
    #[test]
    fn whatever_reads_is_written_as_it_was(at in any::<prop::sample::Index>(), by in 1u8..) {
        let mut bytes = sample().clone();
        let at = at.index(bytes.len());
        bytes[at] ^= by;
        let genesis = Hash(bytes[..32].try_into().unwrap());
        if let Ok(light) = Light::decode(genesis, &bytes) {
            prop_assert_eq!(light.encode().unwrap(), bytes);
        }
    }
}
