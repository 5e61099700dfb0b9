//! What validators say to each other and what they write down; the first byte chooses.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_consensus::message::{Answer, Certified, Changed, Fetch, GiveUp, Propose, Status, Vote};
use troupe_consensus::{CommitProof, Evidence, Offence, Record};
use troupe_fuzz::{decodes, message};
use troupe_wire::Limit;

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    match choice % 12 {
        0 => message::<Propose>(body),
        1 => message::<Vote>(body),
        2 => message::<Certified>(body),
        3 => message::<GiveUp>(body),
        4 => message::<Changed>(body),
        5 => message::<Status>(body),
        6 => message::<Fetch>(body),
        7 => message::<Answer>(body),
        8 => decodes::<Record>(body, Record::LIMIT),
        9 => decodes::<CommitProof>(body, Limit::KiB64),
        10 => evidence(body),
        _ => decodes::<Offence>(body, Limit::KiB1),
    }
});

/// Evidence as blocks carry it: one encoding, and no panic whatever it says.
fn evidence(bytes: &[u8]) {
    decodes::<Evidence>(bytes, Evidence::LIMIT);
    let Ok(evidence) = Evidence::decode(bytes) else { return };
    assert_eq!(evidence.encode().expect("it was decoded"), bytes);
    let _ = (evidence.first.excludes(&evidence.second), evidence.first.is_canonical());
}
