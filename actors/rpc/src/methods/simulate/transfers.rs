//! What was logged, and payments as if they had been.

use alloy_primitives::{B256, Log, LogData, U256, b256};
use troupe_types::Address;
use troupe_vm::{End, Entry, Kind, Observer};

/// Who seems to log payments. ERC-7528
const MONEY: Address = Address([0xee; 20]);
/// `Transfer(address,address,uint256)`. ERC-20
const TRANSFER: B256 = b256!("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");

/// The logs of calls that did not fail, in their order.
#[derive(Debug, Default)]
pub(super) struct Logs {
    has_transfers: bool,
    /// Of the calls that have begun and not ended, the outermost first.
    open: Vec<Vec<Log>>,
    done: Vec<Log>,
}

impl Logs {
    pub(super) fn new(has_transfers: bool) -> Self {
        Self { has_transfers, ..Self::default() }
    }

    /// Those of a transaction that has ended.
    pub(super) fn take(&mut self) -> Vec<Log> {
        self.open.clear();
        std::mem::take(&mut self.done)
    }

    fn pay(&mut self, from: Address, to: Address, value: U256) {
        if !self.has_transfers || value.is_zero() {
            return;
        }
        let word = |address: Address| alloy_primitives::Address::from(address.0).into_word();
        let topics = vec![TRANSFER, word(from), word(to)];
        let data = LogData::new_unchecked(topics, value.to_be_bytes::<32>().into());
        self.push(Log { address: MONEY.0.into(), data });
    }

    fn push(&mut self, log: Log) {
        if let Some(call) = self.open.last_mut() {
            call.push(log);
        }
    }
}

impl Observer for Logs {
    fn enter(&mut self, entry: &Entry<'_>) {
        self.open.push(Vec::new());
        match entry.kind {
            Kind::Call | Kind::Create | Kind::Create2 => {
                self.pay(entry.from, entry.to, entry.value);
            }
            Kind::CallCode | Kind::Delegate | Kind::Static => {}
        }
    }

    fn leave(&mut self, end: &End<'_>) {
        let Some(logs) = self.open.pop().filter(|_| end.result.is_ok()) else { return };
        match self.open.last_mut() {
            Some(around) => around.extend(logs),
            None => self.done = logs,
        }
    }

    fn destroy(&mut self, account: Address, heir: Address, balance: U256) {
        self.pay(account, heir, balance);
    }

    fn log(&mut self, log: &Log) {
        self.push(log.clone());
    }
}
