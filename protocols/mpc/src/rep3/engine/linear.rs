//! Operations that a party does by itself.

use super::Engine;
use crate::program::{Kind, Op, Register};
use crate::rep3::Share;
use crate::rep3::split::Split;

impl Engine {
    /// The result of an operation that needs nobody else.
    pub(super) fn linear(&mut self, op: Op) -> Option<Share> {
        match op {
            Op::Add { a, b } => {
                let mut share = self.registers.take(a);
                share.add(self.registers.read(b));
                self.registers.release(b);
                Some(share)
            }
            Op::Sub { a, b } => {
                let mut share = self.registers.take(a);
                share.sub(self.registers.read(b));
                self.registers.release(b);
                Some(share)
            }
            Op::AddPublic { a, constant } => {
                let mut share = self.registers.take(a);
                share.add_public(self.party, constant);
                Some(share)
            }
            Op::MulPublic { a, constant } => {
                let mut share = self.registers.take(a);
                share.mul_public(constant);
                Some(share)
            }
            Op::Sum { a } => {
                let sum = self.registers.read(a).sum();
                self.registers.release(a);
                Some(sum)
            }
            Op::Not { a } => {
                let mut share = self.registers.take(a);
                share.flip(self.party);
                Some(share)
            }
            Op::Xor { a, b } => {
                let mut share = self.registers.take(a);
                share.xor(self.registers.read(b));
                self.registers.release(b);
                Some(share)
            }
            Op::Scale { .. }
            | Op::Mul { .. }
            | Op::Dot { .. }
            | Op::Trunc { .. }
            | Op::Negative { .. }
            | Op::Zero { .. }
            | Op::And { .. }
            | Op::Number { .. }
            | Op::Keep { .. }
            | Op::Select { .. }
            | Op::DealtBits { .. }
            | Op::Destinations { .. }
            | Op::Permute { .. }
            | Op::Shuffle { .. }
            | Op::Widen { .. }
            | Op::Narrow { .. }
            | Op::Matmul { .. } => None,
            Op::HeldBits { a, count } => {
                let bits = Split::held(self.registers.read(a), count, self.party);
                self.registers.release(a);
                Some(bits)
            }
            Op::Gather { a, grid } => {
                let share = self.registers.read(a).gather(&grid, self.kind(a));
                self.registers.release(a);
                Some(share)
            }
            Op::Join { a, b } => {
                let length = |register: Register| self.program.lengths()[register.index()] as usize;
                let (left, right) = (self.registers.read(a), self.registers.read(b));
                let share = left.join(length(a), right, length(b), self.kind(a));
                self.registers.release(a);
                self.registers.release(b);
                Some(share)
            }
            Op::Fill { first, step, count } => {
                let (first, step) = (first.cast_unsigned(), step.cast_unsigned());
                let value = |at: usize| first.wrapping_add(step.wrapping_mul(at as u64));
                Some(Share::public(self.party, count as usize, value))
            }
            Op::SumBlocks { a, block } => {
                let sums = self.registers.read(a).sum_blocks(block as usize);
                self.registers.release(a);
                Some(sums)
            }
            Op::Running { a, block } => {
                let mut share = self.registers.take(a);
                share.run(block as usize);
                Some(share)
            }
            Op::Bound { a, .. } => Some(self.registers.take(a)),
        }
    }

    /// The result of an operation on wide numbers that needs nobody else and is another one than that on words.
    pub(super) fn wide(&mut self, op: Op) -> Option<Share> {
        let a = op.operands().next().filter(|a| self.kind(*a) == Kind::Wide)?;
        match op {
            Op::Narrow { .. } => {
                let share = self.registers.read(a).narrowed();
                self.registers.release(a);
                Some(share)
            }
            Op::Add { b, .. } => {
                let mut share = self.registers.take(a);
                share.add_wide(self.registers.read(b));
                self.registers.release(b);
                Some(share)
            }
            Op::Sub { b, .. } => {
                let mut share = self.registers.take(a);
                share.sub_wide(self.registers.read(b));
                self.registers.release(b);
                Some(share)
            }
            Op::AddPublic { constant, .. } => {
                let mut share = self.registers.take(a);
                share.add_public_wide(self.party, constant);
                Some(share)
            }
            Op::MulPublic { constant, .. } => {
                let mut share = self.registers.take(a);
                share.mul_public_wide(constant);
                Some(share)
            }
            Op::Sum { .. } | Op::SumBlocks { .. } => {
                let block = if let Op::SumBlocks { block, .. } = op { block } else { u32::MAX };
                let sums = self.registers.read(a).sum_blocks_wide(block as usize);
                self.registers.release(a);
                Some(sums)
            }
            Op::Running { block, .. } => {
                let mut share = self.registers.take(a);
                share.run_wide(block as usize);
                Some(share)
            }
            // The same as on words, or with an exchange.
            Op::Gather { .. }
            | Op::Join { .. }
            | Op::Bound { .. }
            | Op::Mul { .. }
            | Op::Dot { .. }
            | Op::Trunc { .. } => None,
            // A checked program has none of these on wide numbers.
            Op::Scale { .. }
            | Op::Negative { .. }
            | Op::Zero { .. }
            | Op::Not { .. }
            | Op::Xor { .. }
            | Op::And { .. }
            | Op::Number { .. }
            | Op::Keep { .. }
            | Op::Select { .. }
            | Op::Fill { .. }
            | Op::DealtBits { .. }
            | Op::HeldBits { .. }
            | Op::Destinations { .. }
            | Op::Permute { .. }
            | Op::Shuffle { .. }
            | Op::Widen { .. }
            | Op::Matmul { .. } => None,
        }
    }
}
