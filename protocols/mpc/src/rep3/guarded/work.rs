//! An operation with an exchange, between its rounds.

use super::cut::Cut;
use super::inject::Inject;
use super::ledger::Ledger;
use super::product::Pending;
use super::shuffle::Shuffle;
use super::summand::Summand;
use super::test::Comparison;
use super::truncate::Truncation;
use crate::program::Size;
use crate::rep3::Share;
use crate::rep3::frames::{Frames, Sinks};
use crate::rep3::inject::Operands;
use crate::rep3::keys::Keys;
use crate::rep3::test::Test;

/// What all operations of a party work with.
pub(in crate::rep3) struct Bench<'a> {
    pub(in crate::rep3) keys: &'a mut Keys,
    pub(in crate::rep3) ledger: &'a mut Ledger,
}

/// What an operation begins with.
pub(in crate::rep3) enum Begin {
    /// Sums of products over blocks, truncated where a shift is given.
    Product {
        left: Share,
        right: Share,
        block: usize,
        shift: Option<u8>,
    },
    /// Products of rows with columns, truncated where a shift is given.
    Matrices {
        left: Share,
        /// Column after column.
        right: Share,
        size: Size,
        shift: Option<u8>,
    },
    /// Sums of products of wide numbers over blocks.
    Wide {
        left: Share,
        right: Share,
        block: usize,
    },
    /// Truncation of wide numbers.
    Cut {
        number: Share,
        shift: u8,
    },
    /// Numbers as wide ones.
    Widen {
        number: Share,
    },
    /// So many columns in an order that nobody knows.
    Shuffle {
        number: Share,
        columns: usize,
    },
    And {
        left: Share,
        right: Share,
    },
    Truncate {
        number: Share,
        shift: u8,
    },
    /// So many bits of each of a dealer's summands.
    Deal {
        number: Share,
        count: u8,
    },
    Test {
        number: Share,
        test: Test,
    },
    Inject {
        operands: Operands,
        length: usize,
    },
}

/// One of them.
pub(in crate::rep3) struct Work(Kind);

enum Kind {
    Product(Option<Pending>),
    And(Option<Pending>),
    Wide(Option<Pending>),
    Cut(Box<Cut>),
    Shuffle(Shuffle),
    Truncate(Box<Truncation>),
    Deal(Summand),
    Test(Comparison),
    Inject(Box<Inject>),
}

impl Work {
    /// The first messages.
    pub(in crate::rep3) fn open(
        begin: Begin,
        place: (usize, u8),
        bench: &mut Bench<'_>,
        sinks: Sinks<'_>,
    ) -> Self {
        Self(match begin {
            Begin::Product { left, right, block, shift } => {
                let pending = Pending::numbers(left, right, block, bench.keys, sinks.prev);
                product(pending, shift, place)
            }
            Begin::Matrices { left, right, size, shift } => {
                let pending = Pending::matrices(left, right, size, bench.keys, sinks.prev);
                product(pending, shift, place)
            }
            Begin::Wide { left, right, block } => {
                Kind::Wide(Some(Pending::wide(left, right, block, bench.keys, sinks.prev)))
            }
            Begin::Cut { number, shift } => {
                Kind::Cut(Box::new(Cut::open(Some(shift), number, place, bench, sinks)))
            }
            Begin::Widen { number } => {
                Kind::Cut(Box::new(Cut::open(None, number, place, bench, sinks)))
            }
            Begin::Shuffle { number, columns } => {
                Kind::Shuffle(Shuffle::open(number, columns, place, bench, sinks))
            }
            Begin::And { left, right } => {
                Kind::And(Some(Pending::bits(left, right, bench.keys, sinks.prev)))
            }
            Begin::Truncate { number, shift } => {
                let truncation = Truncation::open(shift.into(), number, place, bench, sinks);
                Kind::Truncate(Box::new(truncation))
            }
            Begin::Deal { number, count } => {
                Kind::Deal(Summand::open(&number, count, place.1, bench, sinks))
            }
            Begin::Test { number, test } => {
                Kind::Test(Comparison::open(test, &number, place, bench, sinks))
            }
            Begin::Inject { operands, length } => {
                Kind::Inject(Box::new(Inject::open(operands, length, place.1, bench, sinks)))
            }
        })
    }

    /// Takes what came in a round and writes what goes in the next; gives the result after the
    /// last.
    pub(in crate::rep3) fn absorb(
        &mut self,
        bench: &mut Bench<'_>,
        frames: &mut Frames,
        sinks: Option<Sinks<'_>>,
    ) -> Option<Share> {
        match &mut self.0 {
            Kind::Product(pending) => {
                let pending = pending.take()?;
                let received = frames.take_next(pending.len());
                Some(pending.finish_numbers(received, bench.ledger))
            }
            Kind::And(pending) => {
                let pending = pending.take()?;
                let received = frames.take_next(pending.len());
                Some(pending.finish_bits(received, bench.ledger))
            }
            Kind::Wide(pending) => {
                let pending = pending.take()?;
                let received = frames.take_next(pending.len());
                Some(pending.finish_wide(received, bench.ledger))
            }
            Kind::Cut(cut) => cut.absorb(bench, frames, sinks),
            Kind::Shuffle(shuffle) => shuffle.absorb(bench, frames, sinks),
            Kind::Truncate(truncation) => truncation.absorb(bench, frames, sinks),
            Kind::Deal(summand) => summand.absorb(bench, frames),
            Kind::Test(comparison) => comparison.absorb(bench, frames, sinks),
            Kind::Inject(inject) => inject.absorb(bench, frames, sinks),
        }
    }

    /// Words kept between rounds.
    pub(in crate::rep3) fn words(&self) -> usize {
        match &self.0 {
            Kind::Cut(cut) => cut.words(),
            Kind::Shuffle(shuffle) => shuffle.words(),
            Kind::Product(pending) | Kind::And(pending) | Kind::Wide(pending) => {
                pending.as_ref().map_or(0, Pending::words)
            }
            Kind::Truncate(truncation) => truncation.words(),
            Kind::Deal(summand) => summand.words(),
            Kind::Test(comparison) => comparison.words(),
            Kind::Inject(inject) => inject.words(),
        }
    }
}

fn product(pending: Pending, shift: Option<u8>, place: (usize, u8)) -> Kind {
    match shift {
        None => Kind::Product(Some(pending)),
        Some(shift) => Kind::Truncate(Box::new(Truncation::product(shift.into(), pending, place))),
    }
}
