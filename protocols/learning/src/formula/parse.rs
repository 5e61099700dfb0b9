//! From words to a tree.

use super::lex::{Token, Word, words};
use super::tree::{Binary, Field, Id, Place, Scope, Totals, Tree, Unary, What};
use super::{Fault, Reason};
use crate::Real;

/// Bytes of a formula.
pub const MAX_TEXT: usize = 1024;
/// Parts inside of parts.
const MAX_DEPTH: usize = 48;

/// How tightly words bind: what stands on a lower level is done later.
const OR: u8 = 1;
const AND: u8 = 2;
const NOT: u8 = 3;
const COMPARE: u8 = 4;
const SUM: u8 = 5;
const PRODUCT: u8 = 6;
const SIGN: u8 = 7;

/// Adds a formula to a tree; parts that are there already are not added again.
pub(super) fn formula(text: &str, scope: &Scope, tree: &mut Tree) -> Result<Id, Fault> {
    if text.len() > MAX_TEXT {
        let reason = Reason::TooMuch { what: "bytes", got: text.len(), limit: MAX_TEXT };
        return Err(Fault::new(0, reason));
    }
    let words = words(text)?;
    let mut parser = Parser { words: &words, next: 0, depth: 0, scope, tree };
    let root = parser.expression(0)?;
    let left = parser.peek();
    if left.word != Word::End {
        return Err(Fault::new(left.at, Reason::LeftOver));
    }
    Ok(root)
}

struct Parser<'a> {
    words: &'a [Token<'a>],
    next: usize,
    depth: usize,
    scope: &'a Scope,
    tree: &'a mut Tree,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Token<'a> {
        // The last word is the end, and is never passed.
        self.words[self.next.min(self.words.len() - 1)]
    }

    fn take(&mut self) -> Token<'a> {
        let token = self.peek();
        self.next += 1;
        token
    }

    fn takes(&mut self, sign: &str) -> bool {
        let is_next = matches!(self.peek().word, Word::Sign(next) if next == sign);
        self.next += usize::from(is_next);
        is_next
    }

    fn want(&mut self, sign: &'static str) -> Result<(), Fault> {
        let at = self.peek().at;
        if self.takes(sign) { Ok(()) } else { Err(Fault::new(at, Reason::Missing { want: sign })) }
    }

    /// Everything that binds more tightly than `floor`.
    fn expression(&mut self, floor: u8) -> Result<Id, Fault> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let reason = Reason::TooMuch { what: "levels", got: self.depth, limit: MAX_DEPTH };
            return Err(Fault::new(self.peek().at, reason));
        }
        let mut left = self.operand()?;
        loop {
            let Token { at, word } = self.peek();
            let Some(level) = level(word).filter(|level| *level > floor) else { break };
            self.next += 1;
            let right = self.expression(level)?;
            left = self.join(at, word, left, right)?;
            if level == COMPARE && self::level(self.peek().word) == Some(COMPARE) {
                return Err(Fault::new(self.peek().at, Reason::LeftOver));
            }
        }
        self.depth -= 1;
        Ok(left)
    }

    fn join(&mut self, at: usize, word: Word<'_>, a: Id, b: Id) -> Result<Id, Fault> {
        let binary = |binary| What::Binary(binary, a, b);
        let what = match word {
            Word::Sign("+") => binary(Binary::Add),
            Word::Sign("-") => binary(Binary::Sub),
            Word::Sign("*") => binary(Binary::Mul),
            Word::Sign("/") => binary(Binary::Div),
            Word::Sign("<") => binary(Binary::Less),
            Word::Sign(">") => What::Binary(Binary::Less, b, a),
            Word::Sign("==") => binary(Binary::Equal),
            Word::Sign("<=") => return self.negated(at, What::Binary(Binary::Less, b, a)),
            Word::Sign(">=") => return self.negated(at, binary(Binary::Less)),
            Word::Sign("!=") => return self.negated(at, binary(Binary::Equal)),
            Word::Name("and") => binary(Binary::And),
            Word::Name("or") => binary(Binary::Or),
            Word::Sign(_) | Word::Name(_) | Word::Number(_) | Word::End => {
                return Err(Fault::new(at, Reason::LeftOver));
            }
        };
        self.tree.push(at, what)
    }

    fn negated(&mut self, at: usize, what: What) -> Result<Id, Fault> {
        let inner = self.tree.push(at, what)?;
        self.tree.push(at, What::Unary(Unary::Not, inner))
    }

    fn operand(&mut self) -> Result<Id, Fault> {
        let Token { at, word } = self.take();
        match word {
            Word::Number(value) => self.tree.constant(at, value),
            Word::Sign("-") => {
                let inner = self.expression(SIGN)?;
                self.tree.push(at, What::Unary(Unary::Negate, inner))
            }
            Word::Sign("(") => {
                let inner = self.expression(0)?;
                self.want(")")?;
                Ok(inner)
            }
            Word::Name("not") => {
                let inner = self.expression(NOT)?;
                self.tree.push(at, What::Unary(Unary::Not, inner))
            }
            Word::Name(name) if self.takes("(") => self.call(at, name),
            Word::Name(name) => self.column(at, name),
            Word::Sign(_) | Word::End => {
                Err(Fault::new(at, Reason::Missing { want: "a number, a column or a function" }))
            }
        }
    }

    fn column(&mut self, at: usize, first: &str) -> Result<Id, Fault> {
        let (alias, name) = if self.takes(".") {
            let Token { at, word } = self.take();
            let Word::Name(name) = word else {
                return Err(Fault::new(at, Reason::Missing { want: "a column" }));
            };
            (Some(first), name)
        } else {
            (None, first)
        };
        let is_meant =
            |field: &&Field| field.name == name && alias.is_none_or(|alias| field.alias == alias);
        let mut found = self.scope.fields.iter().filter(is_meant);
        let shown = || alias.map_or(name.to_owned(), |alias| format!("{alias}.{name}"));
        match (found.next(), found.next()) {
            (Some(field), None) => self.tree.column(at, field),
            (Some(_), Some(_)) => Err(Fault::new(at, Reason::Ambiguous { name: shown() })),
            (None, _) => Err(Fault::new(at, Reason::NoColumn { name: shown() })),
        }
    }

    fn call(&mut self, at: usize, name: &str) -> Result<Id, Fault> {
        let mut arguments = vec![self.expression(0)?];
        while self.takes(",") {
            arguments.push(self.expression(0)?);
        }
        self.want(")")?;
        let unary = |unary| What::Unary(unary, arguments[0]);
        let what = match (name, &*arguments) {
            ("abs", [_]) => unary(Unary::Abs),
            ("sqrt", [_]) => unary(Unary::Sqrt),
            ("exp", [_]) => unary(Unary::Exp),
            ("log", [_]) => unary(Unary::Log),
            ("sum" | "count", [_]) => unary(Unary::Sum),
            ("zscore", [_]) => unary(Unary::Score),
            ("avg" | "mean", [x]) => return self.mean(at, *x),
            ("var", [x]) => return self.covariance(at, *x, *x),
            ("std", [x]) => {
                let variance = self.covariance(at, *x, *x)?;
                What::Unary(Unary::Sqrt, variance)
            }
            ("cov", [x, y]) => return self.covariance(at, *x, *y),
            ("corr", [x, y]) => return self.correlation(at, *x, *y),
            ("median", [x]) => What::Quantile(*x, half()),
            ("quantile", [x, part]) => {
                let What::Constant(part) = self.tree.what(*part) else {
                    return Err(Fault::new(at, Reason::Kind { want: "a public part of all rows" }));
                };
                if !(0.0..=1.0).contains(&part.get()) {
                    return Err(Fault::new(at, Reason::Kind { want: "a part from 0 to 1" }));
                }
                What::Quantile(*x, part)
            }
            ("min", [x, y]) => What::Binary(Binary::Min, *x, *y),
            ("max", [x, y]) => What::Binary(Binary::Max, *x, *y),
            ("if", [condition, x, y]) => What::If(*condition, *x, *y),
            _ => {
                let name = format!("{name} of {}", arguments.len());
                return Err(Fault::new(at, Reason::NoFunction { name }));
            }
        };
        self.tree.push(at, what)
    }

    /// The sum of `x`, by a public number of rows.
    fn over(&mut self, at: usize, x: What, rows: u64) -> Result<Id, Fault> {
        let x = self.tree.push(at, x)?;
        let rows = self.tree.constant(at, rows as f64)?;
        self.tree.push(at, What::Binary(Binary::Div, x, rows))
    }

    fn mean(&mut self, at: usize, x: Id) -> Result<Id, Fault> {
        self.over(at, What::Unary(Unary::Sum, x), self.scope.rows)
    }

    fn fewer(&self, at: usize) -> Result<u64, Fault> {
        let (got, least) = (self.scope.rows, 2);
        got.checked_sub(1)
            .filter(|fewer| *fewer > 0)
            .ok_or(Fault::new(at, Reason::FewRows { got, least }))
    }

    /// Over `n - 1`. One owner's, or of pooled rows, from the owners' own moments; otherwise as
    /// products of distances from the means, which the owners know where the column is theirs.
    fn covariance(&mut self, at: usize, x: Id, y: Id) -> Result<Id, Fault> {
        let fewer = self.fewer(at)?;
        let moment = What::Binary(Binary::Comoment, x, y);
        let place = self.tree.push(at, moment).map(|id| self.tree.facts(id).place)?;
        if self.scope.totals == Totals::Parts || matches!(place, Place::One(_)) {
            return self.over(at, moment, fewer);
        }
        let moment = self.moment(at, x, y)?;
        self.over(at, moment, fewer)
    }

    /// The sum of the products of both distances from their means, on shares.
    fn moment(&mut self, at: usize, x: Id, y: Id) -> Result<What, Fault> {
        let x = self.tree.push(at, What::Unary(Unary::Centre, x))?;
        let y = self.tree.push(at, What::Unary(Unary::Centre, y))?;
        let product = self.tree.push(at, What::Binary(Binary::Mul, x, y))?;
        Ok(What::Unary(Unary::Sum, product))
    }

    /// Of pooled rows, from all owners' moments; of rows that nobody knows, from moments on shares. Otherwise the mean product of
    /// both columns' scores, each from its owner: no variance is in between.
    fn correlation(&mut self, at: usize, x: Id, y: Id) -> Result<Id, Fault> {
        let fewer = self.fewer(at)?;
        if self.scope.totals != Totals::Own {
            let mut moment = |x, y| {
                let moment = match self.scope.totals {
                    Totals::None => self.moment(at, x, y)?,
                    Totals::Parts | Totals::Own => What::Binary(Binary::Comoment, x, y),
                };
                self.tree.push(at, moment)
            };
            let (both, own, other) = (moment(x, y)?, moment(x, x)?, moment(y, y)?);
            return self.tree.push(at, What::Correlation(both, own, other));
        }
        let x = self.tree.push(at, What::Unary(Unary::Score, x))?;
        let y = self.tree.push(at, What::Unary(Unary::Score, y))?;
        let product = self.tree.push(at, What::Binary(Binary::Mul, x, y))?;
        self.over(at, What::Unary(Unary::Sum, product), fewer)
    }
}

fn half() -> Real {
    Real::new(0.5).expect("a half is finite")
}

fn level(word: Word<'_>) -> Option<u8> {
    match word {
        Word::Name("or") => Some(OR),
        Word::Name("and") => Some(AND),
        Word::Sign("<" | "<=" | ">" | ">=" | "==" | "!=") => Some(COMPARE),
        Word::Sign("+" | "-") => Some(SUM),
        Word::Sign("*" | "/") => Some(PRODUCT),
        Word::Sign(_) | Word::Name(_) | Word::Number(_) | Word::End => None,
    }
}
