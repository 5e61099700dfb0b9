//! The same computation on both machines: `cargo x bench vm`.
//!
//! Primes below a limit, counted by marking multiples in a byte each: `Sieve.sol` by solc 0.8 (optimised, 200 runs; its
//! creation code is `sieve.hex`), and `examples/contracts/sieve` by rustc. One thread; processor time, the least of
//! five runs of a whole call, contract loaded and compiled before.

#![expect(clippy::disallowed_macros, reason = "a benchmark prints its table")]

use rustix::time::{ClockId, clock_gettime};
use troupe_chain::state::{Account, Changes, Flat};
use troupe_crypto::hash::keccak256;
use troupe_types::{Address, Gas};
use troupe_vm::{CallRequest, Env, Outcome, call};

const SOLIDITY: &str = include_str!("sieve.hex");
const RUST: &[u8] = include_bytes!("../../../../examples/contracts/sieve/sieve.wasm");

/// count(uint32)
const COUNT: [u8; 4] = [0x9d, 0x0b, 0xbb, 0x6a];
const GAS: Gas = Gas(10_000_000_000);
const RUNS: u32 = 5;

fn nanos() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// The code that a creation leaves.
fn created(env: &Env, data: Vec<u8>) -> Vec<u8> {
    let request = CallRequest { input: data.into(), gas: GAS, ..CallRequest::default() };
    asked(Flat::default(), env, &request).result.expect("it is deployed").to_vec()
}

fn asked(state: Flat, env: &Env, request: &CallRequest) -> Outcome {
    call(state, env.clone(), request).expect("memory is read").expect("the call is fit")
}

fn measure(env: &Env, name: &str, code: Vec<u8>, limit: u32) {
    let at = Address([7; 20]);
    let mut changes = Changes::default();
    let code_hash = keccak256(&code);
    changes.accounts.insert(at, Some(Account { nonce: 1, code_hash, ..Account::default() }));
    let length = code.len();
    changes.codes.insert(code_hash, code.into());
    let mut state = Flat::default();
    state.apply(&changes);

    let input = [&COUNT[..], &[0; 28], &limit.to_be_bytes()].concat();
    let request =
        CallRequest { to: Some(at), input: input.into(), gas: GAS, ..CallRequest::default() };
    let first = asked(state.clone(), env, &request);
    let found = first.result.expect("there is gas enough");
    let found = u32::from_be_bytes(*found.last_chunk().expect("a word"));
    let mut least = f64::INFINITY;
    for _ in 0..RUNS {
        let (state, before) = (state.clone(), nanos());
        asked(state, env, &request);
        least = least.min(nanos() - before);
    }
    let gas = first.gas_used.0 as f64;
    let each = least / gas;
    println!(
        "{limit:>8} {found:>7} {name:12} {length:>7} {gas:>12} {:>9.3} {each:>8.2}",
        least / 1e6
    );
}

fn main() {
    let env = Env::default();
    let solidity = hex::decode(SOLIDITY.trim()).expect("the file is hexadecimal");
    println!("   below  primes machine        bytes          gas        ms   ns/gas");
    for limit in [1_000, 10_000, 100_000] {
        measure(&env, "Solidity", created(&env, solidity.clone()), limit);
        measure(&env, "Rust", created(&env, RUST.to_vec()), limit);
    }
}
