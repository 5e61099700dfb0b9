//! Calls of a market by Solidity's ABI, with gas.

use super::{CHAIN, Market, account};
use alloy_primitives::U256;
use troupe_market::call::{Follows, call, followed};
use troupe_market::task::Delivery;
use troupe_records::{Call, Key, Memory, Meter, OutOfGas, Stop, Table, Told, World};
use troupe_types::{Address, Hash};

/// A world with gas.
pub struct Shell {
    memory: Memory,
    gas: u64,
    follows: Option<Delivery>,
}

impl Follows for Shell {
    fn follow(&mut self, delivery: Delivery) -> Result<(), OutOfGas> {
        self.charge(delivery.gas)?;
        self.follows = Some(delivery);
        Ok(())
    }
}

impl Meter for Shell {
    fn charge(&mut self, gas: u64) -> Result<(), OutOfGas> {
        self.gas = self.gas.checked_sub(gas).ok_or(OutOfGas)?;
        Ok(())
    }
}

impl World for Shell {
    fn get(&mut self, key: &Key) -> Option<Vec<u8>> {
        self.memory.get(key)
    }
    fn put(&mut self, key: &Key, value: &[u8]) {
        self.memory.put(key, value);
    }
    fn remove(&mut self, key: &Key) {
        self.memory.remove(key);
    }
    fn next(&mut self, table: Table, after: Option<&Key>) -> Option<(Key, Vec<u8>)> {
        self.memory.next(table, after)
    }
    fn balance(&mut self, of: Address) -> u128 {
        self.memory.balance(of)
    }
    fn pay(&mut self, from: Address, to: Address, amount: u128) {
        self.memory.pay(from, to, amount);
    }
    fn mint(&mut self, to: Address, amount: u128) {
        self.memory.mint(to, amount);
    }
    fn log(&mut self, told: Told) {
        self.memory.log(told);
    }
    fn broken(&mut self, what: &'static str) {
        self.memory.broken(what);
    }
}

/// How somebody calls.
#[derive(Clone, Copy)]
pub struct By {
    pub who: u8,
    pub value: u128,
    pub gas: u64,
    pub is_static: bool,
}

pub const BY: By = By { who: 1, value: 0, gas: 10_000_000, is_static: false };

/// Calls as a machine does: what is sent is there before, and all is taken back of what is refused. What it cost comes with it.
pub fn ask(market: &mut Market, to: Address, by: By, input: &[u8]) -> (Result<Vec<u8>, Stop>, u64) {
    let mut shell = Shell { memory: market.world.clone(), gas: by.gas, follows: None };
    shell.memory.pay(account(by.who), to, by.value);
    let asked = Call {
        contract: to,
        caller: account(by.who),
        value: U256::from(by.value),
        is_static: by.is_static,
        input,
        transaction: Hash([1; 32]),
        chain_id: CHAIN,
        height: market.now.height,
        time: market.now.time,
    };
    let mut answer = call(&mut shell, &asked);
    if let Some(delivery) = shell.follows.take() {
        shell.gas += delivery.gas;
        answer = followed(&mut shell, &asked, true);
    }
    assert_eq!(shell.memory.broken, None);
    let used = by.gas - shell.gas;
    if answer.is_ok() {
        market.world = shell.memory;
        market.check();
    }
    (answer, used)
}
