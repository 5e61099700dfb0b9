//! Calls of the economy's accounts: whatever is called is answered, and no von is made or lost. The first byte chooses
//! the account, the next two the gas, in hundreds.
#![no_main]

use alloy_primitives::U256;
use libfuzzer_sys::fuzz_target;
use troupe_staking::Constitution;
use troupe_staking::call::{Call, NotJudged, Offence, OutOfGas, Outside, call};
use troupe_staking::contract;
use troupe_staking::election::Weighing;
use troupe_staking::genesis::Beginning;
use troupe_staking::params::Params;
use troupe_staking::world::{Key, Memory, Meter, Table, Told, World};
use troupe_types::{Address, Hash, Height, Millis, UnixMillis};

const LAT: u128 = 1_000_000_000_000_000_000;
const CALLER: Address = Address([1; 20]);

/// A world in which nobody is a candidate, and gas.
struct Shell(Memory, u64);

impl Meter for Shell {
    fn charge(&mut self, gas: u64) -> Result<(), OutOfGas> {
        self.1 = self.1.checked_sub(gas).ok_or(OutOfGas)?;
        Ok(())
    }
}

impl Outside for Shell {
    fn judge(&mut self, _: &[u8]) -> Result<Offence, NotJudged> {
        Err(NotJudged::Punished)
    }
    fn is_punished(&mut self, _: &Offence) -> bool {
        false
    }
    fn receipt(&mut self, _: Address, _: Vec<u8>) {}
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
        self.0.log(event);
    }
    fn broken(&mut self, what: &'static str) {
        self.0.broken(what);
    }
}

fn world() -> Memory {
    let mut world = Memory::default();
    world.mint(CALLER, 1_000_000 * LAT);
    let constitution = Constitution {
        seats: 4,
        blocks_per_view: 2,
        election_distance: 5,
        weighing: Weighing::Votes,
        period: Millis(60_000),
        cycle: Millis(1_440_000),
        producers_percent: 50,
        developers: Address([2; 20]),
        foundation: Address([3; 20]),
        foundation_from: 3,
        voting: Millis(600_000),
    };
    let (others, params, time) = (world.supply(), Params::new(4), UnixMillis(1));
    let beginning =
        Beginning { constitution, params, founders: Vec::new(), pool: LAT, others, time };
    beginning.lay_down(&mut world);
    world
}

fuzz_target!(|data: &[u8]| {
    let Some(([which, high, low], input)) = data.split_first_chunk() else { return };
    let called = [
        contract::RESTRICTING,
        contract::STAKING,
        contract::SLASHING,
        contract::GOVERNANCE,
        contract::DELEGATE_REWARD,
    ];
    let contract = called[usize::from(*which) % called.len()];
    let mut shell = Shell(world(), u64::from(u16::from_be_bytes([*high, *low])) * 100);
    let before = shell.0.supply();
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
    let _ = call(&mut shell, &asked);
    assert_eq!(shell.0.supply(), before);
    assert_eq!(shell.0.broken, None);
});
