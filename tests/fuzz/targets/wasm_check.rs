//! Modules and creation data: the checks never panic, and what they accept compiles, runs and costs the same again.
//! The first byte chooses the gas.
#![no_main]

use libfuzzer_sys::fuzz_target;
use troupe_crypto::hash::keccak256;
use troupe_types::{Address, Hash};
use troupe_wasm::{
    Born, Call, Called, Context, Convention, Created, Creation, Engine, Entry, Finished, Halt,
    Host, Limits, Offspring, Outcome, Status, is_invocation, platon_deployment, split,
};

type Word = alloy_primitives::U256;

/// A world in which nothing is and nothing changes.
#[derive(Default)]
struct Nothing(Context);

impl Host for Nothing {
    fn context(&self) -> &Context {
        &self.0
    }
    fn storage_load(&mut self, _: &mut u64, _: Hash) -> Result<Word, Halt> {
        Ok(Word::ZERO)
    }
    fn storage_store(&mut self, _: &mut u64, _: Hash, _: Word) -> Result<(), Halt> {
        Ok(())
    }
    fn transient_load(&mut self, _: &mut u64, _: Hash) -> Result<Word, Halt> {
        Ok(Word::ZERO)
    }
    fn transient_store(&mut self, _: &mut u64, _: Hash, _: Word) -> Result<(), Halt> {
        Ok(())
    }
    fn balance(&mut self, _: &mut u64, _: Address) -> Result<Word, Halt> {
        Ok(Word::ZERO)
    }
    fn code(&mut self, _: &mut u64, _: Address) -> Result<alloy_primitives::Bytes, Halt> {
        Ok(b"code".as_slice().into())
    }
    fn code_hash(&mut self, _: &mut u64, _: Address) -> Result<Hash, Halt> {
        Ok(Hash::default())
    }
    fn block_hash(&mut self, _: &mut u64, _: u64) -> Result<Hash, Halt> {
        Ok(Hash::default())
    }
    fn call(&mut self, _: &mut u64, call: Call) -> Result<Called, Halt> {
        Ok(Called { status: Status::Reverted, output: call.input })
    }
    fn create(&mut self, _: &mut u64, _: Creation) -> Result<Created, Halt> {
        Ok(Created { address: Err(Status::Failed), output: Default::default() })
    }
    fn nonce(&mut self, _: &mut u64, _: Address) -> Result<u64, Halt> {
        Ok(0)
    }
    fn bear(&mut self, _: &mut u64, _: Offspring) -> Result<Born, Halt> {
        Ok(Born::NotBegun)
    }
    fn log(&mut self, _: &mut u64, _: Vec<Hash>, _: alloy_primitives::Bytes) -> Result<(), Halt> {
        Ok(())
    }
    fn destroy(&mut self, _: &mut u64, _: Address) -> Result<(), Halt> {
        Ok(())
    }
    fn debug(&mut self, _: &str) {}
}

fn run(code: &[u8], gas: u64) -> Finished {
    let engine = Engine::new(Limits::default());
    let (hash, code) = (keccak256(code), code.to_vec().into());
    let input = b"\xc1\x80some input".as_slice().into();
    engine.run(&hash, &code, Entry::Main, input, gas, Nothing::default()).1
}

fuzz_target!(|data: &[u8]| {
    let Some((gas, code)) = data.split_first() else { return };
    if let Ok(parts) = split(code) {
        let (length, whole) = (parts.module.len() + parts.arguments.len(), code.len());
        match parts.convention {
            Convention::Troupe => assert_eq!(length, whole),
            Convention::Platon => {
                assert_eq!(platon_deployment(parts.module, parts.arguments), code);
                assert!(!is_invocation(parts.arguments), "it is for the constructor");
            }
        }
    }
    // As input it is taken or not, and that is all.
    let _ = is_invocation(code);
    if Engine::new(Limits::default()).check(code).is_err() {
        return;
    }
    let gas = u64::from(*gas) * 4_000;
    let finished = run(code, gas);
    assert!(!matches!(finished.outcome, Outcome::Fault(_)), "{finished:?}");
    assert_eq!(run(code, gas), finished);
});
