//! `[actor.session] settings`: how much private computation a process takes on.

use crate::error::Problem;
use crate::name::PeerAddress;
use crate::section::Section;
use crate::setting::{Field, Setting};
use troupe_types::{Bytes, Millis};

/// What one `session` actor takes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionSettings {
    /// The most computations at a time.
    pub max_sessions: u32,
    /// Memory that all of them together may hold.
    pub memory: Bytes,
    /// The longest a computation may take from its declaration on.
    pub deadline: Millis,
    /// Models that it keeps, at most.
    pub models: u32,
    /// For how long.
    pub models_for: Millis,
    /// The party that the process computes for, where that is another one.
    pub party: Option<PeerAddress>,
}

const MAX_SESSIONS: Setting<u32> = Setting {
    key: "max_sessions",
    default: 16,
    range: Some((1, 4_096)),
    why: "Computations above the number of threads only share them.",
};
const MEMORY: Setting<Bytes> = Setting {
    key: "memory",
    default: Bytes::mib(512),
    range: Some((Bytes::mib(16), Bytes::mib(1 << 20))),
    why: "Shares of all computations together; a computation that does not fit is refused at its start.",
};
const DEADLINE: Setting<Millis> = Setting {
    key: "deadline",
    default: Millis::secs(300),
    range: Some((Millis::secs(1), Millis::secs(86_400))),
    why: "A computation whose partner went away must end and give its memory back.",
};

const MODELS: Setting<u32> = Setting {
    key: "models",
    default: 64,
    range: Some((0, 4_096)),
    why: "Trained models stay here as shares of up to 512 KiB each; the next one is refused.",
};
const MODELS_FOR: Setting<Millis> = Setting {
    key: "models_for",
    default: Millis::secs(30 * 86_400),
    range: Some((Millis::secs(60), Millis::secs(10 * 365 * 86_400))),
    why: "A model that nobody will apply any more must go; what is older is removed.",
};
const PARTY: Field = Field {
    key: "party",
    why: "A worker computes what this party gives it and nothing else; the party lists the worker in its scheduler.",
};

/// Less than this is not enough to receive anybody's share.
const LEAST_EACH: Bytes = Bytes::mib(1);

impl SessionSettings {
    /// Reads the settings table of a `session` actor.
    pub fn read(section: &mut Section<'_>) -> Self {
        let settings = Self {
            max_sessions: section.get(&MAX_SESSIONS),
            memory: section.get(&MEMORY),
            deadline: section.get(&DEADLINE),
            models: section.get(&MODELS),
            models_for: section.get(&MODELS_FOR),
            party: section.optional(&PARTY),
        };
        let each = Bytes(settings.memory.0 / u64::from(settings.max_sessions.max(1)));
        if each < LEAST_EACH {
            let text = format!(
                "{} over {} max_sessions leaves {each} each, at least {LEAST_EACH} is needed",
                settings.memory, settings.max_sessions
            );
            section.fault(MEMORY.key, Problem::Conflict(text));
        }
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Table, read};

    #[test]
    fn memory_must_suffice_for_the_sessions() {
        let table = Table::parse("memory = \"16MiB\"\nmax_sessions = 32").unwrap();
        let error = read(&table, "actor.session.settings", SessionSettings::read).unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 1: actor.session.settings.memory: 16MiB over 32 max_sessions leaves 512KiB each, \
             at least 1MiB is needed"
        );
    }

    #[test]
    fn nothing_written_is_allowed() {
        let settings = read(&Table::default(), "s", SessionSettings::read).unwrap();
        assert_eq!(settings.max_sessions, MAX_SESSIONS.default);
    }
}
