//! Proposals and votes.

/// What is told to those who look on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {}

/// What is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {}

impl Refused {
    /// Its number, as PlatON's clients know it.
    #[must_use]
    pub const fn code(&self) -> u32 {
        match *self {}
    }
}

/// Says that a delegation changed, for votes that count with it.
pub(crate) fn delegation_changed(
    _: &mut impl crate::world::World,
    _: troupe_types::Address,
    _: crate::stake::StakeId,
    _: u128,
) {
}

/// The version of the program that is in force.
pub fn active_version(_: &mut impl crate::world::World) -> u32 {
    1 << 16
}

/// Says that a candidate runs a newer program.
pub(crate) fn declared(_: &mut impl crate::world::World, _: crate::stake::StakeId, _: u32) {}

/// Whether a candidate with a program of this version may be elected.
pub(crate) fn may_be_elected(_: &mut impl crate::world::World, _: u32) -> bool {
    true
}

/// Ends proposals with a round.
pub(crate) fn round_ended(
    _: &mut impl crate::world::World,
    _: &crate::Calendar,
    _: troupe_types::UnixMillis,
) {
}
