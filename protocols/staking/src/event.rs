//! What is told to those who look on.

use crate::{governance, restricting, stake};

/// Something that an operation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// With stakes and delegations.
    Stake(stake::Event),
    /// With restricting plans.
    Restricting(restricting::Event),
    /// With proposals and votes.
    Governance(governance::Event),
}

macro_rules! from {
    ($($variant:ident $module:ident),+) => {
        $(impl From<$module::Event> for Event {
            fn from(event: $module::Event) -> Self {
                Self::$variant(event)
            }
        })+
    };
}

from!(Stake stake, Restricting restricting, Governance governance);
