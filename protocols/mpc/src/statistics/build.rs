//! From questions to operations.

use super::bound::{Moment, of_moment, of_sum};
use super::survey::Known;
use super::{Expected, Plan, Statistic, Survey, Unsuited, VariableId};
use crate::program::{Column, Draft, Form, NAME, Op, Register};
use crate::{Error, Fixed, fixed::ENCODED_LIMIT};
use std::collections::BTreeMap;
use troupe_wire::Text;

/// Writes a survey's program; what two questions need is computed once.
pub(super) struct Builder<'a> {
    survey: &'a Survey,
    draft: Draft,
    /// The first column of each variable.
    first: Vec<usize>,
    sums: BTreeMap<VariableId, Register>,
    centred: BTreeMap<VariableId, Vec<Register>>,
    moments: BTreeMap<(VariableId, VariableId), (Register, Moment)>,
}

/// Sums of products that fit, and what is cut off for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cut {
    block: u32,
    shift: u8,
}

impl<'a> Builder<'a> {
    pub(super) fn new(survey: &'a Survey) -> Result<Self, Error> {
        let mut columns = Vec::new();
        let mut first = Vec::new();
        for (index, variable) in survey.variables.iter().enumerate() {
            first.push(columns.len());
            // What nobody asks about is not shared.
            if !survey.wanted.iter().any(|(_, wanted)| wanted.reads(index)) {
                continue;
            }
            let form = if survey.wanted.iter().any(|(_, wanted)| wanted.multiplies(index)) {
                Form::Centred
            } else {
                Form::Plain
            };
            for part in &variable.parts {
                columns.push(Column {
                    owner: part.owner,
                    name: Text::<NAME>::cut(&part.column),
                    length: survey.owners[usize::from(part.owner)].count,
                    fraction: survey.format.fraction(),
                    low: variable.low,
                    high: variable.high,
                    form,
                });
            }
        }
        let draft = Draft::new(survey.owners.clone(), columns);
        let (sums, centred, moments) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Ok(Self { survey, draft, first, sums, centred, moments })
    }

    pub(super) fn plan(mut self) -> Result<Plan, Error> {
        let mut expected = Vec::new();
        for (receiver, statistic) in self.survey.wanted.clone() {
            let name = self.survey.name(statistic);
            let unit = self.survey.format.unit();
            let fraction = self.survey.format.fraction();
            let (register, fraction, divisor, bound) = match statistic {
                Statistic::Sum(x) => {
                    let variable = &self.survey.variables[x.0];
                    let bound = of_sum(variable, unit);
                    (self.sum(x), fraction, 1, bound)
                }
                Statistic::Mean(x) => {
                    let variable = &self.survey.variables[x.0];
                    let bound = of_sum(variable, unit) / variable.rows as f64;
                    let rows = variable.rows;
                    (self.sum(x), fraction, rows, bound)
                }
                Statistic::Variance(x) => self.second_order(x, x, &name)?,
                Statistic::Covariance(x, y) => self.second_order(x, y, &name)?,
            };
            self.draft.reveal(receiver, register, &name, fraction, divisor);
            expected.push(Expected { receiver, name, bound });
        }
        Ok(Plan { program: self.draft.finish()?, expected })
    }

    fn second_order(
        &mut self,
        x: VariableId,
        y: VariableId,
        name: &str,
    ) -> Result<(Register, u8, u64, f64), Error> {
        let unsuited = |reason| Error::Statistic { name: name.to_owned(), reason };
        let (register, moment) = self.moment(x, y).map_err(unsuited)?;
        let (left, right) = (&self.survey.variables[x.0], &self.survey.variables[y.0]);
        let bound = of_moment(left, right, &moment, self.survey.format.unit());
        Ok((register, moment.fraction, left.rows - 1, bound))
    }

    /// The sum of a variable's values.
    fn sum(&mut self, id: VariableId) -> Register {
        if let Some(register) = self.sums.get(&id) {
            return *register;
        }
        let variable = &self.survey.variables[id.0];
        let mut total = None;
        for (part, column) in (self.first[id.0]..).take(variable.parts.len()).enumerate() {
            let mut sum = self.draft.push(Op::Sum { a: self.draft.values(column) });
            if let Some(centre) = self.draft.centre(column) {
                let rows = self.survey.owners[usize::from(variable.parts[part].owner)].count;
                let share = self.draft.push(Op::MulPublic { a: centre, constant: rows.into() });
                sum = self.draft.push(Op::Add { a: sum, b: share });
            }
            total = Some(self.plus(total, sum));
        }
        let total = total.expect("a variable has parts");
        self.sums.insert(id, total);
        total
    }

    /// The sum of products of two variables' distances from their means.
    fn moment(&mut self, x: VariableId, y: VariableId) -> Result<(Register, Moment), Unsuited> {
        if let Some(known) = self.moments.get(&(x, y)) {
            return Ok(*known);
        }
        let (left, right) = (&self.survey.variables[x.0], &self.survey.variables[y.0]);
        let format = self.survey.format;
        let cut = cut(left, right, format)?;
        let (xs, ys) = (self.centred(x), self.centred(y));
        let mut total = None;
        let mut blocks = 0;
        for ((a, b), part) in xs.into_iter().zip(ys).zip(&left.parts) {
            let rows = self.survey.owners[usize::from(part.owner)].count;
            blocks += u64::from(rows.div_ceil(cut.block));
            let dot = self.draft.push(Op::Dot { a, b, block: cut.block, shift: cut.shift });
            let sum = self.draft.push(Op::Sum { a: dot });
            total = Some(self.plus(total, sum));
        }
        let total = total.expect("a variable has parts");
        let moment = Moment {
            fraction: 2 * format.fraction() - cut.shift,
            truncations: if cut.shift == 0 { 0 } else { blocks },
        };
        self.moments.insert((x, y), (total, moment));
        Ok((total, moment))
    }

    /// The distances of a variable's parts from one centre.
    fn centred(&mut self, id: VariableId) -> Vec<Register> {
        if let Some(registers) = self.centred.get(&id) {
            return registers.clone();
        }
        let variable = &self.survey.variables[id.0];
        let columns: Vec<usize> = (self.first[id.0]..).take(variable.parts.len()).collect();
        let mut parts: Vec<Register> =
            columns.iter().map(|column| self.draft.values(*column)).collect();
        if parts.len() > 1 {
            // Centres, as distances from the middle of the range, so that they are small too.
            let middle = -variable.middle();
            let centres: Vec<Register> =
                columns.iter().filter_map(|column| self.draft.centre(*column)).collect();
            let centres: Vec<Register> = centres
                .into_iter()
                .map(|a| self.draft.push(Op::AddPublic { a, constant: middle }))
                .collect();
            let common = self.common_centre(variable, &centres);
            for (part, centre) in parts.iter_mut().zip(centres) {
                let away = self.draft.push(Op::Sub { a: centre, b: common });
                *part = self.draft.push(Op::Add { a: *part, b: away });
            }
        }
        self.centred.insert(id, parts.clone());
        parts
    }

    /// The mean of the parts' centres, weighted by their rows.
    fn common_centre(&mut self, variable: &Known, centres: &[Register]) -> Register {
        let bits = variable.weight_bits();
        let mut total = None;
        for (centre, part) in centres.iter().zip(&variable.parts) {
            let rows = self.survey.owners[usize::from(part.owner)].count;
            let (rows, all) = (u128::from(rows), u128::from(variable.rows));
            let weight = ((rows << (bits + 1)) + all) / (2 * all);
            let constant = i64::try_from(weight).expect("a weight is at most 2^31");
            let weighted = self.draft.push(Op::MulPublic { a: *centre, constant });
            total = Some(self.plus(total, weighted));
        }
        let a = total.expect("a variable has parts");
        self.draft.push(Op::Trunc { a, shift: bits })
    }

    fn plus(&mut self, total: Option<Register>, more: Register) -> Register {
        match total {
            None => more,
            Some(total) => self.draft.push(Op::Add { a: total, b: more }),
        }
    }
}

impl Statistic {
    fn reads(self, index: usize) -> bool {
        match self {
            Self::Sum(x) | Self::Mean(x) | Self::Variance(x) => x.0 == index,
            Self::Covariance(x, y) => x.0 == index || y.0 == index,
        }
    }

    /// Whether products of the variable with this index are needed.
    fn multiplies(self, index: usize) -> bool {
        match self {
            Self::Sum(_) | Self::Mean(_) => false,
            Self::Variance(x) => x.0 == index,
            Self::Covariance(x, y) => x.0 == index || y.0 == index,
        }
    }
}

impl Known {
    /// The range's width, encoded.
    pub(super) fn width(&self) -> i128 {
        i128::from(self.high) - i128::from(self.low)
    }

    fn middle(&self) -> i64 {
        self.low.midpoint(self.high)
    }

    /// The largest distance from a centre, as the program's checks can know it: of one part, from
    /// its own mean; of several, from a common one, plus a few units of rounding.
    fn distance(&self) -> i128 {
        if self.parts.len() == 1 { self.width() } else { 2 * self.width() + 8 }
    }

    /// Fraction bits of the weights of the parts' centres.
    pub(super) fn weight_bits(&self) -> u8 {
        let half = self.width() / 2 + 2;
        let bits = 128 - half.leading_zeros();
        // The weights add up to one, but for rounding: one bit to spare.
        let room = 61u32.saturating_sub(bits).clamp(1, u32::from(Fixed::MAX_FRACTION));
        u8::try_from(room).unwrap_or(Fixed::MAX_FRACTION)
    }
}

/// The longest blocks whose sums may be truncated, and the fewest bits that make everything fit.
fn cut(x: &Known, y: &Known, format: Fixed) -> Result<Cut, Unsuited> {
    let too_wide = Unsuited::TooWide { fraction: format.fraction() };
    let limit = i128::from(ENCODED_LIMIT);
    let product = (x.distance() * y.distance()).max(1);
    let rows = i128::from(x.rows);
    if product.checked_mul(rows).is_some_and(|total| total < limit) {
        return Ok(Cut { block: u32::MAX, shift: 0 });
    }
    let block = (limit - 1) / product;
    let Ok(block) = u32::try_from(block.clamp(0, rows)) else { return Err(too_wide) };
    if block == 0 {
        return Err(too_wide);
    }
    let most = format.fraction().saturating_mul(2).min(Fixed::MAX_FRACTION);
    for shift in 1..=most {
        // Every block, at most one to a row, may be rounded up by one.
        let block_sum = (i128::from(block) * product) >> shift;
        let blocks = rows / i128::from(block) + i128::try_from(x.parts.len()).unwrap_or(rows);
        if (block_sum + 1) * blocks < limit {
            return Ok(Cut { block, shift });
        }
    }
    Err(too_wide)
}
