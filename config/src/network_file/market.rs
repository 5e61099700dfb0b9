//! `[market]`: what holds for whoever offers data or computes on them.

use crate::amount::Amount;
use crate::error::Problem;
use crate::section::Section;
use crate::setting::{Field, Setting};
use troupe_types::Millis;

/// A market of data and computations. Nothing changes it later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Market {
    /// The least stake with which a compute node is elected.
    pub stake: Amount,
    /// What of it a party binds to a task.
    pub bond: Amount,
    /// What of that is lost by who is silent in a dispute.
    pub small_bond: Amount,
    /// How long a stake is kept after its node left and its last task ended.
    pub unbonding: Millis,
    /// How long somebody may take for an answer in a dispute.
    pub answer: Millis,
    /// How long a task waits for its election.
    pub draw: Millis,
    /// How many views later the parties of a task are elected.
    pub views: u64,
    /// What is lost for a proven offence besides the bond, in percent of the rest of a stake.
    pub slashed: u32,
    /// What of that goes to who reported it, in percent.
    pub reporter: u32,
    /// What of the fee is lost with a task that ends between its election and its start, in percent.
    pub abandoned: u32,
    /// The least fee of a task.
    pub least_fee: Amount,
    /// The least time for a phase in which others than the sender have to act.
    pub least_span: Millis,
}

const STAKE: Field =
    Field { key: "stake", why: "The least stake with which a compute node is elected." };
const BOND: Field = Field { key: "bond", why: "What of its stake a party binds to a task." };
const SMALL_BOND: Field =
    Field { key: "small_bond", why: "What of that is lost by who is silent in a dispute." };
const UNBONDING: Field =
    Field { key: "unbonding", why: "How long a stake is kept for verdicts after its node left." };
const ANSWER: Field =
    Field { key: "answer", why: "How long somebody may take for an answer in a dispute." };
const DRAW: Field = Field { key: "draw", why: "How long a task waits for its election." };
const VIEWS: Field =
    Field { key: "views", why: "How many views after its last consent parties are elected." };
const SLASHED: Field =
    Field { key: "slashed", why: "Percent of the rest of a stake, for a proven offence." };
const REPORTER: Field =
    Field { key: "reporter", why: "Percent of what is lost, for who reported it." };
const ABANDONED: Field = Field {
    key: "abandoned",
    why: "Percent of the fee that is lost with a task that ends between its election and its start.",
};
const LEAST_FEE: Setting<Amount> = Setting {
    key: "least_fee",
    default: Amount(LAT),
    range: Some((Amount(0), Amount(1 << 100))),
    why: "The least fee of a task: whoever wants another election pays it.",
};
const LEAST_SPAN: Setting<Millis> = Setting {
    key: "least_span",
    default: Millis::secs(10),
    range: Some((Millis(1), Millis::secs(24 * 3_600))),
    why: "The least time for a phase in which somebody has to act for a task of another one.",
};

const LAT: u128 = 1_000_000_000_000_000_000;

/// A year.
const LONGEST: Millis = Millis::secs(366 * 24 * 3_600);

impl Market {
    pub(super) fn read(section: &mut Section<'_>) -> Option<Self> {
        let span = (Millis(1), LONGEST);
        let stake = section.need::<Amount>(&STAKE);
        let bond = section.need::<Amount>(&BOND);
        let small_bond = section.need::<Amount>(&SMALL_BOND);
        let unbonding = section.need_within(&UNBONDING, span.0, span.1);
        let answer = section.need_within(&ANSWER, span.0, span.1);
        let draw = section.need_within(&DRAW, span.0, span.1);
        let views = section.need_within(&VIEWS, 1, 1_000);
        let slashed = section.need_within(&SLASHED, 0, 100);
        let reporter = section.need_within(&REPORTER, 0, 100);
        let abandoned = section.need_within(&ABANDONED, 0, 100);
        let (least_fee, least_span) = (section.get(&LEAST_FEE), section.get(&LEAST_SPAN));
        for (field, least, most) in [
            (&BOND, small_bond, bond),
            (&STAKE, bond, stake),
            (&SMALL_BOND, Some(Amount(1)), small_bond),
        ] {
            if let (Some(least), Some(most)) = (least, most)
                && most.0 < least.0
            {
                let text = format!("got {most}, it is {least} at least");
                section.fault(field.key, Problem::Conflict(text));
            }
        }
        Some(Self {
            stake: stake?,
            bond: bond?,
            small_bond: small_bond?,
            unbonding: unbonding?,
            answer: answer?,
            draw: draw?,
            views: views?,
            slashed: slashed?,
            reporter: reporter?,
            abandoned: abandoned?,
            least_fee,
            least_span,
        })
    }

    pub(super) fn write(&self) -> String {
        format!(
            "\n[market]\n\
             stake = \"{}\"\n\
             bond = \"{}\"\n\
             small_bond = \"{}\"\n\
             unbonding = \"{}\"\n\
             answer = \"{}\"\n\
             draw = \"{}\"\n\
             views = {}\n\
             slashed = {}\n\
             reporter = {}\n\
             abandoned = {}\n\
             least_fee = \"{}\"\n\
             least_span = \"{}\"\n",
            self.stake,
            self.bond,
            self.small_bond,
            self.unbonding,
            self.answer,
            self.draw,
            self.views,
            self.slashed,
            self.reporter,
            self.abandoned,
            self.least_fee,
            self.least_span,
        )
    }
}
