use super::*;
use crate::message::{Announce, Announced, MAX_PULLED, Pull, Pulled, Push};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use troupe_crypto::hash::keccak256;
use troupe_types::{Hash, Incarnation, Millis, NodeId};
use troupe_wire::{Blob, List, Seed, Stream};

const SESSION: Incarnation = Incarnation(1);

fn id(number: usize) -> NodeId {
    NodeId([u8::try_from(number).unwrap(); 32])
}

fn envelope(number: u64) -> Vec<u8> {
    // Some are too large to be pushed.
    let length = if number.is_multiple_of(7) { 5_000 } else { 100 };
    let mut bytes = vec![0; length];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    bytes
}

fn announced(envelope: &[u8]) -> Announced {
    let size = u32::try_from(envelope.len()).unwrap();
    Announced { hash: Hash(keccak256(envelope).0), kind: 2, size }
}

struct Node {
    gossip: Gossip,
    pool: BTreeMap<Hash, Vec<u8>>,
}

impl Node {
    fn take(&mut self, now: Millis, envelope: Vec<u8>, source: Source) {
        let it = announced(&envelope);
        if self.pool.insert(it.hash, envelope.clone()).is_none() {
            let whole = (source == Source::Local).then_some(envelope);
            self.gossip.added(now, it, whole, source);
        }
    }
}

#[derive(Debug, Clone)]
enum Word {
    Push(Push),
    Announce(Announce),
    Pull(Pull),
    Pulled(Pull, Result<Pulled, Missing>),
}

/// Pools that are all connected, the first ones of validators, and what is under way between them.
struct Net {
    nodes: Vec<Node>,
    validators: BTreeSet<NodeId>,
    under_way: Vec<(usize, usize, Word)>,
    now: Millis,
    luck: Stream,
}

impl Net {
    fn new(validators: usize, others: usize, seed: u64) -> Self {
        let node = |at| Node { gossip: Gossip::new(id(at)), pool: BTreeMap::new() };
        let mut net = Self {
            nodes: (0..validators + others).map(node).collect(),
            validators: (0..validators).map(id).collect(),
            under_way: Vec::new(),
            now: Millis(1_000),
            luck: Seed::from_number(seed).stream("gossip"),
        };
        net.look();
        net
    }

    fn look(&mut self) {
        let all: Vec<usize> = (0..self.nodes.len()).collect();
        for (at, node) in self.nodes.iter_mut().enumerate() {
            let here: Vec<_> =
                all.iter().filter(|it| **it != at).map(|it| (id(*it), SESSION)).collect();
            let pool = &node.pool;
            let waiting = pool.values().map(|envelope| announced(envelope));
            node.gossip.look(self.now, &self.validators, &here, waiting);
            let find = |hash: &Hash| pool.get(hash).map(|envelope| announced(envelope));
            node.gossip.remind(self.now, find);
        }
        self.collect();
    }

    fn collect(&mut self) {
        let number = |id: NodeId| usize::from(id.0[0]);
        for (from, node) in self.nodes.iter_mut().enumerate() {
            node.gossip.flush(self.now);
            while let Some(output) = node.gossip.next_output() {
                match output {
                    Output::Push { to, push } => {
                        let all =
                            to.into_iter().map(|to| (from, number(to), Word::Push(push.clone())));
                        self.under_way.extend(all);
                    }
                    Output::Announce { to, announce } => {
                        self.under_way.push((from, number(to), Word::Announce(announce)));
                    }
                    Output::Pull { to, pull } => {
                        self.under_way.push((from, number(to), Word::Pull(pull)));
                    }
                }
            }
        }
    }

    /// One of those under way arrives, or is lost. A question that is lost is not answered in time.
    fn step(&mut self, lost: u64) {
        let count = self.under_way.len() as u64;
        let at = usize::try_from(self.luck.below(count)).unwrap();
        let (from, to, word) = self.under_way.swap_remove(at);
        let is_lost = self.luck.chance(lost, 100);
        let (now, node) = (self.now, &mut self.nodes[to]);
        match word {
            Word::Pulled(pull, answer) => {
                let answer = if is_lost { Err(Missing::Silent) } else { answer };
                for envelope in node.gossip.pulled(now, id(from), &pull, answer) {
                    node.take(now, envelope, Source::Peer(id(from)));
                }
            }
            Word::Pull(pull) if is_lost => {
                self.under_way.push((to, from, Word::Pulled(pull, Err(Missing::Silent))));
            }
            _ if is_lost => {}
            Word::Push(push) => {
                if node.gossip.hear(now, id(from), SESSION, push.0.len()) {
                    for envelope in push.0.into_inner() {
                        node.take(now, envelope.into_inner(), Source::Peer(id(from)));
                    }
                }
            }
            Word::Announce(announce) => {
                if node.gossip.hear(now, id(from), SESSION, announce.0.len()) {
                    let pool = &node.pool;
                    node.gossip.announced(now, id(from), &announce, |hash| pool.contains_key(hash));
                }
            }
            Word::Pull(pull) => {
                let found = pull.0.iter().filter_map(|hash| node.pool.get(hash).cloned());
                let answer = match node.gossip.hear(now, id(from), SESSION, pull.0.len()) {
                    true => Ok(Pulled::fill(found)),
                    false => Err(Missing::Silent),
                };
                self.under_way.push((to, from, Word::Pulled(pull, answer)));
            }
        }
        self.collect();
    }

    fn wait(&mut self, span: Millis) {
        for round in 0..span.0 / 10 {
            self.now = self.now.plus(Millis(10));
            if round % 50 == 0 {
                self.look();
            }
            self.collect();
            while !self.under_way.is_empty() {
                self.step(0);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn whatever_is_lost_all_pools_have_all_in_the_end(
        seed in any::<u64>(),
        others in 0usize..3,
        steps in proptest::collection::vec((0usize..6, 0usize..12), 1..30),
        lost in 0u64..60,
    ) {
        let mut net = Net::new(3, others, seed);
        let mut numbers = 0;
        for (at, deliveries) in steps {
            let (at, now) = (at % net.nodes.len(), net.now);
            net.nodes[at].take(now, envelope(numbers), Source::Local);
            numbers += 1;
            net.collect();
            for _ in 0..deliveries.min(net.under_way.len()) {
                net.step(lost);
            }
            net.now = net.now.plus(Millis(7));
        }
        while !net.under_way.is_empty() {
            net.step(lost);
        }
        net.wait(Millis::secs(40));
        for node in &net.nodes {
            prop_assert_eq!(node.pool.len() as u64, numbers);
            prop_assert_eq!(node.gossip.wanted(), 0);
        }
    }
}

#[test]
fn one_hop_brings_a_small_transaction_to_all_validators_and_a_busy_pool_sends_them_together() {
    let mut net = Net::new(4, 0, 1);
    while !net.under_way.is_empty() {
        net.step(0);
    }
    let now = net.now;
    net.nodes[0].take(now, envelope(1), Source::Local);
    net.collect();
    assert_eq!(net.under_way.len(), 3);
    for number in (2..200).filter(|number| number % 7 != 0) {
        net.nodes[0].take(now, envelope(number), Source::Local);
        net.collect();
    }
    assert_eq!(net.under_way.len(), 3, "the others wait for the pace");
    net.now = now.plus(Millis(20));
    net.collect();
    assert_eq!(net.under_way.len(), 6);
    while !net.under_way.is_empty() {
        net.step(0);
    }
    assert!(net.nodes.iter().all(|node| node.pool.len() == 171));
}

fn alone(peers: &[usize]) -> Gossip {
    let mut gossip = Gossip::new(id(0));
    let here: Vec<_> = peers.iter().map(|it| (id(*it), SESSION)).collect();
    let validators = peers.iter().map(|it| id(*it)).collect();
    gossip.look(Millis(0), &validators, &here, std::iter::empty());
    gossip
}

fn announce(numbers: impl Iterator<Item = u64>) -> Announce {
    Announce(List::new(numbers.map(|number| announced(&envelope(number))).collect()).unwrap())
}

#[test]
fn what_one_peer_does_not_deliver_is_asked_of_the_next_and_of_one_at_a_time() {
    let mut gossip = alone(&[1, 2]);
    for peer in [1, 2, 2] {
        gossip.announced(Millis(1), id(peer), &announce(1..2), |_| false);
    }
    let Some(Output::Pull { to, pull }) = gossip.next_output() else { panic!("nothing asked") };
    assert_eq!((to, gossip.next_output()), (id(1), None));
    assert!(gossip.pulled(Millis(2), id(1), &pull, Err(Missing::Silent)).is_empty());
    let Some(Output::Pull { to, pull }) = gossip.next_output() else { panic!("nothing asked") };
    assert_eq!(to, id(2));
    let answer = Ok(Pulled::fill([envelope(1)]));
    assert_eq!(gossip.pulled(Millis(3), id(2), &pull, answer), [envelope(1)]);
    assert_eq!((gossip.wanted(), gossip.next_output()), (0, None));
}

#[test]
fn an_answer_to_what_was_not_asked_is_not_taken() {
    let mut gossip = alone(&[1]);
    gossip.announced(Millis(1), id(1), &announce(1..4), |_| false);
    let Some(Output::Pull { pull, .. }) = gossip.next_output() else { panic!("nothing asked") };
    // Out of order is not asked for either: the second comes before the first.
    let answer = Ok(Pulled::fill([envelope(2), envelope(1), envelope(9)]));
    assert_eq!(gossip.pulled(Millis(2), id(1), &pull, answer), [envelope(2)]);
    assert_eq!(gossip.wanted(), 0, "nobody else has the others");
}

#[test]
fn a_flood_of_announcements_is_bounded_and_then_not_heard() {
    let mut gossip = alone(&[1]);
    let (mut heard, now) = (0, Millis(1));
    for round in 0..1_000 {
        if gossip.hear(now, id(1), SESSION, 1_000) {
            heard += 1;
            let numbers = round * 1_000..(round + 1) * 1_000;
            gossip.announced(now, id(1), &announce(numbers), |_| false);
        }
    }
    assert!((150..=201).contains(&heard), "{heard}");
    assert!(gossip.wanted() <= 4_096 + MAX_PULLED);
    assert!(gossip.hear(Millis::secs(60), id(1), SESSION, 1));
}

#[test]
fn a_peer_that_left_owes_nothing_and_its_debt_stays() {
    let mut gossip = alone(&[1, 2]);
    for peer in [1, 2] {
        gossip.announced(Millis(1), id(peer), &announce(0..600), |_| false);
    }
    gossip.blame(Millis(1), id(1), Fault::Invalid, 100);
    let validators = [id(1), id(2)].into();
    gossip.look(Millis(2), &validators, &[(id(2), SESSION)], std::iter::empty());
    // The first 256 were on their way; when that ask ends they go to the next as well.
    let Some(Output::Pull { to, pull }) = gossip.next_output() else { panic!("nothing asked") };
    assert_eq!(to, id(1));
    gossip.pulled(Millis(3), id(1), &pull, Err(Missing::Refused));
    let mut delivered = 0;
    while let Some(output) = gossip.next_output() {
        let Output::Pull { to, pull } = output else { continue };
        assert_eq!(to, id(2));
        let all: BTreeMap<Hash, Vec<u8>> =
            (0..600).map(|number| (announced(&envelope(number)).hash, envelope(number))).collect();
        let answer = Pulled::fill(pull.0.iter().map(|hash| all[hash].clone()));
        delivered += gossip.pulled(Millis(4), id(2), &pull, Ok(answer)).len();
    }
    assert_eq!((delivered, gossip.wanted()), (600, 0));
    let both = [(id(1), Incarnation(2)), (id(2), SESSION)];
    gossip.look(Millis(5), &validators, &both, std::iter::empty());
    assert!(!gossip.hear(Millis(5), id(1), Incarnation(2), 1));
}

#[test]
fn strangers_are_asked_once_whether_they_have_a_pool() {
    let mut gossip = Gossip::new(id(0));
    let (none, here) = (BTreeSet::new(), [(id(1), SESSION), (id(2), SESSION)]);
    gossip.look(Millis(0), &none, &here, std::iter::empty());
    let empty = Pull(List::default());
    for peer in [1, 2] {
        let wish = Output::Pull { to: id(peer), pull: empty.clone() };
        assert_eq!(gossip.next_output(), Some(wish));
    }
    gossip.pulled(Millis(1), id(1), &empty, Err(Missing::NoPool));
    gossip.pulled(Millis(1), id(2), &empty, Ok(Pulled(List::default())));
    let waiting = [announced(&envelope(1))];
    gossip.look(Millis(2), &none, &here, waiting.into_iter());
    gossip.flush(Millis(2));
    let Some(Output::Announce { to, .. }) = gossip.next_output() else { panic!("told") };
    assert_eq!((to, gossip.next_output()), (id(2), None));
}

#[test]
fn no_push_is_larger_than_a_message_may_be() {
    use troupe_wire::{Wire, codec};
    let mut gossip = alone(&[1]);
    for number in 0..3_000u64 {
        let mut bytes = envelope(1);
        bytes.resize(if number.is_multiple_of(3) { 4_096 } else { 20 }, 0);
        bytes[8..16].copy_from_slice(&number.to_be_bytes());
        gossip.added(Millis(1), announced(&bytes), Some(bytes), Source::Local);
    }
    gossip.flush(Millis(1));
    let mut count = 0;
    while let Some(output) = gossip.next_output() {
        let Output::Push { push, .. } = output else { panic!("all are small enough") };
        count += push.0.len();
        assert!(codec::encode(&push, Push::LIMIT).is_ok());
    }
    assert_eq!(count, 3_000);
    let whole: Vec<Blob<4_096>> = vec![Blob::new(vec![0xff; 4_096]).unwrap(); 65];
    assert!(codec::encode(&Push(List::new(whole).unwrap()), Push::LIMIT).is_err());
}
