//! `[actor.consensus] settings`: how fast blocks follow each other.

use crate::error::Problem;
use crate::section::Section;
use crate::setting::Setting;
use troupe_types::Millis;

/// How fast a `consensus` actor makes blocks when it is its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsensusSettings {
    /// The least time between two blocks under load.
    pub pace: Millis,
    /// How long an idle chain waits for the next block.
    pub heartbeat: Millis,
    /// How many whole views a validator without a history watches before it signs; 0 for none.
    pub watch: u32,
}

const PACE: Setting<Millis> = Setting {
    key: "pace",
    default: Millis(250),
    range: Some((Millis(10), Millis::secs(8))),
    why: "Blocks that follow faster cost more agreement for each transaction; the same on all nodes.",
};
const HEARTBEAT: Setting<Millis> = Setting {
    key: "heartbeat",
    default: Millis::secs(1),
    range: Some((Millis(100), Millis::secs(8))),
    why: "An idle chain still shows that it is alive; the same on all nodes.",
};

const WATCH: Setting<u32> = Setting {
    key: "watch",
    default: 2,
    range: Some((0, 100)),
    why: "A key that never signed on this machine may be at work on another: in two whole views that one would be \
          seen. Not asked of a chain that only begins; 0 signs at once.",
};

impl ConsensusSettings {
    /// Reads the settings table of a `consensus` actor.
    pub fn read(section: &mut Section<'_>) -> Self {
        let (pace, heartbeat) = (section.get(&PACE), section.get(&HEARTBEAT));
        let settings = Self { pace, heartbeat, watch: section.get(&WATCH) };
        if settings.pace > settings.heartbeat {
            let text = format!("{pace} is longer than the heartbeat of {heartbeat}");
            section.fault(PACE.key, Problem::Conflict(text));
        }
        settings
    }
}
