//! What can be wrong with a formula.

/// What is wrong with a formula, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at {at}: {reason}")]
pub struct Fault {
    /// The byte at which the wrong part begins.
    pub at: usize,
    /// What is wrong with it.
    pub reason: Reason,
}

/// See [`Fault`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// A character that no formula has.
    #[error("`{0}` has no meaning here")]
    Character(char),
    /// A number that does not fit.
    #[error("not a number that fits")]
    Number,
    /// A backquote without its second.
    #[error("the name has no closing backquote")]
    OpenName,
    /// Another word is needed.
    #[error("`{want}` is missing")]
    Missing {
        /// What.
        want: &'static str,
    },
    /// A word where none belongs.
    #[error("something is left over")]
    LeftOver,
    /// No such function.
    #[error("there is no function `{name}`")]
    NoFunction {
        /// What was written.
        name: String,
    },
    /// No such column.
    #[error("there is no column `{name}`")]
    NoColumn {
        /// What was written.
        name: String,
    },
    /// Two owners have a column of this name.
    #[error("`{name}` is in several data sets; write which")]
    Ambiguous {
        /// What was written.
        name: String,
    },
    /// Too long, too deep, or of too many parts.
    #[error("{got} {what} exceed {limit}")]
    TooMuch {
        /// Of what.
        what: &'static str,
        /// How many there are.
        got: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A condition where a number belongs, or the other way round.
    #[error("{want} is needed here")]
    Kind {
        /// What belongs there.
        want: &'static str,
    },
    /// A sum of something that is one number already.
    #[error("this is one number, not one for each row")]
    NotRows,
    /// A result with one number for each row.
    #[error("this is one number for each row; say which sum or mean of them")]
    Rows,
    /// A result that does not depend on anybody's data.
    #[error("this is the same for all data")]
    Constant,
    /// The range of an operand has values without a result.
    #[error("the operand can be {low} to {high}, and not all of that has a result")]
    Domain {
        /// The least value.
        low: String,
        /// The greatest.
        high: String,
    },
    /// Rows compared with a total of several owners' rows.
    #[error("a total over all owners' rows inside of a formula for a row")]
    Nested,
    /// An operation that one owner can do and several together cannot yet.
    #[error("`{what}` needs all of its columns at one owner")]
    Apart {
        /// Which.
        what: &'static str,
    },
    /// An operation that takes the rows that are common.
    #[error("`{what}` needs an owner that knows which of its rows are common")]
    Hidden {
        /// Which.
        what: &'static str,
    },
    /// Fewer rows than it takes.
    #[error("{got} rows are fewer than {least}")]
    FewRows {
        /// Rows there are.
        got: u64,
        /// Rows it takes.
        least: u64,
    },
}

impl Fault {
    pub(super) fn new(at: usize, reason: Reason) -> Self {
        Self { at, reason }
    }
}
