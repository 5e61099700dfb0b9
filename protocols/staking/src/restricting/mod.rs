//! Restricting plans: LAT that are released to an account period by period, and may be staked before.

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

/// What of an account's plans may be staked, in von.
pub fn available(_: &mut impl crate::world::World, _: troupe_types::Address) -> u128 {
    0
}

/// Stakes what plans will release.
pub(crate) fn lock(
    _: &mut impl crate::world::World,
    _: troupe_types::Address,
    _: u128,
) -> Result<(), Refused> {
    Ok(())
}

/// Gives back what was staked of plans.
pub(crate) fn give_back(_: &mut impl crate::world::World, _: troupe_types::Address, _: u128) {}

/// Says that what was staked of plans is gone.
pub(crate) fn slashed(_: &mut impl crate::world::World, _: troupe_types::Address, _: u128) {}

/// Releases what is due.
pub(crate) fn release(_: &mut impl crate::world::World, _: u64, _: usize) -> bool {
    false
}
