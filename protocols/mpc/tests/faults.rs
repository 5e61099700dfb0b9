//! What happens when messages are lost, cut, repeated, swapped or changed.

mod common;

use bytes::Bytes;
use common::example::{program, tables, values};
use common::{Outcome, SESSION, Weather, World};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use troupe_mpc::{Error, Peer, Refusal};
use troupe_types::SessionId;
use troupe_wire::bulk::Overrun;

fn expected(length: u32) -> (Vec<f64>, f64) {
    let (a, b) = (values(length, 1), values(length, 3));
    let half = a.iter().zip(&b).map(|(a, b)| a * b / 2.0).collect();
    (half, a.iter().zip(&b).map(|(a, b)| a * a * b).sum())
}

fn is_right(world: &World, length: u32) -> bool {
    let results = world.results();
    let (half, dot) = expected(length);
    let (a, b) = (values(length, 1), values(length, 3));
    let less: Vec<f64> = a.iter().zip(&b).map(|(a, b)| f64::from(u8::from(a < b))).collect();
    let smaller: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a.min(*b)).collect();
    results[0].values == half
        && results[1].values == [dot]
        && results[2].values == less
        && results[3].values == smaller
}

/// Messages by link, in order.
type Log = BTreeMap<(Peer, Peer), Vec<Bytes>>;

/// The messages of an undisturbed run: how many on each link, and their bytes.
fn messages(session: SessionId, length: u32, seed: u64) -> Log {
    let mut world =
        World::with_session(session, &program(length), tables(length), Weather::FAIR, seed);
    let seen: Rc<RefCell<Log>> = Rc::default();
    let log = Rc::clone(&seen);
    world.tamper = Some(Box::new(move |from, to, _, bytes| {
        log.borrow_mut().entry((from, to)).or_default().push(bytes.clone());
        vec![bytes]
    }));
    world.run();
    assert!(is_right(&world, length));
    drop(world);
    Rc::into_inner(seen).expect("the world is gone").into_inner()
}

/// A run in which one message arrives as `change` makes it.
fn disturbed(
    length: u32,
    link: (Peer, Peer),
    number: usize,
    mut change: impl FnMut(Bytes) -> Vec<Bytes> + 'static,
) -> World {
    let mut world = World::new(&program(length), tables(length), Weather::FAIR, 1);
    world.tamper = Some(Box::new(move |from, to, at, bytes| {
        if (from, to) == link && at == number { change(bytes) } else { vec![bytes] }
    }));
    world.run();
    world
}

/// Whether the error of the addressee names the sender.
fn names(error: &Error, sender: Peer) -> bool {
    matches!(error,
        Error::Malformed { peer, .. } | Error::DeadlinePassed { waiting_for: peer, .. }
            if *peer == sender)
}

#[test]
fn a_lost_or_cut_message_ends_the_session_and_names_its_sender() {
    // Frames of one chunk and of several.
    for length in [50, 33_000] {
        for (link, messages) in messages(SESSION, length, 1) {
            for (number, message) in messages.iter().enumerate() {
                for kept in [0, message.len() / 2, message.len() - 1] {
                    let world =
                        disturbed(length, link, number, move |bytes| vec![bytes.slice(..kept)]);
                    let error = world.error(link.1);
                    assert!(names(error, link.0), "{link:?} {number}: {error}");
                    let outcome = &world.outcomes[&Peer::Receiver(0)];
                    assert!(matches!(outcome, Outcome::Failed(_)), "{outcome:?}");
                }
            }
        }
    }
}

#[test]
fn a_repeated_message_is_refused_or_comes_too_late_to_matter() {
    for length in [50, 33_000] {
        for (link, messages) in messages(SESSION, length, 1) {
            for number in 0..messages.len() {
                let world = disturbed(length, link, number, |bytes| vec![bytes.clone(), bytes]);
                match &world.outcomes[&link.1] {
                    // The addressee had all it needed and was gone.
                    Outcome::Done(_) => assert!(number + 1 == messages.len()),
                    Outcome::Failed(Error::Malformed { peer, reason, .. }) => {
                        assert_eq!(*peer, link.0);
                        let is_last = number + 1 == messages.len();
                        let is_excess = matches!(reason, Refusal::Overrun(Overrun::Stream { .. }));
                        assert!(is_excess || !is_last, "{link:?} {number}: {reason}");
                    }
                    Outcome::Failed(error) => panic!("{link:?} {number}: {error}"),
                }
                if matches!(world.outcomes[&Peer::Receiver(0)], Outcome::Done(_)) {
                    assert!(is_right(&world, length), "{link:?} {number}");
                }
            }
        }
    }
}

#[test]
fn a_message_of_another_session_is_refused() {
    let length = 50;
    let other = messages(SessionId([0xaa; 16]), length, 2);
    for (link, messages) in messages(SESSION, length, 1) {
        assert_eq!(messages.len(), other[&link].len());
        for (number, foreign) in other[&link].iter().enumerate() {
            let foreign = foreign.clone();
            let world = disturbed(length, link, number, move |_| vec![foreign.clone()]);
            let error = world.error(link.1);
            let Error::Malformed { peer, reason, .. } = error else { panic!("{error}") };
            assert_eq!(*peer, link.0);
            let fits = matches!(reason, Refusal::Session | Refusal::Framing { .. });
            assert!(fits, "{link:?} {number}: {reason}");
            assert!(matches!(world.outcomes[&Peer::Receiver(0)], Outcome::Failed(_)));
        }
    }
}

#[test]
fn a_message_for_another_peer_is_refused() {
    let length = 50;
    let all = messages(SESSION, length, 1);
    for (link, messages) in &all {
        for (from, to) in all.keys().filter(|other| *other != link && other.0 == link.0) {
            let stray = all[&(*from, *to)][0].clone();
            let world = disturbed(length, *link, 0, move |_| vec![stray.clone()]);
            let error = world.error(link.1);
            let reason = Refusal::Addressee;
            assert!(
                matches!(error, Error::Malformed { peer, reason: got, .. }
                    if *peer == link.0 && *got == reason),
                "{link:?}: {error}"
            );
        }
        assert!(!messages.is_empty());
    }
}

#[test]
fn every_flipped_byte_of_a_header_or_announcement_is_refused() {
    let length = 50;
    for (from, to) in messages(SESSION, length, 1).into_keys() {
        let header = 96;
        // An owner's row count and alignment digest follow its header.
        let end = if matches!(from, Peer::Owner(_)) { header + 40 } else { header };
        for at in 0..end {
            let world = disturbed(length, (from, to), 0, move |bytes| {
                let mut changed = bytes.to_vec();
                changed[at] ^= 0x10;
                vec![changed.into()]
            });
            let error = world.error(to);
            let fits = match error {
                Error::Malformed { peer, reason, .. } => {
                    let is_rows = matches!(reason, Refusal::Rows { want: 50, .. });
                    *peer == from && (at < header) != is_rows
                }
                Error::Misaligned { first: 0, second: 1 } => at >= header + 8,
                _ => false,
            };
            assert!(fits, "{from} to {to}, byte {at}: {error}");
            assert!(matches!(world.outcomes[&Peer::Receiver(0)], Outcome::Failed(_)));
        }
    }
}

#[test]
fn a_changed_piece_of_a_result_is_a_disagreement_of_the_two_who_hold_it() {
    let length = 4;
    for party in 0..3u8 {
        // After the header: own pieces and next pieces of 4 elements, a mark, then 1 and 1.
        for (word, own) in [(0, true), (3, true), (4, false), (7, false), (9, true), (10, false)] {
            let link = (Peer::Party(party), Peer::Receiver(0));
            let world = disturbed(length, link, 1, move |bytes| {
                let mut changed = bytes.to_vec();
                changed[8 * word] ^= 1;
                vec![changed.into()]
            });
            let pair = if own { ((party + 2) % 3, party) } else { (party, (party + 1) % 3) };
            let result = if word < 8 { "half product" } else { "dot" }.to_owned();
            let error = Error::Disagreement { first: pair.0, second: pair.1, result };
            assert_eq!(*world.error(Peer::Receiver(0)), error);
        }
    }
}
