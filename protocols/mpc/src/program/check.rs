//! Validation: shapes, names, limits, and the range of every register.

use super::{Column, Defect, Form, Listing, Op, Register, Rows};
use crate::{Fixed, Peer, fixed::ENCODED_LIMIT};
use std::collections::{BTreeMap, BTreeSet};

/// Elements in all registers of a program together.
pub const MAX_ELEMENTS: u64 = 1 << 28;

/// Receivers of a program.
pub const MAX_RECEIVERS: usize = 64;

/// Magnitudes stay below 2^63 in a register and below 2^62 before a truncation.
const REGISTER_BITS: u32 = 63;
const TRUNCATION_BITS: u32 = 62;

/// What is known about every register of a valid program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shapes {
    /// Elements.
    pub(crate) lengths: Vec<u32>,
    /// The least and the greatest value that honest owners can bring about.
    pub(crate) spans: Vec<Span>,
    /// How many receivers there are.
    pub(crate) receivers: u8,
}

/// A range of values, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) low: i128,
    pub(crate) high: i128,
}

pub(crate) fn check(listing: &Listing) -> Result<Shapes, Defect> {
    let mut shapes = Shapes { lengths: Vec::new(), spans: Vec::new(), receivers: 0 };
    groups(&listing.owners)?;
    columns(listing, &mut shapes)?;
    for (op, step) in listing.ops.iter().enumerate() {
        let (length, span) = result(op, *step, &shapes)?;
        shapes.lengths.push(length);
        shapes.spans.push(span);
    }
    let elements = shapes.lengths.iter().map(|length| u64::from(*length)).sum();
    if elements > MAX_ELEMENTS {
        return Err(Defect::TooMany { what: "elements", got: elements, limit: MAX_ELEMENTS });
    }
    shapes.receivers = reveals(listing, &shapes)?;
    Ok(shapes)
}

/// At most 64 owners, so their indices fit.
fn groups(owners: &[Rows]) -> Result<(), Defect> {
    let mut seen = BTreeMap::new();
    for (second, rows) in (0u8..).zip(owners) {
        let (first, left) = *seen.entry(rows.group).or_insert((second, rows.count));
        if left != rows.count {
            return Err(Defect::Group { first, second, left, right: rows.count });
        }
    }
    Ok(())
}

fn columns(listing: &Listing, shapes: &mut Shapes) -> Result<(), Defect> {
    let mut names = BTreeSet::new();
    let mut owners = BTreeSet::new();
    for column in listing.columns.iter() {
        let peer = Peer::Owner(column.owner);
        if usize::from(column.owner) >= listing.owners.len() {
            return Err(Defect::UnknownPeer { peer });
        }
        if !names.insert((column.owner, &*column.name)) {
            return Err(Defect::SameName { peer, name: column.name.to_string() });
        }
        owners.insert(column.owner);
        let impossible = |what| Defect::Column { name: column.name.to_string(), what };
        if column.length == 0 {
            return Err(impossible("length"));
        }
        if column.fraction > Fixed::MAX_FRACTION {
            return Err(impossible("format"));
        }
        if column.low > column.high || column.low <= -ENCODED_LIMIT || column.high >= ENCODED_LIMIT
        {
            return Err(impossible("range"));
        }
        column_registers(column, shapes);
    }
    if let Some((idle, _)) = (0u8..).zip(listing.owners.iter()).find(|(o, _)| !owners.contains(o)) {
        return Err(Defect::Idle { peer: Peer::Owner(idle) });
    }
    if listing.columns.is_empty() {
        return Err(Defect::None { what: "columns" });
    }
    Ok(())
}

fn column_registers(column: &Column, shapes: &mut Shapes) {
    let (low, high) = (i128::from(column.low), i128::from(column.high));
    shapes.lengths.push(column.length);
    match column.form {
        Form::Plain => shapes.spans.push(Span { low, high }),
        Form::Centred => {
            shapes.spans.push(Span { low: low - high, high: high - low });
            shapes.lengths.push(1);
            shapes.spans.push(Span { low, high });
        }
    }
}

fn reveals(listing: &Listing, shapes: &Shapes) -> Result<u8, Defect> {
    let mut names = BTreeSet::new();
    let mut receivers = BTreeSet::new();
    for reveal in listing.reveals.iter() {
        let peer = Peer::Receiver(reveal.receiver);
        let name = || reveal.name.to_string();
        if !names.insert((reveal.receiver, &*reveal.name)) {
            return Err(Defect::SameName { peer, name: name() });
        }
        receivers.insert(reveal.receiver);
        if reveal.register.index() >= shapes.lengths.len() {
            let register = reveal.register.0;
            return Err(Defect::UnknownResult { name: name(), register });
        }
        if reveal.fraction > 62 {
            return Err(Defect::Result { name: name(), what: "format" });
        }
        if reveal.divisor == 0 {
            return Err(Defect::Result { name: name(), what: "divisor" });
        }
    }
    let Some(last) = receivers.last().copied() else {
        return Err(Defect::None { what: "results" });
    };
    if let Some(missing) = (0..last).find(|index| !receivers.contains(index)) {
        return Err(Defect::Idle { peer: Peer::Receiver(missing) });
    }
    let count = usize::from(last) + 1;
    if count > MAX_RECEIVERS {
        let (got, limit) = (count as u64, MAX_RECEIVERS as u64);
        return Err(Defect::TooMany { what: "receivers", got, limit });
    }
    Ok(last + 1)
}

/// The length and the range of what an operation fills.
fn result(op: usize, step: Op, shapes: &Shapes) -> Result<(u32, Span), Defect> {
    let read = |register: Register| {
        let index = register.index();
        match (shapes.lengths.get(index), shapes.spans.get(index)) {
            (Some(length), Some(span)) => Ok((*length, *span)),
            _ => Err(Defect::UnknownRegister { op, register: register.0 }),
        }
    };
    let same = |left: u32, right: u32| {
        if left == right { Ok(left) } else { Err(Defect::Lengths { op, left, right }) }
    };
    let (length, exact, shift) = match step {
        Op::Add { a, b } | Op::Sub { a, b } => {
            let ((left, x), (right, y)) = (read(a)?, read(b)?);
            if right != 1 {
                same(left, right)?;
            }
            let span = if matches!(step, Op::Add { .. }) { x.plus(y) } else { x.plus(y.negated()) };
            (left, Some(span), None)
        }
        Op::AddPublic { a, constant } => {
            let (length, x) = read(a)?;
            (length, Some(x.plus(Span::of(constant))), None)
        }
        Op::MulPublic { a, constant } => {
            let (length, x) = read(a)?;
            (length, x.times(Span::of(constant)), None)
        }
        Op::Scale { a, constant, shift } => {
            let (length, x) = read(a)?;
            (length, x.times(Span::of(constant)), Some((shift, 1)))
        }
        Op::Trunc { a, shift } => {
            let (length, x) = read(a)?;
            (length, Some(x), Some((shift, 1)))
        }
        Op::Mul { a, b, shift } => {
            let ((left, x), (right, y)) = (read(a)?, read(b)?);
            let span = if a == b { x.squared() } else { x.times(y) };
            (same(left, right)?, span, Some((shift, 0)))
        }
        Op::Dot { a, b, block, shift } => {
            let ((left, x), (right, y)) = (read(a)?, read(b)?);
            let length = same(left, right)?;
            if block == 0 {
                return Err(Defect::Block { op });
            }
            let product = if a == b { x.squared() } else { x.times(y) };
            let span = product.and_then(|span| span.sum_of_up_to(block.min(length)));
            (length.div_ceil(block), span, Some((shift, 0)))
        }
        Op::Sum { a } => {
            let (length, x) = read(a)?;
            (1, x.times(Span::of(i64::from(length))), None)
        }
    };
    if let Some((shift, low)) = shift
        && !(low..=Fixed::MAX_FRACTION).contains(&shift)
    {
        return Err(Defect::Shift { op, shift, low });
    }
    let shift = shift.map_or(0, |(shift, _)| shift);
    let limit = if shift == 0 { REGISTER_BITS } else { TRUNCATION_BITS };
    let bits = exact.map_or(128, Span::bits);
    match exact {
        Some(span) if bits <= limit => Ok((length, span.truncated(shift))),
        _ => Err(Defect::Range { op, bits, limit }),
    }
}

impl Span {
    fn of(constant: i64) -> Self {
        Self { low: i128::from(constant), high: i128::from(constant) }
    }

    // Ends lie below 2^63 in magnitude, so their sums are far from the end of i128.
    fn plus(self, other: Self) -> Self {
        Self { low: self.low + other.low, high: self.high + other.high }
    }

    fn negated(self) -> Self {
        Self { low: -self.high, high: -self.low }
    }

    fn times(self, other: Self) -> Option<Self> {
        let mut ends = [0; 4];
        for (end, (x, y)) in ends.iter_mut().zip([
            (self.low, other.low),
            (self.low, other.high),
            (self.high, other.low),
            (self.high, other.high),
        ]) {
            *end = x.checked_mul(y)?;
        }
        let low = ends.into_iter().min()?;
        let high = ends.into_iter().max()?;
        Some(Self { low, high })
    }

    fn squared(self) -> Option<Self> {
        let ends = self.times(self)?;
        Some(Self { low: ends.low.max(0), high: ends.high })
    }

    fn sum_of_up_to(self, count: u32) -> Option<Self> {
        let count = i128::from(count);
        let low = self.low.min(self.low.checked_mul(count)?);
        let high = self.high.max(self.high.checked_mul(count)?);
        Some(Self { low, high })
    }

    fn truncated(self, shift: u8) -> Self {
        if shift == 0 {
            return self;
        }
        Self { low: self.low >> shift, high: (self.high >> shift) + 1 }
    }

    /// Bits of the largest magnitude; `-2^62` counts as 63.
    pub(crate) fn bits(self) -> u32 {
        let largest = self.low.unsigned_abs().max(self.high.unsigned_abs());
        128 - largest.leading_zeros()
    }
}
