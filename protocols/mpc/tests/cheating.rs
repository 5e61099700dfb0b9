//! Parties that deviate: each party, each message, each way. Always noticed, nothing opened, and
//! nobody honest blamed alone.

mod common;

use bytes::Bytes;
use common::{Late, Outcome, SESSION, Weather, World, table, whole};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use troupe_mpc::program::{Column, Draft, Form, Op, Rows, Security};
use troupe_mpc::{Error, Peer, Phase, Program, Table};
use troupe_types::{Millis, SessionId};

/// Elements: a whole word of bits and a part of the next.
const LENGTH: u32 = 70;

/// A product, a truncated product, a comparison, a test for zero, a choice, bits of numbers, columns in a random order, and
/// of wide numbers a product, its truncation and its sign.
fn program() -> Program {
    let rows = Rows { count: LENGTH, group: 0 };
    let wide = Column { form: Form::Wide, ..whole(1, "c", LENGTH, 1 << 50) };
    let columns = vec![whole(0, "a", LENGTH, 100), whole(1, "b", LENGTH, 100), wide];
    let mut draft = Draft::new(vec![rows, rows], columns);
    draft.secure(Security::Malicious);
    let (a, b) = (draft.values(0), draft.values(1));
    let dot = draft.push(Op::Dot { a, b, block: 20, shift: 0 });
    let product = draft.push(Op::Mul { a, b, shift: 3 });
    let less = draft.less(a, b);
    let same = draft.equal(a, b);
    let one = draft.or(less, same);
    let chosen = draft.push(Op::Select { bits: one, a: product, b: a });
    let bits = draft.bits_of(a, 3);
    let low = draft.number_of(bits, 3);
    let (a, c) = (draft.push(Op::Widen { a }), draft.values(2));
    let long = draft.push(Op::Mul { a, b: c, shift: 0 });
    let long = draft.push(Op::Mul { a: long, b: c, shift: 0 });
    let cut = draft.push(Op::Trunc { a: long, shift: 40 });
    let sum = draft.push(Op::Dot { a: cut, b: a, block: 30, shift: 0 });
    let shuffled = draft.shuffle(&[product, low]);
    draft.reveal(0, shuffled[0], "shuffled", 0, 1);
    draft.reveal(0, sum, "sum", 0, 1);
    draft.reveal(0, dot, "dot", 0, 1);
    draft.reveal(0, low, "low bits", 0, 1);
    draft.reveal(0, chosen, "chosen", 0, 1);
    draft.finish().expect("in range")
}

fn tables() -> Vec<Table> {
    let values = |factor: u32| (0..LENGTH).map(|at| f64::from(at * factor % 90)).collect();
    let long = (0..LENGTH).map(|at| f64::from(at * 13 % 90 + 1) * 2f64.powi(42)).collect();
    vec![table(LENGTH, &[("a", values(7))]), table(LENGTH, &[("b", values(11)), ("c", long)])]
}

/// Who sends to whom among the parties.
const LINKS: [(u8, u8); 6] = [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)];

fn peers((from, to): (u8, u8)) -> (Peer, Peer) {
    (Peer::Party(from), Peer::Party(to))
}

/// Bytes of a stream's header.
const HEADER: u64 = 96;

/// Whether an error of an honest party fits a cheater: it names it, or only says that nothing came.
fn fits(error: &Error, cheater: u8) -> bool {
    match error {
        Error::Unproven { prover, verifier } => *prover == cheater || *verifier == cheater,
        Error::Coins { first, second } => *first == cheater || *second == cheater,
        Error::Contradiction { first, second, .. } => *first == cheater || *second == cheater,
        Error::Inconsistent { party, .. } => *party == cheater,
        Error::Malformed { peer, .. } => *peer == Peer::Party(cheater),
        // Somebody stopped: the cheater, or who noticed it.
        Error::DeadlinePassed { waiting_for: Peer::Party(_), .. } => true,
        _ => false,
    }
}

/// No result, no word to the receiver, and every honest party ends with an error that fits. Gives
/// how many of them blame somebody.
fn is_caught(world: &World, cheater: u8, what: &str) -> usize {
    let receiver = Peer::Receiver(0);
    assert!(matches!(world.outcomes[&receiver], Outcome::Failed(_)), "{what}: a result");
    let mut blaming = 0;
    for party in (0..3).filter(|party| *party != cheater) {
        let sent = world.sent.get(&(Peer::Party(party), receiver)).copied().unwrap_or(0);
        assert!(sent <= HEADER, "{what}: party {party} opened something");
        let error = world.error(Peer::Party(party));
        assert!(fits(error, cheater), "{what}: party {party} says {error}");
        blaming += usize::from(!matches!(error, Error::DeadlinePassed { .. }));
    }
    blaming
}

/// The same for the last message, which closes: everything is proven by then, so who hears it may
/// reveal; the receiver is left with too few pieces all the same.
fn is_refused(world: &World, link: (u8, u8), what: &str) {
    assert!(matches!(world.outcomes[&Peer::Receiver(0)], Outcome::Failed(_)), "{what}: a result");
    let error = world.error(Peer::Party(link.1));
    assert!(fits(error, link.0), "{what}: {error}");
}

/// What happens to a message.
type Way = Box<dyn Fn(&Bytes) -> Vec<Bytes>>;

type Streams = BTreeMap<(Peer, Peer), Vec<Bytes>>;

/// What an honest session sends.
fn messages(session: SessionId, seed: u64) -> Streams {
    let sent: Rc<RefCell<Streams>> = Rc::default();
    let mut world = World::with_session(session, &program(), tables(), Weather::FAIR, seed);
    let record = Rc::clone(&sent);
    world.tamper = Some(Box::new(move |from, to, _, bytes| {
        record.borrow_mut().entry((from, to)).or_default().push(bytes.clone());
        vec![bytes]
    }));
    world.run();
    assert_eq!(world.results().len(), 5);
    drop(world);
    Rc::into_inner(sent).expect("the world is gone").into_inner()
}

/// A session in which something happens to one message.
fn with(link: (Peer, Peer), number: usize, put: impl Fn(&Bytes) -> Vec<Bytes> + 'static) -> World {
    let mut world = World::with_session(SESSION, &program(), tables(), Weather::FAIR, 1);
    world.tamper =
        Some(Box::new(
            move |from, to, at, bytes| {
                if (from, to) == link && at == number { put(&bytes) } else { vec![bytes] }
            },
        ));
    world.run();
    world
}

#[test]
fn a_flipped_bit_in_any_message_is_caught_and_blamed_on_its_sender() {
    let honest = messages(SESSION, 1);
    let mut flips = 0;
    for link in LINKS {
        let streams = &honest[&peers(link)];
        for (number, message) in streams.iter().enumerate() {
            // All words of short messages, a spread of the words of longer ones, the marks too.
            let words = message.len() / 8;
            let step = words.div_ceil(12).max(1);
            for word in (0..words).step_by(step).chain([words - 1]) {
                let at = word * 8 + (word + number) % 8;
                let world = with(peers(link), number, move |bytes| {
                    let mut bytes = bytes.to_vec();
                    bytes[at] ^= 1 << (word % 8);
                    vec![bytes.into()]
                });
                let what = format!("{link:?}, message {number}, word {word} of {words}");
                if number + 1 == streams.len() {
                    is_refused(&world, link, &what);
                } else {
                    assert!(is_caught(&world, link.0, &what) > 0, "{what}: nobody is blamed");
                }
                flips += 1;
            }
        }
    }
    assert!(flips > 500, "{flips}");
}

#[test]
fn lost_repeated_short_long_and_foreign_messages_are_caught() {
    let honest = messages(SESSION, 1);
    let foreign = messages(SessionId([0x77; 16]), 1);
    let mut world = World::with_session(SESSION, &program(), tables(), Weather::FAIR, 1);
    world.run();
    let results = world.results().to_vec();
    let program = program();
    let checks = program.cost().checks as usize;
    for link in LINKS {
        let (from, to) = peers(link);
        let streams = &honest[&(from, to)];
        for (number, other) in foreign[&(from, to)].iter().enumerate() {
            let other = other.clone();
            let ways: [(&str, Way); 5] = [
                ("lost", Box::new(|_| Vec::new())),
                ("repeated", Box::new(|bytes| vec![bytes.clone(), bytes.clone()])),
                ("short", Box::new(|bytes| vec![bytes.slice(..bytes.len() - 8)])),
                ("long", Box::new(|bytes| vec![[&bytes[..8], bytes].concat().into()])),
                ("foreign", Box::new(move |_| vec![other.clone()])),
            ];
            for (way, put) in ways {
                let world = with((from, to), number, put);
                let what = format!("{link:?}, message {number}, {way}");
                // Bytes too many arrive after the message itself; so does what is put before an empty
                // frame's mark, which looks like it.
                let is_empty = streams[number].len() == 8;
                let is_more = way == "repeated" || (way == "long" && is_empty);
                let is_late = is_more && number + 2 == streams.len();
                if way == "repeated" && number + 1 == streams.len() {
                    // Too late to matter.
                    assert_eq!(world.results(), results);
                } else if number + 1 == streams.len() || is_late {
                    is_refused(&world, link, &what);
                } else {
                    is_caught(&world, link.0, &what);
                }
            }
        }
        assert!(streams.len() >= checks, "every round of the check is a message");
    }
}

/// A session in which one message takes so long.
fn delayed(link: (u8, u8), number: usize, by: Millis) -> World {
    let mut world = World::with_session(SESSION, &program(), tables(), Weather::FAIR, 1);
    world.late = Some(Late { link: peers(link), number, by, until: None });
    world.run();
    world
}

#[test]
fn a_message_that_takes_its_time_changes_nothing_and_one_that_comes_too_late_is_lost() {
    let honest = messages(SESSION, 1);
    let mut world = World::with_session(SESSION, &program(), tables(), Weather::FAIR, 1);
    world.run();
    let results = world.results().to_vec();
    for link in LINKS {
        let count = honest[&peers(link)].len();
        for number in 0..count {
            let what = format!("{link:?}, message {number}");
            let world = delayed(link, number, Millis::secs(5));
            assert_eq!(world.results(), results, "{what}");
            assert!(world.now.mono >= Millis::secs(5), "{what}");
            let world = delayed(link, number, Millis::secs(3_600));
            if number + 1 == count {
                is_refused(&world, link, &what);
            } else {
                let blaming = is_caught(&world, link.0, &what);
                assert_eq!(blaming, 0, "{what}: nobody has more to say than that it did not come");
            }
        }
    }
}

#[test]
fn a_party_that_falls_silent_in_a_check_is_named_with_the_round() {
    let honest = messages(SESSION, 1);
    for cheater in 0..3u8 {
        let from = Peer::Party(cheater);
        let count = honest[&(from, Peer::Party((cheater + 1) % 3))].len();
        let mut world = World::with_session(SESSION, &program(), tables(), Weather::FAIR, 1);
        world.tamper = Some(Box::new(move |sender, _, at, bytes| {
            if sender == from && at + 4 >= count { Vec::new() } else { vec![bytes] }
        }));
        world.run();
        for party in (0..3).filter(|party| *party != cheater) {
            let Error::DeadlinePassed { waiting_for, phase } = world.error(Peer::Party(party))
            else {
                panic!("{}", world.error(Peer::Party(party)));
            };
            assert_eq!(*waiting_for, from);
            assert!(matches!(phase, Phase::Checking { .. }), "{phase}");
        }
    }
}

#[test]
fn an_owner_that_gives_two_parties_different_shares_is_named() {
    // Party 1 and party 2 both get the third piece.
    for (owner, to) in [(0, 1), (0, 2), (1, 1), (1, 2)] {
        let world = with((Peer::Owner(owner), Peer::Party(to)), 0, |bytes| {
            let mut bytes = bytes.to_vec();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            vec![bytes.into()]
        });
        assert!(matches!(world.outcomes[&Peer::Receiver(0)], Outcome::Failed(_)));
        for (party, other) in [(1, 2), (2, 1)] {
            let error = Error::Inconsistent { owner, party: other };
            assert_eq!(*world.error(Peer::Party(party)), error);
        }
    }
}
