//! Where money for stakes comes from.

use super::Hand;
use super::abi::Restricting;
use crate::exit::Outcome;
use clap::ValueEnum;
use std::fmt;
use troupe_staking::contract;

/// The refusal of who asks for the plans of an account that has none.
const NO_PLAN: u32 = 304_005;

/// Where LAT come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Source {
    /// The balance
    #[default]
    Free,
    /// Restricting plans
    Restricted,
    /// Restricting plans as far as they reach, and then the balance
    Mixed,
    /// Delegations that were taken back and are locked; for delegations alone
    Locked,
}

impl Source {
    /// As contracts number it.
    pub(crate) const fn number(self) -> u16 {
        match self {
            Self::Free => 0,
            Self::Restricted => 1,
            Self::Mixed => 2,
            Self::Locked => 3,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Free => "the balance",
            Self::Restricted => "restricting plans",
            Self::Mixed => "restricting plans and the balance",
            Self::Locked => "locked delegations",
        })
    }
}

/// What of an amount is taken from the balance, and so is sent with the call.
pub(crate) async fn free_part(hand: &Hand<'_>, source: Source, amount: u128) -> Outcome<u128> {
    match source {
        Source::Free => Ok(amount),
        Source::Restricted | Source::Locked => Ok(0),
        Source::Mixed => {
            let asker = hand.asker("what restricting plans cover")?;
            let account = hand.address().0.into();
            let plan = asker.try_ask(contract::RESTRICTING, Restricting::getPlanCall { account });
            let covered = match plan.await? {
                Ok(plan) => plan.balance.saturating_sub(plan.pledged),
                Err(refusal) if refusal.code == NO_PLAN => 0,
                Err(refusal) => return Err(refusal.into()),
            };
            Ok(amount.saturating_sub(covered))
        }
    }
}
