//! Validation: shapes, names, limits, and the range of every register.

use super::op::{Exchange, Kind};
use super::span::Span;
use super::{Column, Defect, Fact, Form, Grid, Listing, Op, Register, Rows, keep};
use crate::{Fixed, Peer, fixed::ENCODED_LIMIT};
use std::collections::{BTreeMap, BTreeSet};

/// Elements of a register.
pub const MAX_ELEMENTS: u64 = 1 << 30;

/// Elements in all registers of a program together, however few of them are there at a time.
pub const MAX_WORK: u64 = 1 << 34;

/// Receivers of a program.
pub const MAX_RECEIVERS: usize = 64;

/// Magnitudes stay below 2^63 in a register and below 2^62 before a truncation.
pub(super) const REGISTER_BITS: u32 = 63;
const TRUNCATION_BITS: u32 = 62;
/// The same of wide registers.
const WIDE_BITS: u32 = 126;
const WIDE_TRUNCATION_BITS: u32 = 125;

/// The most bits that one truncation of wide numbers cuts off.
const WIDE_SHIFT: u8 = 62;

/// What is known about every register of a valid program.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shapes {
    /// Elements.
    pub(crate) lengths: Vec<u32>,
    /// The least and the greatest value that honest owners can bring about.
    pub(crate) spans: Vec<Span>,
    /// Whether it holds numbers or bits.
    pub(crate) kinds: Vec<Kind>,
    /// What else is sure about it.
    pub(crate) facts: Vec<Fact>,
    /// What each operation asks of the parties.
    pub(crate) exchanges: Vec<Exchange>,
    /// How many receivers there are.
    pub(crate) receivers: u8,
}

pub(crate) fn check(listing: &Listing) -> Result<Shapes, Defect> {
    let mut shapes = Shapes::default();
    groups(&listing.owners)?;
    columns(listing, &mut shapes)?;
    keep::take(listing, &mut shapes)?;
    for (op, step) in listing.ops.iter().enumerate() {
        let (length, span) = result(op, *step, &shapes)?;
        shapes.push(*step, length, span);
    }
    let longest = shapes.lengths.iter().copied().max().unwrap_or_default();
    in_limit(longest.into())?;
    // Wide ones count twice.
    let all = shapes.lengths.iter().zip(&shapes.kinds);
    let elements = all
        .map(|(length, kind)| u64::from(*length) << u32::from(*kind == Kind::Wide))
        .fold(0, u64::saturating_add);
    if elements > MAX_WORK {
        return Err(Defect::TooMany { what: "elements", got: elements, limit: MAX_WORK });
    }
    let exchanges = core::mem::take(&mut shapes.exchanges);
    shapes.exchanges = listing.security.exchanges(listing, exchanges)?;
    shapes.receivers = reveals(listing, &shapes)?;
    keep::keeps(listing, &shapes)?;
    Ok(shapes)
}

impl Shapes {
    /// The inputs alone, whatever is wrong with them.
    pub(super) fn of_columns(columns: &[Column]) -> Self {
        let mut shapes = Self::default();
        for column in columns {
            shapes.column(column);
        }
        shapes
    }

    /// What an operation fills; a vector of one zero where it cannot.
    pub(super) fn apply(&mut self, op: usize, step: Op) {
        let is_known = |register: Register| register.index() < self.lengths.len();
        if !step.operands().all(is_known) {
            self.exchanges.push(Exchange::Local);
            self.lengths.push(1);
            self.spans.push(Span::of(0));
            self.kinds.push(Kind::Number);
            self.facts.push(Fact::None);
            return;
        }
        let (length, span) = result(op, step, self).unwrap_or((1, Span::of(0)));
        self.push(step, length, span);
    }

    fn push(&mut self, step: Op, length: u32, span: Span) {
        let first = step.operands().next().map(Register::index);
        let width = first.map_or(0, |a| self.spans[a].bits());
        let of_first = first.map_or(Kind::Number, |a| self.kinds[a]);
        let kind = step.kind(|register| self.kinds[register.index()]);
        let fact = step.fact(|register| self.facts[register.index()]);
        self.facts.push(fact);
        self.exchanges.push(step.exchange(width, of_first));
        self.lengths.push(length);
        self.spans.push(span);
        self.kinds.push(kind);
    }

    fn column(&mut self, column: &Column) {
        let (low, high) = (i128::from(column.low), i128::from(column.high));
        let kind = if column.form == Form::Wide { Kind::Wide } else { Kind::Number };
        let mut push = |length, low, high| {
            self.lengths.push(length);
            self.spans.push(Span { low, high });
            self.kinds.push(kind);
            self.facts.push(Fact::None);
        };
        match column.form {
            Form::Plain | Form::Wide => push(column.length, low, high),
            Form::Centred => {
                push(column.length, low - high, high - low);
                push(1, low, high);
            }
        }
    }
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
        shapes.column(column);
    }
    if let Some((idle, _)) = (0u8..).zip(listing.owners.iter()).find(|(o, _)| !owners.contains(o)) {
        return Err(Defect::Idle { peer: Peer::Owner(idle) });
    }
    if listing.columns.is_empty() && listing.taken.is_empty() {
        return Err(Defect::None { what: "columns" });
    }
    Ok(())
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
        let kind = shapes.kinds[reveal.register.index()];
        let is_bits = kind == Kind::Bits;
        let most = match kind {
            Kind::Number => 62,
            Kind::Wide => 125,
            Kind::Bits => 0,
        };
        if reveal.fraction > most {
            return Err(Defect::Result { name: name(), what: "format" });
        }
        if reveal.divisor == 0 || (is_bits && reveal.divisor > 1) {
            return Err(Defect::Result { name: name(), what: "divisor" });
        }
    }
    if listing.witnesses > 0 && listing.keeps.is_empty() {
        return Err(Defect::Idle { peer: Peer::Receiver(0) });
    }
    receivers.extend(0..listing.witnesses);
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

/// How many blocks a vector has.
fn blocks(op: usize, length: u32, block: u32) -> Result<u32, Defect> {
    if block == 0 {
        return Err(Defect::Block { op });
    }
    Ok(length.div_ceil(block))
}

/// A number of elements that a register may have.
fn in_limit(elements: u64) -> Result<u32, Defect> {
    let refused = Defect::TooMany { what: "elements", got: elements, limit: MAX_ELEMENTS };
    if elements > MAX_ELEMENTS {
        return Err(refused);
    }
    u32::try_from(elements).map_err(|_| refused)
}

impl Grid {
    /// How many elements it picks of a vector that has so many.
    fn length(&self, op: usize, length: u32) -> Result<u32, Defect> {
        let mut all = 1u64;
        let mut last = u128::from(self.from);
        for (count, step) in self.counts.into_iter().zip(self.steps) {
            let Some(steps) = count.checked_sub(1) else { return Err(Defect::Empty { op }) };
            // At most MAX_ELEMENTS times 2^32.
            all = in_limit(all * u64::from(count))?.into();
            last += u128::from(steps) * u128::from(step);
        }
        if last >= length.into() {
            let at = u64::try_from(last).unwrap_or(u64::MAX);
            return Err(Defect::Reach { op, at, length });
        }
        in_limit(all)
    }
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
    let wide = |register| read_as(register, Kind::Wide);
    // Numbers, or wide ones; another register has to be of the same kind.
    let kind_of = |register: Register| match shapes.kinds.get(register.index()) {
        Some(Kind::Wide) => Kind::Wide,
        _ => Kind::Number,
    };
    let either = |register| read_as(register, kind_of(register));
    let any = |register: Register| match shapes.kinds.get(register.index()) {
        Some(kind) => Ok((read_as(register, *kind)?, *kind)),
        None => Err(Defect::UnknownRegister { op, register: register.0 }),
    };
    let sure = |register: Register, want: Fact| {
        let (length, _) = read_as(register, Kind::Number)?;
        if shapes.facts.get(register.index()) == Some(&want) {
            return Ok(length);
        }
        Err(Defect::Fact { op, want, register: register.0 })
    };
    // Products of wide numbers are whole: what is to be cut off is cut off by itself.
    let factors = |a: Register, b: Register, shift: u8| {
        let kind = if shift == 0 { kind_of(a) } else { Kind::Number };
        Ok::<_, Defect>((read_as(a, kind)?, read_as(b, kind)?))
    };
    let same = |left: u32, right: u32| {
        if left == right { Ok(left) } else { Err(Defect::Lengths { op, left, right }) }
    };
    let (length, exact, shift) = match step {
        Op::Add { a, b } | Op::Sub { a, b } => {
            let ((left, x), (right, y)) = (either(a)?, read_as(b, kind_of(a))?);
            if right != 1 {
                same(left, right)?;
            }
            let span = if matches!(step, Op::Add { .. }) { x.plus(y) } else { x.plus(y.negated()) };
            (left, Some(span), None)
        }
        Op::AddPublic { a, constant } => {
            let (length, x) = either(a)?;
            (length, Some(x.plus(Span::of(constant))), None)
        }
        Op::MulPublic { a, constant } => {
            let (length, x) = either(a)?;
            (length, x.times(Span::of(constant)), None)
        }
        Op::Scale { a, constant, shift } => {
            let (length, x) = read(a)?;
            (length, x.times(Span::of(constant)), Some((shift, 1)))
        }
        Op::Trunc { a, shift } => {
            let (length, x) = either(a)?;
            (length, Some(x), Some((shift, 1)))
        }
        Op::Mul { a, b, shift } => {
            let ((left, x), (right, y)) = factors(a, b, shift)?;
            let span = if a == b { x.squared() } else { x.times(y) };
            (same(left, right)?, span, Some((shift, 0)))
        }
        Op::Dot { a, b, block, shift } => {
            let ((left, x), (right, y)) = factors(a, b, shift)?;
            let length = same(left, right)?;
            let blocks = blocks(op, length, block)?;
            let product = if a == b { x.squared() } else { x.times(y) };
            let span = product.and_then(|span| span.sum_of_up_to(block.min(length)));
            (blocks, span, Some((shift, 0)))
        }
        Op::Sum { a } => {
            let (length, x) = either(a)?;
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
        Op::Gather { a, grid } => {
            let ((length, x), _) = any(a)?;
            (grid.length(op, length)?, Some(x), None)
        }
        Op::Join { a, b } => {
            let ((left, x), kind) = any(a)?;
            let (right, y) = read_as(b, kind)?;
            (in_limit(u64::from(left) + u64::from(right))?, Some(x.or(y)), None)
        }
        Op::Fill { first, step, count } => {
            let Some(steps) = count.checked_sub(1) else { return Err(Defect::Empty { op }) };
            let more = Span::of(step).times(Span::of(i64::from(steps)));
            let ends = more.map(|more| Span::of(first).or(Span::of(first).plus(more)));
            (in_limit(u64::from(count))?, ends, None)
        }
        Op::SumBlocks { a, block } => {
            let (length, x) = either(a)?;
            (blocks(op, length, block)?, x.sum_of_up_to(block.min(length)), None)
        }
        Op::Running { a, block } => {
            let (length, x) = either(a)?;
            blocks(op, length, block)?;
            (length, x.sum_of_up_to(block.min(length)), None)
        }
        Op::Bound { a, low, high } => {
            if low > high {
                return Err(Defect::Claim { op });
            }
            (either(a)?.0, Some(Span::of(low).or(Span::of(high))), None)
        }
        Op::DealtBits { a, count } | Op::HeldBits { a, count } => {
            if !(1..=64).contains(&count) {
                return Err(Defect::Bits { op, count });
            }
            (in_limit(u64::from(read(a)?.0) * u64::from(count))?, Some(Span::BIT), None)
        }
        Op::Destinations { a } => {
            let length = sure(a, Fact::Bits)?;
            (length, Some(Span::of(0).or(Span::of(i64::from(length) - 1))), None)
        }
        Op::Permute { a, by, columns } => {
            let (length, x) = read(a)?;
            let each = sure(by, Fact::Order)?;
            if columns == 0 {
                return Err(Defect::Empty { op });
            }
            same(length, in_limit(u64::from(each) * u64::from(columns))?)?;
            (length, Some(x), None)
        }
        Op::Shuffle { a, columns } => {
            let (length, x) = read(a)?;
            if columns == 0 {
                return Err(Defect::Empty { op });
            }
            same(length, length / columns * columns)?;
            (length, Some(x), None)
        }
        Op::Widen { a } => {
            let (length, x) = read(a)?;
            if x.bits() > TRUNCATION_BITS {
                return Err(Defect::Range { op, bits: x.bits(), limit: TRUNCATION_BITS });
            }
            (length, Some(x), None)
        }
        Op::Narrow { a } => {
            let (length, x) = wide(a)?;
            (length, Some(x), None)
        }
        Op::Matmul { a, b, size, transposed: _, shift } => {
            let ((left, x), (right, y)) = (read(a)?, read(b)?);
            let area = |rows: u32, columns: u32| in_limit(u64::from(rows) * u64::from(columns));
            same(left, area(size.rows, size.inner)?)?;
            same(right, area(size.inner, size.columns)?)?;
            let sum = x.times(y).and_then(|span| span.times(Span::of(i64::from(size.inner))));
            let length = area(size.rows, size.columns)?;
            if length == 0 || size.inner == 0 {
                return Err(Defect::Empty { op });
            }
            (length, sum, Some((shift, 0)))
        }
    };
    let is_wide = step.kind(|register| shapes.kinds[register.index()]) == Kind::Wide;
    let high = if is_wide { WIDE_SHIFT } else { Fixed::MAX_FRACTION };
    if let Some((shift, low)) = shift
        && !(low..=high).contains(&shift)
    {
        return Err(Defect::Shift { op, shift, low, high });
    }
    let shift = shift.map_or(0, |(shift, _)| shift);
    let limit = match (is_wide, shift) {
        (false, 0) => REGISTER_BITS,
        (false, _) => TRUNCATION_BITS,
        (true, 0) => WIDE_BITS,
        (true, _) => WIDE_TRUNCATION_BITS,
    };
    let bits = exact.map_or(128, Span::bits);
    match exact {
        Some(span) if bits <= limit => Ok((length, span.truncated(shift))),
        _ => Err(Defect::Range { op, bits, limit }),
    }
}
