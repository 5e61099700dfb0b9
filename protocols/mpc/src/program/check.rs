//! Validation: shapes, names, limits, and the range of every register.

use super::op::{Exchange, Kind};
use super::span::Span;
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
    /// Whether it holds numbers or bits.
    pub(crate) kinds: Vec<Kind>,
    /// What each operation asks of the parties.
    pub(crate) exchanges: Vec<Exchange>,
    /// How many receivers there are.
    pub(crate) receivers: u8,
}

pub(crate) fn check(listing: &Listing) -> Result<Shapes, Defect> {
    let mut shapes = Shapes {
        lengths: Vec::new(),
        spans: Vec::new(),
        kinds: Vec::new(),
        exchanges: Vec::new(),
        receivers: 0,
    };
    groups(&listing.owners)?;
    columns(listing, &mut shapes)?;
    for (op, step) in listing.ops.iter().enumerate() {
        let (length, span) = result(op, *step, &shapes)?;
        let width = step.operands().map(|a| shapes.spans[a.index()].bits()).next().unwrap_or(0);
        shapes.exchanges.push(step.exchange(width));
        shapes.lengths.push(length);
        shapes.spans.push(span);
        shapes.kinds.push(step.kind());
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
    shapes.kinds = vec![Kind::Number; shapes.lengths.len()];
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
        let is_bits = shapes.kinds[reveal.register.index()] == Kind::Bits;
        if reveal.fraction > 62 || (is_bits && reveal.fraction > 0) {
            return Err(Defect::Result { name: name(), what: "format" });
        }
        if reveal.divisor == 0 || (is_bits && reveal.divisor > 1) {
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
    let read_as = |register: Register, want: Kind| {
        let index = register.index();
        match (shapes.lengths.get(index), shapes.spans.get(index), shapes.kinds.get(index)) {
            (Some(length), Some(span), Some(kind)) if *kind == want => Ok((*length, *span)),
            (Some(_), Some(_), Some(_)) => Err(Defect::Kind { op, want, register: register.0 }),
            _ => Err(Defect::UnknownRegister { op, register: register.0 }),
        }
    };
    let read = |register| read_as(register, Kind::Number);
    let bits = |register| read_as(register, Kind::Bits);
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
        Op::Negative { a } | Op::Zero { a } => (read(a)?.0, Some(Span::BIT), None),
        Op::Not { a } | Op::Number { a } => (bits(a)?.0, Some(Span::BIT), None),
        Op::Xor { a, b } | Op::And { a, b } => {
            (same(bits(a)?.0, bits(b)?.0)?, Some(Span::BIT), None)
        }
        Op::Keep { bits: chosen, a } => {
            let (length, x) = read(a)?;
            (same(bits(chosen)?.0, length)?, Some(x.or(Span::of(0))), None)
        }
        Op::Select { bits: chosen, a, b } => {
            let ((left, x), (right, y)) = (read(a)?, read(b)?);
            same(bits(chosen)?.0, left)?;
            (same(left, right)?, Some(x.or(y)), None)
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
