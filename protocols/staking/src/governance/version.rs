//! Which program is in force, and which will be.

use crate::world::{Key, Stored, Table, World};
use bincode::{Decode, Encode};
use troupe_types::Epoch;

const KEY: Key = Key::new(Table::Version, []);

/// The version that a chain begins with: 1.0.0.
pub const FIRST_VERSION: u32 = 1 << 16;

/// The newest version whose rules this program knows.
pub const PROGRAM_VERSION: u32 = FIRST_VERSION;

/// A version that was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Upcoming {
    /// Which.
    pub version: u32,
    /// The first round with it: a node that runs an older program has to stop before.
    pub from: Epoch,
    /// The number of its proposal.
    pub(super) proposal: u64,
}

/// What is known of versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(super) struct Versions {
    /// The one in force.
    pub(super) active: u32,
    /// The one that will be.
    pub(super) upcoming: Option<Upcoming>,
    /// Up to which candidate it was looked who runs it, while that goes on.
    pub(super) looked_to: Option<u64>,
}

impl Versions {
    pub(super) fn of(world: &mut impl World) -> Self {
        let none = Self { active: FIRST_VERSION, upcoming: None, looked_to: None };
        Self::load(world, &KEY).unwrap_or(none)
    }

    pub(super) fn keep(&self, world: &mut impl World) {
        self.save(world, &KEY);
    }

    /// The one that whoever is elected runs.
    pub(super) fn wanted(&self) -> u32 {
        self.upcoming.map_or(self.active, |upcoming| upcoming.version)
    }
}

/// Whether two programs follow the same rules: the last part of a version is no difference.
pub(super) const fn are_alike(one: u32, other: u32) -> bool {
    one >> 8 == other >> 8
}

/// The version of the program that is in force.
pub fn active_version(world: &mut impl World) -> u32 {
    Versions::of(world).active
}

/// The version in force, if this program does not know its rules.
pub fn beyond_program(world: &mut impl World) -> Option<u32> {
    let active = active_version(world);
    (active >> 8 > PROGRAM_VERSION >> 8).then_some(active)
}

/// A version as people write it.
#[must_use]
pub fn version_text(version: u32) -> String {
    format!("{}.{}.{}", version >> 16, (version >> 8) & 0xff, version & 0xff)
}

/// The version that will be in force, and from when: between its acceptance and that.
pub fn upcoming(world: &mut impl World) -> Option<Upcoming> {
    Versions::of(world).upcoming
}

/// Whether a candidate with a program of this version may be elected: not one that would have to stop within the round.
pub fn may_be_elected(world: &mut impl World, version: u32) -> bool {
    version >> 8 >= Versions::of(world).wanted() >> 8
}
