//! Calls in calls: geth's `callTracer`.

use super::MOST_BYTES;
use crate::encode::{count, data, quantity, wide};
use crate::error::Error;
use crate::reason::solidity_reason;
use alloy_primitives::{Log, U256};
use serde_json::{Map, Value, json};
use troupe_types::{Address, Gas};
use troupe_vm::{End, Entry, Failure, Kind, Outcome};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// Nothing of calls in the call.
    pub(super) is_only_top: bool,
    pub(super) has_logs: bool,
}

/// The calls that have begun and not ended, the outermost first.
#[derive(Debug)]
pub(crate) struct Calls {
    options: Options,
    open: Vec<Call>,
    top: Option<Call>,
    /// Calls deeper than wanted that are under way.
    passed_over: usize,
    logs: usize,
    bytes: usize,
}

#[derive(Debug)]
struct Call {
    kind: &'static str,
    from: Address,
    to: Address,
    value: U256,
    gas: u64,
    gas_used: u64,
    input: Vec<u8>,
    result: Result<Vec<u8>, Failure>,
    calls: Vec<Call>,
    logs: Vec<(usize, usize, Log)>,
}

impl Calls {
    pub(super) const fn new(options: Options) -> Self {
        Self { options, open: Vec::new(), top: None, passed_over: 0, logs: 0, bytes: 0 }
    }

    pub(super) fn enter(&mut self, entry: &Entry<'_>) {
        let is_deep = self.options.is_only_top && !self.open.is_empty();
        self.bytes += size_of::<Call>() + entry.input.len();
        if is_deep || self.bytes > MOST_BYTES {
            self.passed_over += 1;
            return;
        }
        self.open.push(Call {
            kind: name(entry.kind),
            from: entry.from,
            to: entry.to,
            value: entry.value,
            gas: entry.gas,
            gas_used: 0,
            input: entry.input.to_vec(),
            result: Ok(Vec::new()),
            calls: Vec::new(),
            logs: Vec::new(),
        });
    }

    pub(super) fn leave(&mut self, end: &End<'_>) {
        if self.passed_over > 0 {
            self.passed_over -= 1;
            return;
        }
        let Some(mut call) = self.open.pop() else { return };
        call.gas_used = call.gas.saturating_sub(end.gas_left);
        call.result = match &end.result {
            Ok(output) => Ok(output.to_vec()),
            Err(failure) => Err(failure.clone()),
        };
        if call.result.is_err() {
            call.forget_logs();
        }
        self.bytes += call.result.as_ref().map_or(0, Vec::len);
        match self.open.last_mut() {
            Some(around) => around.calls.push(call),
            None => self.top = Some(call),
        }
    }

    pub(super) fn log(&mut self, log: &Log) {
        if !self.options.has_logs || self.passed_over > 0 || self.bytes > MOST_BYTES {
            return;
        }
        if let Some(call) = self.open.last_mut() {
            self.bytes += size_of::<Log>() + log.data.data.len();
            call.logs.push((self.logs, call.calls.len(), log.clone()));
            self.logs += 1;
        }
    }

    /// The end of a contract is told as a call that costs nothing, as by geth.
    pub(super) fn destroy(&mut self, account: Address, heir: Address, balance: U256) {
        self.bytes += size_of::<Call>();
        let is_told = self.passed_over == 0 && !self.options.is_only_top;
        if let Some(around) = self.open.last_mut().filter(|_| is_told) {
            around.calls.push(Call {
                kind: "SELFDESTRUCT",
                from: account,
                to: heir,
                value: balance,
                gas: 0,
                gas_used: 0,
                input: Vec::new(),
                result: Ok(Vec::new()),
                calls: Vec::new(),
                logs: Vec::new(),
            });
        }
    }

    pub(super) fn tell(self, outcome: &Outcome, gas: Gas) -> Result<Value, Error> {
        if self.bytes > MOST_BYTES {
            return Err(Error::Limit { what: "bytes of a trace", limit: MOST_BYTES as u64 });
        }
        let Some(mut top) = self.top else {
            return Err(Error::Internal("a transaction made no call".into()));
        };
        // The outermost call has what the transaction paid for, its own price included.
        (top.gas, top.gas_used) = (gas.0, outcome.gas_used.0);
        Ok(top.tell())
    }
}

impl Call {
    /// What was logged in a call that failed was not.
    fn forget_logs(&mut self) {
        self.logs.clear();
        for call in &mut self.calls {
            call.forget_logs();
        }
    }

    fn tell(self) -> Value {
        let mut told = Map::new();
        let mut put = |name: &str, value: Value| told.insert(name.into(), value);
        put("type", self.kind.into());
        put("from", data(self.from).into());
        let is_failed_creation = self.result.is_err() && matches!(self.kind, "CREATE" | "CREATE2");
        if !is_failed_creation {
            put("to", data(self.to).into());
        }
        // A static call pays nothing.
        if self.kind != "STATICCALL" {
            put("value", wide(self.value).into());
        }
        put("gas", quantity(self.gas).into());
        put("gasUsed", quantity(self.gas_used).into());
        put("input", data(&self.input).into());
        match &self.result {
            Ok(output) if output.is_empty() => {}
            Ok(output) => {
                put("output", data(output).into());
            }
            Err(failure) => {
                put("error", failure.to_string().into());
                if let Failure::Reverted(output) = failure {
                    if !output.is_empty() {
                        put("output", data(output).into());
                    }
                    if let Some(reason) = solidity_reason(output) {
                        put("revertReason", reason.into());
                    }
                }
            }
        }
        if !self.calls.is_empty() {
            put("calls", self.calls.into_iter().map(Self::tell).collect());
        }
        if !self.logs.is_empty() {
            put("logs", self.logs.iter().map(tell_log).collect());
        }
        Value::Object(told)
    }
}

fn tell_log((index, position, log): &(usize, usize, Log)) -> Value {
    json!({
        "address": data(log.address),
        "topics": log.topics().iter().map(data).collect::<Vec<_>>(),
        "data": data(&log.data.data),
        "index": count(*index),
        // How many calls had been made before.
        "position": count(*position),
    })
}

pub(super) const fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Call => "CALL",
        Kind::CallCode => "CALLCODE",
        Kind::Delegate => "DELEGATECALL",
        Kind::Static => "STATICCALL",
        Kind::Create => "CREATE",
        Kind::Create2 => "CREATE2",
    }
}
