//! Messages keep their encodings, and a piece of one is none.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a panic is a failed test")]

use troupe_psi::message::{Delivery, Fetch, Fetched, MAX_KEYS, Match, Owner, Task, Unfit};
use troupe_psi::{MAX_ITEMS, Mode, Side};
use troupe_types::{Millis, NodeId, SessionId};
use troupe_wire::{List, Stream, Text, Wire, codec, vectors};

fn text<const MAX: usize>(stream: &mut Stream) -> Text<MAX> {
    let length = stream.below(MAX as u64 + 1);
    let letters = (0..length).map(|_| char::from(b'a' + u8::try_from(stream.below(26)).unwrap()));
    Text::new(letters.collect::<String>()).unwrap()
}

fn texts<const MAX: usize, const MOST: usize>(stream: &mut Stream) -> List<Text<MAX>, MOST> {
    let count = 1 + stream.below(MOST as u64);
    List::new((0..count).map(|_| text(stream)).collect()).unwrap()
}

fn side(stream: &mut Stream) -> Side {
    if stream.below(2) == 0 { Side::First } else { Side::Second }
}

fn task(stream: &mut Stream) -> Task {
    let owner = |stream: &mut Stream| Owner {
        id: NodeId(stream.array()),
        address: text(stream),
        dataset: text(stream),
        keys: texts(stream),
        items: u32::try_from(stream.below(1 << 26)).unwrap(),
    };
    let mode = match stream.below(4) {
        0 => Mode::Rows { receiver: side(stream) },
        1 => Mode::Aligned,
        2 => Mode::Count { receiver: side(stream) },
        _ => Mode::CountBoth,
    };
    Task {
        session: SessionId(stream.array()),
        owners: [owner(stream), owner(stream)],
        mode,
        requester: NodeId(stream.array()),
        delivery: if stream.below(2) == 0 { Delivery::Kept } else { Delivery::Returned },
        within: Millis(stream.below(1 << 40)),
    }
}

fn page(stream: &mut Stream) -> Fetched {
    let keys = (0..stream.below(257)).map(|_| texts::<256, MAX_KEYS>(stream)).collect();
    Fetched::Common { count: 7, keys: List::new(keys).unwrap() }
}

#[test]
fn encodings_are_pinned() {
    let hashes = [
        vectors::hash(Match::LIMIT, |stream| Match(task(stream))),
        vectors::hash(Fetch::REPLY_LIMIT, page),
    ];
    assert_eq!(hashes, ["99ca127779a1dbd5", "dc77663236433ed3"]);
}

#[test]
fn a_piece_of_a_message_is_none() {
    let mut stream = troupe_wire::Seed::from_number(1).stream("pieces");
    let whole = codec::encode(&Match(task(&mut stream)), Match::LIMIT).unwrap();
    for length in 0..whole.len() {
        assert!(codec::decode::<Match>(&whole[..length], Match::LIMIT).is_err(), "{length}");
    }
    let more = [&whole[..], &[0]].concat();
    assert!(codec::decode::<Match>(&more, Match::LIMIT).is_err());
}

#[test]
fn every_change_of_a_task_changes_its_hash_and_unfit_ones_are_refused() {
    let mut stream = troupe_wire::Seed::from_number(2).stream("tasks");
    let mut good = task(&mut stream);
    good.owners[1].keys = good.owners[0].keys.clone();
    let agreement = good.agreement().unwrap();
    assert_eq!((agreement.terms, agreement.session), (good.hash(), good.session));
    let changed = |change: fn(&mut Task)| {
        let mut other = good.clone();
        change(&mut other);
        assert_ne!(other.hash(), good.hash());
        other.agreement()
    };
    assert!(changed(|task| task.within = Millis(1)).is_ok());
    assert!(changed(|task| task.requester.0[0] ^= 1).is_ok());
    let one = changed(|task| task.owners[1].id = task.owners[0].id);
    assert_eq!(one, Err(Unfit::OneOwner(good.owners[0].id)));
    let none = changed(|task| task.owners[1].keys = List::default());
    assert_eq!(none, Err(Unfit::Keys { first: good.owners[0].keys.len(), second: 0 }));
    let many = changed(|task| task.owners[0].items = MAX_ITEMS + 1);
    assert_eq!(many, Err(Unfit::Items { got: MAX_ITEMS + 1, limit: MAX_ITEMS }));
}
