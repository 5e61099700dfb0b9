//! Records of the economy: what is read has one form. The first byte chooses.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_fuzz::decodes;
use troupe_staking::governance::{HolderVote, Proposal};
use troupe_staking::office::Office;
use troupe_staking::params::Params;
use troupe_staking::stake::{Delegation, Profile, Stake};
use troupe_staking::{Calendar, Constitution};
use troupe_wire::Limit;

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    let limit = Limit::KiB16;
    match choice % 9 {
        0 => decodes::<Calendar>(body, limit),
        1 => decodes::<Constitution>(body, limit),
        2 => decodes::<Delegation>(body, limit),
        3 => decodes::<HolderVote>(body, limit),
        4 => {
            let _ = Office::decode(body);
            decodes::<Office>(body, limit);
        }
        5 => decodes::<Params>(body, limit),
        6 => decodes::<Profile>(body, limit),
        7 => decodes::<Proposal>(body, limit),
        _ => decodes::<Stake>(body, limit),
    }
});
