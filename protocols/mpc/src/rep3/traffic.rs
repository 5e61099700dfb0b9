//! What an exchange of three-party replicated sharing costs, and who plays which part in it.

use super::permute::{self, Place};
use super::planes::TILE_WORDS;
use super::{matmul, parts::parts};
use crate::{
    PARTIES,
    peer::{next, prev},
    program::{Exchange, Kind, Op},
};

/// Words that a party sends in one round to its two neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Words {
    pub(crate) next: u64,
    pub(crate) prev: u64,
}

/// A party's part in an exchange with a dealer, who changes from operation to operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Knows the mask and never sees what is opened.
    Dealer,
    /// The party after the dealer.
    After,
    /// The party before the dealer; it gets the dealer's corrections.
    Before,
}

impl Role {
    /// The role of `party` in the operation at `op`.
    pub(crate) fn of(op: usize, party: u8) -> Self {
        let dealer = (0..PARTIES).find(|index| op % 3 == usize::from(*index)).unwrap_or(0);
        if party == dealer {
            Self::Dealer
        } else if party == next(dealer) {
            Self::After
        } else {
            debug_assert_eq!(party, prev(dealer));
            Self::Before
        }
    }
}

impl Words {
    pub(crate) fn add(&mut self, other: Self) {
        // Bounded by the program's limit on elements.
        self.next += other.next;
        self.prev += other.prev;
    }
}

/// Rounds until the result is there.
pub(crate) fn rounds(exchange: Exchange) -> usize {
    match exchange {
        Exchange::Local => 0,
        Exchange::Reshare | Exchange::And | Exchange::Deal { .. } => 1,
        Exchange::Truncate { .. } | Exchange::Inject(_) => 2,
        Exchange::Permute { .. } => 3,
        Exchange::Test(test) => test.rounds(),
        Exchange::Guarded(guarded) => guarded.rounds(),
    }
}

/// What `party` sends in one round, from 0, of the operation at `op` with a result of so many
/// elements.
pub(crate) fn words(exchange: Exchange, op: usize, length: u32, round: usize, party: u8) -> Words {
    let elements = u64::from(length);
    let mut sum = Words::default();
    match exchange {
        Exchange::Local => {}
        Exchange::Reshare => sum = reshare(elements),
        Exchange::And => sum = reshare(Kind::Bits.words(length)),
        Exchange::Truncate { .. } if round == 0 => sum = open(elements, Role::of(op, party)),
        Exchange::Truncate { .. } => sum = close(elements, Role::of(op, party)),
        Exchange::Permute { columns } => {
            let each = elements / u64::from(columns);
            sum = permute::words(Place::of(op, party), round, elements + each, each);
        }
        Exchange::Deal { count } => {
            // The dealer of each part is the same in all operations of this kind.
            for part in parts(0, length as usize / usize::from(count), party) {
                if part.role == Role::Dealer {
                    sum.next += u64::from(count) * part.words.len() as u64;
                }
            }
        }
        Exchange::Test(test) => {
            for part in parts(op, length as usize, party) {
                sum.add(test.words(part.role, round, part.words.len() as u64));
            }
        }
        Exchange::Inject(injection) => {
            for part in parts(op, length as usize, party) {
                sum.add(injection.words(part.role, round, part.elements.len()));
            }
        }
        Exchange::Guarded(guarded) => sum = guarded.words(op, length, round, party),
    }
    sum
}

/// The most words that an operation keeps between its rounds, beside room for its result.
pub(crate) fn state(exchange: Exchange, length: u32) -> u64 {
    let elements = u64::from(length);
    match exchange {
        // What is guarded stays until the end, and is counted there.
        Exchange::Local | Exchange::Reshare | Exchange::And | Exchange::Guarded(_) => 0,
        Exchange::Truncate { .. } => 2 * elements,
        // Shuffled columns and the order; and as much again while they are moved.
        Exchange::Permute { columns } => 4 * (elements + elements / u64::from(columns)),
        // Rows in whole words.
        Exchange::Deal { count } => {
            2 * u64::from(count) * Kind::Bits.words(length / u32::from(count))
        }
        // Each of three parts is rounded up to a tile.
        Exchange::Test(test) => test.state() * (Kind::Bits.words(length) + 3 * TILE_WORDS as u64),
        // A factor, what is added to the product, and bits.
        Exchange::Inject(_) => 4 * elements + 2 * Kind::Bits.words(length),
    }
}

/// The most words that an operation needs while it starts, beside those.
pub(crate) fn scratch(op: Op) -> u64 {
    let Op::Matmul { size, .. } = op else { return 0 };
    u64::from(size.rows) * u64::from(size.columns) + 2 * u64::from(size.inner) + matmul::SCRATCH
}

/// Araki et al. 2016/768: every party sends one word an element to the party before it.
pub(crate) const fn reshare(length: u64) -> Words {
    Words { next: 0, prev: length }
}

/// The first round of a truncation: `After` and `Before` open the masked value between them, the
/// dealer sends its corrections, one word and a half.
pub(crate) const fn open(length: u64, role: Role) -> Words {
    match role {
        Role::Dealer => Words { next: 0, prev: corrections(length) },
        Role::After => Words { next: length, prev: 0 },
        Role::Before => Words { next: 0, prev: length },
    }
}

/// The second round: `After` and `Before` complete the piece that both will hold.
pub(crate) const fn close(length: u64, role: Role) -> Words {
    match role {
        Role::Dealer => Words { next: 0, prev: 0 },
        Role::After => Words { next: length, prev: 0 },
        Role::Before => Words { next: 0, prev: length },
    }
}

/// A word for each element, then half words, two to a word.
pub(crate) const fn corrections(length: u64) -> u64 {
    length + length.div_ceil(2)
}
