//! What happens when peers vanish, stall, do not belong, or somebody has had enough.

mod common;

use bytes::Bytes;
use common::example::{program, tables};
use common::{Outcome, PLACE, Weather, World};
use troupe_mpc::{
    CHUNK, Deadlines, Ending, Error, Input, Output, Owner, Party, Peer, Phase, Program, Receiver,
    Refusal,
};
use troupe_types::{Bytes as Size, Hash, Millis};
use troupe_wire::bulk::Overrun;
use troupe_wire::{Machine, Now, Seed};

#[test]
fn a_peer_that_vanishes_is_named_by_everybody_who_waits_for_it() {
    for rounds in 0u32..=7 {
        for victim in 0..3u8 {
            for is_noticed in [false, true] {
                let gone = Peer::Party(victim);
                let mut world = World::new(&program(50), tables(50), Weather::FAIR, 1);
                // It does its part up to that round: later messages never leave.
                let at = rounds as usize;
                world.tamper = Some(Box::new(move |from, _, number, bytes| {
                    if from == gone && number >= at { Vec::new() } else { vec![bytes] }
                }));
                if is_noticed {
                    for peer in [0, 1, 2].map(Peer::Party).into_iter().filter(|p| *p != gone) {
                        world.give(peer, Input::Lost { peer: gone });
                    }
                    world.silent.insert(gone);
                }
                world.run();
                for peer in [0, 1, 2].map(Peer::Party).into_iter().filter(|p| *p != gone) {
                    let fits = match world.error(peer) {
                        Error::PeerLost { peer, phase } => {
                            is_noticed && *peer == gone && *phase == Phase::Inputs
                        }
                        Error::DeadlinePassed { waiting_for, phase } => {
                            let is_phase = match phase {
                                Phase::Inputs => rounds == 0,
                                Phase::Computing { round, rounds: 6 } => *round == rounds,
                                Phase::Closing => rounds == 7,
                                Phase::Computing { .. }
                                | Phase::Checking { .. }
                                | Phase::Revealing => false,
                            };
                            !is_noticed && *waiting_for == gone && is_phase
                        }
                        _ => false,
                    };
                    assert!(fits, "{peer} about {gone}, {rounds}: {}", world.error(peer));
                }
                assert!(matches!(world.outcomes[&Peer::Receiver(0)], Outcome::Failed(_)));
                assert!(world.now.mono <= Millis::secs(600), "later than the last deadline");
            }
        }
    }
}

#[test]
fn a_silent_owner_or_receiver_is_named_too() {
    let mut world = World::new(&program(50), tables(50), Weather::FAIR, 1);
    world.silent.insert(Peer::Owner(1));
    world.run();
    for party in [0, 1, 2] {
        let waiting_for = Peer::Owner(1);
        let error = Error::DeadlinePassed { waiting_for, phase: Phase::Inputs };
        assert_eq!(*world.error(Peer::Party(party)), error);
    }
    assert_eq!(world.outcomes[&Peer::Owner(0)], Outcome::Done(Vec::new()));

    // A receiver that never reads: no credit.
    let (program, now) = (program(1), Now::default());
    let mut parties = trio(&program);
    let mut owners = [0, 1].map(|index| owner(&program, index));
    let mut errors = Vec::new();
    exchange(&mut parties, &mut owners, &mut errors, |_| {});
    assert!(errors.is_empty());
    for party in &mut parties {
        assert_eq!(party.phase(), Some(Phase::Revealing));
        let mut out = Vec::new();
        party.tick(Now { mono: Millis::secs(60), ..now }, &mut out);
        let waiting_for = Peer::Receiver(0);
        let error = Error::DeadlinePassed { waiting_for, phase: Phase::Revealing };
        assert_eq!(out, [Output::Failed(error)]);
    }
}

fn trio(program: &Program) -> Vec<Party> {
    let seed = Seed::from_number(3);
    (0..3)
        .map(|index| {
            let seed = seed.child("party", u64::from(index));
            let deadlines = Deadlines::default();
            Party::new(PLACE, program.clone(), index, deadlines, &seed, Now::default())
                .expect("a place")
        })
        .collect()
}

fn owner(program: &Program, index: u8) -> Owner {
    let length = program.owners()[0].count;
    let table = tables(length).swap_remove(usize::from(index));
    let seed = Seed::from_number(4).child("owner", u64::from(index));
    let deadline = Millis::secs(120);
    Owner::new(PLACE, program, index, table, deadline, &seed, Now::default()).expect("good")
}

/// Lets parties and owners talk, without receivers; `watch` sees every party before each input.
fn exchange(
    parties: &mut [Party],
    owners: &mut [Owner],
    errors: &mut Vec<Error>,
    mut watch: impl FnMut(&Party),
) {
    let now = Now::default();
    let mut queue = Vec::new();
    let bytes = u64::MAX;
    let mut out: Vec<Output<Ending>> = Vec::new();
    let mut shared: Vec<Output> = Vec::new();
    for to in 0..3u8 {
        for (index, owner) in (0..).zip(owners.iter_mut()) {
            owner.step(now, Input::Credit { to: Peer::Party(to), bytes }, &mut shared);
            post(Peer::Owner(index), &mut shared, &mut queue, errors);
        }
        for (index, party) in (0..).zip(parties.iter_mut()) {
            party.step(now, Input::Credit { to: Peer::Party(to), bytes }, &mut out);
            post(Peer::Party(index), &mut out, &mut queue, errors);
        }
    }
    while !queue.is_empty() {
        for (from, to, bytes) in core::mem::take(&mut queue) {
            let party = &mut parties[usize::from(to)];
            watch(party);
            party.step(now, Input::Bytes { from, bytes }, &mut out);
            post(Peer::Party(to), &mut out, &mut queue, errors);
        }
    }
}

/// What goes to parties, and what went wrong.
fn post<T>(
    from: Peer,
    out: &mut Vec<Output<T>>,
    queue: &mut Vec<(Peer, u8, Bytes)>,
    errors: &mut Vec<Error>,
) {
    for output in out.drain(..) {
        match output {
            Output::Send { to: Peer::Party(to), bytes } => queue.push((from, to, bytes)),
            Output::Failed(error) => errors.push(error),
            Output::Send { .. }
            | Output::Progress { .. }
            | Output::Sign(_)
            | Output::Finished(_) => {}
        }
    }
}

#[test]
fn losing_a_peer_matters_only_while_something_is_left_to_exchange() {
    let program = program(50);
    let mut parties = trio(&program);
    let mut owners = [0, 1].map(|index| owner(&program, index));
    let mut errors = Vec::new();
    let now = Now::default();
    let mut early = trio(&program).remove(0);
    let mut out = Vec::new();
    early.step(now, Input::Lost { peer: Peer::Owner(0) }, &mut out);
    let lost = Error::PeerLost { peer: Peer::Owner(0), phase: Phase::Inputs };
    assert_eq!(out, [Output::Failed(lost)]);

    exchange(&mut parties, &mut owners, &mut errors, |_| {});
    let mut out = Vec::new();
    for party in &mut parties {
        for peer in [Peer::Owner(0), Peer::Owner(1), Peer::Party(0), Peer::Party(1)] {
            party.step(now, Input::Lost { peer }, &mut out);
        }
        assert!(out.is_empty(), "{out:?}");
        party.step(now, Input::Lost { peer: Peer::Receiver(0) }, &mut out);
        let lost = Error::PeerLost { peer: Peer::Receiver(0), phase: Phase::Revealing };
        assert_eq!(out, [Output::Failed(lost)]);
        out.clear();
    }
}

#[test]
fn bytes_without_a_place_are_refused() {
    let program = program(2);
    for (from, bytes, reason) in [
        (Peer::Receiver(0), vec![1], Refusal::Unexpected),
        (Peer::Owner(2), vec![1], Refusal::Unexpected),
        (Peer::Party(0), vec![1], Refusal::Unexpected),
        (
            Peer::Owner(0),
            vec![0; CHUNK + 1],
            Refusal::Overrun(Overrun::Chunk { got: CHUNK + 1, limit: CHUNK }),
        ),
        (Peer::Owner(0), vec![0; 96], Refusal::Magic),
    ] {
        let mut party = trio(&program).remove(0);
        let mut out = Vec::new();
        party.step(Now::default(), Input::Bytes { from, bytes: bytes.into() }, &mut out);
        let error = Error::Malformed { peer: from, phase: Phase::Inputs, reason };
        assert_eq!(out, [Output::Failed(error)]);
        assert_eq!(party.held(), Size::ZERO);
    }
    let mut owner = owner(&program, 0);
    let mut out = Vec::new();
    let from = Peer::Party(0);
    owner.step(Now::default(), Input::Bytes { from, bytes: Bytes::from_static(b"x") }, &mut out);
    let reason = Refusal::Unexpected;
    let error = Error::Malformed { peer: from, phase: Phase::Inputs, reason };
    assert_eq!(out, [Output::Failed(error)]);
}

#[test]
fn a_party_with_another_program_is_refused_by_both_others() {
    let (program, other) = (program(2), program(3));
    let mut parties = trio(&program);
    parties[1] = trio(&other).remove(1);
    let mut errors = Vec::new();
    exchange(&mut parties, &mut [], &mut errors, |_| {});
    let mut refused = [false; 3];
    for error in &errors {
        let Error::Malformed { peer: Peer::Party(peer), reason, .. } = error else {
            panic!("{error}")
        };
        assert!(matches!(reason, Refusal::Program { .. }), "{reason}");
        refused[usize::from(*peer)] = true;
    }
    assert!(refused[1] && errors.len() == 3, "{errors:?}");
}

#[test]
fn owners_of_one_group_must_hold_the_same_rows() {
    let program = program(2);
    let mut tables = tables(2);
    tables[1].alignment = Hash([4; 32]);
    let mut world = World::new(&program, tables, Weather::FAIR, 1);
    world.run();
    for party in [0, 1, 2] {
        let error = Error::Misaligned { first: 0, second: 1 };
        assert_eq!(*world.error(Peer::Party(party)), error);
    }
}

#[test]
fn cancelling_ends_every_machine_and_frees_it() {
    let program = program(5000);
    let now = Now::default();
    let mut parties = trio(&program);
    let mut owners = [0, 1].map(|index| owner(&program, index));
    exchange(&mut parties, &mut owners, &mut Vec::new(), |_| {});
    for party in &mut parties {
        assert!(party.held() > Size::ZERO);
        let mut out = Vec::new();
        party.step(now, Input::Cancel, &mut out);
        let cancelled = Error::Cancelled { phase: Phase::Revealing };
        assert_eq!(out, [Output::Failed(cancelled)]);
        assert_eq!((party.held(), party.phase(), party.next_tick()), (Size::ZERO, None, None));
        // Nothing matters any more.
        let late = Bytes::from_static(b"late");
        party.step(now, Input::Bytes { from: Peer::Party(9), bytes: late }, &mut out);
        party.step(now, Input::Cancel, &mut out);
        party.tick(Now { mono: Millis::MAX, ..now }, &mut out);
        assert_eq!(out.len(), 1);
    }
    let mut out = Vec::new();
    let mut owner = owner(&program, 0);
    owner.step(now, Input::Cancel, &mut out);
    assert_eq!(out, [Output::Failed(Error::Cancelled { phase: Phase::Inputs })]);
    let mut out = Vec::new();
    let mut receiver = Receiver::new(PLACE, program, 0, Millis::secs(1), now).expect("a place");
    receiver.step(now, Input::Cancel, &mut out);
    assert_eq!(out, [Output::Failed(Error::Cancelled { phase: Phase::Revealing })]);
}

#[test]
fn early_and_repeated_ticks_change_nothing() {
    let program = program(5);
    let mut parties = trio(&program);
    let mut owners = [0, 1].map(|index| owner(&program, index));
    let mut out = Vec::new();
    for party in &mut parties {
        for mono in [0, 1, 119_999, 5].map(Millis) {
            party.tick(Now { mono, ..Now::default() }, &mut out);
        }
        assert_eq!(party.next_tick(), Some(Millis::secs(120)));
    }
    let mut shared = Vec::new();
    for owner in &mut owners {
        owner.tick(Now { mono: Millis(119_999), ..Now::default() }, &mut shared);
    }
    assert!(out.is_empty() && shared.is_empty());
    let mut errors = Vec::new();
    exchange(&mut parties, &mut owners, &mut errors, |_| {});
    assert!(errors.is_empty(), "{errors:?}");
    assert!(parties.iter().all(|party| party.phase() == Some(Phase::Revealing)));
}

#[test]
fn places_that_a_program_does_not_have_are_refused() {
    let program = program(2);
    let now = Now::default();
    let seed = Seed::from_number(0);
    let deadline = Millis::secs(1);
    let party =
        Party::new(PLACE, program.clone(), 3, Deadlines::default(), &seed, now).unwrap_err();
    assert_eq!(party, Error::NoSuchPlace { peer: Peer::Party(3) });
    let table = tables(2).remove(0);
    let owner = Owner::new(PLACE, &program, 2, table, deadline, &seed, now).unwrap_err();
    assert_eq!(owner, Error::NoSuchPlace { peer: Peer::Owner(2) });
    let receiver = Receiver::new(PLACE, program.clone(), 1, deadline, now).unwrap_err();
    assert_eq!(receiver, Error::NoSuchPlace { peer: Peer::Receiver(1) });
    let short = tables(1).remove(0);
    let owner = Owner::new(PLACE, &program, 0, short, deadline, &seed, now).unwrap_err();
    assert_eq!(owner, Error::Rows { got: 1, want: 2 });
}
