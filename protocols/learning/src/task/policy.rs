//! What an owner's policy has to allow.

use super::{Kind, Outcome, Predict, Question, Task};
use crate::formula::At;
use crate::{Error, Plan};
use std::collections::BTreeSet;

/// What is done with an owner's columns, for policies to allow by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// Numbers over all rows.
    Formula,
    /// A number for each row.
    Rows,
    /// Counts by ranges.
    Histogram,
    /// Counts and sums by categories.
    Groups,
    /// A model is fitted.
    Train,
    /// A model's predictions for each row.
    Predict,
    /// How good a model's predictions are in all.
    Evaluate,
}

/// One thing that a task does with an owner's columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What.
    pub algorithm: Algorithm,
    /// With which columns.
    pub columns: BTreeSet<String>,
    /// Nothing is revealed about fewer rows than these.
    pub minimum_group: u64,
}

impl Algorithm {
    /// The name in policies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Formula => "formula",
            Self::Rows => "rows",
            Self::Histogram => "histogram",
            Self::Groups => "groups",
            Self::Train => "train",
            Self::Predict => "predict",
            Self::Evaluate => "evaluate",
        }
    }
}

impl Task {
    /// Everything that an owner's policy has to allow before it takes part; empty for an owner that is
    /// not there, and for that of a model, which has no rows of anybody. As for a [plan](Plan::new), `matched` says how many rows were found to belong together.
    pub fn claims(&self, owner: u8, matched: Option<u32>) -> Result<Vec<Claim>, Error> {
        let plan = Plan::new(self, matched)?;
        let mut claims = Vec::new();
        for (index, (algorithm, minimum_group)) in self.done(plan.rows()).into_iter().enumerate() {
            let columns: BTreeSet<String> = plan
                .columns(index)
                .into_iter()
                .filter(|at| self.is_pooled() || at.owner == owner)
                .filter_map(|at| self.column(owner, at))
                .collect();
            if !columns.is_empty() {
                claims.push(Claim { algorithm, columns, minimum_group });
            }
        }
        Ok(claims)
    }

    /// What is done, in the order of questions, and about how many rows at least.
    fn done(&self, rows: u64) -> Vec<(Algorithm, u64)> {
        match &self.kind {
            Kind::Train(_) => vec![(Algorithm::Train, rows)],
            Kind::Predict(Predict { outcome: Outcome::Judged(_), .. }) => {
                vec![(Algorithm::Evaluate, rows)]
            }
            Kind::Predict(Predict { outcome: Outcome::Values | Outcome::Class, .. }) => {
                vec![(Algorithm::Predict, 1)]
            }
            Kind::Statistics(questions) => questions
                .iter()
                .map(|wanted| match &wanted.question {
                    Question::Formula(_) => (Algorithm::Formula, rows),
                    Question::Rows(_) => (Algorithm::Rows, 1),
                    Question::Histogram { minimum, .. } => {
                        (Algorithm::Histogram, u64::from(*minimum).max(1))
                    }
                    Question::Groups { minimum, .. } => {
                        (Algorithm::Groups, u64::from(*minimum).max(1))
                    }
                })
                .collect(),
        }
    }

    fn column(&self, owner: u8, at: At) -> Option<String> {
        let source = self.owners.get(usize::from(owner))?;
        source.columns.get(usize::from(at.column)).map(|column| column.name.to_string())
    }
}
