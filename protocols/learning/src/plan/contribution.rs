//! What an owner computes of its own table before it shares anything.

use crate::Error;
use crate::formula::plain::{Plain, centred, mean};
use crate::formula::{At, Id, Tree};
use crate::numbers::long::halves;
use crate::task::{Bounded, Task};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use troupe_mpc::Table;
use troupe_mpc::program::Column;

/// One vector that leaves an owner, as shares.
#[derive(Debug, Clone)]
pub struct Contribution {
    /// Its owner, name, length, format and range.
    pub column: Column,
    pub(super) tree: Arc<Tree>,
    pub(super) take: Take,
    /// Nothing but whole numbers.
    pub(super) is_whole: bool,
    /// One number, in halves of an integer with so many bits behind the point.
    pub(super) halves: Option<u8>,
}

/// What is taken of a table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Take {
    /// Its value, or values.
    Value(Id),
    /// The mean over the owner's own rows.
    Mean(Id),
    /// One or the other as long numbers, with so many bits behind the point.
    Wide(Id, Part, u8),
    /// The values of several parts, one part after the other.
    Columns(Vec<Id>),
    /// A column as it is, however long.
    Given,
}

/// What is taken of an owner's own rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// The values.
    Value,
    /// Their distances from their mean.
    Centred,
    /// Their mean.
    Mean,
}

impl Contribution {
    /// What it is, as a formula over its owner's columns; a long one is cut.
    #[must_use]
    pub fn says(&self, task: &Task) -> String {
        const LIMIT: usize = 400;
        let name = |at: At| match bounded(task, self.column.owner, at) {
            Some(column) => column.name.to_string(),
            None => format!("{}.{}", at.owner, at.column),
        };
        let show = |id: Id| self.tree.show_as(id, LIMIT, &name);
        match &self.take {
            Take::Value(id) | Take::Wide(id, Part::Value, _) => show(*id),
            Take::Mean(id) | Take::Wide(id, Part::Mean, _) => {
                format!("avg({})", show(*id))
            }
            Take::Wide(id, Part::Centred, _) => {
                let of = show(*id);
                format!("{of} - avg({of})")
            }
            Take::Columns(ids) => {
                let mut text = String::new();
                for id in ids {
                    if text.len() > LIMIT {
                        break;
                    }
                    text.push_str(&show(*id));
                    text.push(';');
                }
                text
            }
            Take::Given => self.column.name.trim_start_matches('\0').to_owned(),
        }
    }
}

pub(super) fn table<'a>(
    task: &Task,
    owner: u8,
    raw: &Table,
    wanted: impl Iterator<Item = &'a Contribution>,
) -> Result<Table, Error> {
    let rows = raw.rows as usize;
    let mut checked = BTreeSet::new();
    let mut columns = BTreeMap::new();
    for contribution in wanted {
        let tree = &*contribution.tree;
        let name = contribution.column.name.to_string();
        let ids: &[Id] = match &contribution.take {
            Take::Value(id) | Take::Mean(id) | Take::Wide(id, ..) => std::slice::from_ref(id),
            Take::Columns(ids) => ids,
            Take::Given => {
                // Its length and its range are checked where it is encoded.
                let given = raw.columns.get(&name).cloned();
                let rows = contribution.column.length.into();
                let given = given.ok_or(Error::Column { name: name.clone(), rows })?;
                columns.insert(name, given);
                continue;
            }
        };
        let mut values = Vec::new();
        for id in ids {
            for at in tree.columns(*id) {
                if checked.insert(at.column) {
                    check(task, owner, at, raw)?;
                }
            }
            let column = |at: At| {
                let bounded = bounded(task, owner, at)?;
                raw.columns.get(&*bounded.name).map(Vec::as_slice)
            };
            let part = Plain { tree, column, rows }.values(*id);
            let missing = Error::Column { name: name.clone(), rows: raw.rows.into() };
            values.extend(part.ok_or(missing)?);
        }
        match contribution.take {
            Take::Mean(_) | Take::Wide(_, Part::Mean, _) => values = vec![mean(&values)],
            Take::Wide(_, Part::Centred, _) => values = centred(&values),
            Take::Value(_) | Take::Wide(_, Part::Value, _) | Take::Columns(_) | Take::Given => {}
        }
        if let Some(fraction) = contribution.halves {
            values = values.into_iter().flat_map(|value| halves(value, fraction)).collect();
        }
        columns.insert(name, values);
    }
    Ok(Table { rows: raw.rows, alignment: raw.alignment, columns })
}

fn bounded(task: &Task, owner: u8, at: At) -> Option<&Bounded> {
    task.owners.get(usize::from(owner))?.columns.get(usize::from(at.column))
}

/// That a column is there, of the right length, and within its bounds.
fn check(task: &Task, owner: u8, at: At, raw: &Table) -> Result<(), Error> {
    let Some(Bounded { name, low, high }) = bounded(task, owner, at) else { return Ok(()) };
    let (name, low, high) = (name.to_string(), low.get(), high.get());
    let rows = raw.rows;
    let values = raw.columns.get(&name).filter(|values| values.len() == rows as usize);
    let Some(values) = values else {
        return Err(Error::Column { name, rows: rows.into() });
    };
    match values.iter().position(|value| !(low..=high).contains(value)) {
        Some(row) => Err(Error::Bounds { name, row, low, high }),
        None => Ok(()),
    }
}
