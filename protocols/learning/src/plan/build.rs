//! From parts of formulas to columns and operations.

use super::Expected;
use super::contribution::{Contribution, Part, Take};
use super::long::{self, Side, Total};
use super::questions::Answer;
use crate::formula::{Binary, Id, Place, Tree, Unary, What, rank};
use crate::numbers::long::{bits_of_large, in_halves};
use crate::numbers::{Extreme, Number, Sheet, Truth, column, column_at, scale};
use crate::task::Task;
use crate::{Error, Unfit};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use troupe_mpc::Program;
use troupe_mpc::program::{Column, Form, MAX_COLUMNS, NAME, Rows, Security};
use troupe_wire::Text;

/// Bits for what is multiplied on shares, and for what is only added up.
const FACTOR_BITS: u32 = 30;
const TERM_BITS: u32 = 48;

/// What leaves each owner: the largest parts that it can compute alone.
pub(super) fn contributions(
    task: &Task,
    tree: &Arc<Tree>,
    answers: &[Answer],
    rows: &[u32],
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
            let own = rows[usize::from(owner)];
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

pub(super) fn program(
    tree: &Tree,
    owners: Vec<Rows>,
    contributions: &[Contribution],
    answers: &[Answer],
    (rows, security): (&[u32], Security),
) -> Result<(Program, Vec<Expected>), Error> {
    let columns: Vec<Column> = contributions.iter().map(|one| one.column.clone()).collect();
    let mut sheet = Sheet::new(owners, columns);
    sheet.draft.secure(security);
    let mut inputs = BTreeMap::new();
    for (index, one) in contributions.iter().enumerate() {
        let number = match (one.halves, &one.take) {
            (Some(fraction), Take::Value(id)) => {
                let facts = tree.facts(*id);
                let largest = facts.low.abs().max(facts.high.abs());
                sheet.joined_halves(index, largest, fraction)
            }
            _ => sheet.input(index, &one.column, one.is_whole),
        };
        inputs.insert((one.take.clone(), one.column.owner), number);
    }
    let (done, short) = (BTreeMap::new(), BTreeMap::new());
    let mut builder = Builder { tree, rows, inputs, sheet, done, short };
    let mut results = Vec::new();
    for answer in answers {
        let item = builder.item(answer.part)?;
        let name = Text::<NAME>::cut(&answer.name);
        let draft = &mut builder.sheet.draft;
        let error = match item {
            Item::Truth(truth) => {
                draft.reveal(answer.receiver, truth.register, &name, 0, 1);
                if truth.is_exact { 0.0 } else { f64::INFINITY }
            }
            Item::Number(number) | Item::Bit(number) => {
                let Number { register, fraction, divisor, .. } = number;
                draft.reveal(answer.receiver, register, &name, fraction, divisor);
                number.error
            }
        };
        // What the owners' arithmetic and the receiver's division lose.
        let facts = tree.facts(answer.part);
        let floating = facts.low.abs().max(facts.high.abs()) / (1u64 << 44) as f64;
        let bound = error.is_finite().then_some(error + floating);
        let (receiver, question) = (answer.receiver, answer.question);
        results.push(Expected { receiver, question, name: name.to_string(), bound });
    }
    Ok((builder.sheet.draft.finish()?, results))
}

/// A part that was computed.
#[derive(Debug, Clone, Copy)]
enum Item {
    Number(Number),
    /// A condition, in shares of bits.
    Truth(Truth),
    /// A condition, as a number.
    Bit(Number),
}

struct Builder<'a> {
    tree: &'a Tree,
    rows: &'a [u32],
    inputs: BTreeMap<(Take, u8), Number>,
    sheet: Sheet,
    done: BTreeMap<Id, Item>,
    /// Long numbers that were made short.
    short: BTreeMap<Id, Number>,
}

impl Builder<'_> {
    /// Parts lie at most as deep as formulas may.
    fn item(&mut self, id: Id) -> Result<Item, Error> {
        if let Some(item) = self.done.get(&id) {
            return Ok(*item);
        }
        let facts = self.tree.facts(id);
        let item = match (facts.place, self.tree.what(id)) {
            (Place::One(owner), _) => {
                let number = self.input(Take::Value(id), owner)?;
                if facts.is_truth { Item::Bit(number) } else { Item::Number(number) }
            }
            (_, what) => self.shared(id, what)?,
        };
        self.done.insert(id, item);
        Ok(item)
    }

    fn input(&self, take: Take, owner: u8) -> Result<Number, Error> {
        // Whatever is asked for was put on the list before.
        self.inputs.get(&(take, owner)).copied().ok_or(Error::Unfit(Unfit::Idle { owner }))
    }

    fn shared(&mut self, id: Id, what: What) -> Result<Item, Error> {
        Ok(match what {
            What::Unary(Unary::Sum, a) => Item::Number(self.total(id, a)?),
            What::Binary(Binary::Comoment, a, b) => Item::Number(self.comoment(id, a, b)?),
            What::Quantile(a, part) => {
                let parts = if self.tree.facts(a).place == Place::Everywhere {
                    let owners = 0..u8::try_from(self.rows.len()).unwrap_or(u8::MAX);
                    owners
                        .map(|owner| self.input(Take::Value(a), owner))
                        .collect::<Result<_, _>>()?
                } else {
                    vec![self.number(a)?]
                };
                Item::Number(self.sheet.quantile(&parts, rank(part.get(), self.tree.rows()))?)
            }
            What::Unary(Unary::Shared, a) => Item::Number(self.number(a)?),
            What::Unary(Unary::Negate, a) => match self.any(a)? {
                long if long.is_long => Item::Number(self.sheet.times_whole(long, -1)?),
                a => Item::Number(self.sheet.negated(a)),
            },
            What::Unary(Unary::Abs, a) => {
                let a = self.number(a)?;
                Item::Number(self.sheet.magnitude(a)?)
            }
            What::Unary(Unary::Centre, a) => {
                let a = self.number(a)?;
                let sum = self.sheet.sum(a)?;
                let mean = self.sheet.over_public(sum, self.tree.rows() as f64)?;
                Item::Number(self.sheet.minus(a, mean)?)
            }
            What::Unary(Unary::Not, a) => match self.item(a)? {
                Item::Truth(truth) => Item::Truth(self.sheet.not(truth)),
                Item::Bit(bit) | Item::Number(bit) => Item::Bit(self.opposite(bit)?),
            },
            What::Binary(binary, a, b) => self.binary(binary, a, b)?,
            What::If(condition, a, b) => Item::Number(self.choice(condition, a, b)?),
            What::Correlation(a, b, c) => Item::Number(self.correlation([a, b, c])?),
            What::Unary(Unary::Sqrt, a) => Item::Number(self.root(a)?),
            What::Unary(Unary::Exp, a) => {
                let (x, _) = self.ranged(a)?;
                Item::Number(self.sheet.exponential(x, self.tree.facts(id).high)?)
            }
            What::Unary(Unary::Log, a) => {
                let (x, (low, _)) = self.ranged(a)?;
                Item::Number(self.sheet.logarithm(x, low)?)
            }
            // Typing says that these are one owner's, or public.
            What::Unary(Unary::Score, _) | What::Constant(_) | What::Column(_) => {
                return Err(Error::Unfit(Unfit::Overflow));
            }
        })
    }

    fn opposite(&mut self, bit: Number) -> Result<Number, Error> {
        let turned = self.sheet.negated(bit);
        self.sheet.plus_public(turned, 1.0)
    }

    /// As a number that is not long.
    fn number(&mut self, id: Id) -> Result<Number, Error> {
        let number = self.any(id)?;
        if !number.is_long {
            return Ok(number);
        }
        if let Some(short) = self.short.get(&id) {
            return Ok(*short);
        }
        let short = self.sheet.shortened(number)?;
        self.short.insert(id, short);
        Ok(short)
    }

    /// As a number; a public one has no shares yet, and is written as long as it is needed.
    fn any(&mut self, id: Id) -> Result<Number, Error> {
        if let Some(constant) = self.public(id) {
            return Ok(self.sheet.fill(constant, 1));
        }
        match self.item(id)? {
            Item::Number(number) | Item::Bit(number) => Ok(number),
            Item::Truth(truth) => {
                let number = self.sheet.number(truth);
                self.done.insert(id, Item::Bit(number));
                Ok(number)
            }
        }
    }

    /// A number without a divisor, and the range that typing knows; the shares are held to it.
    fn ranged(&mut self, id: Id) -> Result<(Number, (f64, f64)), Error> {
        let facts = self.tree.facts(id);
        let range = if facts.is_truth { (0.0, 1.0) } else { (facts.low, facts.high) };
        let number = self.number(id)?;
        let number = self.sheet.settled(number)?;
        Ok((self.sheet.within(number, range), range))
    }

    fn public(&self, id: Id) -> Option<f64> {
        match self.tree.what(id) {
            What::Constant(value) => Some(value.get()),
            What::Column(_)
            | What::Unary(..)
            | What::Binary(..)
            | What::Quantile(..)
            | What::If(..)
            | What::Correlation(..) => None,
        }
    }

    fn binary(&mut self, binary: Binary, a: Id, b: Id) -> Result<Item, Error> {
        let publics = (self.public(a), self.public(b));
        let item = match (binary, publics) {
            (Binary::Add, (None, Some(constant))) => {
                let x = self.number(a)?;
                self.sheet.plus_public(x, constant)?
            }
            (Binary::Add, (Some(constant), None)) => {
                let x = self.number(b)?;
                self.sheet.plus_public(x, constant)?
            }
            (Binary::Sub, (None, Some(constant))) => {
                let x = self.number(a)?;
                self.sheet.plus_public(x, -constant)?
            }
            (Binary::Mul, (None, Some(constant))) => {
                let x = self.number(a)?;
                self.sheet.times_public(x, constant)?
            }
            (Binary::Mul, (Some(constant), None)) => {
                let x = self.number(b)?;
                self.sheet.times_public(x, constant)?
            }
            (Binary::Div, (None, Some(constant))) => {
                let x = self.any(a)?;
                match Sheet::divided(x, constant) {
                    Some(divided) => divided,
                    None => {
                        let x = self.number(a)?;
                        self.sheet.over_public(x, constant)?
                    }
                }
            }
            (Binary::Add | Binary::Sub, _) => {
                let (x, y) = (self.any(a)?, self.any(b)?);
                let is_long = (x.is_long || y.is_long) && x.divisor == y.divisor;
                match (binary, is_long) {
                    (Binary::Sub, true) => {
                        let y = self.sheet.times_whole(y, -1)?;
                        self.sheet.plus_long(x, y)?
                    }
                    (_, true) => self.sheet.plus_long(x, y)?,
                    (Binary::Sub, false) => {
                        let (x, y) = (self.number(a)?, self.number(b)?);
                        self.sheet.minus(x, y)?
                    }
                    (_, false) => {
                        let (x, y) = (self.number(a)?, self.number(b)?);
                        self.sheet.plus(x, y)?
                    }
                }
            }
            (Binary::Mul, _) => self.product(a, b)?,
            (Binary::Less | Binary::Equal, _) => return self.comparison(binary, a, b),
            (Binary::And | Binary::Or, _) => return self.joined(binary, a, b),
            (Binary::Min | Binary::Max, _) => {
                let which = if binary == Binary::Min { Extreme::Least } else { Extreme::Greatest };
                let (x, y) = (self.number(a)?, self.number(b)?);
                self.sheet.extreme(x, y, which)?
            }
            (Binary::Div, _) => {
                let x = self.number(a)?;
                let (y, (low, high)) = self.ranged(b)?;
                // Typing says that the divisor keeps to one side of zero.
                let least = low.abs().min(high.abs());
                let facts = self.tree.facts(a);
                let most = facts.low.abs().max(facts.high.abs()) / least;
                self.sheet.over(x, y, least, most)?
            }
            // Done above.
            (Binary::Comoment, _) => return Err(Error::Unfit(Unfit::Overflow)),
        };
        Ok(Item::Number(item))
    }

    fn product(&mut self, a: Id, b: Id) -> Result<Number, Error> {
        let (x, y) = (self.item(a)?, self.item(b)?);
        let chosen = match (x, y) {
            (Item::Truth(bits), Item::Number(x)) => Some((bits, x, b)),
            (Item::Number(x), Item::Truth(bits)) => Some((bits, x, a)),
            _ => None,
        };
        if let Some((bits, _, x)) = chosen.filter(|(bits, x, _)| bits.length >= x.length) {
            let x = self.number(x)?;
            let x = self.sheet.spread(x, bits.length);
            return Ok(self.sheet.keep(bits, x));
        }
        let (x, y) = (self.number(a)?, self.number(b)?);
        self.sheet.times(x, y)
    }

    fn comparison(&mut self, binary: Binary, a: Id, b: Id) -> Result<Item, Error> {
        let difference = match self.public(b) {
            Some(constant) => {
                let x = self.number(a)?;
                self.sheet.plus_public(x, -constant)?
            }
            None => {
                let (x, y) = (self.number(a)?, self.number(b)?);
                self.sheet.minus(x, y)?
            }
        };
        Ok(Item::Truth(match binary {
            Binary::Equal => self.sheet.is_zero(difference),
            _ => self.sheet.is_negative(difference),
        }))
    }

    fn joined(&mut self, binary: Binary, a: Id, b: Id) -> Result<Item, Error> {
        if let (Item::Truth(x), Item::Truth(y)) = (self.item(a)?, self.item(b)?)
            && x.length == y.length
        {
            return Ok(Item::Truth(match binary {
                Binary::Or => self.sheet.or(x, y),
                _ => self.sheet.and(x, y),
            }));
        }
        // As numbers: `xy`, and `x + y - xy`.
        let (x, y) = (self.number(a)?, self.number(b)?);
        let both = self.sheet.times(x, y)?;
        if binary == Binary::And {
            return Ok(Item::Bit(Number { low: 0, high: 1, ..both }));
        }
        let sum = self.sheet.plus(x, y)?;
        Ok(Item::Bit(self.sheet.minus(sum, both)?))
    }

    fn choice(&mut self, condition: Id, a: Id, b: Id) -> Result<Number, Error> {
        let condition = self.item(condition)?;
        let (x, y) = (self.number(a)?, self.number(b)?);
        let Item::Truth(bits) = condition else {
            let (Item::Bit(bit) | Item::Number(bit)) = condition else {
                return Err(Error::Unfit(Unfit::Overflow));
            };
            let difference = self.sheet.minus(x, y)?;
            let chosen = self.sheet.times(bit, difference)?;
            return self.sheet.plus(chosen, y);
        };
        let length = bits.length.max(x.length).max(y.length);
        let bits = self.sheet.spread_truth(bits, length);
        let (x, y) = (self.sheet.spread(x, length), self.sheet.spread(y, length));
        if y.low == 0 && y.high == 0 {
            return Ok(self.sheet.keep(bits, x));
        }
        self.sheet.choose(bits, x, y)
    }

    fn total(&mut self, id: Id, a: Id) -> Result<Number, Error> {
        if self.tree.facts(a).place == Place::Everywhere {
            let mut total = self.input(Take::Value(id), 0)?;
            for owner in 1..self.rows.len() {
                let more = self.input(Take::Value(id), u8::try_from(owner).unwrap_or(u8::MAX))?;
                total = match total.is_long {
                    true => self.sheet.plus_long(total, more)?,
                    false => self.sheet.plus(total, more)?,
                };
            }
            return Ok(total);
        }
        match long::total(self.tree, a) {
            Some(Total::Sum(side)) => {
                let x = self.side(&side)?;
                return self.sheet.total_long(x, None);
            }
            Some(Total::Products([x, y])) => {
                let is_square = x == y;
                let x = self.side(&x)?;
                let y = if is_square { x } else { self.side(&y)? };
                return self.sheet.total_long(x, Some(y));
            }
            None => {}
        }
        let is_known = self.done.contains_key(&a);
        if let What::Binary(Binary::Mul, x, y) = self.tree.what(a)
            && !is_known
            && self.public(x).is_none()
            && self.public(y).is_none()
            && !matches!(self.item(x)?, Item::Truth(_))
            && !matches!(self.item(y)?, Item::Truth(_))
        {
            let (x, y) = (self.number(x)?, self.number(y)?);
            return self.sheet.dot(x, y);
        }
        let x = self.number(a)?;
        self.sheet.sum(x)
    }

    /// A sum of what owners share as long numbers.
    fn side(&mut self, side: &Side) -> Result<Number, Error> {
        let mut all: Option<Number> = None;
        for (owner, take, is_minus) in &side.leaves {
            let mut leaf = self.input(take.clone(), *owner)?;
            if *is_minus {
                leaf = self.sheet.times_whole(leaf, -1)?;
            }
            all = Some(match all {
                None => leaf,
                Some(all) => self.sheet.plus_long(all, leaf)?,
            });
        }
        all.ok_or(Error::Unfit(Unfit::Empty("owners")))
    }

    /// The root of a long number is that of one that is `2^by` times smaller, times the root of that.
    fn root(&mut self, a: Id) -> Result<Number, Error> {
        let x = self.any(a)?;
        let facts = self.tree.facts(a);
        let by = bits_of_large(facts.high).saturating_sub(50).next_multiple_of(2);
        let by = u8::try_from(by).unwrap_or(u8::MAX);
        if !x.is_long || by == 0 {
            let (x, range) = self.ranged(a)?;
            return self.sheet.root(x, range);
        }
        let range = (facts.low / scale(by), facts.high / scale(by));
        let x = self.sheet.shortened(Sheet::scaled_down(x, by))?;
        let x = self.sheet.within(x, range);
        let root = self.sheet.root(x, range)?;
        self.sheet.times_public(root, scale(by / 2))
    }

    /// A moment by the root of two others: none of it changes where all are scaled down alike.
    fn correlation(&mut self, [both, own, other]: [Id; 3]) -> Result<Number, Error> {
        let moments = [self.any(both)?, self.any(own)?, self.any(other)?];
        if moments.iter().all(|moment| !moment.is_long) {
            return self.sheet.correlation(moments[0], [moments[1], moments[2]]);
        }
        let by = [own, other].map(|id| {
            let bits = bits_of_large(self.tree.facts(id).high).saturating_sub(40);
            u8::try_from(bits.next_multiple_of(2)).unwrap_or(u8::MAX)
        });
        let scaled = [(by[0] + by[1]) / 2, by[0], by[1]];
        let mut short = moments;
        for (moment, by) in short.iter_mut().zip(scaled) {
            *moment = self.sheet.shortened(Sheet::scaled_down(*moment, by))?;
        }
        self.sheet.correlation(short[0], [short[1], short[2]])
    }

    /// [`Builder::comoment`] in long numbers. With the products of the distances of the owners' means from any number
    /// `c`, instead of from the mean `m` of all, the sum is `n (m - c)(m' - c')` more, and that is little where `c` is
    /// close to `m`.
    fn long_comoment(&mut self, id: Id, [a, b]: [Take; 2]) -> Result<Number, Error> {
        let (xs, x_off) = self.long_distances(&a)?;
        let (ys, y_off) = if a == b { (xs.clone(), x_off) } else { self.long_distances(&b)? };
        let mut total: Option<Number> = None;
        for (owner, (x, y)) in xs.iter().zip(ys).enumerate() {
            let product = self.sheet.times_long(*x, y)?;
            let between = self.sheet.times_whole(product, self.rows[owner].into())?;
            let own = self.input(Take::Value(id), u8::try_from(owner).unwrap_or(u8::MAX))?;
            let both = self.sheet.plus_long(own, between)?;
            total = Some(match total {
                None => both,
                Some(total) => self.sheet.plus_long(total, both)?,
            });
        }
        let mut total = total.ok_or(Error::Unfit(Unfit::Empty("owners")))?;
        total.error += x_off * y_off * self.tree.rows() as f64;
        Ok(total)
    }

    /// The owners' means less a number close to the mean of all, and how close.
    fn long_distances(&mut self, mean: &Take) -> Result<(Vec<Number>, f64), Error> {
        /// Bits of the owners' parts of all rows.
        const PART: u8 = 40;
        let all = self.tree.rows() as f64;
        let mut means = Vec::new();
        let mut common: Option<Number> = None;
        for (owner, rows) in self.rows.iter().enumerate() {
            let mean = self.input(mean.clone(), u8::try_from(owner).unwrap_or(u8::MAX))?;
            #[expect(clippy::cast_possible_truncation, reason = "a part of 2^40")]
            let part = (f64::from(*rows) / all * scale(PART)).round_ties_even() as i64;
            let weighed = self.sheet.times_whole(mean, part)?;
            common = Some(match common {
                None => weighed,
                Some(common) => self.sheet.plus_long(common, weighed)?,
            });
            means.push(mean);
        }
        let common = common.ok_or(Error::Unfit(Unfit::Empty("owners")))?;
        let (common, unit) = self.sheet.shifted(common, PART);
        let largest = means.iter().map(Number::largest).sum::<f64>();
        let minus = self.sheet.times_whole(common, -1)?;
        let distances = means.into_iter().map(|mean| {
            let distance = self.sheet.plus_long(mean, minus)?;
            // Its own rounding, and what all of them make of the mean.
            Ok(Number { error: 2.0 * mean.error, ..distance })
        });
        Ok((distances.collect::<Result<_, Error>>()?, largest / scale(PART) + unit))
    }

    /// The owners' own moments, and what their means are away from the mean of all.
    fn comoment(&mut self, id: Id, a: Id, b: Id) -> Result<Number, Error> {
        if let Some(means) = long::means(self.tree, id, [a, b]) {
            return self.long_comoment(id, means);
        }
        let (xs, ys) = (self.distances(a)?, if a == b { Vec::new() } else { self.distances(b)? });
        let mut total: Option<Number> = None;
        for (owner, x) in xs.iter().enumerate() {
            let y = ys.get(owner).unwrap_or(x);
            let product = self.sheet.times(*x, *y)?;
            let between = self.sheet.times_public(product, f64::from(self.rows[owner]))?;
            let own = self.input(Take::Value(id), u8::try_from(owner).unwrap_or(u8::MAX))?;
            let both = self.sheet.plus(own, between)?;
            total = Some(match total {
                None => both,
                Some(total) => self.sheet.plus(total, both)?,
            });
        }
        total.ok_or(Error::Unfit(Unfit::Empty("owners")))
    }

    fn distances(&mut self, of: Id) -> Result<Vec<Number>, Error> {
        let all: f64 = self.rows.iter().map(|rows| f64::from(*rows)).sum();
        let mut means = Vec::new();
        let mut common: Option<Number> = None;
        for (owner, rows) in self.rows.iter().enumerate() {
            let mean = self.input(Take::Mean(of), u8::try_from(owner).unwrap_or(u8::MAX))?;
            let part = self.sheet.times_public(mean, f64::from(*rows) / all)?;
            common = Some(match common {
                None => part,
                Some(common) => self.sheet.plus(common, part)?,
            });
            means.push(mean);
        }
        let common = common.ok_or(Error::Unfit(Unfit::Empty("owners")))?;
        means.into_iter().map(|mean| self.sheet.minus(mean, common)).collect()
    }
}
