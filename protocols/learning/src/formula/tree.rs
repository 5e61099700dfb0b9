//! Formulas as checked trees.

use super::{Fault, Reason, plain, range};
use crate::Real;
use bincode::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};

/// Parts of all formulas of a task together.
pub const MAX_NODES: usize = 4096;

/// A column by its owner and its place there. Where rows are pooled the owner is 0 and means all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct At {
    /// Index among the owners.
    pub owner: u8,
    /// Index among that owner's columns.
    pub column: u16,
}

/// A part of a formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id(u16);

/// What a part is. Operands stand before it in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// A public number.
    Constant(Real),
    /// A column.
    Column(At),
    /// Of one operand.
    Unary(Unary, Id),
    /// Of two operands.
    Binary(Binary, Id, Id),
    /// The least value that so large a part of all rows does not exceed.
    Quantile(Id, Real),
    /// The second where the first holds, else the third.
    If(Id, Id, Id),
    /// Of one moment of two columns and the moments of each, the first over the root of the others'
    /// product; zero where that is.
    Correlation(Id, Id, Id),
}

/// See [`What::Unary`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unary {
    /// `-x`.
    Negate,
    /// The other condition.
    Not,
    /// The magnitude.
    Abs,
    /// The square root.
    Sqrt,
    /// The exponential.
    Exp,
    /// The natural logarithm.
    Log,
    /// The sum over all rows.
    Sum,
    /// The distance of every row from the mean of all.
    Centre,
    /// That distance in standard deviations.
    Score,
    /// The number itself, shared as it is even where all that is made of it is its owner's: others need not take the owner's
    /// word for that.
    Shared,
}

/// See [`What::Binary`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Binary {
    /// `x + y`.
    Add,
    /// `x - y`.
    Sub,
    /// `x * y`.
    Mul,
    /// `x / y`.
    Div,
    /// `x < y`.
    Less,
    /// `x == y`.
    Equal,
    /// Both conditions.
    And,
    /// One condition or both.
    Or,
    /// The lesser.
    Min,
    /// The greater.
    Max,
    /// The sum over all rows of the products of both distances from their means.
    Comoment,
}

/// Whose data a part depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Nobody's.
    Nowhere,
    /// One owner's.
    One(u8),
    /// Every owner's, each computing its own rows.
    Everywhere,
    /// Several owners' together.
    Shared,
}

/// What is known about a part before anything is computed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Facts {
    /// A condition; otherwise a number.
    pub is_truth: bool,
    /// One for each row; otherwise one.
    pub is_rows: bool,
    /// Whose data it depends on.
    pub place: Place,
    /// The least value.
    pub low: f64,
    /// The greatest value.
    pub high: f64,
}

/// What formulas can name, and how many rows there are in all.
#[derive(Debug, Clone, PartialEq)]
pub struct Scope {
    /// The columns; pooled ones once.
    pub fields: Vec<Field>,
    /// All rows that a sum is over.
    pub rows: u64,
    /// Which totals an owner can compute alone.
    pub totals: Totals,
}

/// What an owner knows of what comes to one number over all rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Totals {
    /// That of its own columns.
    Own,
    /// Its part of each: every owner has other rows of the same columns.
    Parts,
    /// Nothing: it does not know which of its rows count.
    None,
}

/// One column of a [`Scope`].
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// What the data set is called in formulas.
    pub alias: String,
    /// The column's name.
    pub name: String,
    /// Where it is.
    pub at: At,
    /// Its least value.
    pub low: f64,
    /// Its greatest value.
    pub high: f64,
}

/// A formula whose parts are known to fit together.
#[derive(Debug, Clone)]
pub struct Tree {
    pub(super) nodes: Vec<(What, Facts)>,
    known: BTreeMap<What, Id>,
    rows: u64,
    totals: Totals,
}

impl Tree {
    /// A tree of no formula yet.
    pub(crate) fn new(scope: &Scope) -> Self {
        let Scope { rows, totals, .. } = *scope;
        Self { nodes: Vec::new(), known: BTreeMap::new(), rows, totals }
    }

    /// Adds a formula; parts that are there already are not added again.
    pub(crate) fn read(&mut self, text: &str, scope: &Scope) -> Result<Id, Fault> {
        super::parse::formula(text, scope, self)
    }

    /// What a part is.
    #[must_use]
    pub fn what(&self, id: Id) -> What {
        self.nodes[usize::from(id.0)].0
    }

    /// What is known about it.
    #[must_use]
    pub fn facts(&self, id: Id) -> Facts {
        self.nodes[usize::from(id.0)].1
    }

    /// All rows that a sum is over.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Which totals an owner can compute alone.
    pub(crate) const fn totals(&self) -> Totals {
        self.totals
    }

    pub(crate) fn constant(&mut self, at: usize, value: f64) -> Result<Id, Fault> {
        let value = Real::new(value).ok_or(Fault::new(at, Reason::Number))?;
        self.push(at, What::Constant(value))
    }

    pub(super) fn column(&mut self, at: usize, field: &Field) -> Result<Id, Fault> {
        let place = match self.totals {
            Totals::Parts => Place::Everywhere,
            Totals::Own | Totals::None => Place::One(field.at.owner),
        };
        let (low, high) = (field.low, field.high);
        let facts = Facts { is_truth: false, is_rows: true, place, low, high };
        self.keep(at, What::Column(field.at), facts)
    }

    /// Adds a part unless the same is there; the operands' facts decide whether it may be.
    pub(crate) fn push(&mut self, at: usize, what: What) -> Result<Id, Fault> {
        if let Some(id) = self.known.get(&what) {
            return Ok(*id);
        }
        let facts = range::facts(self, what).map_err(|reason| Fault::new(at, reason))?;
        if facts.place == Place::Nowhere && !matches!(what, What::Constant(_)) && !facts.is_truth {
            // Folded with exact rounding only, so that everybody comes to the same.
            let value = plain::constant(self, what).ok_or(Fault::new(at, Reason::Constant))?;
            return self.constant(at, value);
        }
        self.keep(at, what, facts)
    }

    /// Which parts a part is made of, itself among them.
    pub(super) fn below(&self, wanted: Id) -> Vec<bool> {
        let mut needed = vec![false; wanted.index() + 1];
        needed[wanted.index()] = true;
        for at in (0..needed.len()).rev() {
            if needed[at] {
                for operand in self.nodes[at].0.operands().into_iter().flatten() {
                    needed[operand.index()] = true;
                }
            }
        }
        needed
    }

    /// All columns that a part is made of.
    pub(crate) fn columns(&self, wanted: Id) -> BTreeSet<At> {
        let below = self.nodes.iter().zip(self.below(wanted));
        below
            .filter_map(|((what, _), is_needed)| match what {
                What::Column(at) if is_needed => Some(*at),
                What::Column(_)
                | What::Constant(_)
                | What::Unary(..)
                | What::Binary(..)
                | What::Quantile(..)
                | What::If(..)
                | What::Correlation(..) => None,
            })
            .collect()
    }

    fn keep(&mut self, at: usize, what: What, facts: Facts) -> Result<Id, Fault> {
        if let Some(id) = self.known.get(&what) {
            return Ok(*id);
        }
        let got = self.nodes.len() + 1;
        if got > MAX_NODES {
            let reason = Reason::TooMuch { what: "parts", got, limit: MAX_NODES };
            return Err(Fault::new(at, reason));
        }
        let id = Id(u16::try_from(self.nodes.len()).expect("few, as checked above"));
        self.nodes.push((what, facts));
        self.known.insert(what, id);
        Ok(id)
    }
}

impl What {
    /// What it is computed from.
    #[must_use]
    pub fn operands(self) -> [Option<Id>; 3] {
        match self {
            Self::Constant(_) | Self::Column(_) => [None; 3],
            Self::Unary(_, a) | Self::Quantile(a, _) => [Some(a), None, None],
            Self::Binary(_, a, b) => [Some(a), Some(b), None],
            Self::If(a, b, c) | Self::Correlation(a, b, c) => [Some(a), Some(b), Some(c)],
        }
    }
}

impl Id {
    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }
}
