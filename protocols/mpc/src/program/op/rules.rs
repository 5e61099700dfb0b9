//! What holds for each operation: what it asks of the parties, what it reads, what is known of what it fills.

use super::{Fact, Kind, Op, Register};
use crate::rep3::guarded::Guarded;
use crate::rep3::{Injection, Question, Test};

/// What an operation asks of the parties.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exchange {
    /// Nothing: every party works alone.
    Local,
    /// One round, a word for each element.
    Reshare,
    /// One round, a bit for each element.
    And,
    /// Two rounds.
    Truncate {
        /// Bits.
        shift: u8,
    },
    /// One round: so many bits of what dealers know of numbers.
    Deal {
        /// Bits of each.
        count: u8,
    },
    /// Three rounds: a secret order applied to so many columns.
    Permute {
        /// Columns.
        columns: u32,
    },
    /// A circuit over the bits of a number.
    Test(Test),
    /// Two rounds: a number for each bit, or a choice by it.
    Inject(Injection),
    /// In the form whose messages are proven.
    Guarded(Guarded),
}

impl Op {
    /// What it asks of the parties; `kind` says what is in `a`, and `width` how many bits, without the sign,
    /// numbers there may have.
    pub(crate) fn exchange(self, width: u32, kind: Kind) -> Exchange {
        match self {
            Self::Mul { .. } | Self::Dot { .. } if kind == Kind::Wide => {
                Exchange::Guarded(Guarded::WideProduct)
            }
            Self::Trunc { .. } if kind == Kind::Wide => Exchange::Guarded(Guarded::WideTruncate),
            Self::Widen { .. } => Exchange::Guarded(Guarded::Widen),
            Self::Shuffle { columns, .. } => Exchange::Guarded(Guarded::Shuffle { columns }),
            Self::Add { .. }
            | Self::Sub { .. }
            | Self::AddPublic { .. }
            | Self::MulPublic { .. }
            | Self::Sum { .. }
            | Self::Not { .. }
            | Self::Xor { .. }
            | Self::Gather { .. }
            | Self::Join { .. }
            | Self::Fill { .. }
            | Self::SumBlocks { .. }
            | Self::Running { .. }
            | Self::Bound { .. }
            | Self::Narrow { .. }
            | Self::HeldBits { .. } => Exchange::Local,
            Self::Mul { shift: 0, .. }
            | Self::Dot { shift: 0, .. }
            | Self::Matmul { shift: 0, .. }
            | Self::Destinations { .. } => Exchange::Reshare,
            Self::Permute { columns, .. } => Exchange::Permute { columns },
            Self::Scale { shift, .. }
            | Self::Mul { shift, .. }
            | Self::Dot { shift, .. }
            | Self::Matmul { shift, .. }
            | Self::Trunc { shift, .. } => Exchange::Truncate { shift },
            Self::Negative { .. } => Exchange::Test(Test::new(Question::Negative, width)),
            Self::Zero { .. } => Exchange::Test(Test::new(Question::Zero, width)),
            Self::DealtBits { count, .. } => Exchange::Deal { count },
            Self::And { .. } => Exchange::And,
            Self::Number { .. } => Exchange::Inject(Injection::Number),
            Self::Keep { .. } | Self::Select { .. } => Exchange::Inject(Injection::Choice),
        }
    }

    /// Whether it can wait until somebody reads it: it needs nobody else, and what it makes takes
    /// no less room than what it is made of.
    pub(crate) const fn can_wait(self) -> bool {
        match self {
            Self::AddPublic { .. }
            | Self::MulPublic { .. }
            | Self::Not { .. }
            | Self::Gather { .. }
            | Self::Fill { .. }
            | Self::Running { .. }
            | Self::Bound { .. } => true,
            Self::Add { .. }
            | Self::Sub { .. }
            | Self::Scale { .. }
            | Self::Mul { .. }
            | Self::Dot { .. }
            | Self::Sum { .. }
            | Self::Trunc { .. }
            | Self::Negative { .. }
            | Self::Zero { .. }
            | Self::Xor { .. }
            | Self::And { .. }
            | Self::Number { .. }
            | Self::Keep { .. }
            | Self::Select { .. }
            | Self::Join { .. }
            | Self::SumBlocks { .. }
            | Self::DealtBits { .. }
            | Self::HeldBits { .. }
            | Self::Destinations { .. }
            | Self::Permute { .. }
            | Self::Widen { .. }
            | Self::Narrow { .. }
            | Self::Shuffle { .. }
            | Self::Matmul { .. } => false,
        }
    }

    /// The registers read; a register read twice is there twice.
    pub(crate) fn operands(self) -> impl Iterator<Item = Register> {
        let all = match self {
            Self::Add { a, b }
            | Self::Sub { a, b }
            | Self::Mul { a, b, .. }
            | Self::Dot { a, b, .. }
            | Self::Matmul { a, b, .. }
            | Self::Join { a, b }
            | Self::Permute { a, by: b, .. }
            | Self::Xor { a, b }
            | Self::And { a, b }
            | Self::Keep { bits: b, a } => [Some(a), Some(b), None],
            Self::AddPublic { a, .. }
            | Self::MulPublic { a, .. }
            | Self::Scale { a, .. }
            | Self::Sum { a }
            | Self::Trunc { a, .. }
            | Self::Negative { a }
            | Self::Zero { a }
            | Self::Not { a }
            | Self::Number { a }
            | Self::Gather { a, .. }
            | Self::SumBlocks { a, .. }
            | Self::Running { a, .. }
            | Self::Bound { a, .. }
            | Self::DealtBits { a, .. }
            | Self::HeldBits { a, .. }
            | Self::Widen { a }
            | Self::Narrow { a }
            | Self::Shuffle { a, .. }
            | Self::Destinations { a } => [Some(a), None, None],
            Self::Fill { .. } => [None; 3],
            Self::Select { bits, a, b } => [Some(a), Some(b), Some(bits)],
        };
        all.into_iter().flatten()
    }

    /// What is sure about what it fills, where `of` says what is about a register read.
    pub(crate) fn fact(self, of: impl Fn(Register) -> Fact) -> Fact {
        let parts = match self {
            Self::Number { .. } => return Fact::Bits,
            Self::Destinations { .. } => return Fact::Order,
            Self::Gather { a, .. } | Self::Permute { a, .. } | Self::Shuffle { a, .. } => [a, a],
            Self::Join { a, b } => [a, b],
            Self::Add { .. }
            | Self::Sub { .. }
            | Self::AddPublic { .. }
            | Self::MulPublic { .. }
            | Self::Scale { .. }
            | Self::Mul { .. }
            | Self::Dot { .. }
            | Self::Sum { .. }
            | Self::Trunc { .. }
            | Self::Negative { .. }
            | Self::Zero { .. }
            | Self::Not { .. }
            | Self::Xor { .. }
            | Self::And { .. }
            | Self::Keep { .. }
            | Self::Select { .. }
            | Self::Fill { .. }
            | Self::SumBlocks { .. }
            | Self::Running { .. }
            | Self::Bound { .. }
            | Self::DealtBits { .. }
            | Self::HeldBits { .. }
            | Self::Widen { .. }
            | Self::Narrow { .. }
            | Self::Matmul { .. } => return Fact::None,
        };
        let are_bits = parts.into_iter().all(|part| of(part) == Fact::Bits);
        if are_bits { Fact::Bits } else { Fact::None }
    }

    /// What it fills, where `of` says what a register read is.
    pub(crate) fn kind(self, of: impl Fn(Register) -> Kind) -> Kind {
        match self {
            Self::Gather { a, .. } | Self::Join { a, .. } => of(a),
            Self::Add { a, .. }
            | Self::Sub { a, .. }
            | Self::AddPublic { a, .. }
            | Self::MulPublic { a, .. }
            | Self::Mul { a, .. }
            | Self::Dot { a, .. }
            | Self::Sum { a }
            | Self::Trunc { a, .. }
            | Self::SumBlocks { a, .. }
            | Self::Running { a, .. }
            | Self::Bound { a, .. }
                if of(a) == Kind::Wide =>
            {
                Kind::Wide
            }
            Self::Widen { .. } => Kind::Wide,
            Self::Negative { .. }
            | Self::Zero { .. }
            | Self::Not { .. }
            | Self::Xor { .. }
            | Self::And { .. }
            | Self::DealtBits { .. }
            | Self::HeldBits { .. } => Kind::Bits,
            Self::Add { .. }
            | Self::Sub { .. }
            | Self::AddPublic { .. }
            | Self::MulPublic { .. }
            | Self::Scale { .. }
            | Self::Mul { .. }
            | Self::Dot { .. }
            | Self::Sum { .. }
            | Self::Trunc { .. }
            | Self::Number { .. }
            | Self::Keep { .. }
            | Self::Select { .. }
            | Self::Fill { .. }
            | Self::SumBlocks { .. }
            | Self::Running { .. }
            | Self::Bound { .. }
            | Self::Destinations { .. }
            | Self::Permute { .. }
            | Self::Narrow { .. }
            | Self::Shuffle { .. }
            | Self::Matmul { .. } => Kind::Number,
        }
    }
}
