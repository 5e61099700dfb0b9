//! The stack, and arithmetic on its top.

use super::{Fault, Frame};
use alloy_primitives::U256;
use troupe_types::{Address, Hash};

/// The bit that makes a number negative.
const SIGN: U256 = U256::from_limbs([0, 0, 0, 1 << 63]);

impl Frame {
    #[inline]
    pub(super) fn pop(&mut self) -> Result<U256, Fault> {
        self.machine.stack.pop().map_err(|_| Fault::Underflow)
    }

    #[inline]
    pub(super) fn push(&mut self, value: U256) -> Result<(), Fault> {
        self.machine.stack.push(value).map_err(|_| Fault::Overflow)
    }

    #[inline]
    pub(super) fn peek(&self, depth: usize) -> Result<U256, Fault> {
        self.machine.stack.peek(depth).map_err(|_| Fault::Underflow)
    }

    #[inline]
    pub(super) fn set(&mut self, depth: usize, value: U256) -> Result<(), Fault> {
        self.machine.stack.set(depth, value).map_err(|_| Fault::Underflow)
    }

    pub(super) fn pop_address(&mut self) -> Result<Address, Fault> {
        Ok(address(self.pop()?))
    }

    pub(super) fn pop_hash(&mut self) -> Result<Hash, Fault> {
        Ok(Hash(self.pop()?.to_be_bytes()))
    }

    /// Refuses to go on where fewer words lie on the stack.
    pub(super) fn need(&self, words: usize) -> Result<(), Fault> {
        if self.machine.stack.len() < words { Err(Fault::Underflow) } else { Ok(()) }
    }

    /// An instruction that puts one word in the place of one.
    #[inline]
    pub(super) fn unary(&mut self, gas: u64, f: impl FnOnce(U256) -> U256) -> Result<(), Fault> {
        let top = self.peek(0)?;
        self.charge(gas)?;
        self.set(0, f(top))
    }

    /// An instruction that puts one word in the place of two.
    #[inline]
    pub(super) fn binary(
        &mut self,
        gas: u64,
        f: impl FnOnce(U256, U256) -> U256,
    ) -> Result<(), Fault> {
        let second = self.peek(1)?;
        let first = self.pop()?;
        self.charge(gas)?;
        self.set(0, f(first, second))
    }

    /// An instruction that answers yes or no.
    #[inline]
    pub(super) fn compare(&mut self, f: impl FnOnce(U256, U256) -> bool) -> Result<(), Fault> {
        self.binary(3, |first, second| U256::from(u64::from(f(first, second))))
    }

    /// An instruction that pushes what is known.
    #[inline]
    pub(super) fn constant(&mut self, gas: u64, value: U256) -> Result<(), Fault> {
        self.charge(gas)?;
        self.push(value)
    }
}

pub(super) fn address(word: U256) -> Address {
    let bytes: [u8; 32] = word.to_be_bytes();
    Address(*bytes.last_chunk().expect("20 of 32 bytes"))
}

pub(super) fn word(address: &Address) -> U256 {
    U256::from_be_slice(&address.0)
}

/// A number, the largest where it is larger.
pub(super) fn small(word: U256) -> usize {
    usize::try_from(word).unwrap_or(usize::MAX)
}

pub(super) fn divide(first: U256, second: U256) -> U256 {
    first.checked_div(second).unwrap_or_default()
}

pub(super) fn remainder(first: U256, second: U256) -> U256 {
    first.checked_rem(second).unwrap_or_default()
}

pub(super) fn is_below_signed(first: U256, second: U256) -> bool {
    (first ^ SIGN) < (second ^ SIGN)
}

pub(super) fn byte(place: U256, word: U256) -> U256 {
    match small(place) {
        place @ 0..32 => U256::from(word.byte(31 - place)),
        _ => U256::ZERO,
    }
}

pub(super) fn shift_left(by: U256, word: U256) -> U256 {
    match small(by) {
        by @ 0..256 => word << by,
        _ => U256::ZERO,
    }
}

pub(super) fn shift_right(by: U256, word: U256) -> U256 {
    match small(by) {
        by @ 0..256 => word >> by,
        _ => U256::ZERO,
    }
}

pub(super) fn shift_signed(by: U256, word: U256) -> U256 {
    word.arithmetic_shr(small(by).min(256))
}

#[cfg(test)]
mod tests {
    use super::*;
    use evm::interpreter::runtime::{
        Context, GasState, RuntimeConfig, RuntimeState, TransactionContext,
    };
    use evm::interpreter::{Control, Machine, eval};
    use proptest::prelude::*;
    use std::rc::Rc;

    /// The package's answer: what an instruction of two words leaves.
    fn package(
        f: fn(&mut Machine<super::super::Scope>, &mut (), usize) -> Control<()>,
        first: U256,
        second: U256,
    ) -> U256 {
        let context = Context {
            address: Default::default(),
            caller: Default::default(),
            apparent_value: U256::ZERO,
        };
        let transaction = TransactionContext { gas_price: U256::ZERO, origin: Default::default() };
        let state =
            RuntimeState { context, transaction_context: Rc::new(transaction), retbuf: Vec::new() };
        let scope = super::super::Scope(state);
        let _: (&RuntimeConfig, U256) = (scope.as_ref(), scope.gas());
        let mut machine = Machine::new(Rc::default(), Rc::default(), 10, 0, scope);
        machine.stack.push(second).unwrap();
        machine.stack.push(first).unwrap();
        assert!(matches!(f(&mut machine, &mut (), 0), Control::Continue(1)));
        machine.stack.pop().unwrap()
    }

    fn any_word() -> impl Strategy<Value = U256> {
        prop_oneof![
            any::<[u64; 4]>().prop_map(U256::from_limbs),
            (0u64..300).prop_map(U256::from),
            (0u64..300).prop_map(|n| U256::MAX - U256::from(n)),
            (0usize..256).prop_map(|n| U256::from(1) << n),
        ]
    }

    proptest! {
        /// What is done here for speed is what the package does.
        #[test]
        fn arithmetic_is_the_packages(first in any_word(), second in any_word()) {
            let yes = |is: bool| U256::from(u64::from(is));
            prop_assert_eq!(divide(first, second), package(eval::eval_div, first, second));
            prop_assert_eq!(remainder(first, second), package(eval::eval_mod, first, second));
            let is_below = yes(is_below_signed(first, second));
            prop_assert_eq!(is_below, package(eval::eval_slt, first, second));
            prop_assert_eq!(byte(first, second), package(eval::eval_byte, first, second));
            prop_assert_eq!(shift_left(first, second), package(eval::eval_shl, first, second));
            prop_assert_eq!(shift_right(first, second), package(eval::eval_shr, first, second));
            prop_assert_eq!(shift_signed(first, second), package(eval::eval_sar, first, second));
        }
    }
}
