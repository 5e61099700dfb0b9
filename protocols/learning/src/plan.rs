//! From a task to the program that everybody runs.

mod build;
mod clear;
mod contribution;
mod found;
mod long;
mod model;
mod questions;

pub use contribution::Contribution;

use crate::formula::{Scope, Tree};
use crate::task::{Kind, Layout, Task, Wanted};
use crate::{Error, Unfit};
use std::sync::Arc;
use troupe_mpc::program::Rows;
use troupe_mpc::{Program, Table};

/// What a task comes to: the program, what each owner puts in, what each receiver gets.
#[derive(Debug, Clone)]
pub struct Plan {
    parts: Parts,
    rows: u64,
}

/// What differs with what is computed.
#[derive(Debug, Clone)]
struct Parts {
    program: Program,
    contributions: Vec<Contribution>,
    results: Vec<Expected>,
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
        let owners = owners(task, &task.lengths(&rows));
        let parts = match &task.kind {
            Kind::Statistics(questions) => statistics(task, questions, &scope, owners, &rows)?,
            Kind::Train(_) | Kind::Predict(_) => {
                model::parts(task, &scope, owners, &task.lengths(&rows))?
            }
        };
        Ok(Self { parts, rows: scope.rows })
    }

    /// What the parties run.
    #[must_use]
    pub const fn program(&self) -> &Program {
        &self.parts.program
    }

    /// Everything that leaves an owner, as shares.
    pub fn contributions(&self, owner: u8) -> impl Iterator<Item = &Contribution> {
        self.parts.contributions.iter().filter(move |one| one.column.owner == owner)
    }

    /// Every result, in the order in which a receiver gets its own.
    #[must_use]
    pub fn results(&self) -> &[Expected] {
        &self.parts.results
    }

    /// The rows that sums are over.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// What an owner shares, computed from its own table, which is [keyed](crate::join::Keyed) where rows are joined on shares.
    /// Refused is a table without a column, or with a value outside the bounds that the task states.
    pub fn table(&self, task: &Task, owner: u8, raw: &Table) -> Result<Table, Error> {
        contribution::table(task, owner, raw, self.contributions(owner))
    }

    /// What every result comes to in the clear, in the order of [`Plan::results`], as one owner of everything would compute it: for
    /// those who hold all tables, to compare with; of rows that are matched or joined, those that are common in one order. A training that shuffles rows is one that goes through them in their order there: the model
    /// is another one, about as good. Refused is a table without a column.
    pub fn in_the_clear(&self, task: &Task, tables: &[Table]) -> Result<Vec<Vec<f64>>, Error> {
        clear::results(task, tables)
    }
}

fn statistics(
    task: &Task,
    questions: &[Wanted],
    scope: &Scope,
    owners: Vec<Rows>,
    rows: &[u32],
) -> Result<Parts, Error> {
    let mut tree = Tree::new(scope);
    let answers = questions::answers(questions, scope, &mut tree)?;
    let tree = Arc::new(tree);
    let lengths = task.lengths(rows);
    let mut contributions = build::contributions(task, &tree, &answers, &lengths)?;
    nobody_idle(task, &contributions)?;
    contributions.extend(found::keys(task, &tree));
    let (program, results) = build::program(&tree, owners, &contributions, &answers, (task, rows))?;
    Ok(Parts { program, contributions, results })
}

/// Rows of one group belong together; a model's belong to nobody's.
fn owners(task: &Task, lengths: &[u32]) -> Vec<Rows> {
    let group = |index: u8| match task.layout {
        // What parties join are all rows of everybody.
        Layout::Pooled | Layout::Joined => index,
        Layout::Aligned | Layout::Matched => u8::from(Some(index) == task.model()),
    };
    (0..).zip(lengths).map(|(index, count)| Rows { count: *count, group: group(index) }).collect()
}

/// That everybody who is named shares something.
fn nobody_idle(task: &Task, contributions: &[Contribution]) -> Result<(), Unfit> {
    let mut everybody = 0..u8::try_from(task.owners.len()).unwrap_or(u8::MAX);
    let is_idle = |owner: &u8| contributions.iter().all(|one| one.column.owner != *owner);
    everybody.find(is_idle).map_or(Ok(()), |owner| Err(Unfit::Idle { owner }))
}
