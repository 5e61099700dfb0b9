//! From parts of formulas to columns and operations.

mod inputs;
mod totals;

pub(super) use inputs::contributions;

use super::Expected;
use super::contribution::{Contribution, Take};
use super::found::Rows;
use super::questions::Answer;
use crate::formula::{Binary, Id, Place, Tree, Unary, What, rank};
use crate::numbers::{Extreme, Number, Sheet, Truth};
use crate::task::Task;
use crate::{Error, Unfit};
use std::collections::BTreeMap;
use troupe_mpc::Program;
use troupe_mpc::program::{Column, NAME};
use troupe_wire::Text;

pub(super) fn program(
    tree: &Tree,
    owners: Vec<troupe_mpc::program::Rows>,
    contributions: &[Contribution],
    answers: &[Answer],
    (task, rows): (&Task, &[u32]),
) -> Result<(Program, Vec<Expected>), Error> {
    let columns: Vec<Column> = contributions.iter().map(|one| one.column.clone()).collect();
    let mut sheet = Sheet::new(owners, columns);
    sheet.draft.secure(task.engine.security());
    let found = Rows::of(task, &mut sheet.draft, contributions, tree.rows());
    let mut inputs = BTreeMap::new();
    for ((index, one), register) in contributions.iter().enumerate().zip(found.registers()) {
        let number = match (one.halves, &one.take) {
            (Some(fraction), Take::Value(id)) => {
                let facts = tree.facts(*id);
                let largest = facts.low.abs().max(facts.high.abs());
                sheet.joined_halves(index, largest, fraction)
            }
            _ => sheet.input(*register, &one.column, one.is_whole),
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
    found.tell(task, &mut builder.sheet.draft, &mut results);
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
}
