//! What a machine says about itself to people.

use crate::output::Halt;
use crate::state::Machine;
use crate::{Place, Rank};
use troupe_types::{Hash, Height, Millis};

/// Where a machine is and why it does not go on, for `debug_consensusStatus`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The view that is worked on.
    pub place: Place,
    /// This node's position in the set; `None` for a node that follows.
    pub position: Option<u16>,
    /// Whether this node proposes in this view.
    pub is_proposer: bool,
    /// Whether this node has given the view up.
    pub has_given_up: bool,
    /// Views in a row that ended without a certificate.
    pub failures: u32,
    /// When the view is given up, by the clock of the process.
    pub deadline: Millis,
    /// The last final block.
    pub committed: (Height, Hash),
    /// The highest block that nothing can replace.
    pub locked: (Height, Hash),
    /// The highest certificate.
    pub highest: Option<Rank>,
    /// Proposals of the view that follow the rules.
    pub proposals: usize,
    /// Blocks above the last final one, on all branches.
    pub blocks: usize,
    /// Votes that are not yet a certificate.
    pub votes: usize,
    /// Tasks under way.
    pub tasks: usize,
    /// Certified blocks that are not here.
    pub missing: usize,
    /// Why the machine stopped, if it did.
    pub halted: Option<Halt>,
}

impl Machine {
    /// Where this machine is now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let name = |header: &crate::Header| (header.height, header.hash);
        Snapshot {
            place: self.round.place,
            position: self.position(),
            is_proposer: self.is_proposer(),
            has_given_up: self.ledger.has_given_up(self.round.place),
            failures: self.round.failures,
            deadline: self.round.deadline,
            committed: name(self.tree.root().header()),
            locked: name(self.tree.locked(self.rules).header()),
            highest: self.tree.highest_rank(),
            proposals: self.round.proposals.len(),
            blocks: self.tree.nodes().count() - 1,
            votes: self.pool.len(),
            tasks: self.gate.len(),
            missing: self.orphans.len(),
            halted: self.halted,
        }
    }

    /// The validator sets this machine knows.
    #[must_use]
    pub fn schedule(&self) -> &crate::Schedule {
        &self.schedule
    }
}
