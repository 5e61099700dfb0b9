//! Every instruction: geth's default, the struct logger.

use super::MOST_BYTES;
use super::names::NAMES;
use crate::encode::data;
use crate::error::Error;
use alloy_primitives::U256;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use troupe_chain::state::Slot;
use troupe_types::Address;
use troupe_vm::{End, Entry, Failure, Kind, Outcome, Step};

const SLOAD: u8 = 0x54;
const SSTORE: u8 = 0x55;
/// A byte of code that is kept. Yellow Paper, appendix G
const KEPT_BYTE: u64 = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Options {
    pub(super) has_memory: bool,
    pub(super) has_stack: bool,
    pub(super) has_storage: bool,
    pub(super) has_returned: bool,
    /// The most instructions that are told.
    pub(super) limit: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            has_memory: false,
            has_stack: true,
            has_storage: true,
            has_returned: false,
            limit: None,
        }
    }
}

/// The instructions so far.
#[derive(Debug)]
pub(crate) struct Steps {
    options: Options,
    done: Vec<Line>,
    /// Of each call under way: its last instruction, and what calls that it made gave back since.
    open: Vec<Frame>,
    /// Words that were written or read, by account.
    known: BTreeMap<Address, BTreeMap<Slot, U256>>,
    bytes: usize,
    is_cut: bool,
}

#[derive(Debug, Default)]
struct Frame {
    last: Option<usize>,
    /// What its last instruction is not to be told to have cost, though it is gone; less than nothing where that
    /// is more.
    given_back: i128,
    /// The word that its last instruction reads.
    reads: Option<(Address, Slot)>,
    /// Whether it makes a contract.
    creates: bool,
}

#[derive(Debug)]
struct Line {
    depth: usize,
    place: usize,
    instruction: u8,
    gas: u64,
    cost: u64,
    stack: Vec<U256>,
    memory: Vec<u8>,
    returned: Vec<u8>,
    storage: Option<BTreeMap<Slot, U256>>,
    refund: u64,
    error: Option<String>,
}

impl Steps {
    pub(super) const fn new(options: Options) -> Self {
        let known = BTreeMap::new();
        Self { options, done: Vec::new(), open: Vec::new(), known, bytes: 0, is_cut: false }
    }

    pub(super) fn enter(&mut self, entry: &Entry<'_>) {
        let creates = matches!(entry.kind, Kind::Create | Kind::Create2);
        // What is handed on is a part of what a call costs, and none of what a creation does: so geth has it.
        if creates && let Some(around) = self.open.last_mut() {
            around.given_back -= i128::from(entry.gas);
        }
        self.open.push(Frame { creates, ..Frame::default() });
    }

    pub(super) fn step(&mut self, step: &Step<'_>) {
        self.settle(step.gas, step.stack.last());
        let is_full = self.options.limit.is_some_and(|limit| self.done.len() as u64 >= limit);
        if is_full || self.bytes > MOST_BYTES {
            self.is_cut |= !is_full;
            return;
        }
        let kept = |wanted: bool, bytes: &[u8]| if wanted { bytes.to_vec() } else { Vec::new() };
        let stack = if self.options.has_stack { step.stack.to_vec() } else { Vec::new() };
        let memory = kept(self.options.has_memory, step.memory);
        let returned = kept(self.options.has_returned, step.returned);
        let storage = self.options.has_storage.then(|| self.storage(step)).flatten();
        let words = storage.as_ref().map_or(0, BTreeMap::len);
        self.bytes +=
            size_of::<Line>() + 32 * stack.len() + memory.len() + returned.len() + 96 * words;
        if let Some(frame) = self.open.last_mut() {
            frame.last = Some(self.done.len());
            frame.given_back = 0;
            frame.reads = read_by(step).filter(|_| self.options.has_storage);
        }
        self.done.push(Line {
            depth: step.depth,
            place: step.place,
            instruction: step.instruction,
            gas: step.gas,
            cost: 0,
            stack,
            memory,
            returned,
            storage,
            refund: step.refund,
            error: None,
        });
    }

    /// The words of an account's storage that were seen so far, where the instruction is about them. What is about to
    /// be written counts as seen, as in geth.
    fn storage(&mut self, step: &Step<'_>) -> Option<BTreeMap<Slot, U256>> {
        if !matches!(step.instruction, SLOAD | SSTORE) {
            return None;
        }
        let words = self.known.entry(step.account).or_default();
        if let [.., value, slot] = step.stack
            && step.instruction == SSTORE
        {
            words.insert(troupe_types::Hash(slot.to_be_bytes()), *value);
        }
        Some(words.clone())
    }

    /// What is written: known from then on.
    pub(super) fn store(&mut self, account: Address, slot: Slot, after: U256) {
        self.known.entry(account).or_default().insert(slot, after);
    }

    /// The last instruction of the innermost call has been executed: what it cost, and what it read if there is more
    /// to come.
    fn settle(&mut self, gas: u64, top: Option<&U256>) {
        let Some(frame) = self.open.last_mut() else { return };
        let reads = frame.reads.take();
        let Some(line) = frame.last.take().and_then(|last| self.done.get_mut(last)) else { return };
        let cost = i128::from(line.gas) - i128::from(gas) + frame.given_back;
        line.cost = u64::try_from(cost).unwrap_or(0);
        if let (Some((account, slot)), Some(value)) = (reads, top) {
            self.known.entry(account).or_default().insert(slot, *value);
            line.storage.get_or_insert_default().insert(slot, *value);
        }
    }

    pub(super) fn leave(&mut self, end: &End<'_>) {
        let last = self.open.last().and_then(|frame| frame.last);
        if let Some(frame) = self.open.last_mut()
            && let (true, Ok(code)) = (frame.creates, &end.result)
        {
            // Keeping the code is no instruction's price.
            frame.given_back -= i128::from(KEPT_BYTE) * i128::try_from(code.len()).unwrap_or(0);
        }
        self.settle(end.gas_left, None);
        self.open.pop();
        if let Err(failure) = &end.result
            && !matches!(failure, Failure::Reverted(_))
            && let Some(line) = last.and_then(|last| self.done.get_mut(last))
        {
            line.error = Some(failure.to_string());
        }
        if let Some(around) = self.open.last_mut() {
            around.given_back += i128::from(end.gas_left);
        }
    }

    pub(super) fn tell(self, outcome: &Outcome) -> Result<Value, Error> {
        if self.is_cut {
            return Err(Error::Limit { what: "bytes of a trace", limit: MOST_BYTES as u64 });
        }
        let returned = match &outcome.result {
            Ok(output) | Err(Failure::Reverted(output)) => data(output),
            Err(_) => "0x".to_owned(),
        };
        let options = self.options;
        Ok(json!({
            "gas": outcome.gas_used.0,
            "failed": outcome.result.is_err(),
            "returnValue": returned,
            "structLogs": self.done.into_iter().map(|line| line.tell(options)).collect::<Vec<_>>(),
        }))
    }
}

impl Line {
    fn tell(self, options: Options) -> Value {
        let word = |word: &[u8]| Value::String(data(word));
        let mut told = Map::new();
        let mut put = |name: &str, value: Value| told.insert(name.into(), value);
        put("pc", self.place.into());
        put("op", name(self.instruction).into());
        put("gas", self.gas.into());
        put("gasCost", self.cost.into());
        put("depth", self.depth.into());
        if self.refund > 0 {
            put("refund", self.refund.into());
        }
        if let Some(error) = self.error {
            put("error", error.into());
        }
        if options.has_stack {
            put("stack", self.stack.iter().map(|word| format!("{word:#x}")).collect());
        }
        if options.has_memory {
            put("memory", self.memory.chunks(32).map(word).collect());
        }
        if options.has_returned && !self.returned.is_empty() {
            put("returnData", data(&self.returned).into());
        }
        if let Some(storage) = self.storage.filter(|storage| !storage.is_empty()) {
            let words = storage.iter();
            let words =
                words.map(|(slot, value)| (data(slot), data(value.to_be_bytes::<32>()).into()));
            put("storage", Value::Object(words.collect()));
        }
        Value::Object(told)
    }
}

/// The word that is read.
fn read_by(step: &Step<'_>) -> Option<(Address, Slot)> {
    let slot = step.stack.last().filter(|_| step.instruction == SLOAD)?;
    Some((step.account, troupe_types::Hash(slot.to_be_bytes())))
}

fn name(instruction: u8) -> String {
    match NAMES[usize::from(instruction)] {
        "" => format!("opcode {instruction:#x} not defined"),
        name => name.to_owned(),
    }
}
