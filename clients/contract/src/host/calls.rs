//! Calls and creations, as bytes.

use super::Host;
use crate::call::{Error, Kind};
use crate::{Address, Bytes, Hash, U256};
use alloc::vec::Vec;

/// The call or creation succeeded.
const SUCCEEDED: u32 = 0;
/// It reverted with what was returned.
const REVERTED: u32 = 1;

impl Host {
    /// Calls another contract with at most so much gas, and with `value` if that is not zero.
    ///
    /// # Errors
    ///
    /// It reverted or failed.
    pub fn call(
        &mut self,
        to: Address,
        value: U256,
        gas: u64,
        input: &[u8],
    ) -> Result<Vec<u8>, Error> {
        self.call_raw(Kind::Plain(value), to, gas, input)
    }

    /// Runs another contract's code on this contract's storage.
    ///
    /// # Errors
    ///
    /// It reverted or failed.
    pub fn call_delegate(&mut self, to: Address, gas: u64, input: &[u8]) -> Result<Vec<u8>, Error> {
        self.call_raw(Kind::Delegate, to, gas, input)
    }

    /// Calls another contract, which may change nothing.
    ///
    /// # Errors
    ///
    /// It reverted or failed.
    pub fn call_static(&self, to: Address, gas: u64, input: &[u8]) -> Result<Vec<u8>, Error> {
        self.call_raw(Kind::Static, to, gas, input)
    }

    /// Sends value to an account, with all the gas there is.
    ///
    /// # Errors
    ///
    /// It reverted or failed; a contract without the funds among that.
    pub fn send(&mut self, to: Address, value: U256) -> Result<(), Error> {
        self.call(to, value, u64::MAX, &[]).map(|_| ())
    }

    pub(crate) fn call_raw(
        &self,
        kind: Kind,
        to: Address,
        gas: u64,
        input: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let (status, output) = self.inner.call(kind, &to.0, gas, input);
        judge(status, output)
    }

    /// Creates a contract; `code` is a module with its arguments, or EVM init code. With a salt its
    /// address is known before (EIP-1014).
    ///
    /// # Errors
    ///
    /// The constructor reverted or failed.
    pub fn create(
        &mut self,
        value: U256,
        salt: Option<Hash>,
        code: &[u8],
    ) -> Result<Address, Error> {
        let salt = salt.map(|salt| salt.0);
        let (status, address, output) = self.inner.create(value, salt.as_ref(), code);
        judge(status, output).map(|_| Address(address))
    }
}

fn judge(status: u32, output: Vec<u8>) -> Result<Vec<u8>, Error> {
    match status {
        SUCCEEDED => Ok(output),
        REVERTED => Err(Error::Reverted(Bytes(output))),
        _ => Err(Error::Failed),
    }
}
