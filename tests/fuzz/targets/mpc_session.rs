//! A whole session in memory whose streams somebody on the way changes, repeats, cuts and drops; and what somebody shows
//! afterwards as a message of it.
#![no_main]

#[path = "../../../protocols/mpc/tests/common/mod.rs"]
mod common;

use bytes::Bytes;
use common::{Tamper, Weather, World, table};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use troupe_fuzz::covariance;
use troupe_mpc::Recall;

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

fuzz_target!(|input: (Vec<Act>, (u8, u32, Vec<u8>))| {
    let (acts, (from, frame, shown)) = input;
    let is_honest = acts.iter().all(|act| matches!(act, Act::Pass | Act::Cut(_)));
    let mut acts = acts.into_iter();
    let tamper: Tamper =
        Box::new(move |_, _, _, bytes| apply(acts.next().unwrap_or(Act::Pass), bytes));

    let tables =
        vec![table(3, &[("x", vec![1.0, 5.0, 9.0])]), table(3, &[("y", vec![10.0, 20.0, 60.0])])];
    let world = World::new(&covariance(), tables, Weather::FAIR, 1);
    let (mut world, recalls) = world.recalling();
    world.tamper = Some(tamper);
    world.run();
    // Three parties, two owners, a receiver: whatever happened, everybody came to an end.
    assert_eq!(world.outcomes.len(), 6, "{:?}", world.outcomes);
    for recall in &recalls {
        assert!(Recall::open(recall, from, frame, &shown).is_none(), "nobody else has the key");
    }
    if is_honest {
        // 200 / 4, rounded down or up.
        assert!((world.results()[0].values[0] - 50.0).abs() <= 1.0);
    }
});
