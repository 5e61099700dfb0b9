//! Calls: who runs, and what is undone.

use super::Program;
use super::frame::{Frame, Halt, Inner};
use crate::call::Kind;
use crate::panic::{Answer, Said};
use crate::{Address, Host, U256};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

const SUCCEEDED: u32 = 0;
const REVERTED: u32 = 1;
const FAILED: u32 = 2;
/// Calls within each other. The chain allows more; a test's thread has less room.
const DEPTH: usize = 128;

/// What the caller of a program that panicked gets.
fn answer(panic: &Box<dyn Any + Send>) -> Vec<u8> {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Answer::to(&Said::new(text.unwrap_or("panicked"))).as_bytes().to_vec()
}

impl Inner {
    pub(crate) fn call(
        &self,
        kind: Kind,
        to: &[u8; 20],
        _gas: u64,
        input: &[u8],
    ) -> (u32, Vec<u8>) {
        let to = Address(*to);
        let here = &self.frame;
        let (address, caller, value) = match kind {
            Kind::Plain(value) => (to, here.address, value),
            Kind::Static => (to, here.address, U256::ZERO),
            Kind::Delegate => (here.address, here.caller, here.value),
        };
        let is_static = here.is_static || kind == Kind::Static;
        if let Kind::Plain(value) = kind {
            if !value.is_zero() {
                self.refuse_static();
            }
        }
        let frame = Frame { address, caller, origin: here.origin, value, is_static };
        let sent = if kind == Kind::Delegate { U256::ZERO } else { value };
        let program = self.world.state.borrow().program(to);
        self.run(frame, sent, program, input)
    }

    /// In memory there is no code: a contract cannot be created from bytes.
    pub(crate) fn create(
        &self,
        value: U256,
        _salt: Option<&[u8; 32]>,
        _code: &[u8],
    ) -> (u32, [u8; 20], Vec<u8>) {
        self.refuse_static();
        let has_funds = value <= self.balance_of_self();
        assert!(!has_funds, "the test host runs programs, not code: nothing is created from bytes");
        (FAILED, [0; 20], Vec::new())
    }

    /// Runs a program as a call, and undoes everything unless it succeeds.
    pub(super) fn run(
        &self,
        frame: Frame,
        sent: U256,
        program: Option<Program>,
        input: &[u8],
    ) -> (u32, Vec<u8>) {
        let depth = self.world.depth.get();
        let before = self.world.state.borrow().clone();
        let has_moved = self.world.state.borrow_mut().transfer(frame.caller, frame.address, sent);
        if depth >= DEPTH || !has_moved {
            *self.world.state.borrow_mut() = before;
            return (FAILED, Vec::new());
        }
        let Some(program) = program else { return (SUCCEEDED, Vec::new()) };
        self.world.depth.set(depth + 1);
        let host = Host { inner: Self { world: self.world.clone(), frame: Rc::new(frame) } };
        let outcome = catch_unwind(AssertUnwindSafe(|| program(host, input)));
        self.world.depth.set(depth);
        let (status, output) = match outcome {
            Ok(Ok(output)) => (SUCCEEDED, output),
            Ok(Err(data)) => (REVERTED, data),
            Err(panic) => match panic.downcast_ref::<Halt>() {
                Some(Halt::Destroyed) => (SUCCEEDED, Vec::new()),
                Some(Halt::Static) => (FAILED, Vec::new()),
                None => (REVERTED, answer(&panic)),
            },
        };
        if status != SUCCEEDED {
            *self.world.state.borrow_mut() = before;
        }
        (status, output)
    }
}
