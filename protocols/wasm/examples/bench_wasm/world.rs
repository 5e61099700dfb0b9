//! A world that costs nothing, and how time is taken.

use alloy_primitives::{Bytes, U256};
use rustix::time::{ClockId, clock_gettime};
use troupe_crypto::hash::keccak256;
use troupe_types::{Address, Hash};
use troupe_wasm::{
    Born, Call, Called, Context, Created, Creation, Engine, Entry, Finished, Halt, Host, Limits,
    Offspring, Outcome, Status,
};

const RUNS: usize = 5;
pub(crate) const GAS: u64 = 1 << 40;

/// A world in which nothing happens and nothing costs: what is measured is the engine.
#[derive(Default)]
pub(crate) struct Nothing {
    context: Context,
}

impl Host for Nothing {
    fn context(&self) -> &Context {
        &self.context
    }
    fn storage_load(&mut self, _: &mut u64, _: Hash) -> Result<U256, Halt> {
        Ok(U256::ZERO)
    }
    fn storage_store(&mut self, _: &mut u64, _: Hash, _: U256) -> Result<(), Halt> {
        Ok(())
    }
    fn transient_load(&mut self, _: &mut u64, _: Hash) -> Result<U256, Halt> {
        Ok(U256::ZERO)
    }
    fn transient_store(&mut self, _: &mut u64, _: Hash, _: U256) -> Result<(), Halt> {
        Ok(())
    }
    fn balance(&mut self, _: &mut u64, _: Address) -> Result<U256, Halt> {
        Ok(U256::ZERO)
    }
    fn code(&mut self, _: &mut u64, _: Address) -> Result<Bytes, Halt> {
        Ok(Bytes::new())
    }
    fn code_hash(&mut self, _: &mut u64, _: Address) -> Result<Hash, Halt> {
        Ok(Hash::default())
    }
    fn block_hash(&mut self, _: &mut u64, _: u64) -> Result<Hash, Halt> {
        Ok(Hash::default())
    }
    fn call(&mut self, _: &mut u64, _: Call) -> Result<Called, Halt> {
        Ok(Called { status: Status::Succeeded, output: Bytes::new() })
    }
    fn create(&mut self, _: &mut u64, _: Creation) -> Result<Created, Halt> {
        Ok(Created { address: Err(Status::Failed), output: Bytes::new() })
    }
    fn nonce(&mut self, _: &mut u64, _: Address) -> Result<u64, Halt> {
        Ok(0)
    }
    fn bear(&mut self, _: &mut u64, _: Offspring) -> Result<Born, Halt> {
        Ok(Born::NotBegun)
    }
    fn log(&mut self, _: &mut u64, _: Vec<Hash>, _: Bytes) -> Result<(), Halt> {
        Ok(())
    }
    fn destroy(&mut self, _: &mut u64, _: Address) -> Result<(), Halt> {
        Ok(())
    }
    fn debug(&mut self, _: &str) {}
}

fn cpu_nanos() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

pub(crate) fn least(mut run: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..RUNS {
        let before = cpu_nanos();
        run();
        best = best.min(cpu_nanos() - before);
    }
    best
}

pub(crate) struct Contract {
    engine: Engine,
    hash: Hash,
    code: Bytes,
}

impl Contract {
    pub(crate) fn new(code: Vec<u8>) -> Self {
        let engine = Engine::new(Limits::default());
        if let Err(refused) = engine.check(&code) {
            panic!("{refused}");
        }
        Self { engine, hash: keccak256(&code), code: code.into() }
    }

    pub(crate) fn text(text: &str) -> Self {
        Self::new(wat::parse_str(text).unwrap_or_else(|error| panic!("{error}\n{text}")))
    }

    pub(crate) fn run(&self) -> Finished {
        self.run_with(GAS)
    }

    pub(crate) fn run_with(&self, gas: u64) -> Finished {
        let host = Nothing::default();
        self.engine.run(&self.hash, &self.code, Entry::Main, Bytes::new(), gas, host).1
    }

    /// Nanoseconds and gas of one run.
    pub(crate) fn measure(&self) -> (f64, f64) {
        let first = self.run();
        assert!(matches!(first.outcome, Outcome::Success(_)), "{first:?}");
        (least(|| drop(self.run())), (GAS - first.gas_left) as f64)
    }
}
