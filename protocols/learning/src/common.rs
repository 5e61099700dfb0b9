//! How many rows two owners have in common, as those who have to compute with it hear it.
//!
//! Nobody else can count them, so both owners say it to everybody, and whoever hears two numbers takes no part. That the rows
//! are the same ones, in the same order, is shown with the shares.

use crate::Task;
use std::collections::BTreeMap;
use troupe_mpc::Verdict;
use troupe_types::NodeId;

/// What the owners of a task have said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voices {
    owners: Vec<NodeId>,
    most: u32,
    said: BTreeMap<u8, u32>,
}

/// Why there is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Discord {
    /// Whoever says it is no owner of rows of the task.
    #[error("only the owners of its rows can say how many are common")]
    Stranger,
    /// The owner has said it before.
    #[error("owner {owner} has said before how many rows are common")]
    Twice {
        /// Which.
        owner: u8,
    },
    /// None are common, or more than there are.
    #[error(
        "owner {owner} says that {got} rows are common, at most {most} can be, and at least one"
    )]
    Rows {
        /// Which.
        owner: u8,
        /// What it says.
        got: u32,
        /// How many can be.
        most: u32,
    },
    /// The two have said different numbers.
    #[error("owner {first} and owner {second} do not say the same number of common rows")]
    Differ {
        /// One.
        first: u8,
        /// The other one.
        second: u8,
    },
    /// The owner has not said it in time.
    #[error("owner {owner} has not said how many rows are common")]
    Silent {
        /// Which.
        owner: u8,
    },
}

impl Voices {
    /// Nobody has said anything yet. `None` where no rows are matched.
    #[must_use]
    pub fn new(task: &Task) -> Option<Self> {
        let most = task.most_matched()?;
        let owners = task.owners.iter().map(|source| source.id).collect();
        Some(Self { owners, most, said: BTreeMap::new() })
    }

    /// Hears a number; once all have said it, it is what all have said. What a [stranger](Discord::Stranger) says, and what
    /// is said [again](Discord::Twice), changes nothing; after every other error there will be no number.
    pub fn hear(&mut self, from: NodeId, rows: u32) -> Result<Option<u32>, Discord> {
        let found = (0..).zip(&self.owners).find(|(_, id)| **id == from);
        let Some((owner, _)) = found else { return Err(Discord::Stranger) };
        if self.said.contains_key(&owner) {
            return Err(Discord::Twice { owner });
        }
        if rows == 0 || rows > self.most {
            return Err(Discord::Rows { owner, got: rows, most: self.most });
        }
        let other = self.said.iter().find(|(_, said)| **said != rows);
        if let Some((first, _)) = other {
            return Err(Discord::Differ { first: *first, second: owner });
        }
        self.said.insert(owner, rows);
        Ok((self.said.len() == self.owners.len()).then_some(rows))
    }

    /// Who is still waited for.
    #[must_use]
    pub fn silent(&self) -> Option<Discord> {
        let mut all = (0..).zip(&self.owners).map(|(owner, _)| owner);
        all.find(|owner| !self.said.contains_key(owner)).map(|owner| Discord::Silent { owner })
    }
}

impl Discord {
    /// Whom it blames; never a party.
    #[must_use]
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::Stranger => Verdict::Nobody,
            Self::Twice { owner } | Self::Rows { owner, .. } | Self::Silent { owner } => {
                Verdict::Owner(owner)
            }
            Self::Differ { first, second } => Verdict::Owners(first, second),
        }
    }
}
