//! What a chain says of its market. It is laid down in the genesis block; nothing changes it later.

use crate::contract::TASKS;
use crate::task::{LONGEST, LONGEST_WAIT, MAX_AMOUNT};
use bincode::{Decode, Encode};
use troupe_records::{Key, Stored, Table, World};
use troupe_types::Millis;

const KEY: Key = Key::new(Table::Market, [0]);

/// The rules of a market. Amounts are in von.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Rules {
    /// The least stake with which a compute node is elected.
    pub least_stake: u128,
    /// What of its stake a party binds to a task: it is lost by who stalls.
    pub bond: u128,
    /// What of that is lost by who is silent in a dispute.
    pub small_bond: u128,
    /// How long a stake is kept after its node left and after its last task ended, so that verdicts reach it.
    pub unbonding: Millis,
    /// How long somebody may take for an answer in a dispute.
    pub answer: Millis,
    /// How long a task waits for its election.
    pub draw: Millis,
    /// So many views after the one in which a task became final, its parties are elected.
    pub views: u64,
    /// What is lost for a proven offence, besides the bond: hundredths of the stake that is bound to nothing else.
    pub slashed_percent: u8,
    /// How many hundredths of that go to who reported it.
    pub reporter_percent: u8,
    /// How many hundredths of the fee are lost by the sender of a task that ends after its election and before it computes.
    pub abandoned_percent: u8,
    /// The least fee of a task.
    pub least_fee: u128,
    /// The least time for a phase in which somebody other than the sender has to act.
    pub least_span: Millis,
}

/// What is wrong with rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} is {got}, allowed is {limit}")]
pub struct WrongRules {
    /// Of what.
    pub field: &'static str,
    /// What it is.
    pub got: u128,
    /// What it may be.
    pub limit: &'static str,
}

const LAT: u128 = 1_000_000_000_000_000_000;

impl Default for Rules {
    fn default() -> Self {
        Self {
            least_stake: 1_000 * LAT,
            bond: 100 * LAT,
            small_bond: 10 * LAT,
            unbonding: Millis::secs(7 * 24 * 3_600),
            answer: Millis::secs(300),
            draw: Millis::secs(3_600),
            views: 3,
            slashed_percent: 30,
            reporter_percent: 10,
            abandoned_percent: 10,
            least_fee: LAT,
            least_span: Millis::secs(10),
        }
    }
}

impl Rules {
    /// Refuses rules that contradict each other.
    pub fn check(&self) -> Result<(), WrongRules> {
        let wrong = |field, got, limit| Err(WrongRules { field, got, limit });
        if self.small_bond == 0 || self.small_bond > self.bond {
            return wrong("small_bond", self.small_bond, "1 von to the bond");
        }
        if self.bond > self.least_stake {
            return wrong("bond", self.bond, "the least stake at most");
        }
        if self.least_fee > MAX_AMOUNT {
            return wrong("least_fee", self.least_fee, "2^100 von at most");
        }
        if self.least_stake > u128::MAX >> 16 {
            return wrong("least_stake", self.least_stake, "below 2^112");
        }
        let year = Millis::secs(366 * 24 * 3_600);
        for (field, span) in
            [("unbonding", self.unbonding), ("answer", self.answer), ("draw", self.draw)]
        {
            if span == Millis::ZERO || span > year {
                return wrong(field, span.0.into(), "1 ms to 366 days");
            }
        }
        if self.least_span == Millis::ZERO || self.least_span > LONGEST_WAIT {
            return wrong("least_span", self.least_span.0.into(), "1 ms to a day");
        }
        if self.least_compute() > LONGEST {
            return wrong("answer", self.answer.0.into(), "30 days with the least phase");
        }
        if !(1..=1_000).contains(&self.views) {
            return wrong("views", self.views.into(), "1 to 1,000");
        }
        for (field, percent) in [
            ("slashed_percent", self.slashed_percent),
            ("reporter_percent", self.reporter_percent),
            ("abandoned_percent", self.abandoned_percent),
        ] {
            if percent > 100 {
                return wrong(field, percent.into(), "0 to 100");
            }
        }
        Ok(())
    }

    /// The least time in which parties compute: long enough to answer in a dispute, and to say something besides. Who takes a seat
    /// binds a part of its stake to saying something in that time.
    #[must_use]
    pub const fn least_compute(&self) -> Millis {
        self.answer.plus(self.least_span)
    }

    /// The rules in force; `None` where there is no market.
    pub fn of(world: &mut impl World) -> Option<Self> {
        Self::load(world, &KEY)
    }

    /// Begins a market in an empty state.
    pub fn lay_down(&self, world: &mut impl World) {
        debug_assert_eq!(world.balance(TASKS), 0);
        self.save(world, &KEY);
    }
}

/// So many hundredths of an amount, rounded down.
pub(crate) fn percent(amount: u128, percent: u8) -> u128 {
    let percent = u128::from(percent.min(100));
    // Amounts beyond 2^121 do not exist.
    amount.saturating_mul(percent) / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_that_contradict_each_other_are_refused() {
        let rules = Rules::default();
        assert_eq!(rules.check(), Ok(()));
        for wrong in [
            Rules { small_bond: 0, ..rules },
            Rules { small_bond: rules.bond + 1, ..rules },
            Rules { bond: rules.least_stake + 1, ..rules },
            Rules { least_stake: u128::MAX, ..rules },
            Rules { unbonding: Millis::ZERO, ..rules },
            Rules { answer: Millis::MAX, ..rules },
            Rules { views: 0, ..rules },
            Rules { least_fee: MAX_AMOUNT + 1, ..rules },
            Rules { least_span: Millis::ZERO, ..rules },
            Rules { least_span: LONGEST_WAIT.plus(Millis(1)), ..rules },
            Rules { answer: LONGEST, ..rules },
            Rules { slashed_percent: 101, ..rules },
        ] {
            assert!(wrong.check().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn percent_rounds_down() {
        assert_eq!((percent(999, 10), percent(7, 100), percent(7, 0)), (99, 7, 0));
    }
}
