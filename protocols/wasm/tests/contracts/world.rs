//! A small world in memory, whose contracts call each other through the engine under test.

use alloy_primitives::{Bytes, U256};
use std::collections::BTreeMap;
use troupe_types::{Address, Hash};
use troupe_wasm::{
    Born, Call, CallKind, Called, Context, Created, Creation, Engine, Entry, Finished, Halt, Host,
    Limits, MAX_RUNS, Offspring, Status,
};

/// What the host charges for everything that it does.
pub(crate) const PRICE: u64 = 100;

/// Where the contract of a test is.
pub(crate) const HERE: Address = Address([0xaa; 20]);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct World {
    pub(crate) codes: BTreeMap<Address, Bytes>,
    pub(crate) balances: BTreeMap<Address, U256>,
    pub(crate) storage: BTreeMap<(Address, Hash), U256>,
    pub(crate) transient: BTreeMap<(Address, Hash), U256>,
    pub(crate) logs: Vec<(Address, Vec<Hash>, Bytes)>,
    /// What contracts of PlatON's convention made.
    pub(crate) born: Vec<Offspring>,
    pub(crate) destroyed: Vec<(Address, Address)>,
    pub(crate) lines: Vec<String>,
    pub(crate) deepest: u32,
    /// Makes reads of storage fail as a broken disk does.
    pub(crate) is_broken: bool,
}

pub(crate) struct TestHost {
    pub(crate) world: World,
    pub(crate) context: Context,
    pub(crate) engine: Engine,
    pub(crate) runs: u32,
}

pub(crate) fn context() -> Context {
    Context {
        address: HERE,
        caller: Address([0xca; 20]),
        origin: Address([0x01; 20]),
        value: U256::from(77),
        gas_price: U256::from(1_000),
        coinbase: Address([0xcb; 20]),
        height: 12,
        time_millis: 1_700_000_000_123,
        gas_limit: 30_000_000,
        chain_id: 2_206_132,
        base_fee: U256::from(9),
        randomness: Hash([0x5e; 32]),
        is_static: false,
    }
}

pub(crate) fn engine() -> Engine {
    Engine::new(Limits::default())
}

pub(crate) fn wasm(text: &str) -> Bytes {
    wat::parse_str(text).expect("the text is a module").into()
}

pub(crate) fn hash(code: &Bytes) -> Hash {
    troupe_crypto::hash::keccak256(code)
}

impl TestHost {
    pub(crate) fn new(engine: &Engine) -> Self {
        Self { world: World::default(), context: context(), engine: engine.clone(), runs: 1 }
    }
}

/// Runs `main` of a module in an empty world.
pub(crate) fn run(code: &Bytes, input: &[u8], gas: u64) -> (TestHost, Finished) {
    let engine = engine();
    run_in(code, input, gas, TestHost::new(&engine))
}

pub(crate) fn run_in(code: &Bytes, input: &[u8], gas: u64, host: TestHost) -> (TestHost, Finished) {
    let engine = host.engine.clone();
    engine.run(&hash(code), code, Entry::Main, input.to_vec().into(), gas, host)
}

fn pay(gas: &mut u64, price: u64) -> Result<(), Halt> {
    *gas = gas.checked_sub(price).ok_or(Halt::OutOfGas)?;
    Ok(())
}

impl Host for TestHost {
    fn context(&self) -> &Context {
        &self.context
    }

    fn storage_load(&mut self, gas: &mut u64, key: Hash) -> Result<U256, Halt> {
        pay(gas, PRICE)?;
        if self.world.is_broken {
            return Err(Halt::Fatal);
        }
        let place = (self.context.address, key);
        Ok(self.world.storage.get(&place).copied().unwrap_or_default())
    }

    fn storage_store(&mut self, gas: &mut u64, key: Hash, value: U256) -> Result<(), Halt> {
        pay(gas, PRICE)?;
        self.world.storage.insert((self.context.address, key), value);
        Ok(())
    }

    fn transient_load(&mut self, gas: &mut u64, key: Hash) -> Result<U256, Halt> {
        pay(gas, PRICE)?;
        let place = (self.context.address, key);
        Ok(self.world.transient.get(&place).copied().unwrap_or_default())
    }

    fn transient_store(&mut self, gas: &mut u64, key: Hash, value: U256) -> Result<(), Halt> {
        pay(gas, PRICE)?;
        self.world.transient.insert((self.context.address, key), value);
        Ok(())
    }

    fn balance(&mut self, gas: &mut u64, address: Address) -> Result<U256, Halt> {
        pay(gas, PRICE)?;
        Ok(self.world.balances.get(&address).copied().unwrap_or_default())
    }

    fn code(&mut self, gas: &mut u64, address: Address) -> Result<Bytes, Halt> {
        pay(gas, PRICE)?;
        Ok(self.world.codes.get(&address).cloned().unwrap_or_default())
    }

    fn code_hash(&mut self, gas: &mut u64, address: Address) -> Result<Hash, Halt> {
        pay(gas, PRICE)?;
        Ok(self.world.codes.get(&address).map(hash).unwrap_or_default())
    }

    fn block_hash(&mut self, gas: &mut u64, height: u64) -> Result<Hash, Halt> {
        pay(gas, PRICE)?;
        Ok(if height < self.context.height { Hash([0xb0; 32]) } else { Hash::default() })
    }

    fn call(&mut self, gas: &mut u64, call: Call) -> Result<Called, Halt> {
        pay(gas, PRICE)?;
        let given = call.gas.min(*gas - *gas / 64);
        if self.runs >= MAX_RUNS {
            return Ok(Called { status: Status::Failed, output: Bytes::new() });
        }
        let Some(code) = self.world.codes.get(&call.address).cloned() else {
            return Ok(Called { status: Status::Succeeded, output: Bytes::new() });
        };
        let mut context = self.context.clone();
        context.is_static |= call.kind == CallKind::Static;
        if call.kind != CallKind::Delegate {
            context.caller = context.address;
            context.address = call.address;
            context.value = call.value;
        }
        let before = self.world.clone();
        let mut world = core::mem::take(&mut self.world);
        let runs = self.runs + 1;
        world.deepest = world.deepest.max(runs);
        let child = Self { world, context, engine: self.engine.clone(), runs };
        let (child, finished) =
            self.engine.run(&hash(&code), &code, Entry::Main, call.input, given, child);
        self.world = child.world;
        *gas -= given - finished.gas_left;
        let (status, output) = match finished.outcome {
            troupe_wasm::Outcome::Success(output) => (Status::Succeeded, output),
            troupe_wasm::Outcome::Destroyed => (Status::Succeeded, Bytes::new()),
            troupe_wasm::Outcome::Reverted(output) => (Status::Reverted, output),
            troupe_wasm::Outcome::OutOfGas | troupe_wasm::Outcome::Trapped(_) => {
                (Status::Failed, Bytes::new())
            }
            troupe_wasm::Outcome::Fault(_) => return Err(Halt::Fatal),
        };
        if status != Status::Succeeded {
            let deepest = self.world.deepest;
            self.world = before;
            self.world.deepest = deepest;
        }
        Ok(Called { status, output })
    }

    fn create(&mut self, gas: &mut u64, creation: Creation) -> Result<Created, Halt> {
        pay(gas, PRICE)?;
        if creation.code.starts_with(b"revert") {
            return Ok(Created { address: Err(Status::Reverted), output: creation.code });
        }
        if creation.code.is_empty() {
            return Ok(Created { address: Err(Status::Failed), output: Bytes::new() });
        }
        let mut address = Address([0xcc; 20]);
        if let Some(salt) = creation.salt {
            address.0.copy_from_slice(&salt.0[..20]);
        }
        self.world.balances.insert(address, creation.value);
        self.world.codes.insert(address, creation.code);
        Ok(Created { address: Ok(address), output: Bytes::new() })
    }

    fn nonce(&mut self, gas: &mut u64, address: Address) -> Result<u64, Halt> {
        pay(gas, PRICE)?;
        Ok(u64::from(address.0[0]))
    }

    fn bear(&mut self, gas: &mut u64, offspring: Offspring) -> Result<Born, Halt> {
        pay(gas, PRICE)?;
        let born = match offspring.code.first() {
            None => Born::NotBegun,
            Some(b'r') => Born::Reverted(offspring.code.clone()),
            Some(b'f') => Born::Failed,
            Some(_) => Born::At(Address([0xcd; 20])),
        };
        self.world.born.push(offspring);
        Ok(born)
    }

    fn log(&mut self, gas: &mut u64, topics: Vec<Hash>, data: Bytes) -> Result<(), Halt> {
        pay(gas, PRICE)?;
        self.world.logs.push((self.context.address, topics, data));
        Ok(())
    }

    fn destroy(&mut self, gas: &mut u64, heir: Address) -> Result<(), Halt> {
        pay(gas, PRICE)?;
        self.world.destroyed.push((self.context.address, heir));
        Ok(())
    }

    fn debug(&mut self, text: &str) {
        self.world.lines.push(text.to_owned());
    }
}
