//! Death at a step.

use super::common::economy::ROUND;
use troupe_consensus::invariants::Stage;
use troupe_consensus::{Output, Record};
use troupe_types::{Epoch, Height, Millis};

/// Where a node is on its way over the edge between two epochs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// It votes for the last block of the old epoch: nobody has a certificate of that yet.
    VotesForLast,
    /// It knows that certificate, and the block is not final.
    LastIsCertified,
    /// It is in the new epoch.
    Enters,
    /// It proposes the first block of the new epoch.
    Proposes,
    /// The first proposal of the new epoch is there.
    HearsFirst,
    /// It votes for that.
    VotesForFirst,
    /// The last block of the old epoch becomes final.
    LastIsFinal,
}

impl Step {
    pub(crate) const ALL: [Self; 7] = [
        Self::VotesForLast,
        Self::LastIsCertified,
        Self::Enters,
        Self::Proposes,
        Self::HearsFirst,
        Self::VotesForFirst,
        Self::LastIsFinal,
    ];

    /// Whether it takes this step that does this, where `last` is the last height of the old epoch.
    pub(crate) fn is_taken(self, output: &Output, last: Height) -> bool {
        let first = last.next().unwrap();
        match (self, output) {
            (Self::VotesForLast, Output::Persist(Record::Vote(vote))) => vote.height == last,
            (Self::LastIsCertified, Output::Reached(reached)) => {
                reached.stage == Stage::Prepared && reached.height == last
            }
            (Self::Enters, Output::Entered(place)) => place.epoch == epoch_of(first),
            (Self::Proposes, Output::Persist(Record::Proposal(it))) => it.statement.height == first,
            (Self::HearsFirst, Output::Execute(block)) => block.header.height == first,
            (Self::VotesForFirst, Output::Persist(Record::Vote(vote))) => vote.height == first,
            (Self::LastIsFinal, Output::Commit { block, .. }) => block.header.height == last,
            _ => false,
        }
    }
}

/// The epoch of a height.
pub(crate) const fn epoch_of(height: Height) -> Epoch {
    Epoch((height.0 - 1) / ROUND + 1)
}

/// Somebody dies at a step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trap {
    pub(crate) step: Step,
    /// The last height of the old epoch.
    pub(crate) last: Height,
    /// So many take the step unharmed.
    pub(crate) spared: u64,
    /// Whether the step is done when death comes.
    pub(crate) is_done: bool,
    /// Whether all die with him.
    pub(crate) everybody: bool,
    pub(crate) keeps_log: bool,
    /// How long they are dead.
    pub(crate) dead: Millis,
}
