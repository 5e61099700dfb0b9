//! A party that gets nothing from another one knows what it misses, and the other one has it still.

mod common;

use common::example::{program, tables};
use common::{Outcome, PLACE, Weather, World};
use std::cell::RefCell;
use std::rc::Rc;
use troupe_mpc::{Error, FRAMES, Missing, Peer};

const LENGTH: u32 = 20;
const LINKS: [(u8, u8); 6] = [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)];

#[test]
fn whatever_message_is_withheld_can_be_shown_to_its_receiver_and_to_nobody_else() {
    let mut shown = 0;
    for (from, to) in LINKS {
        for number in 0.. {
            let world = World::at(PLACE, &program(LENGTH), tables(LENGTH), Weather::FAIR, 3);
            let (mut world, recalls) = world.recalling();
            let withheld = Rc::new(RefCell::new(Vec::new()));
            let record = Rc::clone(&withheld);
            let link = (Peer::Party(from), Peer::Party(to));
            world.tamper = Some(Box::new(move |from, to, at, bytes| {
                if (from, to) != link || at < number {
                    return vec![bytes];
                }
                record.borrow_mut().extend_from_slice(&bytes);
                Vec::new()
            }));
            world.run();
            let withheld = withheld.take();
            if withheld.is_empty() {
                assert!(matches!(world.outcomes[&Peer::Receiver(0)], Outcome::Done(_)));
                assert!(recalls.iter().all(|recall| recall.missing().is_none()));
                break;
            }
            let error = world.error(Peer::Party(to));
            let is_waiting = matches!(error, Error::DeadlinePassed { waiting_for, .. } if *waiting_for == Peer::Party(from));
            assert!(is_waiting, "{from} to {to}, {number}: {error}");
            let [sender, receiver] = [from, to].map(|seat| &recalls[usize::from(seat)]);
            let third = &recalls[usize::from(3 - from - to)];
            let Some(Missing { of, frame }) = receiver.missing() else {
                assert_eq!(number, 0, "the seed, which nobody shows");
                continue;
            };
            assert_eq!(of, from);
            let kept = sender.sealed(FRAMES);
            let sealed = kept.iter().find(|one| (one.to, one.frame) == (to, frame));
            let sealed = sealed.unwrap_or_else(|| panic!("{from} to {to}: no {frame} in {kept:?}"));
            let plain = receiver.open(from, frame, &sealed.message).expect("it is for it");
            assert!(withheld.starts_with(&plain), "{from} to {to}, {number}");
            assert!(third.open(from, frame, &sealed.message).is_none());
            shown += usize::from(!plain.is_empty());
        }
    }
    assert!(shown > 12, "{shown} messages");
}

#[test]
fn keeping_changes_nothing_that_is_computed_or_sent() {
    let world = || World::at(PLACE, &program(LENGTH), tables(LENGTH), Weather::FAIR, 3);
    let (mut keeping, recalls) = world().recalling();
    let mut plain = world();
    keeping.run();
    plain.run();
    assert_eq!(keeping.outcomes, plain.outcomes);
    assert_eq!(keeping.endings, plain.endings);
    for recall in recalls {
        let kept = recall.sealed(FRAMES);
        assert_eq!(kept.len(), 2 * FRAMES, "of each of the others");
        assert!(kept.iter().all(|one| one.frame > 0), "not the seed");
    }
}
