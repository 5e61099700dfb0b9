//! `[[group]]`: actors that share a thread and a fate.

use crate::name::Name;
use crate::section::Section;
use crate::setting::{Choice, Field, Setting, Unit, Word};
use crate::value::Table;

/// Actors that are started together, share a thread and a rule of restart.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Its name in logs and in `node explain`.
    pub name: Name,
    /// What else restarts when one of them fails.
    pub restart: Restart,
    /// The thread its actors run on; groups that name the same one share it.
    pub thread: Name,
    /// Actor kinds, in the order in which they start.
    pub actors: Vec<Name>,
}

/// What restarts when an actor of a group fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restart {
    /// That actor.
    One,
    /// The whole group.
    All,
    /// That actor and those that started after it.
    Rest,
    /// Nothing: the process stops.
    Never,
}

impl Choice for Restart {
    const WANT: &'static str = "a rule such as \"one\"";
    const ALL: &'static [(&'static str, Self)] =
        &[("one", Self::One), ("all", Self::All), ("rest", Self::Rest), ("never", Self::Never)];
}

const NAME: Field =
    Field { key: "name", why: "Names the group in logs, in errors and for overrides." };
const RESTART: Setting<Word<Restart>> = Setting {
    key: "restart",
    default: Word(Restart::One),
    range: None,
    why: "Actors that cannot go on without each other's memory must restart together.",
};
const THREAD: Setting<Name> = Setting {
    key: "thread",
    default: Name::constant("main"),
    range: None,
    why: "Actors that talk much belong on one thread; those that must not wait for others on their own.",
};
const ACTORS: Field =
    Field { key: "actors", why: "Actor kinds, in the order in which they start." };

impl Group {
    pub(crate) fn read(section: &mut Section<'_>) -> Option<Self> {
        let name = section.need(&NAME);
        let restart = section.get(&RESTART).0;
        let thread = section.get(&THREAD);
        let actors = section.values(&ACTORS);
        Some(Self { name: name?, restart, thread, actors })
    }

    pub(crate) fn write(&self) -> Table {
        let mut out = Table::default();
        out.put(NAME.key, self.name.write());
        out.set(&RESTART, &Word(self.restart));
        out.set(&THREAD, &self.thread);
        out.set_list(&ACTORS, &self.actors);
        out
    }
}
