//! What an exchange of three-party replicated sharing costs, and who plays which part in it.

use crate::{
    PARTIES,
    peer::{next, prev},
    program::Exchange,
};

/// Words that a party sends in one round to its two neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Words {
    pub(crate) next: u64,
    pub(crate) prev: u64,
}

/// A party's part in a truncation. The dealer changes from operation to operation.
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
pub(crate) const fn rounds(exchange: Exchange) -> usize {
    match exchange {
        Exchange::Local => 0,
        Exchange::Reshare => 1,
        Exchange::Truncate { .. } => 2,
    }
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
