//! What guarded exchanges cost, and how much is to be proven of them.

use super::cut;
use super::matrices::relations;
use super::shuffle;
use super::truncate::ROWS;
use crate::program::{Exchange, Kind, Op, Size};
use crate::rep3::inject::Injection;
use crate::rep3::parts::parts;
use crate::rep3::test::{Question, Test};
use crate::rep3::traffic::{Role, Words, reshare};

/// An exchange whose messages are proven in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guarded {
    /// One round, a word for each element.
    Product,
    /// One round, a word for each element of the result; three rounds more where it is truncated.
    Matmul { size: Size, is_cut: bool },
    /// One round, a bit for each element.
    And,
    /// Three rounds, and one before them for a product.
    Truncate { product: bool },
    /// One round: so many bits of what dealers know of numbers.
    Deal { count: u8 },
    /// Bits, dealt; ANDs of them; a tree.
    Test(Test),
    /// Two rounds, and one for a choice.
    Inject(Injection),
    /// One round, two words for each element.
    WideProduct,
    /// Three rounds.
    WideTruncate,
    /// Three rounds.
    Widen,
    /// Three rounds: so many columns in an order that nobody knows.
    Shuffle { columns: u32 },
}

/// How many relations there are about each party as a prover: places of numbers, words of bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Relations {
    pub(crate) numbers: usize,
    /// Places of wide numbers.
    pub(crate) wide: usize,
    pub(crate) bits: [usize; 3],
}

impl Guarded {
    /// The guarded form of an operation's exchange, where there is one.
    pub(crate) fn of(op: Op, exchange: Exchange) -> Option<Self> {
        match (op, exchange) {
            (Op::Mul { .. } | Op::Dot { .. }, Exchange::Reshare) => Some(Self::Product),
            (Op::Mul { .. } | Op::Dot { .. }, Exchange::Truncate { .. }) => {
                Some(Self::Truncate { product: true })
            }
            (Op::Matmul { size, .. }, Exchange::Reshare) => {
                Some(Self::Matmul { size, is_cut: false })
            }
            (Op::Matmul { size, .. }, Exchange::Truncate { .. }) => {
                Some(Self::Matmul { size, is_cut: true })
            }
            (Op::Scale { .. } | Op::Trunc { .. }, Exchange::Truncate { .. }) => {
                Some(Self::Truncate { product: false })
            }
            (Op::And { .. }, Exchange::And) => Some(Self::And),
            (Op::DealtBits { .. }, Exchange::Deal { count }) => Some(Self::Deal { count }),
            (_, Exchange::Test(test)) => Some(Self::Test(test)),
            (_, Exchange::Inject(injection)) => Some(Self::Inject(injection)),
            _ => None,
        }
    }

    pub(crate) fn rounds(self) -> usize {
        match self {
            Self::Product
            | Self::And
            | Self::Deal { .. }
            | Self::WideProduct
            | Self::Matmul { is_cut: false, .. } => 1,
            Self::WideTruncate | Self::Widen => 3,
            Self::Shuffle { .. } => shuffle::STAGES,
            Self::Matmul { is_cut: true, .. } => 4,
            Self::Truncate { product } => 3 + usize::from(product),
            Self::Test(test) => {
                let levels = test.bits().next_power_of_two().ilog2() as usize;
                match test.question {
                    Question::Negative => 2 + levels,
                    Question::Zero => 1 + levels,
                }
            }
            Self::Inject(Injection::Number) => 2,
            Self::Inject(Injection::Choice) => 3,
        }
    }

    /// What `party` sends in one round, from 0, of the operation at `op`.
    pub(crate) fn words(self, op: usize, length: u32, round: usize, party: u8) -> Words {
        let elements = u64::from(length);
        let dealt = |rows: usize| {
            let words = words_dealt(op, length as usize, party);
            Words { next: (rows * words) as u64, prev: 0 }
        };
        match self {
            Self::Product | Self::Inject(_) | Self::Matmul { is_cut: false, .. } => {
                reshare(elements)
            }
            Self::Matmul { is_cut: true, .. } => {
                Self::Truncate { product: true }.words(op, length, round, party)
            }
            Self::And => reshare(Kind::Bits.words(length)),
            Self::WideProduct => reshare(2 * elements),
            Self::WideTruncate => match round {
                0 => dealt(cut::WIDE_ROWS),
                1 => reshare(4 * elements),
                _ => reshare(elements),
            },
            Self::Widen => match round {
                0 => dealt(cut::ROWS),
                1 => reshare(2 * elements),
                _ => reshare(elements),
            },
            Self::Truncate { product } => match (round + usize::from(!product), product) {
                (0, _) => reshare(elements),
                (1, _) => dealt(ROWS),
                (2, _) => reshare(2 * elements),
                (_, _) => reshare(elements),
            },
            Self::Shuffle { .. } => shuffle::words(op + round, party, elements),
            Self::Deal { count } => {
                let rows = usize::from(count);
                let words = words_dealt(0, length as usize / rows, party);
                Words { next: (rows * words) as u64, prev: 0 }
            }
            Self::Test(test) if round == 0 => dealt(test.planes()),
            Self::Test(test) => {
                let ands = ands(test).get(round - 1).copied().unwrap_or(0) as u64;
                reshare(ands * Kind::Bits.words(length))
            }
        }
    }

    /// What is to be proven of the operation at `op` with a result of so many elements and a first
    /// operand of so many.
    pub(crate) fn relations(self, op: usize, length: u32, operand: u32) -> Relations {
        let (elements, length, operand) = (length, length as usize, operand as usize);
        let words = length.div_ceil(u64::BITS as usize);
        let dealt = |rows: usize, more: usize| {
            [0, 1, 2].map(|party| more + rows * words_dealt(op, length, party))
        };
        match self {
            Self::Product => Relations { numbers: operand, ..Relations::default() },
            Self::WideProduct => Relations { wide: operand, ..Relations::default() },
            Self::WideTruncate => {
                Relations { numbers: 3 * length, wide: length, bits: dealt(cut::WIDE_ROWS, 0) }
            }
            Self::Widen => Relations { numbers: 3 * length, wide: 0, bits: dealt(cut::ROWS, 0) },
            Self::Shuffle { columns } => {
                let numbers = shuffle::places(length, columns as usize);
                Relations { numbers, ..Relations::default() }
            }
            Self::Matmul { size, is_cut } => {
                let numbers = relations(length) * size.inner as usize;
                let mut all = Relations { numbers, ..Relations::default() };
                if is_cut {
                    all.add(Self::Truncate { product: false }.relations(op, elements, 0));
                }
                all
            }
            Self::And => Relations { bits: [words; 3], ..Relations::default() },
            Self::Truncate { product } => {
                let before = if product { operand } else { 0 };
                Relations { numbers: before + 4 * length, wide: 0, bits: dealt(ROWS, 0) }
            }
            Self::Deal { count } => {
                let rows = usize::from(count);
                let bits = [0, 1, 2].map(|party| rows * words_dealt(0, operand, party));
                Relations { bits, ..Relations::default() }
            }
            Self::Test(test) => {
                let ands = ands(test).iter().sum::<usize>() * words;
                Relations { bits: dealt(test.planes(), ands), ..Relations::default() }
            }
            Self::Inject(Injection::Number) => {
                Relations { numbers: 2 * length, ..Relations::default() }
            }
            Self::Inject(Injection::Choice) => {
                Relations { numbers: 3 * length, ..Relations::default() }
            }
        }
    }

    /// The most words that it keeps between its rounds; with what stays in the ledger.
    pub(crate) fn state(self, length: u32, operand: u32) -> u64 {
        let (elements, operand) = (u64::from(length), u64::from(operand));
        let words = Kind::Bits.words(length) + 3;
        match self {
            Self::Product => 4 * operand + 4 * elements,
            Self::WideProduct => 8 * operand + 8 * elements,
            // Both sides of the deal, its products and what they are made of.
            Self::WideTruncate => 72 * elements + 8 * cut::WIDE_ROWS as u64 * words,
            Self::Widen => 52 * elements + 8 * cut::ROWS as u64 * words,
            Self::Shuffle { columns } => shuffle::state(elements, columns.into()),
            Self::Matmul { size, is_cut } => {
                let Size { rows, inner, columns } = size;
                let right = u64::from(inner) * u64::from(columns);
                // What is kept, and what combinations of rows and columns take while they are made.
                let kept = 4 * operand + 4 * right + 4 * elements;
                let combined =
                    64 * (6 * u64::from(inner) + 2 * u64::from(columns)) + 16 * u64::from(rows);
                let cut =
                    if is_cut { Self::Truncate { product: false }.state(length, 0) } else { 0 };
                kept + combined + cut
            }
            Self::And => 8 * words,
            Self::Truncate { .. } => 4 * operand + 48 * elements + 8 * ROWS as u64 * words,
            Self::Deal { count } => {
                // Both sides of the deal, its rows as they come, and as they are packed.
                let words = operand.div_ceil(u64::BITS.into()) + 3;
                16 * u64::from(count) * words
            }
            Self::Test(test) => {
                let ands = ands(test).iter().sum::<usize>();
                (8 * ands + 16 * test.planes()) as u64 * words
            }
            Self::Inject(_) => 30 * elements + 2 * words,
        }
    }
}

impl Relations {
    pub(crate) fn add(&mut self, other: Self) {
        // Bounded by the program's limits on elements and operations.
        self.numbers += other.numbers;
        self.wide += other.wide;
        for (bits, more) in self.bits.iter_mut().zip(other.bits) {
            *bits += more;
        }
    }
}

/// Words of a row of what `party` deals of the operation at `op`.
fn words_dealt(op: usize, length: usize, party: u8) -> usize {
    let ours = parts(op, length, party).filter(|part| part.role == Role::Dealer);
    ours.map(|part| part.words.len()).sum()
}

/// ANDs of each round after the deal, for each element.
fn ands(test: Test) -> Vec<usize> {
    let mut blocks = test.bits();
    let mut rounds = Vec::new();
    if test.question == Question::Negative {
        rounds.push(blocks);
    }
    while blocks > 1 {
        let pairs = blocks / 2;
        rounds.push(match test.question {
            Question::Negative => 2 * pairs - 1,
            Question::Zero => pairs,
        });
        blocks = blocks.div_ceil(2);
    }
    rounds
}
