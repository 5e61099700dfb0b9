//! What a peer gets that sends anything but what was agreed: a name for it, and nothing else.

mod common;

use bytes::Bytes;
use common::{SESSION, SIDES, World, agreement, numbers, party, set};
use sha2::{Digest, Sha256};
use troupe_psi::{
    Agreement, CHUNK, Error, Input, Learned, Missing, Mode, Output, Phase, Refusal, Side,
};
use troupe_types::{Hash, Millis, SessionId};
use troupe_wire::bulk::Overrun;
use troupe_wire::{Machine, Now};

const HEADER: usize = 64;

/// A peer that speaks the protocol but says what it wants to.
struct Liar {
    bytes: Vec<u8>,
    mark: [u8; 32],
}

impl Liar {
    /// Takes over the header that an honest side would send.
    fn new(honest: &Agreement, side: Side) -> Self {
        let header = honest_stream(honest, side)[..HEADER].to_vec();
        let mark = Sha256::new_with_prefix(b"troupe psi stream 1").chain_update(&header);
        Self { bytes: header, mark: mark.finalize().into() }
    }

    /// A frame with a mark that fits.
    fn frame(mut self, frame: &[u8]) -> Self {
        self.mark = Sha256::new_with_prefix(self.mark).chain_update(frame).finalize().into();
        self.bytes.extend_from_slice(frame);
        self.bytes.extend_from_slice(&self.mark);
        self
    }
}

fn items(side: Side) -> Vec<String> {
    match side {
        Side::First => numbers(0..6),
        Side::Second => numbers(3..9),
    }
}

fn terms(mode: Mode) -> Agreement {
    let sets = SIDES.map(|side| set(items(side)));
    agreement(mode, [&sets[0], &sets[1]])
}

/// Everything that a side sends before it hears anything: its header and its points.
fn honest_stream(agreement: &Agreement, side: Side) -> Vec<u8> {
    let mut honest = party(*agreement, side, set(items(side)), 9);
    let mut out = Vec::new();
    honest.step(Now::default(), Input::Credit(u64::MAX), &mut out);
    honest.tick(Now::default(), &mut out);
    let sent = out.into_iter().filter_map(|output| match output {
        Output::Send(bytes) => Some(bytes),
        Output::Progress { .. } | Output::Finished(_) | Output::Failed(_) => None,
    });
    sent.flatten().collect()
}

/// What the first side says to bytes of its peer. After it there is nothing more.
fn verdict(mode: Mode, bytes: &[u8]) -> Option<Error> {
    let mut honest = party(terms(mode), Side::First, set(items(Side::First)), 1);
    let mut out = Vec::new();
    honest.step(Now::default(), Input::Credit(u64::MAX), &mut out);
    for chunk in bytes.chunks(1000) {
        honest.step(Now::default(), Input::Bytes(Bytes::copy_from_slice(chunk)), &mut out);
    }
    let error = out.iter().find_map(|output| match output {
        Output::Failed(error) => Some(*error),
        Output::Send(_) | Output::Progress { .. } | Output::Finished(_) => None,
    });
    if error.is_some() {
        assert!(matches!(out.last(), Some(Output::Failed(_))), "a word after the last one");
        assert_eq!((honest.phase(), honest.next_tick()), (None, None));
        let before = out.len();
        honest.step(Now::default(), Input::Credit(5), &mut out);
        honest.tick(Now { mono: Millis::secs(9999), ..Now::default() }, &mut out);
        assert_eq!(out.len(), before);
        // Nothing but header and points has left.
        let sent: usize =
            out.iter().map(|o| if let Output::Send(b) = o { b.len() } else { 0 }).sum();
        assert_eq!(sent, HEADER + 6 * 32 + 32, "an answer to points that were refused");
    }
    assert!(!out.iter().any(|output| matches!(output, Output::Finished(_))));
    error
}

fn refusal(mode: Mode, bytes: &[u8]) -> Refusal {
    match verdict(mode, bytes) {
        Some(Error::Refused { phase: Phase::Points, reason }) => reason,
        other => panic!("{other:?}"),
    }
}

fn points(stream: &[u8]) -> Vec<u8> {
    stream[HEADER..HEADER + 6 * 32].to_vec()
}

#[test]
fn a_header_of_something_else_is_refused_by_name() {
    let mode = Mode::Aligned;
    let ours = terms(mode);
    let stream = |agreement: Agreement| honest_stream(&agreement, Side::Second);
    let other = Agreement { session: SessionId([2; 16]), ..ours };
    assert_eq!(refusal(mode, &stream(other)), Refusal::Session);
    for other in [
        Agreement { terms: Hash([6; 32]), ..ours },
        Agreement { mode: Mode::CountBoth, ..ours },
        Agreement { mode: Mode::Rows { receiver: Side::First }, ..ours },
        Agreement { sizes: [7, 6], ..ours },
    ] {
        let (got, want) = (other.hash(), ours.hash());
        assert_eq!(refusal(mode, &stream(other)), Refusal::Agreement { got, want });
    }
    let mut counted = stream(ours);
    counted[12] = 7;
    assert_eq!(refusal(mode, &counted), Refusal::Count { got: 7, want: 6 });
    // Our own stream, thrown back.
    assert_eq!(refusal(mode, &honest_stream(&ours, Side::First)), Refusal::Sender);
    assert_eq!(refusal(mode, &[0; 64]), Refusal::Magic);
}

#[test]
fn points_that_are_none_are_refused_in_every_mode() {
    for mode in common::modes() {
        let agreement = terms(mode);
        let honest = honest_stream(&agreement, Side::Second);
        let with = |place: usize, point: [u8; 32]| {
            let mut points = points(&honest);
            points[32 * place..32 * (place + 1)].copy_from_slice(&point);
            Liar::new(&agreement, Side::Second).frame(&points).bytes
        };
        assert_eq!(refusal(mode, &with(4, [0; 32])), Refusal::Identity { index: 4 });
        assert_eq!(refusal(mode, &with(5, [0xff; 32])), Refusal::Encoding { index: 5 });
        // The same element, written as a negative number.
        let mut negative = [0xff; 32];
        negative[0] = 0xed;
        negative[31] = 0x7f;
        let mut borrow = 0;
        for (digit, take) in negative.iter_mut().zip(&honest[HEADER..HEADER + 32]) {
            let left = i16::from(*digit) - i16::from(*take) - borrow;
            borrow = i16::from(left < 0);
            *digit = left.rem_euclid(256).try_into().expect("a byte");
        }
        assert_eq!(refusal(mode, &with(0, negative)), Refusal::Encoding { index: 0 });
        let first: [u8; 32] = honest[HEADER..HEADER + 32].try_into().expect("a point");
        let repeated = Refusal::RepeatedPoint { first: 0, second: 3 };
        assert_eq!(refusal(mode, &with(3, first)), repeated);
    }
}

#[test]
fn bytes_changed_cut_repeated_or_added_are_refused_before_they_are_used() {
    let mode = Mode::Aligned;
    let honest = honest_stream(&terms(mode), Side::Second);
    assert_eq!(verdict(mode, &honest), None);
    let transcript = Refusal::Transcript { frame: 0 };
    for at in [HEADER, HEADER + 100, honest.len() - 1] {
        let mut changed = honest.clone();
        changed[at] ^= 4;
        assert_eq!(refusal(mode, &changed), transcript);
    }
    // One point cut out and another one repeated: what follows is not where it should be.
    let shifted = [&honest[..HEADER + 32], &honest[HEADER + 64..], &honest[HEADER..HEADER + 32]];
    assert_eq!(refusal(mode, &shifted.concat()), transcript);
    // A whole stream again: it cannot be the answers.
    let replayed = [honest.as_slice(), &honest[HEADER..]].concat();
    let limit = terms(mode).traffic()[1] - honest.len() as u64;
    let got = (honest.len() - HEADER) as u64;
    assert_eq!(
        refusal_after(mode, &honest, &replayed[honest.len()..]),
        Refusal::Overrun(Overrun::Stream { got, limit })
    );
    // A chunk that no transport of ours makes.
    let mut party = party(terms(mode), Side::First, set(items(Side::First)), 1);
    let mut out = Vec::new();
    party.step(Now::default(), Input::Bytes(vec![0; CHUNK + 1].into()), &mut out);
    let reason = Refusal::Overrun(Overrun::Chunk { got: CHUNK + 1, limit: CHUNK });
    assert_eq!(out, [Output::Failed(Error::Refused { phase: Phase::Points, reason })]);
}

/// What the first side says to a second piece, after a first one that was good. Its own points have left.
fn refusal_after(mode: Mode, good: &[u8], bad: &[u8]) -> Refusal {
    let mut honest = party(terms(mode), Side::First, set(items(Side::First)), 1);
    let mut out = Vec::new();
    let now = Now::default();
    honest.step(now, Input::Credit(u64::MAX), &mut out);
    honest.tick(now, &mut out);
    honest.step(now, Input::Bytes(Bytes::copy_from_slice(good)), &mut out);
    assert!(!out.iter().any(|output| matches!(output, Output::Failed(_))), "{out:?}");
    honest.step(now, Input::Bytes(Bytes::copy_from_slice(bad)), &mut out);
    assert!(!out.iter().any(|output| matches!(output, Output::Finished(_))));
    match out.last() {
        Some(Output::Failed(Error::Refused { reason, .. })) => *reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_stream_cut_off_anywhere_gives_no_result_and_ends_with_the_deadline() {
    let (first, second) = (items(Side::First), items(Side::Second));
    let mode = Mode::Rows { receiver: Side::First };
    // The same seeds give the same streams, so that what one run heard fits the next.
    let mut world = World::new(mode, [&first, &second], 1);
    world.run();
    let heard = &world.sent[1];
    for length in 0..=heard.len() {
        let mut honest = party(terms(mode), Side::First, set(&first), 1);
        let (mut out, now) = (Vec::new(), Now::default());
        honest.step(now, Input::Credit(u64::MAX), &mut out);
        honest.tick(now, &mut out);
        honest.step(now, Input::Bytes(Bytes::copy_from_slice(&heard[..length])), &mut out);
        honest.tick(Now { mono: Millis::secs(600), ..now }, &mut out);
        let Some(last) = out.pop() else { panic!("nothing at all") };
        if length == heard.len() {
            assert!(matches!(last, Output::Finished(_)));
        } else {
            let phase = match length {
                0..288 => Phase::Points,
                _ => Phase::Answers,
            };
            let error = Error::DeadlinePassed { phase, waiting_for: Missing::Bytes };
            assert_eq!(last, Output::Failed(error), "{length}");
        }
        assert_eq!((honest.phase(), honest.next_tick()), (None, None));
    }
}

#[test]
fn answers_that_cannot_be_are_refused() {
    let width = 6;
    for mode in [Mode::Aligned, Mode::Count { receiver: Side::First }] {
        let agreement = terms(mode);
        let honest = honest_stream(&agreement, Side::Second);
        let points = points(&honest);
        let answers = |answers: &[u8]| {
            let liar = Liar::new(&agreement, Side::Second).frame(&points).frame(answers);
            liar.bytes[honest.len()..].to_vec()
        };
        let traffic = agreement.traffic()[1] as usize;
        assert_eq!(traffic, honest.len() + 6 * width + 32, "the length of a token");
        let same = answers(&[7; 36]);
        let ascending: Vec<u8> = (0..36).collect();
        let mut descending = ascending.clone();
        descending.swap(2 * width, 3 * width);
        let got = refusal_after(mode, &honest, &same);
        if mode.is_count() {
            assert_eq!(got, Refusal::Unsorted { index: 1 });
            let got = refusal_after(mode, &honest, &answers(&descending));
            assert_eq!(got, Refusal::Unsorted { index: 3 });
        } else {
            assert_eq!(got, Refusal::RepeatedToken { first: 0, second: 1 });
        }
        // Before our points have left there is nothing to answer.
        let all = [honest.as_slice(), &answers(&ascending)].concat();
        let mut early = party(agreement, Side::First, set(items(Side::First)), 1);
        let mut out = Vec::new();
        early.step(Now::default(), Input::Bytes(all.into()), &mut out);
        let error = Error::Refused { phase: Phase::Points, reason: Refusal::Early };
        assert_eq!(out, [Output::Failed(error)]);
    }
}

#[test]
fn answers_thrown_back_match_nothing() {
    // The second side holds nothing of ours. It sends our points as its own and, when it has our answers to them,
    // returns those as its own too: the only thing it could do to make us believe that everything is common.
    let agreement = terms(Mode::Aligned);
    let mut honest = party(agreement, Side::First, set(items(Side::First)), 1);
    let (mut out, now) = (Vec::new(), Now::default());
    honest.step(now, Input::Credit(u64::MAX), &mut out);
    honest.tick(now, &mut out);
    let sent = |out: &mut Vec<Output>| -> Vec<u8> {
        let bytes =
            out.drain(..).filter_map(|o| if let Output::Send(b) = o { Some(b) } else { None });
        bytes.flatten().collect()
    };
    let ours = sent(&mut out);
    let liar = Liar::new(&agreement, Side::Second).frame(&points(&ours));
    honest.step(now, Input::Bytes(liar.bytes.clone().into()), &mut out);
    honest.tick(now, &mut out);
    let answers = sent(&mut out);
    let before = liar.bytes.len();
    let liar = liar.frame(&answers[..answers.len() - 32]);
    honest.step(now, Input::Bytes(liar.bytes[before..].to_vec().into()), &mut out);
    let Some(Output::Finished(outcome)) = out.pop() else { panic!("{out:?}") };
    let Learned::Aligned { rows, .. } = outcome.learned else { panic!("{outcome:?}") };
    assert!(rows.is_empty());
}

#[test]
fn a_stream_of_another_run_is_refused_though_everything_else_is_the_same() {
    // Everything that the second side said in one session, replayed in the next.
    let (first, second) = (items(Side::First), items(Side::Second));
    let mut world = World::new(Mode::Aligned, [&first, &second], 1);
    world.run();
    let later = Agreement { session: SessionId([2; 16]), ..terms(Mode::Aligned) };
    assert_ne!(later.session, SESSION);
    let mut honest = party(later, Side::First, set(first), 2);
    let mut out = Vec::new();
    honest.step(Now::default(), Input::Bytes(world.sent[1].clone().into()), &mut out);
    let error = Error::Refused { phase: Phase::Points, reason: Refusal::Session };
    assert_eq!(out, [Output::Failed(error)]);
}

#[test]
fn a_peer_that_stalls_or_vanishes_is_named_at_every_message() {
    let (first, second) = (items(Side::First), items(Side::Second));
    for side in SIDES {
        for stop in 0..3 {
            let mut world = World::new(Mode::Aligned, [&first, &second], 1);
            world.tamper = Some(Box::new(move |from, number, bytes| {
                if from == side && number >= stop { Vec::new() } else { vec![bytes] }
            }));
            world.run();
            let phase = if stop < 2 { Phase::Points } else { Phase::Answers };
            let error = Error::DeadlinePassed { phase, waiting_for: Missing::Bytes };
            assert_eq!(world.error(side.other()), error, "{side:?} {stop}");
            assert!(world.now.mono <= Millis::secs(720), "later than the last deadline");
        }
    }
    let mut lonely = party(terms(Mode::Aligned), Side::First, set(first), 1);
    let mut out = Vec::new();
    lonely.step(Now::default(), Input::Lost, &mut out);
    assert_eq!(out, [Output::Failed(Error::PeerLost { phase: Phase::Points })]);
}

#[test]
fn a_peer_without_room_is_told_from_one_without_bytes() {
    let mode = Mode::Rows { receiver: Side::First };
    let mut honest = party(terms(mode), Side::First, set(items(Side::First)), 1);
    let mut out = Vec::new();
    let theirs = honest_stream(&terms(mode), Side::Second);
    honest.step(Now::default(), Input::Bytes(theirs.into()), &mut out);
    honest.tick(Now { mono: Millis::secs(600), ..Now::default() }, &mut out);
    let error = Error::DeadlinePassed { phase: Phase::Points, waiting_for: Missing::Room };
    assert_eq!(out.last(), Some(&Output::Failed(error)));
}

#[test]
fn a_set_of_another_size_and_sizes_without_end_are_refused_at_once() {
    let agreement = terms(Mode::Aligned);
    let begin = |agreement: Agreement, count: u32| {
        let seat = common::seat(agreement, Side::First);
        let seed = troupe_wire::Seed::from_number(1);
        let set = set(numbers(0..count));
        let fork = troupe_wire::Sequential;
        troupe_psi::Party::new(seat, set, &seed, fork, Now::default()).map(drop)
    };
    assert_eq!(begin(agreement, 5), Err(Error::Size { got: 5, want: 6 }));
    let endless = Agreement { sizes: [6, u32::MAX], ..agreement };
    let limit = troupe_psi::MAX_ITEMS;
    assert_eq!(begin(endless, 6), Err(Error::TooMany { got: u32::MAX.into(), limit }));
}
