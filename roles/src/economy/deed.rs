//! What is to be changed.

use super::Facts;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::tx::{Amount, Wish};
use alloy_primitives::U256;
use alloy_sol_types::SolCall;
use troupe_types::Address;

/// Reads what a function returns; `None` where that is not what it should be.
type Gives = fn(&[u8]) -> Option<Facts>;

/// A call that changes something.
#[derive(Debug, Clone)]
pub(crate) struct Deed {
    /// What it does, in words.
    pub(crate) what: String,
    pub(super) to: Address,
    pub(super) wish: Wish,
    pub(super) gives: Gives,
}

impl Deed {
    /// A call of a contract that is sent nothing and gives nothing.
    pub(crate) fn new<C: SolCall>(to: Address, call: &C, what: String) -> Self {
        let input = call.abi_encode().into();
        let wish = Wish { to: Some(to), value: U256::ZERO, input };
        Self { what, to, wish, gives: |_| Some(Facts::default()) }
    }

    /// The same, and sends so much, in von.
    pub(crate) fn paying(mut self, value: u128) -> Self {
        self.wish.value = U256::from(value);
        self
    }

    /// The same, and gives something.
    pub(crate) fn giving(mut self, gives: Gives) -> Self {
        self.gives = gives;
        self
    }
}

/// An amount as contracts count: in von, of at most 128 bits.
pub(crate) fn von(field: &str, amount: Amount) -> Outcome<u128> {
    u128::try_from(amount.0).map_err(|_| {
        let text = format!("got {amount}, allowed are 128 bits of von");
        Failure::about(ExitCode::Usage, field, text)
    })
}
