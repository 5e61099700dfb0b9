//! The closing round: what every session leaves behind, and what it takes to come through it.

mod common;

use bytes::Bytes;
use common::{Outcome, PLACE, Weather, World, table, whole};
use std::collections::BTreeSet;
use troupe_mpc::program::{Draft, Op, Rows, Security};
use troupe_mpc::{About, Ending, Error, Peer, Phase, Place, Program, Refusal, Table, Verdict};
use troupe_types::{Hash, SessionId};

const LENGTH: u32 = 20;
/// Bytes of a frame that closes a session with two receivers: pairs, commitments and a mark.
const CLOSING: usize = (2 * 4 * 3 + 1) * 8;

const LINKS: [(u8, u8); 6] = [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)];
const ENGINES: [Security; 2] = [Security::SemiHonest, Security::Malicious];

/// A product for one receiver, and what is less for another.
fn program(security: Security) -> Program {
    let rows = Rows { count: LENGTH, group: 0 };
    let mut draft =
        Draft::new(vec![rows], vec![whole(0, "a", LENGTH, 100), whole(0, "b", LENGTH, 100)]);
    draft.secure(security);
    let (a, b) = (draft.values(0), draft.values(1));
    let product = draft.push(Op::Mul { a, b, shift: 0 });
    let less = draft.less(a, b);
    draft.reveal(0, product, "product", 0, 1);
    draft.reveal(1, less, "less", 0, 1);
    draft.finish().expect("in range")
}

fn tables(step: u32) -> Vec<Table> {
    let values = |factor: u32| (0..LENGTH).map(|at| f64::from(at * factor % 90)).collect();
    vec![table(LENGTH, &[("a", values(step)), ("b", values(step + 4))])]
}

fn world(place: Place, security: Security, step: u32, seed: u64) -> World {
    World::at(place, &program(security), tables(step), Weather::FAIR, seed)
}

/// The endings of the three parties, after a look at whether they fit each other and the receivers.
fn endings(mut world: World) -> [Ending; 3] {
    world.run();
    let endings = [0, 1, 2].map(|party| world.endings[&party]);
    for ending in &endings {
        assert_eq!(ending.result, endings[0].result);
        assert_eq!(ending.transcript, endings[0].transcript);
        assert_eq!([world.hashes[&0], world.hashes[&1]], [ending.result; 2]);
    }
    let [zero, one, two] = &endings;
    assert_eq!(zero.pairs[0], one.pairs[0]);
    assert_eq!(zero.pairs[1], two.pairs[0]);
    assert_eq!(one.pairs[1], two.pairs[1]);
    endings
}

#[test]
fn honest_parties_and_receivers_end_with_the_same() {
    for security in ENGINES {
        let endings = endings(world(PLACE, security, 1, 1));
        let all =
            endings.iter().flat_map(|ending| [ending.output, ending.pairs[0], ending.pairs[1]]);
        let all: BTreeSet<Hash> = all.chain([endings[0].result, endings[0].transcript]).collect();
        // Each pair is there twice.
        assert_eq!(all.len(), 3 + 3 + 2, "two of the hashes are the same");
    }
}

#[test]
fn an_ending_belongs_to_its_session_terms_program_and_run() {
    let terms = Place { terms: Hash([1; 32]), ..PLACE };
    let session = Place { session: SessionId([1; 16]), ..PLACE };
    let mut seen = BTreeSet::new();
    let runs = [
        world(PLACE, Security::SemiHonest, 1, 1),
        world(PLACE, Security::Malicious, 1, 1),
        world(terms, Security::SemiHonest, 1, 1),
        world(session, Security::SemiHonest, 1, 1),
        world(PLACE, Security::SemiHonest, 2, 1),
        // Nobody who knows the values can tell from the hash that it is them.
        world(PLACE, Security::SemiHonest, 1, 2),
    ];
    for (number, world) in runs.into_iter().enumerate() {
        for ending in endings(world) {
            let Ending { result, transcript, output, pairs, .. } = ending;
            seen.extend([result, transcript, output, pairs[0], pairs[1]]);
        }
        assert_eq!(seen.len(), 8 * (number + 1), "run {number}");
    }
}

#[test]
fn the_same_run_ends_the_same_however_its_bytes_are_cut() {
    for security in ENGINES {
        let whole = endings(world(PLACE, security, 1, 1));
        let weather = Weather { piece: 50, credit: 70 };
        let cut = endings(World::at(PLACE, &program(security), tables(1), weather, 1));
        assert_eq!(whole, cut);
    }
}

#[test]
fn streams_of_other_terms_are_refused_by_everybody() {
    let other = Place { terms: Hash([1; 32]), ..PLACE };
    let mut foreign = world(other, Security::SemiHonest, 1, 1);
    foreign.record = true;
    foreign.run();
    for (from, to) in foreign.heard.keys().copied() {
        let head = Bytes::copy_from_slice(&foreign.heard[&(from, to)][..96]);
        let world = with(Security::SemiHonest, (from, to), 0, move |_| vec![head.clone()]);
        let Error::Malformed { peer, reason: Refusal::Terms, .. } = world.error(to) else {
            panic!("{from} to {to}: {}", world.error(to));
        };
        assert_eq!(*peer, from);
    }
}

/// A session in which something happens to one message.
fn with(
    security: Security,
    link: (Peer, Peer),
    number: usize,
    put: impl Fn(&Bytes) -> Vec<Bytes> + 'static,
) -> World {
    let mut world = world(PLACE, security, 1, 1);
    world.tamper =
        Some(Box::new(
            move |from, to, at, bytes| {
                if (from, to) == link && at == number { put(&bytes) } else { vec![bytes] }
            },
        ));
    world.run();
    world
}

/// How many messages the parties send each other; the last one is the closing frame.
fn count(security: Security, link: (Peer, Peer)) -> usize {
    let counted = std::rc::Rc::new(std::cell::Cell::new((0, 0)));
    let mut world = world(PLACE, security, 1, 1);
    let count = std::rc::Rc::clone(&counted);
    world.tamper = Some(Box::new(move |from, to, at, bytes| {
        if (from, to) == link {
            count.set((at + 1, bytes.len()));
        }
        vec![bytes]
    }));
    world.run();
    let (count, last) = counted.get();
    assert_eq!(last, CLOSING, "the last message is another one");
    count
}

fn about(security: Security, receiver: u8) -> About {
    match security {
        Security::SemiHonest => About::Unchecked { receiver },
        Security::Malicious => About::Results { receiver },
    }
}

fn flipped(bytes: &Bytes, at: usize) -> Vec<Bytes> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 0x20;
    vec![bytes.into()]
}

fn nobody_has_a_result(world: &World, what: &str) {
    for receiver in [0, 1].map(Peer::Receiver) {
        assert!(matches!(world.outcomes[&receiver], Outcome::Failed(_)), "{what}: a result");
    }
}

#[test]
fn every_word_that_another_party_says_is_compared() {
    for security in ENGINES {
        for (from, to) in LINKS {
            let link = (Peer::Party(from), Peer::Party(to));
            let last = count(security, link) - 1;
            for word in 0..CLOSING / 8 {
                let world = with(security, link, last, move |bytes| flipped(bytes, 8 * word + 3));
                let what = format!("{link:?}, word {word}");
                nobody_has_a_result(&world, &what);
                // Facts of the sender's own index come first: a pair, and a piece for each receiver.
                let index = if word < 12 { from } else { (from + 1) % 3 };
                let other = (index + 2) % 3;
                let about = match word % 12 {
                    0..4 => About::Exchange,
                    at => about(security, u8::from(at >= 8)),
                };
                let (first, second) = (index.min(other), index.max(other));
                let error = world.error(link.1);
                if word == CLOSING / 8 - 1 {
                    let is_framing = matches!(error,
                        Error::Malformed { peer, phase: Phase::Closing, reason: Refusal::Framing { .. } }
                            if *peer == link.0);
                    assert!(is_framing, "{what}: {error}");
                } else {
                    assert_eq!(*error, Error::Contradiction { first, second, about }, "{what}");
                    assert!([first, second].contains(&from), "{what}: the sender is not named");
                }
            }
        }
    }
}

#[test]
fn a_closing_that_is_lost_repeated_short_long_or_another_ones_is_not_accepted() {
    for security in ENGINES {
        for (from, to) in LINKS {
            let link = (Peer::Party(from), Peer::Party(to));
            let last = count(security, link) - 1;
            let lost = |_: &Bytes| Vec::new();
            let short = |bytes: &Bytes| vec![bytes.slice(8..)];
            let long = |bytes: &Bytes| vec![[&bytes[..8], &bytes[..]].concat().into()];
            for (way, world) in [
                ("lost", with(security, link, last, lost)),
                ("short", with(security, link, last, short)),
                ("long", with(security, link, last, long)),
            ] {
                let what = format!("{link:?}, {way}");
                nobody_has_a_result(&world, &what);
                let peer_named = match world.error(link.1) {
                    Error::DeadlinePassed { waiting_for, phase: Phase::Closing }
                        if way != "long" =>
                    {
                        *waiting_for
                    }
                    Error::Malformed { peer, phase: Phase::Closing, .. } if way == "long" => *peer,
                    error => panic!("{what}: {error}"),
                };
                assert_eq!(peer_named, link.0, "{what}");
            }
            // Once it is there, the stream is over.
            let repeated = with(security, link, last, |bytes| vec![bytes.clone(), bytes.clone()]);
            assert!(
                matches!(
                    repeated.outcomes[&link.1],
                    Outcome::Done(_)
                        | Outcome::Failed(Error::Malformed { reason: Refusal::Overrun(_), .. })
                ),
                "{link:?}: {:?}",
                repeated.outcomes[&link.1]
            );
        }
    }
}

#[test]
fn one_bit_on_any_way_between_two_parties_ends_a_semi_honest_session_too() {
    let mut honest = world(PLACE, Security::SemiHonest, 1, 1);
    honest.record = true;
    honest.run();
    for (from, to) in LINKS {
        let link = (Peer::Party(from), Peer::Party(to));
        let bytes = honest.heard[&link].len() - 96 - CLOSING;
        for at in (0..bytes).step_by(53) {
            // Wherever that byte is: counted from the header on.
            let mut world = world(PLACE, Security::SemiHonest, 1, 1);
            let mut passed = 0;
            world.tamper = Some(Box::new(move |from, to, _, bytes| {
                if (from, to) != link {
                    return vec![bytes];
                }
                let here = (96 + at).checked_sub(passed).filter(|at| *at < bytes.len());
                passed += bytes.len();
                here.map_or_else(|| vec![bytes.clone()], |at| flipped(&bytes, at))
            }));
            world.run();
            nobody_has_a_result(&world, &format!("{link:?}, byte {at}"));
            let named =
                [0, 1, 2].iter().filter(|party| match world.outcomes[&Peer::Party(**party)] {
                    Outcome::Failed(Error::Contradiction {
                        first,
                        second,
                        about: About::Exchange,
                    }) => [first, second] == [from.min(to), from.max(to)],
                    Outcome::Failed(Error::Malformed { peer, .. }) => peer == link.0,
                    _ => false,
                });
            assert!(named.count() > 0, "{link:?}, byte {at}: {:?}", world.outcomes);
        }
    }
}

/// Words that a receiver gets beside its results: two random numbers, and two hashes.
const EVIDENCE: usize = 2 * 2 + 2 * 4;

/// Flips a word of the evidence for a receiver, from the parties chosen.
fn with_evidence(receiver: u8, parties: &'static [u8], word: usize) -> World {
    let mut world = world(PLACE, Security::SemiHonest, 1, 1);
    world.tamper = Some(Box::new(move |from, to, _, bytes| {
        let is_chosen = parties.iter().any(|party| from == Peer::Party(*party));
        if to != Peer::Receiver(receiver) || !is_chosen || bytes.len() <= 96 {
            return vec![bytes];
        }
        // The evidence ends the stream, but for a mark.
        let start = bytes.len() - (EVIDENCE + 1) * 8;
        flipped(&bytes, start + word * 8)
    }));
    world.run();
    world
}

#[test]
fn a_receiver_is_told_what_it_can_check_and_names_the_pair_that_differs() {
    for receiver in 0..2 {
        for (party, chosen) in [(0u8, &[0u8]), (1, &[1]), (2, &[2])] {
            for word in 0..EVIDENCE {
                let world = with_evidence(receiver, chosen, word);
                let error = world.error(Peer::Receiver(receiver));
                let Error::Contradiction { first, second, about } = error else {
                    panic!("{party}, {word}: {error}");
                };
                assert!([*first, *second].contains(&party), "{party}, {word}: {error}");
                assert_eq!(*about, About::Results { receiver });
                let other = Peer::Receiver(1 - receiver);
                assert!(matches!(world.outcomes[&other], Outcome::Done(_)));
            }
        }
        // All three say that it was another result.
        let own = 4 + 4 * usize::from(receiver);
        let world = with_evidence(receiver, &[0, 1, 2], own);
        assert_eq!(*world.error(Peer::Receiver(receiver)), Error::Uncommitted);
        // The two that hold a piece say that it was made with another random number.
        let mut world = self::world(PLACE, Security::SemiHonest, 1, 1);
        world.tamper = Some(Box::new(move |from, to, _, bytes| {
            // Piece 1 is the own one of party 1 and the next one of party 0.
            let word = match from {
                Peer::Party(0) => 2,
                Peer::Party(1) => 0,
                _ => return vec![bytes],
            };
            if to != Peer::Receiver(receiver) || bytes.len() <= 96 {
                return vec![bytes];
            }
            let start = bytes.len() - (EVIDENCE + 1) * 8;
            flipped(&bytes, start + word * 8)
        }));
        world.run();
        assert_eq!(*world.error(Peer::Receiver(receiver)), Error::Uncommitted);
    }
}

#[test]
fn an_owner_that_gives_out_different_shares_is_found_where_they_are_revealed() {
    for security in ENGINES {
        let rows = Rows { count: LENGTH, group: 0 };
        let columns = vec![whole(0, "a", LENGTH, 100), whole(0, "b", LENGTH, 100)];
        let mut draft = Draft::new(vec![rows], columns);
        draft.secure(security);
        let sum = draft.push(Op::Add { a: draft.values(0), b: draft.values(1) });
        draft.reveal(0, sum, "sum", 0, 1);
        let program = draft.finish().expect("in range");
        for to in [1, 2] {
            let mut world = World::at(PLACE, &program, tables(1), Weather::FAIR, 1);
            let link = (Peer::Owner(0), Peer::Party(to));
            world.tamper = Some(Box::new(move |from, to, _, bytes| {
                // The last word before the mark: of the second column.
                if (from, to) == link { flipped(&bytes, bytes.len() - 16) } else { vec![bytes] }
            }));
            world.run();
            assert!(matches!(world.outcomes[&Peer::Receiver(0)], Outcome::Failed(_)));
            for party in [0, 1, 2].map(Peer::Party) {
                let verdict = world.error(party).verdict(party);
                let is_fair = match (security, party) {
                    // Nobody can tell who it was, and nobody is blamed.
                    (Security::SemiHonest, _) => verdict == Verdict::Nobody,
                    // Both others stopped; it waits for them.
                    (Security::Malicious, Peer::Party(0)) => verdict == Verdict::Party(1),
                    (Security::Malicious, Peer::Party(me)) => {
                        verdict == Verdict::OwnerOrParty { owner: 0, party: 3 - me }
                    }
                    (Security::Malicious, _) => false,
                };
                assert!(is_fair, "{security:?}: {party} says {}, {verdict}", world.error(party));
            }
        }
    }
}
