//! A task's results in the clear, as one owner of everything would compute them.

use super::{model, questions};
use crate::Error;
use crate::formula::plain::Plain;
use crate::formula::{At, Id, Scope, Totals, Tree};
use crate::task::{Kind, Task};
use std::collections::BTreeMap;
use troupe_mpc::Table;

pub(super) fn results(task: &Task, tables: &[Table]) -> Result<Vec<Vec<f64>>, Error> {
    let clear = Clear::of(task, tables)?;
    let mut results = match &task.kind {
        Kind::Statistics(questions) => {
            let mut tree = Tree::new(&clear.scope);
            let answers = questions::answers(questions, &clear.scope, &mut tree)?;
            let values = answers.iter().map(|one| clear.values(&tree, one.part, &one.name));
            values.collect::<Result<Vec<_>, Error>>()?
        }
        Kind::Train(train) => model::clear::train(task, train, &clear)?,
        Kind::Predict(predict) => model::clear::predict(task, predict, (&clear, tables))?,
    };
    results.extend(task.hearing().map(|_| vec![clear.rows as f64]));
    Ok(results)
}

/// Everybody's columns in one place.
pub(super) struct Clear {
    /// One owner's rows are not nested in anybody's total.
    scope: Scope,
    columns: BTreeMap<At, Vec<f64>>,
    pub(super) rows: usize,
    /// Of these are so many each owner's, where rows are pooled.
    pub(super) parts: Vec<u32>,
}

impl Clear {
    fn of(task: &Task, tables: &[Table]) -> Result<Self, Error> {
        let rows: Vec<u32> = tables.iter().map(|table| table.rows).collect();
        if rows.len() != task.owners.len() {
            let (got, want) = (rows.len() as u64, task.owners.len() as u64);
            return Err(troupe_mpc::Error::Rows { got, want }.into());
        }
        let scope = Scope { totals: Totals::Own, ..task.scope(&rows) };
        let mut columns = BTreeMap::new();
        for field in &scope.fields {
            let holders =
                task.holders().filter(|(owner, _)| task.is_pooled() || *owner == field.at.owner);
            let mut all = Vec::new();
            for (owner, source) in holders {
                let (table, listed) =
                    (&tables[usize::from(owner)], source.columns.get(usize::from(field.at.column)));
                let found = listed.and_then(|listed| table.columns.get(&*listed.name));
                let missing = || missing(&field.name, table.rows.into());
                all.extend_from_slice(found.ok_or_else(missing)?);
            }
            columns.insert(field.at, all);
        }
        let parts: Vec<u32> = task.holders().map(|(owner, _)| rows[usize::from(owner)]).collect();
        let all = usize::try_from(scope.rows).unwrap_or(usize::MAX);
        let total = u32::try_from(scope.rows).unwrap_or(u32::MAX);
        let parts = if task.is_pooled() { parts } else { vec![total] };
        Ok(Self { scope, columns, rows: all, parts })
    }

    /// A formula with one number for each row.
    pub(super) fn read(&self, name: &str, text: &str) -> Result<Vec<f64>, Error> {
        let mut tree = Tree::new(&self.scope);
        let id = tree.read(text, &self.scope);
        let id = id.map_err(|fault| Error::Formula { name: name.to_owned(), fault })?;
        self.values(&tree, id, name)
    }

    fn values(&self, tree: &Tree, id: Id, name: &str) -> Result<Vec<f64>, Error> {
        let column = |at: At| self.columns.get(&at).map(Vec::as_slice);
        let values = Plain { tree, column, rows: self.rows }.values(id);
        values.ok_or_else(|| missing(name, self.scope.rows))
    }
}

pub(super) fn missing(name: &str, rows: u64) -> Error {
    Error::Column { name: name.to_owned(), rows }
}
