//! Calls of the market's accounts: whatever is called is answered, no von is made or lost, and the records agree. The first byte
//! chooses the account, the next two the gas, in hundreds.
#![no_main]

use alloy_primitives::U256;
use libfuzzer_sys::fuzz_target;
use troupe_market::call::{Follows, call};
use troupe_market::contract::{DATA, TASKS};
use troupe_market::task::Delivery;
use troupe_market::{Rules, audit};
use troupe_records::{Call, Key, Memory, Meter, OutOfGas, Table, Told, World};
use troupe_types::{Address, Hash, Height, UnixMillis};

const CALLER: Address = Address([1; 20]);

/// A market in which nothing happened, and gas.
struct Shell(Memory, u64);

impl Meter for Shell {
    fn charge(&mut self, gas: u64) -> Result<(), OutOfGas> {
        self.1 = self.1.checked_sub(gas).ok_or(OutOfGas)?;
        Ok(())
    }
}

impl Follows for Shell {
    fn follow(&mut self, delivery: Delivery) -> Result<(), OutOfGas> {
        self.charge(delivery.gas)
    }
}

impl World for Shell {
    fn get(&mut self, key: &Key) -> Option<Vec<u8>> {
        self.0.get(key)
    }
    fn put(&mut self, key: &Key, value: &[u8]) {
        self.0.put(key, value);
    }
    fn remove(&mut self, key: &Key) {
        self.0.remove(key);
    }
    fn next(&mut self, table: Table, after: Option<&Key>) -> Option<(Key, Vec<u8>)> {
        self.0.next(table, after)
    }
    fn balance(&mut self, of: Address) -> u128 {
        self.0.balance(of)
    }
    fn pay(&mut self, from: Address, to: Address, amount: u128) {
        self.0.pay(from, to, amount);
    }
    fn mint(&mut self, to: Address, amount: u128) {
        self.0.mint(to, amount);
    }
    fn log(&mut self, event: Told) {
        assert!(event.topics.len() <= 4);
        self.0.log(event);
    }
    fn broken(&mut self, what: &'static str) {
        self.0.broken(what);
    }
}

fuzz_target!(|data: &[u8]| {
    let Some(([which, high, low], input)) = data.split_first_chunk() else { return };
    let mut world = Memory::default();
    world.mint(CALLER, u128::MAX >> 20);
    Rules::default().lay_down(&mut world);
    let contract = [DATA, TASKS][usize::from(*which) % 2];
    let mut shell = Shell(world, u64::from(u16::from_be_bytes([*high, *low])) * 100);
    let before = shell.0.clone();
    let asked = Call {
        contract,
        caller: CALLER,
        value: U256::ZERO,
        is_static: false,
        input,
        transaction: Hash([4; 32]),
        chain_id: 1,
        height: Height(1),
        time: UnixMillis(2),
    };
    let answer = call(&mut shell, &asked);
    assert_eq!(shell.0.supply(), before.supply());
    assert_eq!(shell.0.broken, None);
    // Who is refused takes back what was written.
    if answer.is_ok() {
        assert_eq!(audit::check(&mut shell.0), Ok(()));
    }
});
