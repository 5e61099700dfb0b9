//! `[staking]`: what stakes decide, and what they earn.

use super::digits::Whose;
use crate::amount::Amount;
use crate::error::Problem;
use crate::section::Section;
use crate::setting::{Field, Unit};
use crate::value::Value;
use core::fmt;
use std::borrow::Cow;
use std::collections::BTreeMap;
use troupe_types::{Address, Millis};

/// How balls are counted in an election.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weighing {
    /// One for each vote.
    Votes,
    /// As many as the square root of the votes.
    SquareRoot,
}

/// An economy: the validators of the one `[[term]]` are its first candidates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staking {
    /// How many validate in a round.
    pub seats: u32,
    /// What each of the first candidates has staked.
    pub stake: Amount,
    /// What the reward pool begins with.
    pub pool: Amount,
    /// How long a settlement epoch is at least.
    pub epoch: Millis,
    /// How long the rewards of an issuance last.
    pub cycle: Millis,
    /// How long proposals are open.
    pub voting: Millis,
    /// How the balls of a candidate are counted.
    pub weighing: Weighing,
    /// What of a settlement epoch's rewards goes to those who made its blocks, in percent.
    pub producers: u32,
    /// Who gets what of an issuance does not go to the reward pool.
    pub developers: Address,
    /// Who gets half of that later.
    pub foundation: Address,
    /// From which issuance on.
    pub foundation_from: u64,
    /// Values of what proposals may change, by name, where they are not the usual ones.
    pub params: BTreeMap<String, Amount>,
}

const SEATS: Field = Field { key: "seats", why: "How many validate in a round." };
const STAKE: Field =
    Field { key: "stake", why: "What each validator of the first term has staked." };
const POOL: Field = Field { key: "pool", why: "What the reward pool begins with." };
const EPOCH: Field =
    Field { key: "epoch", why: "How long a settlement epoch is, until the round that ends then." };
const CYCLE: Field = Field { key: "cycle", why: "How long the rewards of an issuance last." };
const VOTING: Field = Field { key: "voting", why: "How long proposals are open." };
const WEIGHING: Field = Field {
    key: "weighing",
    why: "Whether a candidate has a ball for each vote, or for its root.",
};
const PRODUCERS: Field =
    Field { key: "producers", why: "Percent of the rewards for who made the blocks." };
const DEVELOPERS: Field =
    Field { key: "developers", why: "Who gets what of an issuance the pool does not." };
const FOUNDATION: Field = Field { key: "foundation", why: "Who gets half of that later." };
const FOUNDATION_FROM: Field =
    Field { key: "foundation_from", why: "From which issuance on, the first is 1." };
const PARAMS: &str = "params";

/// A record holds the validators of a round up to this many.
const MOST_SEATS: u32 = 43;
/// A year in which nobody is in a hurry.
const LONGEST: Millis = Millis::secs(100 * 31_557_600);

impl Unit for Weighing {
    const WANT: &'static str = "\"votes\" or \"square_root\"";

    fn read(value: &Value) -> Result<Self, Problem> {
        match value {
            Value::Text(text) if text == "votes" => Ok(Self::Votes),
            Value::Text(text) if text == "square_root" => Ok(Self::SquareRoot),
            other => Err(crate::setting::wrong_type(Self::WANT, other)),
        }
    }

    fn write(&self) -> Value {
        Value::Text(self.to_string())
    }
}

impl fmt::Display for Weighing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Votes => "votes",
            Self::SquareRoot => "square_root",
        })
    }
}

impl Staking {
    pub(super) fn read(section: &mut Section<'_>) -> Option<Self> {
        let span = (Millis::secs(1), LONGEST);
        let seats = section.need_within(&SEATS, 1, MOST_SEATS);
        let stake = section.need::<Amount>(&STAKE);
        let pool = section.need::<Amount>(&POOL);
        let epoch = section.need_within(&EPOCH, span.0, span.1);
        let cycle = section.need_within(&CYCLE, span.0, span.1);
        let voting = section.need_within(&VOTING, span.0, span.1);
        let weighing = section.need::<Weighing>(&WEIGHING);
        let producers = section.need_within(&PRODUCERS, 0, 100);
        let developers = section.need::<Whose>(&DEVELOPERS);
        let foundation = section.need::<Whose>(&FOUNDATION);
        let foundation_from = section.need::<u64>(&FOUNDATION_FROM);
        let params = section.map::<Cow<'static, str>, Amount>(PARAMS);
        let params = params.into_iter().map(|(name, value)| (name.into_owned(), value)).collect();
        if let (Some(epoch), Some(cycle)) = (epoch, cycle)
            && cycle.0 < epoch.0.saturating_mul(4)
        {
            let text = format!("got {cycle}, an issuance lasts four settlement epochs at least");
            section.fault(CYCLE.key, Problem::Conflict(text));
        }
        Some(Self {
            seats: seats?,
            stake: stake?,
            pool: pool?,
            epoch: epoch?,
            cycle: cycle?,
            voting: voting?,
            weighing: weighing?,
            producers: producers?,
            developers: developers?.0,
            foundation: foundation?.0,
            foundation_from: foundation_from?,
            params,
        })
    }

    pub(super) fn write(&self) -> String {
        let mut text = format!(
            "\n[staking]\n\
             seats = {}\n\
             stake = \"{}\"\n\
             pool = \"{}\"\n\
             epoch = \"{}\"\n\
             cycle = \"{}\"\n\
             voting = \"{}\"\n\
             weighing = {}\n\
             producers = {}\n\
             developers = \"{}\"\n\
             foundation = \"{}\"\n\
             foundation_from = {}\n",
            self.seats,
            self.stake,
            self.pool,
            self.epoch,
            self.cycle,
            self.voting,
            self.weighing.write(),
            self.producers,
            self.developers.to_checksum(),
            self.foundation.to_checksum(),
            self.foundation_from,
        );
        if !self.params.is_empty() {
            text.push_str("\n[staking.params]\n");
            for (name, value) in &self.params {
                text.push_str(&format!("{} = \"{value}\"\n", crate::value::write_key(name)));
            }
        }
        text
    }
}
