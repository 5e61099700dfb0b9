//! What is asked about which columns.

use super::build::Builder;
use crate::program::{NAME, Program, Rows};
use crate::{Error, Fixed};

/// A question paper: variables, then what a receiver wants to know about them.
#[derive(Debug, Clone)]
pub struct Survey {
    pub(super) format: Fixed,
    pub(super) owners: Vec<Rows>,
    pub(super) variables: Vec<Known>,
    pub(super) wanted: Vec<(u8, Statistic)>,
}

/// A quantity whose values one owner holds, or several for different rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// Its name in results.
    pub name: String,
    /// The least value; an owner with a lesser one refuses to share its column.
    pub low: f64,
    /// The greatest value.
    pub high: f64,
    /// Where its values are; their rows follow each other.
    pub parts: Vec<Part>,
}

/// One owner's values of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The owner.
    pub owner: u8,
    /// The column of its table.
    pub column: String,
}

/// A variable of a survey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct VariableId(pub(super) usize);

/// What can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Statistic {
    /// The sum of all values.
    Sum(VariableId),
    /// Their mean.
    Mean(VariableId),
    /// The sample variance: squares over `n - 1`.
    Variance(VariableId),
    /// The sample covariance: products over `n - 1`.
    Covariance(VariableId, VariableId),
}

/// A survey as a program, and what to expect of its results.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What the session runs.
    pub program: Program,
    /// One entry for each question, in their order.
    pub expected: Vec<Expected>,
}

/// A result to come.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    /// Who learns it.
    pub receiver: u8,
    /// Under which name.
    pub name: String,
    /// How far it can be from the exact statistic of the values given.
    pub bound: f64,
}

/// Why a variable or a question does not do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsuited {
    /// A range without values, or of values without an encoding.
    #[error("its range is empty or has no encoding")]
    Range,
    /// A variable without values.
    #[error("no owner holds it")]
    NoParts,
    /// An owner that the survey does not have.
    #[error("owner {owner} is not in the survey")]
    UnknownOwner {
        /// The owner.
        owner: u8,
    },
    /// Two parts with one owner.
    #[error("owner {owner} holds it twice")]
    OwnerTwice {
        /// The owner.
        owner: u8,
    },
    /// A name over its limit.
    #[error("a name of {got} bytes exceeds {limit}")]
    Name {
        /// Bytes of the name.
        got: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Too few rows for the question.
    #[error("{got} rows are fewer than {least}")]
    Rows {
        /// Rows there are.
        got: u64,
        /// Rows it takes.
        least: u64,
    },
    /// Variables that are cut differently, so that their rows do not belong together.
    #[error("the rows of its variables are not cut alike")]
    Parts,
    /// Owners of different groups: nothing says that their rows belong together.
    #[error("owner {first} and owner {second} are not of one group")]
    Groups {
        /// One owner.
        first: u8,
        /// The other.
        second: u8,
    },
    /// Ranges whose products do not fit, at these fraction bits.
    #[error("its range needs fewer fraction bits than {fraction}")]
    TooWide {
        /// The survey's fraction bits.
        fraction: u8,
    },
}

/// A variable after its check.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) name: String,
    pub(super) parts: Vec<Part>,
    /// The range, encoded.
    pub(super) low: i64,
    pub(super) high: i64,
    pub(super) rows: u64,
}

impl Survey {
    /// A survey over the tables of these owners; all columns are encoded in one format.
    #[must_use]
    pub fn new(format: Fixed, owners: Vec<Rows>) -> Self {
        Self { format, owners, variables: Vec::new(), wanted: Vec::new() }
    }

    /// Adds a variable.
    pub fn variable(&mut self, variable: Variable) -> Result<VariableId, Error> {
        let name = variable.name.clone();
        let known = self.known(variable).map_err(|reason| Error::Statistic { name, reason })?;
        self.variables.push(known);
        Ok(VariableId(self.variables.len() - 1))
    }

    /// Lets a receiver learn a statistic.
    pub fn ask(&mut self, receiver: u8, statistic: Statistic) -> Result<(), Error> {
        self.suits(statistic)
            .map_err(|reason| Error::Statistic { name: self.name(statistic), reason })?;
        self.wanted.push((receiver, statistic));
        Ok(())
    }

    /// The program that answers all questions, and how precise the answers will be.
    pub fn plan(&self) -> Result<Plan, Error> {
        Builder::new(self)?.plan()
    }

    /// The result's name.
    pub(super) fn name(&self, statistic: Statistic) -> String {
        let name = |id: VariableId| self.variables.get(id.0).map_or("?", |known| &known.name);
        match statistic {
            Statistic::Sum(x) => format!("sum({})", name(x)),
            Statistic::Mean(x) => format!("mean({})", name(x)),
            Statistic::Variance(x) => format!("variance({})", name(x)),
            Statistic::Covariance(x, y) => format!("covariance({}, {})", name(x), name(y)),
        }
    }

    fn known(&self, variable: Variable) -> Result<Known, Unsuited> {
        let encoded = self.format.encode(&[variable.low, variable.high]);
        let [low, high] = *encoded.map_err(|_| Unsuited::Range)? else {
            return Err(Unsuited::Range);
        };
        let (low, high) = (low.cast_signed(), high.cast_signed());
        if low > high {
            return Err(Unsuited::Range);
        }
        let mut rows = 0;
        for (at, part) in variable.parts.iter().enumerate() {
            let owner = part.owner;
            let Some(table) = self.owners.get(usize::from(owner)) else {
                return Err(Unsuited::UnknownOwner { owner });
            };
            if variable.parts[..at].iter().any(|other| other.owner == owner) {
                return Err(Unsuited::OwnerTwice { owner });
            }
            if part.column.len() > NAME {
                return Err(Unsuited::Name { got: part.column.len(), limit: NAME });
            }
            rows += u64::from(table.count);
        }
        if variable.parts.is_empty() {
            return Err(Unsuited::NoParts);
        }
        let Variable { name, parts, .. } = variable;
        Ok(Known { name, parts, low, high, rows })
    }

    fn suits(&self, statistic: Statistic) -> Result<(), Unsuited> {
        let name = self.name(statistic);
        if name.len() > NAME {
            return Err(Unsuited::Name { got: name.len(), limit: NAME });
        }
        let (x, y, least) = match statistic {
            Statistic::Sum(x) | Statistic::Mean(x) => (x, x, 1),
            Statistic::Variance(x) => (x, x, 2),
            Statistic::Covariance(x, y) => (x, y, 2),
        };
        let (Some(x), Some(y)) = (self.variables.get(x.0), self.variables.get(y.0)) else {
            return Err(Unsuited::NoParts);
        };
        if x.rows < least {
            return Err(Unsuited::Rows { got: x.rows, least });
        }
        if x.parts.len() != y.parts.len() {
            return Err(Unsuited::Parts);
        }
        for (left, right) in x.parts.iter().zip(&y.parts) {
            let (first, second) = (left.owner, right.owner);
            let rows = |owner: u8| self.owners[usize::from(owner)];
            if rows(first).count != rows(second).count {
                return Err(Unsuited::Parts);
            }
            if first != second && rows(first).group != rows(second).group {
                return Err(Unsuited::Groups { first, second });
            }
        }
        Ok(())
    }
}
