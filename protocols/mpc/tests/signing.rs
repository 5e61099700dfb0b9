//! Parties that sign how a session ends, and parties that do not.

mod common;

use bytes::Bytes;
use common::example::{program, tables};
use common::{Clerk, Outcome, PLACE, Weather, World};
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use troupe_mpc::{
    Claim, Error, Input, Notary, OwnClaims, Peer, Phase, Refusal, Signature, Verdict,
};

const LENGTH: u32 = 20;
/// Words of a party's output and four signatures, without the mark.
const SIGNING: usize = 4 + 4 * 8;
const LINKS: [(u8, u8); 6] = [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)];

/// Keyed hashes in the place of signatures: enough to tell who signed what.
struct Keyed;

fn keyed(seat: u8, claim: &Claim) -> Signature {
    let (kind, peer, hash) = match claim {
        Claim::Pair { peer, hash } => (3, *peer, hash),
        Claim::Result(hash) => (4, 255, hash),
        Claim::Transcript(hash) => (5, 255, hash),
        Claim::Output(hash) => (6, 255, hash),
    };
    let digest = |half: u8| Sha256::new().chain_update([half, seat, kind, peer]).chain_update(hash);
    let halves = [0, 1].map(|half| <[u8; 32]>::from(digest(half).finalize()));
    let mut signature = [0; 64];
    signature.copy_from_slice(halves.as_flattened());
    signature
}

impl Notary for Keyed {
    fn is_signed(&self, seat: u8, claim: &Claim, signature: &Signature) -> bool {
        keyed(seat, claim) == *signature
    }
}

fn signs(seat: u8, claims: &OwnClaims) -> Option<Input> {
    Some(Input::Signed(Box::new(claims.map(|claim| keyed(seat, &claim)))))
}

fn signed_by(seats: &[u8], seed: u64) -> World {
    let world = World::at(PLACE, &program(LENGTH), tables(LENGTH), Weather::FAIR, seed);
    world.signing(seats, Arc::new(Keyed), signs)
}

fn world(seed: u64) -> World {
    signed_by(&[0, 1, 2], seed)
}

/// The last message on every link between parties, which signs, and its number there.
fn last(link: (Peer, Peer)) -> (usize, Bytes) {
    let seen = Rc::new(RefCell::new((0, Bytes::new())));
    let mut world = world(1);
    let record = Rc::clone(&seen);
    world.tamper = Some(Box::new(move |from, to, at, bytes| {
        if (from, to) == link {
            *record.borrow_mut() = (at, bytes.clone());
        }
        vec![bytes]
    }));
    world.run();
    drop(world);
    let (number, bytes) = Rc::into_inner(seen).expect("the world is gone").into_inner();
    assert_eq!(bytes.len(), (SIGNING + 1) * 8, "the last message is another one");
    (number, bytes)
}

fn with(link: (Peer, Peer), number: usize, put: impl Fn(&Bytes) -> Vec<Bytes> + 'static) -> World {
    let mut world = world(1);
    world.tamper =
        Some(Box::new(
            move |from, to, at, bytes| {
                if (from, to) == link && at == number { put(&bytes) } else { vec![bytes] }
            },
        ));
    world.run();
    world
}

/// The addressee ended without a word to the receiver, who has no result.
fn is_kept_back(world: &World, party: Peer, what: &str) {
    let receiver = Peer::Receiver(0);
    assert!(matches!(world.outcomes[&receiver], Outcome::Failed(_)), "{what}: a result");
    assert_eq!(world.sent[&(party, receiver)], 96, "{what}: more than a header left");
}

#[test]
fn everybody_ends_with_what_the_others_signed() {
    let mut world = world(1);
    world.run();
    for (me, ending) in &world.endings {
        let signed = ending.signed.expect("they signed");
        let others: Vec<u8> = (0..3).filter(|seat| seat != me).collect();
        for ((place, seat), signed) in others.into_iter().enumerate().zip(signed) {
            assert_eq!(signed.seat, seat);
            let theirs = &world.endings[&seat];
            let claims = [
                Claim::Pair { peer: *me, hash: ending.pairs[place] },
                Claim::Transcript(theirs.transcript),
                Claim::Result(theirs.result),
                Claim::Output(theirs.output),
            ];
            assert_eq!(signed.claims, claims);
            assert!(theirs.pairs.contains(&ending.pairs[place]));
            assert_eq!(signed.signatures, claims.map(|claim| keyed(seat, &claim)));
        }
    }
    assert_eq!(world.endings.len(), 3);
    for link in program(LENGTH).cost().signed().links {
        assert_eq!(world.sent[&(link.from, link.to)], link.bytes.0, "{} to {}", link.from, link.to);
    }
}

#[test]
fn signing_changes_nothing_that_is_signed() {
    let mut plain = World::at(PLACE, &program(LENGTH), tables(LENGTH), Weather::FAIR, 1);
    let mut signed = world(1);
    plain.run();
    signed.run();
    assert_eq!(plain.results(), signed.results());
    for (party, ending) in &signed.endings {
        assert_eq!(plain.endings[party], troupe_mpc::Ending { signed: None, ..*ending });
    }
}

#[test]
fn every_changed_word_of_a_signature_or_an_output_is_found_before_anything_is_revealed() {
    for (from, to) in LINKS {
        let link = (Peer::Party(from), Peer::Party(to));
        let (number, _) = last(link);
        for word in 0..=SIGNING {
            let world = with(link, number, move |bytes| {
                let mut bytes = bytes.to_vec();
                bytes[8 * word + 5] ^= 4;
                vec![bytes.into()]
            });
            let what = format!("{link:?}, word {word}");
            is_kept_back(&world, link.1, &what);
            let error = world.error(link.1);
            if word < SIGNING {
                assert_eq!(*error, Error::Unsigned { party: from }, "{what}");
            } else {
                let reason = Refusal::Framing { frame: 8 };
                let phase = Phase::Closing;
                assert_eq!(*error, Error::Malformed { peer: link.0, phase, reason }, "{what}");
            }
        }
    }
}

#[test]
fn signatures_for_another_party_of_another_run_or_none_do_not_count() {
    for (from, to) in LINKS {
        let link = (Peer::Party(from), Peer::Party(to));
        let (number, _) = last(link);
        // The same party signs its exchange with the third.
        let third = Peer::Party(3 - from - to);
        let (_, foreign) = last((link.0, third));
        // The marks differ, as streams do: take everything before it.
        let swapped = with(link, number, move |bytes| {
            vec![[&foreign[..SIGNING * 8], &bytes[SIGNING * 8..]].concat().into()]
        });
        is_kept_back(&swapped, link.1, "signed for another");
        assert_eq!(*swapped.error(link.1), Error::Unsigned { party: from });

        let lost = with(link, number, |_| Vec::new());
        is_kept_back(&lost, link.1, "lost");
        let (waiting_for, phase) = (link.0, Phase::Closing);
        assert_eq!(*lost.error(link.1), Error::DeadlinePassed { waiting_for, phase });

        let zero = with(link, number, |bytes| {
            let mut bytes = bytes.to_vec();
            bytes[32..SIGNING * 8].fill(0);
            vec![bytes.into()]
        });
        is_kept_back(&zero, link.1, "not signed");
        assert_eq!(*zero.error(link.1), Error::Unsigned { party: from });
    }
}

#[test]
fn who_signs_does_not_reveal_anything_to_those_who_do_not() {
    for silent in 0..3u8 {
        let signers: Vec<u8> = (0..3).filter(|seat| *seat != silent).collect();
        let mut world = signed_by(&signers, 1);
        world.run();
        for party in signers {
            is_kept_back(&world, Peer::Party(party), "one does not sign");
            let (waiting_for, phase) = (Peer::Party(silent), Phase::Closing);
            let error = Error::DeadlinePassed { waiting_for, phase };
            assert_eq!(*world.error(Peer::Party(party)), error);
        }
        let is_refused = matches!(
            world.outcomes[&Peer::Party(silent)],
            Outcome::Failed(Error::Malformed { peer: Peer::Party(_), .. }) | Outcome::Done(_)
        );
        assert!(is_refused, "{:?}", world.outcomes);
    }
}

/// Two parties' streams hold all pieces of the results: whoever has those must not be able to undo the third party's word.
#[test]
fn what_all_have_signed_ends_well_whatever_a_receiver_does_not_take_or_takes_back() {
    let receiver = Peer::Receiver(0);
    for (seat, way) in (0..3u8).flat_map(|seat| (0..3).map(move |way| (seat, way))) {
        let mut world = world(1);
        let party = Peer::Party(seat);
        world.deaf.insert((party, receiver));
        while world.phase(seat) != Some(Phase::Revealing) {
            world.stir_all();
        }
        match way {
            0 => {}
            1 => world.give(party, Input::Lost { peer: receiver }),
            _ => world.give(party, Input::Cancel),
        }
        world.run();
        for other in 0..3 {
            let signed = world.endings[&other].signed.expect("they signed");
            assert_eq!(
                signed.map(|one| one.claims[2]),
                [Claim::Result(world.endings[&0].result); 2]
            );
        }
        let sent = world.sent.get(&(party, receiver)).copied().unwrap_or(0);
        assert_eq!(sent, 0, "nothing reached the receiver from there");
    }
}

#[test]
fn a_party_whose_own_people_do_not_sign_reveals_nothing_and_blames_nobody() {
    let (refuses, is_mute): (Clerk, Clerk) = (|_, _| Some(Input::Unsigned), |_, _| None);
    for (seat, clerk) in (0..3u8).flat_map(|seat| [(seat, refuses), (seat, is_mute)]) {
        let mut world = world(1);
        world.served_by(seat, clerk);
        world.run();
        let me = Peer::Party(seat);
        for party in (0..3).map(Peer::Party) {
            is_kept_back(&world, party, "one is not signed for");
        }
        assert_eq!(*world.error(me), Error::Unwitnessed);
        assert_eq!(world.error(me).verdict(me), Verdict::Nobody);
        for other in (0..3).filter(|other| *other != seat).map(Peer::Party) {
            let (waiting_for, phase) = (me, Phase::Closing);
            assert_eq!(*world.error(other), Error::DeadlinePassed { waiting_for, phase });
        }
    }
}

#[test]
fn signatures_count_once_and_only_where_they_are_wanted() {
    // Before there is anything to sign, and again when it is signed.
    let mut world = world(1);
    for seat in 0..3 {
        let none = Box::new([[0; 64]; 5]);
        world.give(Peer::Party(seat), Input::Signed(none));
        world.give(Peer::Party(seat), Input::Unsigned);
    }
    world.deaf.insert((Peer::Party(0), Peer::Receiver(0)));
    while world.phase(0) != Some(Phase::Revealing) {
        world.stir_all();
    }
    world.give(Peer::Party(0), Input::Signed(Box::new([[0; 64]; 5])));
    world.give(Peer::Party(0), Input::Unsigned);
    world.deaf.clear();
    world.run();
    assert_eq!(world.results().len(), 4);
    for link in program(LENGTH).cost().signed().links {
        assert_eq!(world.sent[&(link.from, link.to)], link.bytes.0, "{} to {}", link.from, link.to);
    }
}
