//! Calls and creations.

use super::{Fault, Frame, Stop, Wish};
use crate::journal::Journal;
use crate::message::{Call, Creation, Ended, How, MAX_INIT_CODE, Message};
use crate::observe::{Kind, Observer};
use crate::price;
use alloy_primitives::U256;
use evm::interpreter::ExitError;
use troupe_chain::state::StateView;
use troupe_chain::transaction::makes_module;

/// Where the answer goes.
pub(crate) enum Resume {
    /// What is returned goes to so many bytes of memory.
    Call {
        from: usize,
        length: usize,
    },
    Create,
}

impl Frame {
    pub(super) fn call<V: StateView, O: Observer>(
        &mut self,
        journal: &mut Journal<V, O>,
        kind: Kind,
    ) -> Result<Stop, Fault> {
        let has_value = matches!(kind, Kind::Call | Kind::CallCode);
        self.need(if has_value { 7 } else { 6 })?;
        let (wanted, code) = (self.pop()?, self.pop_address()?);
        let value = if has_value { self.pop()? } else { U256::ZERO };
        let pays = !value.is_zero();
        if self.place.is_static && pays && kind == Kind::Call {
            return Err(Fault::WriteProtection);
        }
        let (from, length) = (self.pop()?, self.pop()?);
        let (back, most) = (self.pop()?, self.pop()?);
        let (from, length) = self.range(from, length)?;
        let (back, most) = self.range(back, most)?;

        let is_cold = journal.touch(code);
        // EIP-161
        let makes_account = pays && kind == Kind::Call && journal.account(&code).is_empty();
        self.charge(price::call(is_cold, pays, makes_account))?;
        let given = price::all_but_one_64th(self.left.0);
        let given = u64::try_from(wanted).map_or(given, |wanted| wanted.min(given));
        self.charge(given)?;
        let gas = if pays { given.saturating_add(price::STIPEND) } else { given };

        self.returned = Vec::new();
        let here = &self.place;
        let (caller, to, value) = match kind {
            Kind::CallCode => (here.address, here.address, value),
            Kind::Delegate => (here.caller, here.address, here.value),
            Kind::Call | Kind::Static | Kind::Create | Kind::Create2 => (here.address, code, value),
        };
        let call = Call {
            kind,
            from: caller,
            to,
            code,
            value,
            input: self.memory.share(from, length),
            gas,
            is_static: here.is_static || kind == Kind::Static,
            depth: here.depth + 1,
        };
        let resume = Resume::Call { from: back, length: most };
        Ok(Stop::Wish(Box::new(Wish { message: Message::Call(call), resume })))
    }

    pub(super) fn create(&mut self, is_salted: bool) -> Result<Stop, Fault> {
        self.need(if is_salted { 4 } else { 3 })?;
        if self.place.is_static {
            return Err(Fault::WriteProtection);
        }
        let (value, from, length) = (self.pop()?, self.pop()?, self.pop()?);
        let how = if is_salted { How::Salt(self.pop_hash()?) } else { How::Number };
        let size = u32::try_from(length).map_err(|_| Fault::OutOfGas)? as usize;
        let (from, length) = self.range(from, length)?;
        let code = self.memory.share(from, length);
        // EIP-3860
        if size > MAX_INIT_CODE && !makes_module(code.as_slice()) {
            return Err(Fault::InitCode);
        }
        self.charge(price::create(size, is_salted))?;
        let gas = price::all_but_one_64th(self.left.0);
        self.charge(gas)?;

        self.returned = Vec::new();
        let (from, depth) = (self.place.address, self.place.depth + 1);
        let (caller, is_successor) = (from, false);
        let creation = Creation { from, caller, is_successor, value, code, how, gas, depth };
        let resume = Resume::Create;
        Ok(Stop::Wish(Box::new(Wish { message: Message::Create(creation), resume })))
    }

    /// Puts the answer where the frame finds it. There is room on the stack: the instruction took more
    /// words than it gives.
    pub(super) fn answer(&mut self, resume: Resume, ended: Ended) {
        let Ended { result, output, created, .. } = ended;
        let answer = match (&resume, &result, created) {
            (Resume::Create, Ok(()), Some(address)) => super::words::word(&address),
            (Resume::Call { .. }, Ok(()), _) => U256::from(1),
            (_, Ok(()) | Err(_), _) => U256::ZERO,
        };
        let is_pushed = self.push(answer);
        debug_assert!(is_pushed.is_ok(), "there is room");
        match resume {
            Resume::Call { from, length } => {
                let length = length.min(output.len());
                self.memory.write(from, &output[..length]);
                self.returned = output;
            }
            // EIP-211: what a creation returns is code, and is gone.
            Resume::Create if result == Err(ExitError::Reverted) => self.returned = output,
            Resume::Create => {}
        }
    }
}
