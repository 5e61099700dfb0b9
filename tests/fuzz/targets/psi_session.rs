//! An intersection in memory whose streams somebody on the way changes, repeats, cuts and drops.
#![no_main]

#[path = "../../../protocols/psi/tests/common/mod.rs"]
mod common;

use bytes::Bytes;
use common::{SIDES, Tamper, World, modes, numbers};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use troupe_psi::Learned;

/// What happens to one message of a stream.
#[derive(Debug, Arbitrary)]
enum Act {
    Pass,
    Change(u16, u8),
    Cut(u16),
    Repeat,
    Drop,
    Replace(Vec<u8>),
}

fn apply(act: Act, bytes: Bytes) -> Vec<Bytes> {
    match act {
        Act::Pass => vec![bytes],
        Act::Change(at, change) => {
            let mut changed = bytes.to_vec();
            let at = usize::from(at) % changed.len();
            changed[at] ^= change;
            vec![changed.into()]
        }
        Act::Cut(at) => {
            let at = usize::from(at) % bytes.len();
            vec![bytes.slice(..at), bytes.slice(at..)]
        }
        Act::Repeat => vec![bytes.clone(), bytes],
        Act::Drop => Vec::new(),
        Act::Replace(other) => vec![other.into()],
    }
}

fuzz_target!(|story: (u8, Vec<Act>)| {
    let (mode, acts) = story;
    let mode = modes()[usize::from(mode) % modes().len()];
    let is_honest = acts.iter().all(|act| matches!(act, Act::Pass | Act::Cut(_)));
    let mut acts = acts.into_iter();
    let tamper: Tamper =
        Box::new(move |_, _, bytes| apply(acts.next().unwrap_or(Act::Pass), bytes));
    let (first, second) = (numbers(0..5), numbers(3..7));
    let mut world = World::new(mode, [&first, &second], 1);
    world.tamper = Some(tamper);
    // Whatever happened, both come to an end.
    world.run();
    for side in SIDES {
        let Some(Ok(outcome)) = &world.ends[side as usize] else {
            assert!(!is_honest);
            continue;
        };
        // Whoever comes to a result comes to the right one.
        let found = match &outcome.learned {
            Learned::Nothing => continue,
            Learned::Count(count) => *count as usize,
            Learned::Rows(rows) | Learned::Aligned { rows, .. } => rows.len(),
        };
        assert_eq!(found, 2);
    }
});
