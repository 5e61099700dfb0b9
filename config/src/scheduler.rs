//! `[actor.scheduler] settings`: the workers of a compute party.

use crate::section::Section;
use crate::setting::{Field, Setting};
use troupe_types::{Bytes, Millis, NodeId};

/// What one `scheduler` actor has to give out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchedulerSettings {
    /// Processes that may compute for this party.
    pub workers: Vec<NodeId>,
    /// A worker that is not heard of for so long is gone.
    pub lease: Millis,
    /// A computation waits no longer than this for a worker with room.
    pub patience: Millis,
    /// Computations that wait at a time.
    pub waiting: u32,
}

const WORKERS: Field = Field {
    key: "workers",
    why: "Who may compute in this party's name: it signs for them and answers for what they do.",
};
const LEASE: Setting<Millis> = Setting {
    key: "lease",
    default: Millis::secs(15),
    range: Some((Millis::secs(3), Millis::secs(600))),
    why: "A worker that says nothing for so long is gone, and what it computed is given up.",
};
const PATIENCE: Setting<Millis> = Setting {
    key: "patience",
    default: Millis::secs(8),
    range: Some((Millis(100), Millis(8_500))),
    why: "Whoever wants something computed waits ten seconds for a place, then goes elsewhere.",
};
const WAITING: Setting<u32> = Setting {
    key: "waiting",
    default: 64,
    range: Some((1, 4_096)),
    why: "More than these are told at once that all workers are busy.",
};

/// What a worker, or a computation that waits, may hold: its terms and its conversation.
const EACH: u64 = 16 << 10;

impl SchedulerSettings {
    /// Reads the settings table of a `scheduler` actor.
    pub fn read(section: &mut Section<'_>) -> Self {
        Self {
            workers: section.values(&WORKERS),
            lease: section.get(&LEASE),
            patience: section.get(&PATIENCE),
            waiting: section.get(&WAITING),
        }
    }

    /// What its lists may hold.
    #[must_use]
    pub fn memory(&self) -> Bytes {
        let workers = u64::try_from(self.workers.len()).unwrap_or(u64::MAX);
        Bytes(u64::from(self.waiting).saturating_add(workers).saturating_mul(EACH))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Table, read};

    #[test]
    fn workers_are_listed_by_what_they_are() {
        let id = "ab".repeat(32);
        let table = Table::parse(&format!("workers = [\"{id}\"]\nlease = \"30s\"")).unwrap();
        let settings = read(&table, "s", SchedulerSettings::read).unwrap();
        assert_eq!(settings.workers, [NodeId([0xab; 32])]);
        assert_eq!((settings.lease, settings.patience), (Millis::secs(30), PATIENCE.default));
        assert!(settings.memory() > Bytes::ZERO);
        let wrong = Table::parse("workers = [\"anna\"]").unwrap();
        assert!(read(&wrong, "s", SchedulerSettings::read).is_err());
    }
}
