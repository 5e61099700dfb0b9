//! Calls in the order in which they began, for explorers.

use super::MOST_BYTES;
use super::calls::name;
use crate::error::Error;
use alloy_primitives::U256;
use troupe_types::Address;
use troupe_vm::{End, Entry, Failure, Observer};

/// A call, a creation, or the end of a contract.
#[derive(Debug)]
pub(crate) struct Call {
    /// As `callTracer` names it.
    pub(crate) kind: &'static str,
    /// 0 is the transaction's own.
    pub(crate) depth: usize,
    pub(crate) from: Address,
    pub(crate) to: Address,
    pub(crate) value: U256,
    pub(crate) input: Vec<u8>,
    pub(crate) output: Vec<u8>,
    /// Neither it nor one around it failed.
    pub(crate) is_kept: bool,
}

/// The calls of a transaction.
#[derive(Debug, Default)]
pub(crate) struct Flat {
    calls: Vec<Call>,
    /// The places of those that have not ended.
    open: Vec<usize>,
    bytes: usize,
}

impl Flat {
    /// All of them, in the order in which they began.
    pub(crate) fn into_calls(self) -> Result<Vec<Call>, Error> {
        if self.bytes > MOST_BYTES {
            return Err(Error::Limit { what: "bytes of a trace", limit: MOST_BYTES as u64 });
        }
        Ok(self.calls)
    }

    fn push(&mut self, call: Call) {
        self.bytes += size_of::<Call>();
        if self.bytes <= MOST_BYTES {
            self.calls.push(call);
        }
    }
}

impl Observer for Flat {
    fn enter(&mut self, entry: &Entry<'_>) {
        self.open.push(self.calls.len());
        self.bytes += entry.input.len();
        // After too much there is no answer.
        let input = if self.bytes > MOST_BYTES { Vec::new() } else { entry.input.to_vec() };
        self.push(Call {
            kind: name(entry.kind),
            depth: entry.depth - 1,
            from: entry.from,
            to: entry.to,
            value: entry.value,
            input,
            output: Vec::new(),
            is_kept: true,
        });
    }

    fn leave(&mut self, end: &End<'_>) {
        let Some(place) = self.open.pop() else { return };
        let output = match &end.result {
            Ok(output) => output,
            Err(Failure::Reverted(output)) => &output[..],
            Err(Failure::OutOfGas | Failure::Exception(_)) => &[],
        };
        self.bytes += output.len();
        if self.bytes > MOST_BYTES {
            return;
        }
        if let Some(call) = self.calls.get_mut(place) {
            call.output = output.to_vec();
        }
        if end.result.is_err() {
            for call in self.calls.iter_mut().skip(place) {
                call.is_kept = false;
            }
        }
    }

    fn destroy(&mut self, account: Address, heir: Address, balance: U256) {
        self.push(Call {
            kind: "SELFDESTRUCT",
            depth: self.open.len(),
            from: account,
            to: heir,
            value: balance,
            input: Vec::new(),
            output: Vec::new(),
            is_kept: true,
        });
    }
}
