//! Instructions with a price that depends on the state, and those that the package does.

use super::words::address;
use super::{Fault, Frame, Stop};
use crate::journal::Journal;
use crate::observe::Observer;
use crate::price;
use alloy_primitives::U256;
use evm::interpreter::trap::CallCreateTrap;
use evm::interpreter::{Control, ExitError, ExitSucceed, eval};
use troupe_chain::state::StateView;

/// `EXP`, and each byte of its power. EIP-160
const EXP: u64 = 10;
const EXP_BYTE: u64 = 50;

impl Frame {
    pub(super) fn sload<V: StateView, O: Observer>(
        &mut self,
        journal: &mut Journal<V, O>,
    ) -> Result<(), Fault> {
        self.need(1)?;
        let slot = self.pop_hash()?;
        let (value, is_cold) = journal.load(self.place.address, slot);
        self.charge(price::slot(is_cold))?;
        self.push(value)
    }

    // EIP-2200
    pub(super) fn sstore<V: StateView, O: Observer>(
        &mut self,
        journal: &mut Journal<V, O>,
    ) -> Result<(), Fault> {
        self.need(2)?;
        if self.place.is_static {
            return Err(Fault::WriteProtection);
        }
        if self.left.0 <= price::STIPEND {
            return Err(Fault::OutOfGas);
        }
        let (slot, value) = (self.pop_hash()?, self.pop()?);
        let writing = journal.about_to_store(self.place.address, slot);
        self.charge(writing.price(value))?;
        journal.transaction.refund += writing.refund(value);
        journal.store(self.place.address, slot, value);
        Ok(())
    }

    pub(super) fn selfdestruct<V: StateView, O: Observer>(
        &mut self,
        journal: &mut Journal<V, O>,
    ) -> Result<Stop, Fault> {
        self.need(1)?;
        if self.place.is_static {
            return Err(Fault::WriteProtection);
        }
        let heir = self.pop_address()?;
        let is_cold = journal.touch(heir);
        let pays = !journal.account(&self.place.address).balance.is_zero();
        let makes_account = pays && journal.account(&heir).is_empty();
        self.charge(price::destroy(is_cold, makes_account))?;
        journal.destroy(self.place.address, heir);
        Ok(Stop::Done(ExitSucceed::Suicided))
    }

    pub(super) fn exp<V: StateView, O: Observer>(
        &mut self,
        journal: &mut Journal<V, O>,
    ) -> Result<(), Fault> {
        let bytes = self.peek(1)?.byte_len() as u64;
        self.package(journal, 0x0a, EXP + EXP_BYTE * bytes)
    }

    /// An instruction that asks after an account.
    pub(super) fn ask<V: StateView, O: Observer>(
        &mut self,
        journal: &mut Journal<V, O>,
        instruction: u8,
    ) -> Result<(), Fault> {
        let is_cold = journal.touch(address(self.peek(0)?));
        self.package(journal, instruction, price::account(is_cold))
    }

    pub(super) fn tstore<V: StateView, O: Observer>(
        &mut self,
        journal: &mut Journal<V, O>,
    ) -> Result<(), Fault> {
        self.need(2)?;
        if self.place.is_static {
            return Err(Fault::WriteProtection);
        }
        self.package(journal, 0x5d, price::WARM)
    }

    /// An instruction that the package does, of one byte, on the stack alone.
    pub(super) fn package<V: StateView, O: Observer>(
        &mut self,
        journal: &mut Journal<V, O>,
        instruction: u8,
        gas: u64,
    ) -> Result<(), Fault> {
        self.charge(gas)?;
        let control: Control<CallCreateTrap> =
            eval::eval_any(&mut self.machine, journal, usize::from(instruction));
        match control {
            Control::Continue(1) => Ok(()),
            Control::Exit(Err(ExitError::Exception(exception))) => Err(exception.into()),
            Control::Continue(_)
            | Control::Exit(_)
            | Control::NoAction
            | Control::Jump(_)
            | Control::Trap(_) => Err(Fault::Package),
        }
    }

    pub(super) fn jump(&mut self, to: U256) -> Result<(), Fault> {
        let to = usize::try_from(to).map_err(|_| Fault::BadJump)?;
        if !self.program.is_target(to) {
            return Err(Fault::BadJump);
        }
        self.at = to;
        Ok(())
    }
}
