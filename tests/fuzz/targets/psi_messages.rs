//! What data owners and those who ask them say around a matching; the first byte chooses the message.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_fuzz::message;
use troupe_psi::Side;
use troupe_psi::message::{Begin, Dismiss, Fetch, Match, Survey, Watch};
use troupe_wire::{Wire, codec};

/// A task that decodes either becomes an agreement of two different owners or says what is wrong with it.
fn agrees(bytes: &[u8]) {
    if let Ok(Match(task)) = codec::decode::<Match>(bytes, Match::LIMIT)
        && let Ok(agreement) = task.agreement()
    {
        assert_eq!(agreement.terms, task.hash());
        assert_eq!(task.side(task.owners[0].id), Some(Side::First));
        assert_eq!(task.side(task.owners[1].id), Some(Side::Second));
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    match choice % 7 {
        0 => message::<Survey>(body),
        1 => message::<Match>(body),
        2 => message::<Begin>(body),
        3 => message::<Watch>(body),
        4 => message::<Dismiss>(body),
        5 => message::<Fetch>(body),
        _ => agrees(body),
    }
});
