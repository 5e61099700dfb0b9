//! Programs that train models and apply them.

pub(super) mod clear;
mod judge;
mod predict;
mod split;
mod train;

use super::contribution::{Contribution, Take};
use super::found::{self, Rows};
use super::{Expected, Parts, nobody_idle};
use crate::Real;
use crate::formula::{Facts, Fault, Id, Place, Reason, Scope, Tree};
use crate::numbers::{bits_of, column_at, scale};
use crate::task::{Family, Judgement, Kind, MAX_FEATURE, Outcome, Predict, Task, Train};
use crate::{Error, Unfit};
use judge::Measured;
use predict::Model;
use std::sync::Arc;
use troupe_mpc::program::{self, Column, Draft, Op, Register, Taken};
use troupe_wire::Text;

/// Bits behind the point of labels, outputs and everything between layers.
const POINT: u8 = 16;
/// Numbers in all rows of a matrix, and in what comes out of a layer.
const MAX_NUMBERS: u64 = 1 << 28;
/// The largest weight of a model that is applied.
const MAX_WEIGHT: f64 = 4096.0;
/// Bits that a feature has, together with those behind its point.
const FEATURE_BITS: u32 = 26;

pub(super) fn parts(
    task: &Task,
    scope: &Scope,
    owners: Vec<program::Rows>,
    lengths: &[u32],
) -> Result<Parts, Error> {
    let mut reader = Reader { task, scope, lengths, tree: Tree::new(scope) };
    match &task.kind {
        Kind::Train(train) => {
            let features = reader.matrix("features", &train.features)?;
            let label = reader.label(train)?;
            let rest = reader.finish([Some(&features), Some(&label)], Vec::new())?;
            train::program(&rest, owners, (&features, &label), train)
        }
        Kind::Predict(predict) => {
            let features = reader.matrix("features", &predict.features)?;
            let label = match &predict.outcome {
                Outcome::Judged(Judgement { label, .. }) => {
                    Some(reader.matrix("label", std::slice::from_ref(label))?)
                }
                Outcome::Values | Outcome::Class => None,
            };
            let (model, taken) = match predict::model(predict)? {
                Model::Columns(columns) => (columns, Vec::new()),
                Model::Kept(taken) => (Vec::new(), vec![taken]),
            };
            for layer in predict.layers.iter() {
                check_size(scope.rows, layer.outputs.into())?;
            }
            let rest = reader.finish([Some(&features), label.as_ref()], model)?;
            let rest = Inputs { taken, ..rest };
            predict::program(&rest, owners, (&features, label.as_ref()), predict)
        }
        // These have no model.
        Kind::Statistics(_) => Err(Error::Unfit(Unfit::Empty("features"))),
    }
}

/// Formulas with one number for each row, and who computes which.
struct Matrix {
    name: &'static str,
    /// Each owner's, with their places among all.
    parts: Vec<(u8, Vec<(usize, Id)>)>,
    count: usize,
    /// Bits behind the point.
    fraction: u8,
    low: f64,
    high: f64,
}

/// Everything that is contributed, before the program is written.
struct Inputs<'a> {
    task: &'a Task,
    contributions: Vec<Contribution>,
    /// What the parties kept before.
    taken: Vec<Taken>,
    is_pooled: bool,
    /// All rows.
    rows: u32,
    /// Those of each owner, where rows are pooled.
    parts: Vec<u32>,
    receivers: u8,
}

struct Reader<'a> {
    task: &'a Task,
    scope: &'a Scope,
    /// Rows that each owner shares.
    lengths: &'a [u32],
    tree: Tree,
}

impl<'a> Reader<'a> {
    fn matrix(&mut self, name: &'static str, texts: &[Text<MAX_FEATURE>]) -> Result<Matrix, Error> {
        let mut parts: Vec<(u8, Vec<(usize, Id)>)> =
            self.task.holders().map(|(owner, _)| (owner, Vec::new())).collect();
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for (at, text) in texts.iter().enumerate() {
            let refused = |fault| Error::Formula { name: format!("{name} {at}"), fault };
            let id = self.tree.read(text, self.scope).map_err(refused)?;
            let facts = self.tree.facts(id);
            if !facts.is_rows {
                return Err(refused(Fault { at: 0, reason: Reason::NotRows }));
            }
            let (least, most) = range(facts);
            (low, high) = (low.min(least), high.max(most));
            for (owner, part) in &mut parts {
                match facts.place {
                    Place::One(one) if one != *owner => {}
                    Place::One(_) | Place::Everywhere => part.push((at, id)),
                    Place::Shared | Place::Nowhere => {
                        let reason = Reason::Apart { what: "a feature" };
                        return Err(refused(Fault { at: 0, reason }));
                    }
                }
            }
        }
        parts.retain(|(_, part)| !part.is_empty());
        let whole = bits_of(low.abs().max(high.abs()));
        let fraction = FEATURE_BITS.saturating_sub(whole).min(POINT.into());
        let Some(fraction) = u8::try_from(fraction).ok().filter(|bits| *bits > 0) else {
            return Err(Error::Unfit(Unfit::Wide { name: name.to_owned() }));
        };
        Ok(Matrix { name, parts, count: texts.len(), fraction, low, high })
    }

    fn label(&mut self, train: &Train) -> Result<Matrix, Error> {
        let label = self.matrix("label", std::slice::from_ref(&train.label))?;
        let (least, most) = (label.low, label.high);
        if train.family == Family::Logistic && (least < 0.0 || most > 1.0) {
            let reason = Reason::Domain { low: least.to_string(), high: most.to_string() };
            let fault = Fault { at: 0, reason };
            return Err(Error::Formula { name: "label".to_owned(), fault });
        }
        Ok(label)
    }

    fn finish(
        self,
        matrices: [Option<&Matrix>; 2],
        model: Vec<Column>,
    ) -> Result<Inputs<'a>, Error> {
        let tree = Arc::new(self.tree);
        for matrix in matrices.into_iter().flatten() {
            check_size(self.scope.rows, matrix.count as u64 + 1)?;
        }
        let mut contributions = Vec::new();
        for matrix in matrices.into_iter().flatten() {
            for (owner, part) in &matrix.parts {
                let ids: Vec<Id> = part.iter().map(|(_, id)| *id).collect();
                let rows = u64::from(self.lengths[usize::from(*owner)]) * ids.len() as u64;
                let length = u32::try_from(rows).map_err(|_| Unfit::TooMany {
                    what: "numbers in a matrix",
                    got: rows,
                    limit: u32::MAX.into(),
                })?;
                let range = (matrix.low, matrix.high);
                let column = column_at(*owner, matrix.name, length, range, matrix.fraction);
                let take = Take::Columns(ids);
                let tree = Arc::clone(&tree);
                contributions.push(Contribution {
                    column,
                    tree,
                    take,
                    is_whole: false,
                    halves: None,
                });
            }
        }
        for column in model {
            let (tree, take) = (Arc::clone(&tree), Take::Given);
            contributions.push(Contribution { column, tree, take, is_whole: false, halves: None });
        }
        nobody_idle(self.task, &contributions)?;
        contributions.extend(found::keys(self.task, &tree));
        let rows = u32::try_from(self.scope.rows);
        let limit = u32::MAX.into();
        let rows =
            rows.map_err(|_| Unfit::TooMany { what: "rows", got: self.scope.rows, limit })?;
        let is_pooled = self.task.is_pooled();
        let parts = if is_pooled {
            self.task.holders().map(|(owner, _)| self.lengths[usize::from(owner)]).collect()
        } else {
            vec![rows]
        };
        Ok(Inputs {
            task: self.task,
            contributions,
            taken: Vec::new(),
            is_pooled,
            parts,
            rows,
            receivers: u8::try_from(self.task.receivers.len()).unwrap_or(u8::MAX),
        })
    }
}

/// That so many rows of so many numbers have room.
fn check_size(rows: u64, columns: u64) -> Result<(), Unfit> {
    let (got, limit) = (rows.saturating_mul(columns), MAX_NUMBERS);
    if got > limit {
        return Err(Unfit::TooMany { what: "numbers in a matrix", got, limit });
    }
    Ok(())
}

/// A condition counts as 0 or 1.
fn range(facts: Facts) -> (f64, f64) {
    if facts.is_truth { (0.0, 1.0) } else { (facts.low, facts.high) }
}

impl Inputs<'_> {
    /// A program that begins, and where the columns are in it.
    fn draft(&self, owners: Vec<program::Rows>) -> (Draft, Rows) {
        let columns = self.contributions.iter().map(|one| one.column.clone()).collect();
        let mut draft = Draft::taking(owners, columns, self.taken.clone());
        draft.secure(self.task.engine.security());
        let found = Rows::of(self.task, &mut draft, &self.contributions, self.rows.into());
        (draft, found)
    }

    /// A matrix, row after row; with `ones`, a last column of ones.
    fn register(
        &self,
        (draft, found): (&mut Draft, &Rows),
        matrix: &Matrix,
        ones: Ones,
    ) -> Register {
        let inputs: Vec<(u32, Register)> = self
            .contributions
            .iter()
            .zip(found.registers())
            .filter(|(one, _)| &*one.column.name == matrix.name)
            .map(|(one, register)| (one.column.length, *register))
            .collect();
        let count = u32::try_from(matrix.count).unwrap_or(u32::MAX);
        let one = 1i64 << matrix.fraction;
        if self.is_pooled {
            let mut all = Vec::new();
            for (length, register) in inputs {
                let rows = length / count;
                let mut by_column = register;
                if ones == Ones::Last {
                    let last = draft.fill(one, rows);
                    by_column = draft.concat(&[by_column, last]);
                }
                all.push(draft.transpose(by_column, rows));
            }
            return draft.concat(&all);
        }
        // Owner by owner; then in the order in which they are listed.
        let order: Vec<usize> =
            matrix.parts.iter().flat_map(|(_, part)| part.iter().map(|(at, _)| *at)).collect();
        let registers: Vec<Register> = inputs.iter().map(|(_, register)| *register).collect();
        let mut by_column = draft.concat(&registers);
        if order.windows(2).any(|pair| pair[0] > pair[1]) {
            let mut places: Vec<(usize, u32)> = order.into_iter().zip(0..).collect();
            places.sort_unstable();
            let slices: Vec<Register> = places
                .into_iter()
                .map(|(_, place)| draft.slice(by_column, place * self.rows, self.rows))
                .collect();
            by_column = draft.concat(&slices);
        }
        if ones == Ones::Last {
            let last = draft.fill(one, self.rows);
            by_column = draft.concat(&[by_column, last]);
        }
        draft.transpose(by_column, self.rows)
    }

    /// Lets every receiver learn something.
    fn reveal(&self, draft: &mut Draft, results: &mut Vec<Expected>, what: &Measured) {
        let Measured { name, register, fraction, divisor } = *what;
        for receiver in 0..self.receivers {
            draft.reveal(receiver, register, name, fraction, divisor);
            results.push(Expected { receiver, question: 0, name: name.to_owned(), bound: None });
        }
    }

    fn parts(
        &self,
        (mut draft, found): (Draft, &Rows),
        mut results: Vec<Expected>,
    ) -> Result<Parts, Error> {
        found.tell(self.task, &mut draft, &mut results);
        Ok(Parts { program: draft.finish()?, contributions: self.contributions.clone(), results })
    }
}

/// The nearest number with [`POINT`] bits behind the point, the same for the same sum. Cutting bits off is
/// cheaper, and goes up or down by chance.
fn rounded(draft: &mut Draft, sums: Register, fraction: u8) -> Register {
    let Some(shift) = fraction.checked_sub(POINT).filter(|shift| *shift > 0) else { return sums };
    let half = 1i64 << (shift - 1);
    let raised = draft.push(Op::AddPublic { a: sums, constant: half });
    draft.floor(raised, shift)
}

/// The largest weight of a model that stays with the parties, which have them in the format of an owner's model.
fn kept_limit(limit: Real) -> Result<i64, Error> {
    let limit = limit.get();
    if !(limit > 0.0 && limit <= MAX_WEIGHT) {
        return Err(Error::Unfit(Unfit::Wide { name: "weights".to_owned() }));
    }
    #[expect(clippy::cast_possible_truncation, reason = "at most 2^28")]
    Ok((limit * scale(POINT)).ceil() as i64)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ones {
    None,
    Last,
}

/// The inputs of the first layer.
fn inputs(predict: &Predict) -> u32 {
    u32::try_from(predict.features.len()).unwrap_or(u32::MAX)
}
