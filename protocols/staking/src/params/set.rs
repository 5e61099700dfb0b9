//! Values of all parameters.

use super::Param;
use crate::Error;
use crate::world::{Key, Stored, Table, World};
use bincode::{Decode, Encode};
use std::ops::RangeInclusive;

const KEY: Key = Key::new(Table::Param, []);
/// Von in a LAT.
const LAT: u128 = 1_000_000_000_000_000_000;
/// The longest that a stake may be frozen, in settlement epochs.
const LONGEST_FREEZE: u128 = 336;
/// The most rounds that are counted together: a bit for each.
const WIDEST_WINDOW: u128 = 50;

/// A value for each parameter, within its range.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Params {
    values: [u128; Param::ALL.len()],
    /// How many validate in a round: never changed.
    seats: u128,
}

impl Params {
    /// What holds where nobody says otherwise, with so many validators in a round.
    #[must_use]
    pub fn new(seats: u32) -> Self {
        let mut params = Self { values: Param::ALL.map(Param::default), seats: seats.into() };
        let candidates = params.get(Param::MaxValidators).max(params.seats);
        params.values[Param::MaxValidators as usize] = candidates;
        params
    }

    /// What is in force.
    pub fn of(world: &mut impl World) -> Self {
        let found = Self::load(world, &KEY);
        if found.is_none() {
            world.broken("there are no parameters");
        }
        found.unwrap_or_else(|| Self::new(1))
    }

    /// Puts them into force.
    pub fn keep(&self, world: &mut impl World) {
        self.save(world, &KEY);
    }

    /// What a parameter is.
    #[must_use]
    pub const fn get(&self, param: Param) -> u128 {
        self.values[param as usize]
    }

    /// Gives a parameter another value.
    pub fn set(&mut self, param: Param, value: u128) -> Result<(), Error> {
        let range = self.range(param);
        if !range.contains(&value) {
            let (least, most) = range.into_inner();
            return Err(Error::OutOfRange { param, got: value, least, most });
        }
        self.values[param as usize] = value;
        Ok(())
    }

    /// What a parameter may be as long as the others are as they are.
    // PlatON-Go 1.5.0, x/xcom; but a stake stays frozen as long as a delegation does, whichever is changed
    #[must_use]
    pub fn range(&self, param: Param) -> RangeInclusive<u128> {
        let get = |param| self.get(param);
        match param {
            Param::StakeThreshold => 100_000 * LAT..=10_000_000 * LAT,
            Param::OperatingThreshold => 10 * LAT..=10_000 * LAT,
            Param::MaxValidators => self.seats..=10_000,
            Param::UnstakeFreeze => {
                let longer = get(Param::MaxEvidenceAge).max(get(Param::IdleFreeze)) + 1;
                longer.max(get(Param::UndelegateFreeze))..=LONGEST_FREEZE
            }
            Param::UndelegateFreeze => 1..=get(Param::UnstakeFreeze),
            Param::RewardChangeRange => 1..=2_000,
            Param::RewardChangeInterval => 2..=28,
            Param::DoubleSignFraction => 1..=10_000,
            Param::ReportReward => 1..=80,
            Param::MaxEvidenceAge | Param::IdleFreeze => 1..=get(Param::UnstakeFreeze) - 1,
            Param::IdleRewards => 0..=49_999,
            Param::IdleThreshold => 1..=get(Param::IdleWindow),
            Param::IdleWindow => get(Param::IdleThreshold)..=WIDEST_WINDOW,
            Param::BlockGas => 9_424_776..=300_000_000,
            Param::IssuanceRatio => 0..=2_000,
            Param::MinimumRelease => 100 * LAT..=10_000_000 * LAT,
        }
    }

    /// Refuses values of which one is out of its range.
    pub fn check(&self) -> Result<(), Error> {
        Param::ALL.into_iter().try_for_each(|param| self.clone().set(param, self.get(param)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn defaults_are_within_their_ranges_and_names_are_their_own() {
        for seats in [4, 25, 43, 201, 300] {
            assert_eq!(Params::new(seats).check(), Ok(()), "{seats}");
        }
        let names: BTreeSet<String> = Param::ALL.iter().map(ToString::to_string).collect();
        assert_eq!(names.len(), Param::ALL.len());
        for param in Param::ALL {
            assert_eq!(Param::named(param.module().name(), param.key()), Some(param));
        }
        assert_eq!(Param::named("staking", "maxBlockGasLimit"), None);
    }

    #[test]
    fn a_value_out_of_range_is_refused_in_words() {
        let mut params = Params::new(43);
        let refused = params.set(Param::UndelegateFreeze, 169).unwrap_err();
        let text = "staking/unDelegateFreezeDuration is 169, allowed is 1 to 168";
        assert_eq!(refused.to_string(), text);
        assert_eq!(params.get(Param::UndelegateFreeze), 56);
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_all_stay_within_their_ranges(
            changes in prop::collection::vec((0..Param::ALL.len(), 0u8..6, any::<u128>()), 0..60),
            seats in 4u32..44,
        ) {
            let mut params = Params::new(seats);
            for (at, edge, any) in changes {
                let param = Param::ALL[at];
                let (least, most) = params.range(param).into_inner();
                prop_assert!(least <= most);
                let (value, is_good) = match edge {
                    0 => (least, true),
                    1 => (most, true),
                    2 => (most + 1, false),
                    3 if least > 0 => (least - 1, false),
                    _ => (least + any % (most - least + 1), true),
                };
                prop_assert_eq!(params.set(param, value).is_ok(), is_good);
                prop_assert_eq!(params.check(), Ok(()));
            }
        }
    }
}
