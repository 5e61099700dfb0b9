//! The words of a program: columns, operations, reveals.

mod rules;

pub(crate) use rules::Exchange;

use bincode::{Decode, Encode};
use troupe_types::Hash;
use troupe_wire::Text;

/// The longest name of a column or result, in bytes.
pub const NAME: usize = troupe_evidence::NAME;

/// A vector of shares inside a program. Every operation fills a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Register(pub(crate) u32);

/// Which elements of a vector, in which order: those at
/// `from + i * steps[0] + j * steps[1] + k * steps[2]` for all `i`, `j`, `k` below the counts, the
/// last one running fastest. A step of 0 repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Grid {
    /// The first element.
    pub from: u32,
    /// How many along each direction, at least 1.
    pub counts: [u32; 3],
    /// How far it is to the next one along each direction.
    pub steps: [u32; 3],
}

/// The size of a matrix product: `rows x inner` times `inner x columns`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Size {
    /// Rows of the left factor and of the product.
    pub rows: u32,
    /// Columns of the left factor, rows of the right one.
    pub inner: u32,
    /// Columns of the right factor and of the product.
    pub columns: u32,
}

/// Which factors of a matrix product are stored column after column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Transposed {
    /// None: row after row.
    Neither,
    /// The left one.
    Left,
    /// The right one.
    Right,
    /// Both.
    Both,
}

/// What is public about an owner's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Rows {
    /// How many rows it has.
    pub count: u32,
    /// Owners of one group hold the same individuals in the same order, and prove it to the
    /// parties by equal [alignment digests](crate::Table::alignment).
    pub group: u8,
}

/// A vector that an owner contributes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Column {
    /// Which owner.
    pub owner: u8,
    /// The column's name in the owner's table.
    pub name: Text<NAME>,
    /// Elements.
    pub length: u32,
    /// Fraction bits of its encoding, at most [`Fixed::MAX_FRACTION`](crate::Fixed::MAX_FRACTION).
    pub fraction: u8,
    /// The least value, encoded. The owner refuses to share a column that breaks it.
    pub low: i64,
    /// The greatest value, encoded.
    pub high: i64,
    /// How it is shared.
    pub form: Form,
}

/// How a column is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Form {
    /// As it is: one register.
    Plain,
    /// As its distance from its own mean, which the owner rounds to the column's format and
    /// shares as one more element: two registers. The distances of `n` rows add up to at most
    /// `n / 2` units.
    Centred,
    /// As it is, modulo 2^128: one register of wide numbers.
    Wide,
}

/// One step of a program. `a` and `b` are registers filled before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Op {
    /// `a + b`; a `b` of length 1 is added to every element.
    Add {
        /// Left.
        a: Register,
        /// Right.
        b: Register,
    },
    /// `a - b`; a `b` of length 1 is taken from every element.
    Sub {
        /// Left.
        a: Register,
        /// Right.
        b: Register,
    },
    /// `a + constant`, for every element.
    AddPublic {
        /// The vector.
        a: Register,
        /// The encoded constant.
        constant: i64,
    },
    /// `a * constant`, for every element.
    MulPublic {
        /// The vector.
        a: Register,
        /// A whole number.
        constant: i64,
    },
    /// `(a * constant) >> shift`: the product with the public fixed-point number
    /// `constant / 2^shift`. One exchange of two rounds.
    Scale {
        /// The vector.
        a: Register,
        /// The encoded constant.
        constant: i64,
        /// Bits truncated, 1 to 31.
        shift: u8,
    },
    /// `(a * b) >> shift`, element by element. One round without a shift, two with.
    Mul {
        /// Left.
        a: Register,
        /// Right.
        b: Register,
        /// Bits truncated, 0 to 31.
        shift: u8,
    },
    /// The sums of `a * b` over every `block` consecutive elements (fewer in the last), each
    /// truncated once. Costs as much as a `Mul` of the result's length.
    Dot {
        /// Left.
        a: Register,
        /// Right.
        b: Register,
        /// Elements per sum, at least 1.
        block: u32,
        /// Bits truncated, 0 to 31.
        shift: u8,
    },
    /// The sum of all elements.
    Sum {
        /// The vector.
        a: Register,
    },
    /// `a >> shift`, rounded down or up: up with the probability of the fraction cut off, so right
    /// on average. Two rounds, three for wide numbers. It does not fail at any magnitude below 2^62, or 2^125 for these,
    /// and a program whose columns' ranges allow more is refused.
    Trunc {
        /// The vector.
        a: Register,
        /// Bits truncated, 1 to 31; of wide numbers, 62.
        shift: u8,
    },
    /// One bit for each element: whether it is below zero. `2 + log2(b / 4)` rounds, rounded up,
    /// if the range of `a` takes `b` bits: 3 for 8 bits, 6 for 63.
    Negative {
        /// The vector.
        a: Register,
    },
    /// One bit for each element: whether it is zero. As many rounds as [`Op::Negative`].
    Zero {
        /// The vector.
        a: Register,
    },
    /// The other bits.
    Not {
        /// Bits.
        a: Register,
    },
    /// Bits that differ.
    Xor {
        /// Bits.
        a: Register,
        /// Bits.
        b: Register,
    },
    /// Bits that are both set. One round.
    And {
        /// Bits.
        a: Register,
        /// Bits.
        b: Register,
    },
    /// Bits as the numbers 0 and 1. Two rounds.
    Number {
        /// Bits.
        a: Register,
    },
    /// `a` where the bit is set, 0 elsewhere. Two rounds.
    Keep {
        /// Bits.
        bits: Register,
        /// The vector.
        a: Register,
    },
    /// `a` where the bit is set, `b` elsewhere. Two rounds.
    Select {
        /// Bits.
        bits: Register,
        /// Where the bit is set.
        a: Register,
        /// Elsewhere.
        b: Register,
    },
    /// Elements of `a`, numbers or bits, in another order, some left out, some repeated.
    Gather {
        /// The vector.
        a: Register,
        /// Which.
        grid: Grid,
    },
    /// `a`, then `b`: numbers or bits.
    Join {
        /// What comes first.
        a: Register,
        /// What follows.
        b: Register,
    },
    /// The public numbers `first`, `first + step`, ...
    Fill {
        /// The first, encoded.
        first: i64,
        /// What the next one has more.
        step: i64,
        /// How many.
        count: u32,
    },
    /// The sums of every `block` consecutive elements (fewer in the last).
    SumBlocks {
        /// The vector.
        a: Register,
        /// Elements per sum, at least 1.
        block: u32,
    },
    /// Running sums: every element and those before it, from the start of its block.
    Running {
        /// The vector.
        a: Register,
        /// Elements per block, at least 1.
        block: u32,
    },
    /// `a` itself, with the claim that its values lie between `low` and `high`, whatever they were
    /// known to be: for what is true but not visible to interval arithmetic, such as the
    /// convergence of an iteration. A false claim can make results wrong, and no more: what parties
    /// send each other is masked all the same.
    Bound {
        /// The vector.
        a: Register,
        /// The least value, encoded.
        low: i64,
        /// The greatest value, encoded.
        high: i64,
    },
    /// The matrix product, row after row, every element truncated once. Costs as much as a `Mul`
    /// of the product's length, however long the inner side is.
    Matmul {
        /// Left.
        a: Register,
        /// Right.
        b: Register,
        /// The sizes.
        size: Size,
        /// How the factors are stored.
        transposed: Transposed,
        /// Bits truncated, 0 to 31.
        shift: u8,
    },
    /// Every element is the sum, modulo 2^64, of a number that one party knows and one that both
    /// others know. The `count` lowest bits of the former: bit 0 of all elements, then bit 1, and so
    /// on. One round.
    DealtBits {
        /// The vector.
        a: Register,
        /// Bits of each, 1 to 64.
        count: u8,
    },
    /// The bits of the other summands of [`Op::DealtBits`], in the same order. Nothing is sent.
    HeldBits {
        /// The vector.
        a: Register,
        /// Bits of each, 1 to 64.
        count: u8,
    },
    /// Where every element goes when those with 0 go before those with 1 and otherwise nothing
    /// changes: a secret order. One round.
    Destinations {
        /// Numbers that an [`Op::Number`] has made.
        a: Register,
    },
    /// Columns, one after the other, each with its element `i` at the place that element `i` of a
    /// secret order names. The parties see a random order, which says nothing about that one. Three
    /// rounds.
    Permute {
        /// The columns.
        a: Register,
        /// What an [`Op::Destinations`] has made.
        by: Register,
        /// How many columns there are.
        columns: u32,
    },
    /// The same numbers, as wide ones. Three rounds; exact, for magnitudes below 2^62.
    Widen {
        /// The vector.
        a: Register,
    },
    /// Wide numbers as others. Free; a program whose columns' ranges allow more than 63 bits is refused.
    Narrow {
        /// The vector.
        a: Register,
    },
    /// Columns, one after the other, all in one random order: every order is equally likely, and nobody
    /// knows which it is. Three rounds.
    Shuffle {
        /// The columns.
        a: Register,
        /// How many columns there are.
        columns: u32,
    },
}

/// What is sure about numbers beyond their range, from how they were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    /// Nothing.
    None,
    /// Every one is 0 or 1.
    Bits,
    /// They are 0, 1, 2, ... in some order.
    Order,
}

impl core::fmt::Display for Fact {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::None => "any numbers",
            Self::Bits => "bits as numbers",
            Self::Order => "a secret order",
        })
    }
}

impl Transposed {
    pub(crate) const fn left(self) -> bool {
        matches!(self, Self::Left | Self::Both)
    }

    pub(crate) const fn right(self) -> bool {
        matches!(self, Self::Right | Self::Both)
    }
}

/// What the elements of a register are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Integers modulo 2^64, in pieces that add up.
    Number,
    /// Bits, 64 to a word, in pieces that differ by them.
    Bits,
    /// Integers modulo 2^128, in pieces that add up, two words each.
    Wide,
}

/// A register that a receiver learns. Nothing else leaves the parties.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Reveal {
    /// What.
    pub register: Register,
    /// To whom.
    pub receiver: u8,
    /// Under which name.
    pub name: Text<NAME>,
    /// Fraction bits of the register, at most 62; of a wide one, 125.
    pub fraction: u8,
    /// A public number that the receiver divides by, at least 1.
    pub divisor: u64,
}

impl Register {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

impl Kind {
    /// The words of a vector of so many elements.
    pub(crate) fn words(self, elements: u32) -> u64 {
        match self {
            Self::Number => u64::from(elements),
            Self::Wide => 2 * u64::from(elements),
            Self::Bits => u64::from(elements.div_ceil(u64::BITS)),
        }
    }
}

impl core::fmt::Display for Kind {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Number => "numbers",
            Self::Bits => "bits",
            Self::Wide => "wide numbers",
        })
    }
}

impl Column {
    /// The registers it fills.
    pub(crate) const fn registers(&self) -> usize {
        match self.form {
            Form::Plain | Form::Wide => 1,
            Form::Centred => 2,
        }
    }

    /// The words that its owner shares.
    pub(crate) fn words(&self) -> u64 {
        match self.form {
            Form::Plain => u64::from(self.length),
            Form::Centred => u64::from(self.length) + 1,
            Form::Wide => Kind::Wide.words(self.length),
        }
    }
}

/// The digest over an owner's row keys: the caller computes it, over the session's id and the
/// keys in row order, so that it says nothing in another session.
pub type Alignment = Hash;
