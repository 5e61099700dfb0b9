//! Writing a program.

use super::check::Shapes;
use super::{
    Column, Defect, Form, Keep, Kind, Listing, NAME, Op, Program, Register, Reveal, Rows, Security,
    Taken,
};
use std::collections::BTreeMap;
use troupe_wire::{List, Text};

/// A program being written: columns first, then operations in any order that fills registers
/// before it reads them, then results. [`Draft::finish`] says what is wrong with it.
///
/// ```
/// use troupe_mpc::program::{Column, Draft, Form, Op, Rows};
/// use troupe_wire::Text;
/// let column = |owner, name: &str| Column {
///     owner,
///     name: Text::new(name).unwrap(),
///     length: 3,
///     fraction: 0,
///     low: 0,
///     high: 1000,
///     form: Form::Plain,
/// };
/// let rows = Rows { count: 3, group: 0 };
/// let mut draft = Draft::new(vec![rows, rows], vec![column(0, "price"), column(1, "units")]);
/// let (price, units) = (draft.values(0), draft.values(1));
/// let turnover = draft.push(Op::Dot { a: price, b: units, block: 3, shift: 0 });
/// draft.reveal(0, turnover, "turnover", 0, 1);
/// let program = draft.finish().unwrap();
/// assert_eq!(program.cost().rounds, 1);
/// ```
///
/// Bits count what is above a threshold, and choose:
///
/// ```
/// # use troupe_mpc::program::{Column, Draft, Form, Op, Rows};
/// # use troupe_wire::Text;
/// # let column = |owner, name: &str, length| Column {
/// #     owner,
/// #     name: Text::new(name).unwrap(),
/// #     length,
/// #     fraction: 0,
/// #     low: 0,
/// #     high: 255,
/// #     form: Form::Plain,
/// # };
/// let (one, many) = (Rows { count: 1, group: 0 }, Rows { count: 500, group: 1 });
/// let columns = vec![column(0, "threshold", 1), column(1, "income", 500)];
/// let mut draft = Draft::new(vec![one, many], columns);
/// let (threshold, income) = (draft.values(0), draft.values(1));
/// let is_below = draft.less(income, threshold);
/// let below = draft.push(Op::Keep { bits: is_below, a: income });
/// let together = draft.push(Op::Sum { a: below });
/// draft.reveal(0, together, "income below the threshold", 0, 1);
/// // Differences of eight bits are compared in three rounds; to keep what is below takes two.
/// assert_eq!(draft.finish().unwrap().cost().rounds, 5);
/// ```
#[derive(Debug, Clone)]
pub struct Draft {
    security: Security,
    owners: Vec<Rows>,
    columns: Vec<Column>,
    ops: Vec<Op>,
    reveals: Vec<Reveal>,
    taken: Vec<Taken>,
    keeps: Vec<Keep>,
    witnesses: u8,
    /// What is known of every register so far.
    shapes: Shapes,
    /// Public vectors that are there already.
    pub(super) constants: BTreeMap<Vec<i64>, Register>,
}

impl Draft {
    /// A program over these owners' columns.
    #[must_use]
    pub fn new(owners: Vec<Rows>, columns: Vec<Column>) -> Self {
        Self::taking(owners, columns, Vec::new())
    }

    /// The same, over what the parties kept in earlier sessions as well.
    #[must_use]
    pub fn taking(owners: Vec<Rows>, columns: Vec<Column>, taken: Vec<Taken>) -> Self {
        let mut shapes = Shapes::of_columns(&columns);
        for one in &taken {
            shapes.taken(one);
        }
        Self {
            security: Security::default(),
            owners,
            columns,
            ops: Vec::new(),
            reveals: Vec::new(),
            taken,
            keeps: Vec::new(),
            witnesses: 0,
            shapes,
            constants: BTreeMap::new(),
        }
    }

    /// Protects the computation against more, or less; said before operations are pushed, for some things are composed of
    /// others then.
    pub fn secure(&mut self, security: Security) {
        self.security = security;
    }

    /// Against whom it is protected.
    #[must_use]
    pub const fn security(&self) -> Security {
        self.security
    }

    /// The register with the values of the column at `index` (with their distances from the
    /// centre where it is [`Form::Centred`]).
    #[must_use]
    pub fn values(&self, index: usize) -> Register {
        let before = self.columns.iter().take(index).map(Column::registers).sum();
        register(before)
    }

    /// The register with the centre of the column at `index`, where it has one.
    #[must_use]
    pub fn centre(&self, index: usize) -> Option<Register> {
        let column = self.columns.get(index)?;
        match column.form {
            Form::Plain | Form::Wide => None,
            Form::Centred => Some(Register(self.values(index).0.saturating_add(1))),
        }
    }

    /// The register with what is taken up at `index`.
    #[must_use]
    pub fn taken(&self, index: usize) -> Register {
        register(self.values(self.columns.len()).index().saturating_add(index))
    }

    /// Appends an operation; its result is in the register returned.
    pub fn push(&mut self, op: Op) -> Register {
        let filled = register(self.shapes.lengths.len());
        self.shapes.apply(self.ops.len(), op);
        self.ops.push(op);
        filled
    }

    /// How many elements a register has; 1 where the operation that fills it has a defect.
    #[must_use]
    pub fn length(&self, a: Register) -> u32 {
        self.shapes.lengths.get(a.index()).copied().unwrap_or(1)
    }

    /// The least and the greatest value that a register can have, as the ranges of the columns and
    /// [claims](Op::Bound) allow.
    #[must_use]
    pub fn range(&self, a: Register) -> (i64, i64) {
        self.shapes.spans.get(a.index()).map_or((0, 0), |span| span.ends())
    }

    /// The same of a register that may be wide.
    #[must_use]
    pub fn wide_range(&self, a: Register) -> (i128, i128) {
        self.shapes.spans.get(a.index()).map_or((0, 0), |span| (span.low, span.high))
    }

    /// What a register holds.
    #[must_use]
    pub fn kind(&self, a: Register) -> Kind {
        self.shapes.kinds.get(a.index()).copied().unwrap_or(Kind::Number)
    }

    /// Bits: whether `a` is below `b`, which has as many elements or one; both may be wide.
    pub fn less(&mut self, a: Register, b: Register) -> Register {
        let difference = self.push(Op::Sub { a, b });
        self.negative(difference)
    }

    /// Bits: whether `a` is `b` or below it; both have as many elements.
    pub fn less_or_equal(&mut self, a: Register, b: Register) -> Register {
        let is_above = self.less(b, a);
        self.push(Op::Not { a: is_above })
    }

    /// Bits: whether `a` is `b`, which has as many elements or one.
    pub fn equal(&mut self, a: Register, b: Register) -> Register {
        let difference = self.push(Op::Sub { a, b });
        self.push(Op::Zero { a: difference })
    }

    /// Bits that are set in one of both, or in both.
    pub fn or(&mut self, a: Register, b: Register) -> Register {
        let both = self.push(Op::And { a, b });
        let one = self.push(Op::Xor { a, b });
        self.push(Op::Xor { a: both, b: one })
    }

    /// The lesser of `a` and `b`, element by element.
    pub fn min(&mut self, a: Register, b: Register) -> Register {
        let bits = self.less(a, b);
        self.push(Op::Select { bits, a, b })
    }

    /// The greater of `a` and `b`, element by element.
    pub fn max(&mut self, a: Register, b: Register) -> Register {
        let bits = self.less(a, b);
        self.push(Op::Select { bits, a: b, b: a })
    }

    /// Lets `receiver` learn `value / 2^fraction / divisor` as `name`; a name over its limit is
    /// cut.
    pub fn reveal(
        &mut self,
        receiver: u8,
        value: Register,
        name: &str,
        fraction: u8,
        divisor: u64,
    ) {
        let name = Text::<NAME>::cut(name);
        self.reveals.push(Reveal { register: value, receiver, name, fraction, divisor });
    }

    /// Lets `value` stay with the parties as `name`; a name over its limit is cut.
    pub fn keep(&mut self, value: Register, name: &str, fraction: u8) {
        let name = Text::<NAME>::cut(name);
        self.keeps.push(Keep { register: value, name, fraction });
    }

    /// Lets the first so many receivers hear what is kept, whether or not anything is revealed to them.
    pub fn witnesses(&mut self, receivers: u8) {
        self.witnesses = receivers;
    }

    /// The program, or the first defect found.
    pub fn finish(self) -> Result<Program, Defect> {
        Program::new(Listing {
            security: self.security,
            owners: list("owners", self.owners)?,
            columns: list("columns", self.columns)?,
            ops: list("operations", self.ops)?,
            reveals: list("results", self.reveals)?,
            taken: list("vectors taken up", self.taken)?,
            keeps: list("vectors kept", self.keeps)?,
            witnesses: self.witnesses,
        })
    }
}

/// Past the last register the draft is refused for its length, so saturation names nothing wrong.
fn register(index: usize) -> Register {
    Register(u32::try_from(index).unwrap_or(u32::MAX))
}

fn list<T, const MAX: usize>(what: &'static str, values: Vec<T>) -> Result<List<T, MAX>, Defect> {
    let got = values.len() as u64;
    List::new(values).map_err(|_| Defect::TooMany { what, got, limit: MAX as u64 })
}
