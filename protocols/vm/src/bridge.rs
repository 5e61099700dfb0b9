//! Contracts in WebAssembly, in the same world as Ethereum's.
//!
//! While such a contract runs, its machine owns the journal; each call that it makes takes the journal along
//! and brings it back. So there is one journal, one gas and one depth, whichever machines are between.

mod host;

use crate::driver::{Control, exit, fail};
use crate::error::Error;
use crate::frame::Place;
use crate::journal::Journal;
use crate::memory::Data;
use crate::observe::Observer;
use crate::price;
use crate::program::Program;
use alloy_primitives::{Bytes, U256};
use evm::interpreter::{ExitError, ExitException};
use host::Bridge;
use troupe_chain::state::StateView;
use troupe_crypto::hash::keccak256;
use troupe_types::Hash;
use troupe_wasm::prices::load;
use troupe_wasm::{Context, Entry, Finished, MAX_RUNS, Outcome};

/// A word that is copied. Yellow Paper, appendix G
const COPIED_WORD: u64 = 3;

/// A function of a module that is to be run.
struct Start<'a> {
    hash: Hash,
    code: &'a Bytes,
    entry: Entry,
    input: Bytes,
    gas: u64,
    modules: u32,
}

/// Calls a contract.
pub(crate) fn call<V: StateView + Send + 'static, O: Observer>(
    journal: &mut Journal<V, O>,
    program: &Program,
    place: Place,
    input: &Data,
    gas: u64,
    modules: u32,
) -> Control {
    let (hash, code) = (*program.hash(), program.code());
    let loading = match journal.transaction.modules.insert(hash) {
        true => load(code.len()),
        false => 0,
    };
    let copying = COPIED_WORD * price::words(input.as_slice().len());
    let Some(gas) = gas.checked_sub(loading + copying) else {
        return fail(ExitException::OutOfGas, 0);
    };
    let input = Bytes::copy_from_slice(input.as_slice());
    let start = Start { hash, code, entry: Entry::Main, input, gas, modules };
    run(journal, place, start, None)
}

/// Makes a contract of a module that was checked: runs its constructor. What comes out is the module.
pub(crate) fn deploy<V: StateView + Send + 'static, O: Observer>(
    journal: &mut Journal<V, O>,
    code: &Bytes,
    place: Place,
    arguments: &[u8],
    gas: u64,
    modules: u32,
) -> Control {
    let hash = keccak256(code);
    journal.transaction.modules.insert(hash);
    let input = Bytes::copy_from_slice(arguments);
    let start = Start { hash, code, entry: Entry::Deploy, input, gas, modules };
    run(journal, place, start, Some(code))
}

/// Runs it; what comes out is what it returned, or `instead` of that.
fn run<V: StateView + Send + 'static, O: Observer>(
    journal: &mut Journal<V, O>,
    place: Place,
    start: Start<'_>,
    instead: Option<&Bytes>,
) -> Control {
    let Start { hash, code, entry, input, gas, modules } = start;
    if modules >= MAX_RUNS {
        return fail(ExitException::CallTooDeep, gas);
    }
    let engine = journal.env.vm.wasm.clone();
    let context = context(journal, &place);
    let bridge = Bridge::new(journal.take(), context, place.depth, modules);
    let (bridge, Finished { outcome, gas_left }) =
        engine.run(&hash, code, entry, input, gas, bridge);
    *journal = bridge.into_journal();
    match outcome {
        Outcome::Success(output) => {
            let output = instead.cloned().unwrap_or(output);
            exit(Ok(()), gas_left, output.into())
        }
        Outcome::Destroyed => {
            let output = instead.cloned().unwrap_or_default();
            exit(Ok(()), gas_left, output.into())
        }
        Outcome::Reverted(output) => exit(Err(ExitError::Reverted), gas_left, output.into()),
        Outcome::OutOfGas => fail(ExitException::OutOfGas, 0),
        Outcome::Trapped(trap) => fail(ExitException::Other(trap.to_string().into()), 0),
        Outcome::Fault(error) => {
            journal.fail(Error::Wasm(error));
            fail(ExitException::OutOfGas, 0)
        }
    }
}

fn context<V, O>(journal: &Journal<V, O>, place: &Place) -> Context {
    let env = &journal.env;
    Context {
        address: place.address,
        caller: place.caller,
        origin: journal.transaction.origin,
        value: place.value,
        gas_price: journal.transaction.gas_price,
        coinbase: env.coinbase,
        height: env.height.0,
        time_millis: env.time.0,
        gas_limit: env.gas_limit.0,
        chain_id: env.chain_id,
        base_fee: U256::from(env.base_fee),
        randomness: env.randomness,
        is_static: place.is_static,
    }
}
