//! Where columns are in a program: as their owners shared them, or after their rows were found.

use super::Expected;
use super::contribution::{Contribution, Take};
use crate::formula::Tree;
use crate::join::COLUMNS;
use crate::task::{COMMON, Layout, Task};
use std::sync::Arc;
use troupe_mpc::program::{Column, Draft, Form, KEYS, Keyed, NAME, Op, Register};
use troupe_wire::Text;

/// What says which rows belong together, of each owner whose rows are joined on shares.
pub(super) fn keys(task: &Task, tree: &Arc<Tree>) -> Vec<Contribution> {
    if task.layout != Layout::Joined {
        return Vec::new();
    }
    let owners = (0u8..).zip(task.lengths(&[]));
    let columns = owners.flat_map(|(owner, length)| {
        COLUMNS.map(|name| Column {
            owner,
            name: Text::<NAME>::cut(name),
            length,
            fraction: 0,
            low: 0,
            high: KEYS - 1,
            form: Form::Plain,
        })
    });
    let given = columns.map(|column| Contribution {
        column,
        tree: Arc::clone(tree),
        take: Take::Given,
        is_whole: true,
        halves: None,
    });
    given.collect()
}

/// Where the columns of a task are.
pub(super) struct Rows {
    /// Those of each contribution that something is computed with.
    registers: Vec<Register>,
    /// How many rows are common, or 0, where the parties found them.
    common: Option<Register>,
}

impl Rows {
    /// Of a task that computes with so many rows. Where they are to be found on shares, that is done first.
    pub(super) fn of(
        task: &Task,
        draft: &mut Draft,
        contributions: &[Contribution],
        rows: u64,
    ) -> Self {
        if task.layout != Layout::Joined {
            let registers = (0..contributions.len()).map(|index| draft.values(index)).collect();
            return Self { registers, common: None };
        }
        // As many as one owner has keys, at most.
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        let lengths = task.lengths(&[]);
        // The keys of both come last.
        let (columns, first_key) = match contributions.len().checked_sub(2 * COLUMNS.len()) {
            Some(shared) => (&contributions[..shared], shared),
            None => (contributions, 0),
        };
        let mut tables = [Vec::new(), Vec::new()];
        for (index, one) in columns.iter().enumerate() {
            // A matrix is several columns, one after the other.
            let owner = usize::from(one.column.owner.min(1));
            let (a, length) = (draft.values(index), lengths[owner]);
            for column in 0..one.column.length / length.max(1) {
                tables[owner].push(draft.slice(a, column * length, length));
            }
        }
        let keyed = |owner: usize, columns| Keyed {
            key: draft.values(first_key + COLUMNS.len() * owner),
            check: draft.values(first_key + COLUMNS.len() * owner + 1),
            columns,
        };
        let (left, right) = (keyed(0, &tables[0]), keyed(1, &tables[1]));
        let joined = draft.join(left, right, rows);
        let common = draft.push(Op::MulPublic { a: joined.is_so_many, constant: rows.into() });
        let mut found = [joined.left.into_iter(), joined.right.into_iter()];
        let mut registers = Vec::new();
        for one in columns {
            let owner = usize::from(one.column.owner.min(1));
            let count = one.column.length / lengths[owner].max(1);
            let parts: Vec<Register> = found[owner].by_ref().take(count as usize).collect();
            registers.push(draft.concat(&parts));
        }
        Self { registers, common: Some(common) }
    }

    /// Where the columns of contributions are; those that only say which rows belong together are nowhere.
    pub(super) fn registers(&self) -> &[Register] {
        &self.registers
    }

    /// Lets every receiver hear how many rows are common, where the parties found them.
    pub(super) fn tell(&self, task: &Task, draft: &mut Draft, results: &mut Vec<Expected>) {
        let Some(common) = self.common else { return };
        for receiver in task.hearing() {
            draft.reveal(receiver, common, COMMON, 0, 1);
            let (name, bound) = (COMMON.to_owned(), Some(0.0));
            results.push(Expected { receiver, question: results.len(), name, bound });
        }
    }
}
