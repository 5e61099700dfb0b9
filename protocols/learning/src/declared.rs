//! Whether a task is what the chain says of it, for whoever takes part.

use crate::Task;
use crate::task::{Layout, Origin, Predict};
use troupe_market::algorithm;
use troupe_market::message::Seen;
use troupe_market::task::{PARTIES, Phase};
use troupe_types::NodeId;

/// What is different on the chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Amiss {
    /// It is another chain's.
    #[error("the task is of chain {got}, this is chain {want}")]
    Chain {
        /// What the task says.
        got: u64,
        /// The chain that was asked.
        want: u64,
    },
    /// Something else was declared.
    #[error("the chain says something else of its {0}")]
    Differs(&'static str),
    /// The chain says less than the task does.
    #[error("the chain does not say that it does {0}")]
    Undeclared(&'static str),
    /// Somebody else's data set wants a seat for its owner's own node.
    #[error("another owner's data set wants its own node among the parties")]
    OwnParty,
    /// It is not the time for it.
    #[error("on the chain it is in phase {0}")]
    Phase(u8),
    /// The task cannot be read as one.
    #[error("{0}")]
    Unfit(String),
}

/// What policies have to allow for what owners find out about their rows before these are computed with.
#[must_use]
pub const fn matching(layout: Layout) -> Option<u8> {
    match layout {
        Layout::Matched => Some(algorithm::ALIGNMENT),
        Layout::Joined => Some(algorithm::MATCHING_COUNT),
        Layout::Pooled | Layout::Aligned => None,
    }
}

/// Whether a task was declared as it is here.
pub fn declared(task: &Task, seen: &Seen) -> Result<(), Amiss> {
    if task.chain != seen.chain_id {
        return Err(Amiss::Chain { got: task.chain, want: seen.chain_id });
    }
    let unfit = |error: &dyn std::fmt::Display| Amiss::Unfit(error.to_string());
    let terms = task.terms().map_err(|error| unfit(&error))?;
    if seen.task.id != task.number || seen.task.terms.0 != terms.0 {
        return Err(Amiss::Differs("terms"));
    }
    if seen.task.engine != task.engine.number() {
        return Err(Amiss::Differs("engine"));
    }
    // Policies on the chain were checked against what was declared there.
    let algorithms = task.algorithms().map_err(|error| unfit(&error))?;
    let missing = |number: u8| seen.task.algorithms & algorithm::bit(number) == 0;
    if let Some(number) = matching(task.layout).filter(|number| missing(*number)) {
        return Err(Amiss::Undeclared(algorithm::NAMES[usize::from(number)]));
    }
    // What parties kept nobody else has; and where nobody is elected, that has to have this reason.
    let is_kept = matches!(task.applied(), Some(Predict { model: Origin::Kept(_), .. }));
    if is_kept != (seen.task.after_ != 0) {
        return Err(Amiss::Differs("election"));
    }
    match algorithms.into_iter().find(|kind| missing(kind.number())) {
        None => Ok(()),
        Some(kind) => Err(Amiss::Undeclared(kind.name())),
    }
}

/// Whether its parties are those that have its seats.
pub fn seated(task: &Task, seen: &Seen) -> Result<(), Amiss> {
    declared(task, seen)?;
    let seats = seen.nodes.iter().map(|(node, _)| *node);
    let parties = task.parties.iter().map(|seat| seat.id);
    if seen.nodes.len() != PARTIES || !seats.eq(parties) {
        return Err(Amiss::Differs("parties"));
    }
    Ok(())
}

/// Whether the task was declared on the data sets of its owners, in their order and on no other, and that of this owner
/// under the content that it has here.
///
/// A data set more would be one whose owner nobody here has agreed with; and an owner whose data set wants its own node
/// among the parties has a seat without a draw, which no other owner has to put up with.
pub fn owned(task: &Task, me: NodeId, seen: &Seen) -> Result<(), Amiss> {
    declared(task, seen)?;
    let mine = task.owners.iter().position(|source| source.id == me);
    let mine = mine.ok_or(Amiss::Differs("owners"))?;
    let (datasets, legs) = (&seen.datasets, &seen.task.legs);
    if datasets.len() != task.owners.len() || legs.len() != task.owners.len() {
        return Err(Amiss::Differs("data sets"));
    }
    for (at, (source, (dataset, leg))) in
        task.owners.iter().zip(datasets.iter().zip(legs)).enumerate()
    {
        let listing = &dataset.listing;
        let is_it = listing.node.0 == source.id.0
            && listing.name == *source.dataset
            && listing.content.0 == source.content.0;
        let is_mine = at == mine && leg.owner.0.0 == seen.me.account.0;
        if !is_it || is_mine != (at == mine) {
            return Err(Amiss::Differs("data sets"));
        }
        if at != mine && listing.policy.ownParty {
            return Err(Amiss::OwnParty);
        }
    }
    Ok(())
}

/// Whether it is in one of these phases.
pub fn in_phase(seen: &Seen, phases: &[Phase]) -> Result<(), Amiss> {
    let is_there = phases.iter().any(|phase| *phase as u8 == seen.task.phase);
    if is_there { Ok(()) } else { Err(Amiss::Phase(seen.task.phase)) }
}
