//! How far a task is on its chain, in words.

use troupe_market::call::abi::TaskMarket;
use troupe_market::task::{End, Phase};

/// The phase of a task; one that this program does not know is over.
#[must_use]
pub fn phase(task: &TaskMarket::Task) -> Phase {
    const ALL: [Phase; 6] =
        [Phase::Consent, Phase::Draw, Phase::Accept, Phase::Start, Phase::Compute, Phase::Settle];
    ALL.into_iter().find(|phase| *phase as u8 == task.phase).unwrap_or(Phase::Ended)
}

/// How a task ended, in words; nothing while it goes on.
#[must_use]
pub fn ended(end: u8) -> Option<&'static str> {
    let unknown = "for a reason that this program does not know";
    (end != 0).then(|| End::of(end).map_or(unknown, End::words))
}
