//! From a task to the program that everybody runs.

mod build;
mod contribution;
mod questions;

pub use contribution::Contribution;

use crate::formula::{At, Tree};
use crate::task::{Layout, Task};
use crate::{Error, Unfit};
use std::collections::BTreeSet;
use std::sync::Arc;
use troupe_mpc::program::Rows;
use troupe_mpc::{Program, Table};

/// What a task comes to: the program, what each owner puts in, what each receiver gets.
#[derive(Debug, Clone)]
pub struct Plan {
    program: Program,
    contributions: Vec<Contribution>,
    results: Vec<Expected>,
    /// The columns that each question reads.
    columns: Vec<BTreeSet<At>>,
    rows: u64,
}

/// A result to come.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    /// Which receiver.
    pub receiver: u8,
    /// Which question it answers.
    pub question: usize,
    /// Under which name.
    pub name: String,
    /// How far it can be from the exact one of the values given, where that is known: nobody knows
    /// on which side of a threshold a rounded value falls.
    pub bound: Option<f64>,
}

impl Plan {
    /// Checks the task and derives everything from it. Where rows are matched by keys, `matched` is how
    /// many were found to belong together.
    pub fn new(task: &Task, matched: Option<u32>) -> Result<Self, Error> {
        task.check()?;
        let rows = task.rows(matched)?;
        let scope = task.scope(&rows);
        let mut tree = Tree::new(scope.rows);
        let answers = questions::answers(task, &scope, &mut tree)?;
        let tree = Arc::new(tree);
        let columns = questions::columns(&tree, &answers, task);
        let owners = owners(task, &rows);
        let contributions = build::contributions(task, &tree, &answers, &rows)?;
        for owner in 0..owners.len() {
            let owner = u8::try_from(owner).unwrap_or(u8::MAX);
            if !contributions.iter().any(|one| one.column.owner == owner) {
                return Err(Error::Unfit(Unfit::Idle { owner }));
            }
        }
        let (program, results) = build::program(&tree, owners, &contributions, &answers, &rows)?;
        Ok(Self { program, contributions, results, columns, rows: scope.rows })
    }

    /// What the parties run.
    #[must_use]
    pub const fn program(&self) -> &Program {
        &self.program
    }

    /// Everything that leaves an owner, as shares.
    pub fn contributions(&self, owner: u8) -> impl Iterator<Item = &Contribution> {
        self.contributions.iter().filter(move |one| one.column.owner == owner)
    }

    /// Every result, in the order in which a receiver gets its own.
    #[must_use]
    pub fn results(&self) -> &[Expected] {
        &self.results
    }

    /// The rows that sums are over.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// The columns that a question reads; those of pooled rows stand for every owner's.
    #[must_use]
    pub fn columns(&self, question: usize) -> BTreeSet<At> {
        self.columns.get(question).cloned().unwrap_or_default()
    }

    /// What an owner shares, computed from its own table. Refused is a table without a column, or with
    /// a value outside the bounds that the task states.
    pub fn table(&self, task: &Task, owner: u8, raw: &Table) -> Result<Table, Error> {
        contribution::table(task, owner, raw, self.contributions(owner))
    }
}

fn owners(task: &Task, rows: &[u32]) -> Vec<Rows> {
    let group = |index: u8| if task.layout == Layout::Pooled { index } else { 0 };
    (0..).zip(rows).map(|(index, count)| Rows { count: *count, group: group(index) }).collect()
}
