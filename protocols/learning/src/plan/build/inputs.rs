//! What leaves each owner.

use crate::formula::{Binary, Id, Place, Tree, Unary, What};
use crate::numbers::long::in_halves;
use crate::numbers::{column, column_at};
use crate::plan::contribution::{Contribution, Part, Take};
use crate::plan::long::{self, Total};
use crate::plan::questions::Answer;
use crate::task::Task;
use crate::{Error, Unfit};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use troupe_mpc::program::{Column, Form, MAX_COLUMNS, NAME};
use troupe_wire::Text;

/// Bits for what is multiplied on shares, and for what is only added up.
const FACTOR_BITS: u32 = 30;
const TERM_BITS: u32 = 48;

/// What leaves each owner: the largest parts that it can compute alone, with so many rows each.
pub(in crate::plan) fn contributions(
    task: &Task,
    tree: &Arc<Tree>,
    answers: &[Answer],
    lengths: &[u32],
) -> Result<Vec<Contribution>, Error> {
    let mut wanted: BTreeMap<(Take, u8), bool> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut open: Vec<(Id, bool)> = answers.iter().map(|answer| (answer.part, false)).collect();
    let everybody = 0..u8::try_from(task.owners.len()).unwrap_or(u8::MAX);
    let mut want = |take, owner, is_factor| *wanted.entry((take, owner)).or_default() |= is_factor;
    while let Some((id, is_factor)) = open.pop() {
        if !seen.insert((id, is_factor)) {
            continue;
        }
        match (tree.facts(id).place, tree.what(id)) {
            (Place::Nowhere, _) => {}
            (Place::One(owner), _) => want(Take::Value(id), owner, is_factor),
            (Place::Everywhere, _) => {
                everybody.clone().for_each(|owner| want(Take::Value(id), owner, is_factor));
            }
            (Place::Shared, What::Unary(Unary::Sum, _)) if task.is_pooled() => {
                everybody.clone().for_each(|owner| want(Take::Value(id), owner, is_factor));
            }
            (Place::Shared, What::Binary(Binary::Comoment, a, b)) => {
                let means = long::means(tree, id, [a, b]);
                let [x, y] = means.unwrap_or([Take::Mean(a), Take::Mean(b)]);
                for owner in everybody.clone() {
                    want(Take::Value(id), owner, is_factor);
                    want(x.clone(), owner, true);
                    want(y.clone(), owner, true);
                }
            }
            (Place::Shared, What::Unary(Unary::Sum, a)) if long::total(tree, a).is_some() => {
                let sides = match long::total(tree, a) {
                    Some(Total::Sum(side)) => vec![side],
                    Some(Total::Products(sides)) => sides.to_vec(),
                    None => Vec::new(),
                };
                for (owner, take, _) in sides.into_iter().flat_map(|side| side.leaves) {
                    want(take, owner, true);
                }
            }
            (Place::Shared, what) => {
                let is_product = match what {
                    What::Binary(Binary::Mul | Binary::And | Binary::Or, a, b) => {
                        let is_public = |id| tree.facts(id).place == Place::Nowhere;
                        !is_public(a) && !is_public(b)
                    }
                    What::Binary(..)
                    | What::Unary(..)
                    | What::Quantile(..)
                    | What::If(..)
                    | What::Correlation(..)
                    | What::Constant(_)
                    | What::Column(_) => false,
                };
                let operands = what.operands().into_iter().flatten();
                open.extend(operands.map(|operand| (operand, is_factor || is_product)));
            }
        }
    }
    if wanted.len() > MAX_COLUMNS {
        let (got, limit) = (wanted.len() as u64, MAX_COLUMNS as u64);
        return Err(Error::Unfit(Unfit::TooMany { what: "columns and totals", got, limit }));
    }
    let mut order: Vec<((Take, u8), bool)> = wanted.into_iter().collect();
    order.sort_by_key(|((take, owner), _)| (*owner, take.clone()));
    order
        .into_iter()
        .map(|((take, owner), is_factor)| {
            let own = lengths[usize::from(owner)];
            contribution(tree, take, (owner, own), is_factor)
        })
        .collect()
}

fn contribution(
    tree: &Arc<Tree>,
    take: Take,
    (owner, own): (u8, u32),
    is_factor: bool,
) -> Result<Contribution, Error> {
    let is_mean = matches!(take, Take::Mean(_) | Take::Wide(_, Part::Mean, _));
    let (Take::Value(id) | Take::Mean(id) | Take::Wide(id, ..)) = take else {
        return Err(Error::Unfit(Unfit::Idle { owner }));
    };
    let facts = tree.facts(id);
    let length = if facts.is_rows && !is_mean { own } else { 1 };
    let label = format!("{} {}", id.index(), tree.show(id, NAME));
    let label = if is_mean { format!("mean {label}") } else { label };
    let is_count = |id: Id| match tree.what(id) {
        What::Unary(Unary::Sum, a) => tree.facts(a).is_truth,
        What::Constant(_)
        | What::Column(_)
        | What::Unary(..)
        | What::Binary(..)
        | What::Quantile(..)
        | What::If(..)
        | What::Correlation(..) => false,
    };
    if let Take::Wide(_, part, fraction) = take {
        let label = format!("wide {part:?} {fraction} {label}");
        let range = long::range(tree, id, part);
        let column = column_at(owner, &label, length, range, fraction);
        let column = Column { form: Form::Wide, ..column };
        return Ok(Contribution {
            column,
            tree: Arc::clone(tree),
            take,
            is_whole: false,
            halves: None,
        });
    }
    let is_whole = !is_mean && (facts.is_truth || is_count(id));
    let largest = facts.low.abs().max(facts.high.abs());
    let is_single = length == 1 && !facts.is_rows && !is_whole;
    if let Some(fraction) = long::in_halves(largest, is_factor).filter(|_| is_single) {
        let column = column_at(owner, &label, length, (0.0, 0.0), 0);
        let column = Column { form: Form::Wide, ..in_halves(column, largest, fraction) };
        let (tree, halves) = (Arc::clone(tree), Some(fraction));
        return Ok(Contribution { column, tree, take, is_whole, halves });
    }
    let column = if is_whole {
        let high = if facts.is_truth { 1 } else { i64::from(own) };
        let name = Text::<NAME>::cut(&label);
        Column { owner, name, length, fraction: 0, low: 0, high, form: Form::Plain }
    } else {
        let bits = if is_factor { FACTOR_BITS } else { TERM_BITS };
        column(owner, &label, length, (facts.low, facts.high), bits)?
    };
    Ok(Contribution { column, tree: Arc::clone(tree), take, is_whole, halves: None })
}
