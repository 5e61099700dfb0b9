//! One party's registers, round after round.

mod linear;

use super::compare::Comparison;
use super::frames::{Frames, Sinks};
use super::guarded::{Begin, Bench, Guarded, Ledger, Work};
use super::inject::{Inject, Operands};
use super::permute::{Move, Place, destinations};
use super::registers::Registers;
use super::split::Split;
use super::traffic::Role;
use super::truncate::Truncation;
use super::{Keys, Local, Share, TILE, bits, matmul, wide};
use crate::program::{Exchange, Kind, Op, Program, Register, Security};
use crate::stream::{Outbox, WORD};

/// Runs a program's operations on this party's shares.
pub(crate) struct Engine {
    program: Program,
    party: u8,
    keys: Keys,
    registers: Registers,
    pending: Vec<Pending>,
    /// The first register that an operation fills.
    first: usize,
    spare: Vec<u64>,
    /// What has to be proven of the messages, where that is asked for.
    ledger: Ledger,
}

/// An operation that waits for the next frames.
struct Pending {
    op: usize,
    stage: Stage,
}

enum Stage {
    /// A product: our piece is here, the next party's comes.
    Reshare(Vec<u64>),
    Opening(Truncation),
    Closing(Truncation),
    Deal(Split),
    Move(Move),
    Test(Comparison),
    Inject(Inject),
    Guarded(Work),
}

impl Engine {
    /// An engine over the input registers, in the program's order.
    pub(crate) fn new(program: Program, party: u8, keys: Keys, inputs: Vec<Share>) -> Self {
        let first = inputs.len();
        let registers = Registers::new(inputs, program.schedule().uses.clone());
        let (pending, spare) = (Vec::new(), Vec::new());
        let ledger = Ledger::new(program.security());
        Self { program, party, keys, registers, pending, first, spare, ledger }
    }

    /// Works up to the next exchange: takes the frames of the round before (none before the first
    /// one) and writes those of `round`. After the last round there is nothing to write.
    pub(crate) fn run(
        &mut self,
        round: usize,
        from_next: Vec<u64>,
        from_prev: Vec<u64>,
        to_next: &mut Outbox,
        to_prev: &mut Outbox,
    ) {
        let program = self.program.clone();
        let schedule = program.schedule();
        let mut frames = Frames::new(from_next, from_prev);
        let waiting = core::mem::take(&mut self.pending);
        let Some(words) = schedule.frames.get(round) else {
            for pending in waiting {
                self.absorb(pending, &mut frames, None);
            }
            for op in &schedule.starts[round] {
                self.start(*op, None);
            }
            return;
        };
        let words = words[usize::from(self.party)];
        to_next.begin(length(words.next));
        to_prev.begin(length(words.prev));
        for pending in waiting {
            self.absorb(pending, &mut frames, Some(Sinks { next: to_next, prev: to_prev }));
        }
        drop(frames);
        for op in &schedule.starts[round] {
            self.start(*op, Some(Sinks { next: to_next, prev: to_prev }));
        }
        to_next.end();
        to_prev.end();
    }

    /// Takes the frames of a portion's last round, after which nothing is under way.
    pub(crate) fn settle(&mut self, from_next: Vec<u64>, from_prev: Vec<u64>) {
        let mut frames = Frames::new(from_next, from_prev);
        for pending in core::mem::take(&mut self.pending) {
            self.absorb(pending, &mut frames, None);
        }
    }

    /// Drops what has been proven.
    pub(crate) fn forget(&mut self) {
        debug_assert!(self.pending.is_empty(), "a portion ends where nothing is under way");
        self.ledger = Ledger::new(self.program.security());
    }

    /// A register that is revealed, after the last round.
    pub(crate) fn result(&self, register: Register) -> Option<&Share> {
        self.registers.get(register)
    }

    /// What has to be proven, and the keys that hide it.
    pub(crate) fn proofs(&mut self) -> (&Ledger, &mut Keys) {
        (&self.ledger, &mut self.keys)
    }

    /// Makes this party believe and use something else than it holds.
    #[cfg(test)]
    pub(crate) fn deceive(&mut self, register: Register, lie: impl FnOnce(&mut Share)) {
        lie(self.registers.get_mut(register).expect("a register that is still used"));
    }

    /// Bytes held.
    pub(crate) fn held(&self) -> u64 {
        let pending: usize = self
            .pending
            .iter()
            .map(|pending| match &pending.stage {
                Stage::Reshare(own) => own.capacity(),
                Stage::Opening(truncation) | Stage::Closing(truncation) => truncation.words(),
                Stage::Deal(split) => split.words(),
                Stage::Move(step) => step.words(),
                Stage::Test(comparison) => comparison.words(),
                Stage::Inject(inject) => inject.words(),
                Stage::Guarded(work) => work.words(),
            })
            .sum();
        ((self.registers.words() + pending + self.ledger.words()) * WORD) as u64
    }

    fn absorb(&mut self, pending: Pending, frames: &mut Frames, sinks: Option<Sinks<'_>>) {
        let op = pending.op;
        let length = self.words(op);
        match pending.stage {
            Stage::Reshare(own) => {
                let next = frames.take_next(length);
                self.registers.fill(self.first + op, Share { own, next });
            }
            Stage::Opening(mut truncation) => {
                // A truncation takes two rounds, so there is a round to write to.
                let Some(sinks) = sinks else { return };
                let corrections = length + length.div_ceil(2);
                match truncation.role {
                    Role::Dealer => {}
                    Role::After => {
                        let opened = frames.read_next(length);
                        truncation.close(&self.keys, opened, &[], sinks.next);
                    }
                    Role::Before => {
                        let (dealt, opened) = frames.read_both(corrections, length);
                        truncation.close(&self.keys, opened, dealt, sinks.prev);
                    }
                }
                self.pending.push(Pending { op, stage: Stage::Closing(truncation) });
            }
            Stage::Closing(truncation) => {
                let received = match truncation.role {
                    Role::Dealer => &[],
                    Role::After => frames.read_next(length),
                    Role::Before => frames.read_prev(length),
                };
                let share = truncation.finish(&self.keys, received);
                self.registers.fill(self.first + op, share);
            }
            Stage::Deal(split) => {
                let share = split.finish(frames);
                self.registers.fill(self.first + op, share);
            }
            Stage::Move(mut step) => {
                let Op::Permute { by, .. } = self.program.ops()[op] else { return };
                let all = length + self.program.lengths()[by.index()] as usize;
                match step.absorb(all, &self.keys, frames, sinks) {
                    Some(share) => self.registers.fill(self.first + op, share),
                    None => self.pending.push(Pending { op, stage: Stage::Move(step) }),
                }
            }
            Stage::Test(mut comparison) => match comparison.absorb(&mut self.keys, frames, sinks) {
                Some(share) => self.registers.fill(self.first + op, share),
                None => self.pending.push(Pending { op, stage: Stage::Test(comparison) }),
            },
            Stage::Inject(mut inject) => match inject.absorb(&self.keys, frames, sinks) {
                Some(share) => self.registers.fill(self.first + op, share),
                None => self.pending.push(Pending { op, stage: Stage::Inject(inject) }),
            },
            Stage::Guarded(mut work) => {
                let mut bench = Bench { keys: &mut self.keys, ledger: &mut self.ledger };
                match work.absorb(&mut bench, frames, sinks) {
                    Some(share) => self.registers.fill(self.first + op, share),
                    None => self.pending.push(Pending { op, stage: Stage::Guarded(work) }),
                }
            }
        }
    }

    fn start(&mut self, index: usize, sinks: Option<Sinks<'_>>) {
        let op = self.program.ops()[index];
        if let Some(share) = self.wide(op).or_else(|| self.linear(op)) {
            self.registers.fill(self.first + index, share);
            return;
        }
        // The schedule starts an exchange only where a round follows.
        let Some(sinks) = sinks else { return };
        let place = (index, self.party);
        if let Exchange::Guarded(guarded) = self.program.exchange(index) {
            if let Some(own) = self.unproven(op, guarded, sinks.prev) {
                self.pending.push(Pending { op: index, stage: Stage::Reshare(own) });
                for operand in op.operands() {
                    self.registers.release(operand);
                }
                return;
            }
            let Some(begin) = self.begin(index, op, guarded) else { return };
            let mut bench = Bench { keys: &mut self.keys, ledger: &mut self.ledger };
            let work = Work::open(begin, place, &mut bench, sinks);
            self.pending.push(Pending { op: index, stage: Stage::Guarded(work) });
            return;
        }
        let product = self.computed(op);
        let stage = match self.program.exchange(index) {
            Exchange::Local | Exchange::Guarded(_) => return,
            Exchange::Reshare => match product {
                Some(own) => Stage::Reshare(self.mask(own, sinks.prev)),
                None => Stage::Reshare(self.reshare(op, sinks.prev)),
            },
            Exchange::And => Stage::Reshare(self.and(op, sinks.prev)),
            Exchange::Truncate { shift } => {
                let role = Role::of(index, self.party);
                let to = match role {
                    Role::After => sinks.next,
                    Role::Dealer | Role::Before => sinks.prev,
                };
                let local = match &product {
                    Some(words) => Local::Words(words),
                    None => local(&self.registers, op),
                };
                Stage::Opening(Truncation::open(role, shift, local, &mut self.keys, to))
            }
            Exchange::Permute { .. } => {
                let Op::Permute { a, by, .. } = op else { return };
                let (columns, order) = (self.registers.read(a), self.registers.read(by));
                let place = Place::of(index, self.party);
                Stage::Move(Move::open(place, columns, order, &mut self.keys, sinks))
            }
            Exchange::Deal { count } => {
                let Op::DealtBits { a, .. } = op else { return };
                let number = self.registers.read(a);
                Stage::Deal(Split::open(number, count, self.party, &mut self.keys, sinks.next))
            }
            Exchange::Test(test) => {
                let (Op::Negative { a } | Op::Zero { a }) = op else { return };
                let number = self.registers.read(a);
                Stage::Test(Comparison::open(test, place, number, &mut self.keys, sinks.next))
            }
            Exchange::Inject(_) => {
                let Some(operands) = self.choice(op) else { return };
                let length = self.program.lengths()[self.first + index] as usize;
                let inject = Inject::open(operands, length, place, &mut self.keys, sinks.next);
                self.pending.push(Pending { op: index, stage: Stage::Inject(inject) });
                return;
            }
        };
        self.pending.push(Pending { op: index, stage });
        for operand in op.operands() {
            self.registers.release(operand);
        }
    }

    /// Our piece of a wide product that nobody asks to see proven: its factors need not be kept.
    fn unproven(&mut self, op: Op, guarded: Guarded, to_prev: &mut Outbox) -> Option<Vec<u64>> {
        let is_proven = self.program.security() == Security::Malicious;
        if guarded != Guarded::WideProduct || is_proven {
            return None;
        }
        let block = if let Op::Dot { block, .. } = op { block as usize } else { 1 };
        let mut factors = op.operands().map(|factor| self.registers.read(factor));
        let (left, right) = (factors.next()?, factors.next()?);
        let (_, own) = wide::reshare(left, right, block, &mut self.keys, to_prev);
        Some(own)
    }

    /// What goes into a guarded exchange, taken from its registers.
    fn begin(&mut self, index: usize, op: Op, guarded: Guarded) -> Option<Begin> {
        let registers = &mut self.registers;
        match op {
            Op::Mul { a, b, .. } if guarded == Guarded::WideProduct => {
                let (left, right) = (registers.take(a), registers.take(b));
                Some(Begin::Wide { left, right, block: 1 })
            }
            Op::Dot { a, b, block, .. } if guarded == Guarded::WideProduct => {
                let (left, right) = (registers.take(a), registers.take(b));
                Some(Begin::Wide { left, right, block: block as usize })
            }
            Op::Trunc { a, shift } if guarded == Guarded::WideTruncate => {
                Some(Begin::Cut { number: registers.take(a), shift })
            }
            Op::Widen { a } => Some(Begin::Widen { number: registers.take(a) }),
            Op::Shuffle { a, columns } => {
                Some(Begin::Shuffle { number: registers.take(a), columns: columns as usize })
            }
            Op::Mul { a, b, shift } => {
                let (left, right) = (registers.take(a), registers.take(b));
                let shift = (shift > 0).then_some(shift);
                Some(Begin::Product { left, right, block: 1, shift })
            }
            Op::Dot { a, b, block, shift } => {
                let (left, right) = (registers.take(a), registers.take(b));
                let shift = (shift > 0).then_some(shift);
                Some(Begin::Product { left, right, block: block as usize, shift })
            }
            Op::Matmul { a, b, size, transposed, shift } => {
                let (mut left, mut right) = (registers.take(a), registers.take(b));
                if transposed.left() {
                    left = matmul::flipped(&left, size.inner, size.rows);
                }
                if !transposed.right() {
                    right = matmul::flipped(&right, size.inner, size.columns);
                }
                let shift = (shift > 0).then_some(shift);
                Some(Begin::Matrices { left, right, size, shift })
            }
            Op::And { a, b } => {
                Some(Begin::And { left: registers.take(a), right: registers.take(b) })
            }
            Op::Scale { a, constant, shift } => {
                let mut number = registers.take(a);
                number.mul_public(constant);
                Some(Begin::Truncate { number, shift })
            }
            Op::Trunc { a, shift } => Some(Begin::Truncate { number: registers.take(a), shift }),
            Op::DealtBits { a, count } => Some(Begin::Deal { number: registers.take(a), count }),
            Op::Negative { a } | Op::Zero { a } => {
                let Guarded::Test(test) = guarded else { return None };
                Some(Begin::Test { number: registers.take(a), test })
            }
            _ => {
                let length = self.program.lengths()[self.first + index] as usize;
                Some(Begin::Inject { operands: self.choice(op)?, length })
            }
        }
    }

    /// What goes into an injection, taken from its registers.
    fn choice(&mut self, op: Op) -> Option<Operands> {
        match op {
            Op::Number { a } => {
                Some(Operands { bits: self.registers.take(a), factor: None, base: None })
            }
            Op::Keep { bits, a } => {
                let factor = Some(self.registers.take(a));
                Some(Operands { bits: self.registers.take(bits), factor, base: None })
            }
            Op::Select { bits, a, b } => {
                let mut difference = self.registers.take(a);
                difference.sub(self.registers.read(b));
                let base = Some(self.registers.take(b));
                Some(Operands { bits: self.registers.take(bits), factor: Some(difference), base })
            }
            Op::Add { .. }
            | Op::Sub { .. }
            | Op::AddPublic { .. }
            | Op::MulPublic { .. }
            | Op::Scale { .. }
            | Op::Mul { .. }
            | Op::Dot { .. }
            | Op::Sum { .. }
            | Op::Trunc { .. }
            | Op::Negative { .. }
            | Op::Zero { .. }
            | Op::Not { .. }
            | Op::Xor { .. }
            | Op::And { .. }
            | Op::Gather { .. }
            | Op::Join { .. }
            | Op::Fill { .. }
            | Op::SumBlocks { .. }
            | Op::Running { .. }
            | Op::Bound { .. }
            | Op::DealtBits { .. }
            | Op::HeldBits { .. }
            | Op::Destinations { .. }
            | Op::Permute { .. }
            | Op::Shuffle { .. }
            | Op::Widen { .. }
            | Op::Narrow { .. }
            | Op::Matmul { .. } => None,
        }
    }

    /// Our piece of a product of matrices, or of places.
    fn computed(&self, op: Op) -> Option<Vec<u64>> {
        if let Op::Destinations { a } = op {
            return Some(destinations(self.registers.read(a), self.party));
        }
        let Op::Matmul { a, b, size, transposed, .. } = op else { return None };
        let (x, y) = (self.registers.read(a), self.registers.read(b));
        Some(matmul::product(x, y, size, transposed))
    }

    /// Masks our piece of a product, sends it to the party before us and keeps it.
    fn mask(&mut self, mut own: Vec<u64>, to_prev: &mut Outbox) -> Vec<u64> {
        let lanes = self.keys.lanes();
        self.keys.mask(&lanes, 0, &mut own);
        to_prev.write(&own);
        own
    }

    /// Masks our piece of an AND, sends it to the party before us and keeps it.
    fn and(&mut self, op: Op, to_prev: &mut Outbox) -> Vec<u64> {
        let lanes = self.keys.lanes();
        let mut own = Vec::new();
        if let Op::And { a, b } = op {
            let (a, b) = (self.registers.read(a), self.registers.read(b));
            own.reserve_exact(a.len());
            bits::and(a, b, &mut own);
        }
        self.keys.mask_bits(&lanes, 0, &mut own);
        to_prev.write(&own);
        own
    }

    fn kind(&self, register: Register) -> Kind {
        self.program.kinds()[register.index()]
    }

    /// Masks our piece of a product, sends it to the party before us and keeps it.
    ///
    /// At its last use the left factor gives its room to the product: a large vector costs more to
    /// ask the system for than to fill.
    fn reshare(&mut self, op: Op, to_prev: &mut Outbox) -> Vec<u64> {
        let lanes = self.keys.lanes();
        let mut factor = None;
        if let Op::Mul { a, b, .. } = op
            && a != b
        {
            factor = self.registers.take_last(a);
        }
        let length = match &factor {
            Some(factor) => factor.len(),
            None => local(&self.registers, op).len(),
        };
        let mut fresh = Vec::with_capacity(if factor.is_some() { 0 } else { length });
        let mut tile = [0; TILE];
        for from in (0..length).step_by(TILE) {
            let tile = &mut tile[..TILE.min(length - from)];
            match (&factor, op) {
                (Some(a), Op::Mul { b, .. }) => Local::Product(a, self.registers.read(b)),
                _ => local(&self.registers, op),
            }
            .fill(from, tile);
            self.keys.mask(&lanes, from, tile);
            to_prev.write(tile);
            match &mut factor {
                Some(factor) => factor.own[from..from + tile.len()].copy_from_slice(tile),
                None => fresh.extend_from_slice(tile),
            }
        }
        match factor {
            Some(factor) => {
                self.spare = factor.next;
                factor.own
            }
            None => fresh,
        }
    }

    /// A vector that is no longer needed, for the next frame to be received into.
    pub(crate) fn spare(&mut self) -> Vec<u64> {
        core::mem::take(&mut self.spare)
    }

    /// Words of a piece of an operation's result.
    fn words(&self, op: usize) -> usize {
        length(self.program.words(self.first + op))
    }
}

/// Our part of an operation with an exchange; a vector without a factor for any other.
fn local(registers: &Registers, op: Op) -> Local<'_> {
    match op {
        Op::Mul { a, b, .. } => Local::Product(registers.read(a), registers.read(b)),
        Op::Dot { a, b, block, .. } => {
            Local::Dot(registers.read(a), registers.read(b), block as usize)
        }
        Op::Scale { a, constant, .. } => Local::Scaled(registers.read(a), constant),
        Op::Trunc { a, .. }
        | Op::Add { a, .. }
        | Op::Sub { a, .. }
        | Op::AddPublic { a, .. }
        | Op::MulPublic { a, .. }
        | Op::Sum { a }
        | Op::Negative { a }
        | Op::Zero { a }
        | Op::Not { a }
        | Op::Xor { a, .. }
        | Op::And { a, .. }
        | Op::Number { a }
        | Op::Keep { a, .. }
        | Op::Select { a, .. }
        | Op::Gather { a, .. }
        | Op::Join { a, .. }
        | Op::SumBlocks { a, .. }
        | Op::Running { a, .. }
        | Op::Bound { a, .. }
        | Op::DealtBits { a, .. }
        | Op::HeldBits { a, .. }
        | Op::Destinations { a }
        | Op::Permute { a, .. }
        | Op::Shuffle { a, .. }
        | Op::Widen { a }
        | Op::Narrow { a }
        | Op::Matmul { a, .. } => Local::Plain(registers.read(a)),
        Op::Fill { .. } => Local::Words(&[]),
    }
}

/// Words of a frame: checked programs have frames far below the address space.
fn length(words: u64) -> usize {
    usize::try_from(words).unwrap_or(usize::MAX)
}
