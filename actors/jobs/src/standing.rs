//! How far a task is on its chain, in words.

use troupe_market::call::abi::TaskMarket;
use troupe_market::task::Phase;

/// The phase of a task; one that this program does not know is over.
#[must_use]
pub fn phase(task: &TaskMarket::Task) -> Phase {
    const ALL: [Phase; 6] =
        [Phase::Consent, Phase::Draw, Phase::Accept, Phase::Start, Phase::Compute, Phase::Settle];
    ALL.into_iter().find(|phase| *phase as u8 == task.phase).unwrap_or(Phase::Ended)
}

/// How a task ended, in words; nothing while it goes on.
#[must_use]
pub const fn ended(end: u8) -> Option<&'static str> {
    Some(match end {
        0 => return None,
        1 => "paid",
        2 => "cancelled by its sender",
        3 => "not every owner of its data agreed in time",
        4 => "an owner of its data took its consent back",
        5 => "no view came to elect its parties",
        6 => "too few compute nodes could be elected",
        7 => "elected compute nodes did not take their seats",
        8 => "an owner of its data did not let the parties start",
        9 => "a party said nothing until the deadline",
        10 => "parties said different things",
        11 => "a party gave up",
        12 => "a party did not publish what was demanded of it",
        13 => "a party was caught contradicting itself",
        _ => "for a reason that this program does not know",
    })
}
