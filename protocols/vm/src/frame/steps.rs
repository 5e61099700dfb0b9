//! One instruction after the other.

use super::words::{
    byte, divide, is_below_signed, remainder, shift_left, shift_right, shift_signed,
};
use super::{Fault, Frame, Stop};
use crate::journal::Journal;
use crate::observe::{Kind, Observer, Step};
use alloy_primitives::U256;
use evm::interpreter::ExitSucceed;
use troupe_chain::state::StateView;

impl Frame {
    /// Runs until it stops.
    pub(super) fn steps<V: StateView, O: Observer>(&mut self, journal: &mut Journal<V, O>) -> Stop {
        let program = std::sync::Arc::clone(&self.program);
        let code = program.padded();
        loop {
            if O::STOPS && journal.is_over() {
                return Fault::OutOfGas.into();
            }
            // One step leads at most 33 bytes on, to the zeros behind the code.
            let instruction = code.get(self.at).copied().unwrap_or(0);
            if O::STEPS {
                self.show(journal, instruction);
            }
            match self.step(journal, code, instruction) {
                Ok(None) => {}
                Ok(Some(stop)) => return stop,
                Err(fault) => return fault.into(),
            }
        }
    }

    fn show<V: StateView, O: Observer>(&self, journal: &mut Journal<V, O>, instruction: u8) {
        let step = Step {
            depth: self.place.depth + 1,
            account: self.place.address,
            place: self.at,
            instruction,
            gas: self.left.0,
            refund: u64::try_from(journal.transaction.refund).unwrap_or(0),
            stack: self.machine.stack.data(),
            memory: self.memory.as_slice(),
            returned: &self.returned,
        };
        if let Some(observer) = journal.observer() {
            observer.step(&step);
        }
    }

    #[inline(always)]
    fn step<V: StateView, O: Observer>(
        &mut self,
        journal: &mut Journal<V, O>,
        code: &[u8],
        instruction: u8,
    ) -> Result<Option<Stop>, Fault> {
        self.at += 1;
        match instruction {
            0x00 => return Ok(Some(Stop::Done(ExitSucceed::Stopped))),
            0x01 => self.binary(3, U256::wrapping_add),
            0x02 => self.binary(5, U256::wrapping_mul),
            0x03 => self.binary(3, U256::wrapping_sub),
            0x04 => self.binary(5, divide),
            0x06 => self.binary(5, remainder),
            // SDIV, SMOD, SIGNEXTEND; ADDMOD, MULMOD
            0x05 | 0x07 | 0x0b => self.package(journal, instruction, 5),
            0x08 | 0x09 => self.package(journal, instruction, 8),
            0x0a => self.exp(journal),
            0x10 => self.compare(|first, second| first < second),
            0x11 => self.compare(|first, second| first > second),
            0x12 => self.compare(is_below_signed),
            0x13 => self.compare(|first, second| is_below_signed(second, first)),
            0x14 => self.compare(|first, second| first == second),
            0x15 => self.unary(3, |top| U256::from(u64::from(top.is_zero()))),
            0x16 => self.binary(3, |first, second| first & second),
            0x17 => self.binary(3, |first, second| first | second),
            0x18 => self.binary(3, |first, second| first ^ second),
            0x19 => self.unary(3, |top| !top),
            0x1a => self.binary(3, byte),
            0x1b => self.binary(3, shift_left),
            0x1c => self.binary(3, shift_right),
            0x1d => self.binary(3, shift_signed),
            0x20 => self.keccak(),
            0x30 => self.push_address(self.place.address),
            // BALANCE, EXTCODESIZE, EXTCODEHASH
            0x31 | 0x3b | 0x3f => self.ask(journal, instruction),
            0x33 => self.push_address(self.place.caller),
            0x34 => self.constant(2, self.place.value),
            0x35 => self.calldataload(),
            0x36 => self.constant(2, U256::from(self.input.as_slice().len())),
            0x37 => self.calldatacopy(),
            0x38 => self.constant(2, U256::from(self.program.code().len())),
            0x39 => self.codecopy(),
            0x3c => self.extcodecopy(journal),
            0x3d => self.constant(2, U256::from(self.returned.len())),
            0x3e => self.returndatacopy(),
            0x40 => self.package(journal, instruction, 20),
            // ORIGIN, GASPRICE, COINBASE, TIMESTAMP, NUMBER, PREVRANDAO, GASLIMIT, CHAINID, BASEFEE, BLOBBASEFEE
            0x32 | 0x3a | 0x41..=0x46 | 0x48 | 0x4a => self.package(journal, instruction, 2),
            // SELFBALANCE, BLOBHASH
            0x47 => self.package(journal, instruction, 5),
            0x49 => self.package(journal, instruction, 3),
            0x50 => self.charge(2).and_then(|()| self.pop().map(|_| ())),
            0x51 => self.mload(),
            0x52 => self.mstore(),
            0x53 => self.mstore8(),
            0x54 => self.sload(journal),
            0x55 => self.sstore(journal),
            0x56 => {
                let to = self.pop()?;
                self.charge(8)?;
                self.jump(to)
            }
            0x57 => {
                self.need(2)?;
                let (to, condition) = (self.pop()?, self.pop()?);
                self.charge(10)?;
                if condition.is_zero() { Ok(()) } else { self.jump(to) }
            }
            0x58 => self.constant(2, U256::from(self.at - 1)),
            0x59 => self.constant(2, U256::from(self.memory.as_slice().len())),
            0x5a => {
                self.charge(2)?;
                self.push(U256::from(self.left.0))
            }
            0x5b => self.charge(1),
            // TLOAD, TSTORE
            0x5c => self.package(journal, instruction, 100),
            0x5d => self.tstore(journal),
            0x5e => self.mcopy(),
            0x5f => self.constant(2, U256::ZERO),
            0x60 => {
                let value = U256::from(u64::from(code[self.at]));
                self.at += 1;
                self.constant(3, value)
            }
            0x61..=0x7f => self.push_bytes(code, usize::from(instruction - 0x5f)),
            0x80..=0x8f => {
                let value = self.peek(usize::from(instruction - 0x80))?;
                self.constant(3, value)
            }
            0x90..=0x9f => {
                let depth = usize::from(instruction - 0x8f);
                let (top, other) = (self.peek(0)?, self.peek(depth)?);
                self.charge(3)?;
                self.set(0, other)?;
                self.set(depth, top)
            }
            0xa0..=0xa4 => self.log(journal, instruction - 0xa0),
            0xf0 => return self.create(false).map(Some),
            0xf1 => return self.call(journal, Kind::Call).map(Some),
            0xf2 => return self.call(journal, Kind::CallCode).map(Some),
            0xf3 => {
                self.leave_output()?;
                return Ok(Some(Stop::Done(ExitSucceed::Returned)));
            }
            0xf4 => return self.call(journal, Kind::Delegate).map(Some),
            0xf5 => return self.create(true).map(Some),
            0xfa => return self.call(journal, Kind::Static).map(Some),
            0xfd => {
                self.leave_output()?;
                return Ok(Some(Stop::Reverted));
            }
            0xff => return self.selfdestruct(journal).map(Some),
            _ => Err(Fault::BadInstruction(instruction)),
        }?;
        Ok(None)
    }

    /// Pushes what follows in the code, which has zeros behind it.
    #[inline]
    fn push_bytes(&mut self, code: &[u8], length: usize) -> Result<(), Fault> {
        let mut bytes = [0; 32];
        bytes[32 - length..].copy_from_slice(&code[self.at..self.at + length]);
        self.at += length;
        self.constant(3, U256::from_be_bytes(bytes))
    }
}
