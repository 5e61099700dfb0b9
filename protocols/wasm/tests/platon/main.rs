//! Contracts of PlatON's convention in text form, run in a small world.

#[path = "../contracts/world.rs"]
#[allow(dead_code, reason = "each test file uses a part of this")]
mod world;

mod calls;
mod data;
mod pure;
mod rules;
mod state;

use alloy_primitives::Bytes;
use troupe_wasm::{Convention, Finished, Outcome, host_functions};
use world::{TestHost, engine, run_in, wasm};

/// An input that calls the function of number 0.
const CALL: &[u8] = &[0xc1, 0x80];

/// A contract that imports everything, under the names of the functions, has data at 1,024 and does something.
fn module(body: &str, data: &[u8]) -> Bytes {
    let mut imports = String::new();
    for (name, signature) in host_functions(Convention::Platon) {
        let ty = signature.to_string();
        let (parameters, results) = ty.split_once(" -> ").expect("a type has both");
        let inside = |list: &str| list.trim_matches(['[', ']']).to_owned();
        let (parameters, results) = (inside(parameters), inside(results));
        imports += &format!(
            "(import \"env\" \"{name}\" (func ${name} (param {parameters}) (result {results})))"
        );
    }
    let data: String = data.iter().map(|byte| format!("\\{byte:02x}")).collect();
    wasm(&format!(
        "(module {imports} (memory (export \"memory\") 2) (data (i32.const 1024) \"{data}\")
            (func (export \"invoke\") {body}))"
    ))
}

fn host() -> TestHost {
    TestHost::new(&engine())
}

/// Runs what a contract does, with data at 1,024.
fn ends(body: &str, data: &[u8], host: TestHost) -> (TestHost, Finished) {
    run_in(&module(body, data), CALL, 1_000_000, host)
}

/// What a contract returns that succeeds.
fn output_in(body: &str, data: &[u8], host: TestHost) -> (TestHost, Vec<u8>) {
    let (host, finished) = ends(body, data, host);
    let Outcome::Success(output) = finished.outcome else { panic!("{:?}", finished.outcome) };
    (host, output.to_vec())
}

fn output(body: &str, data: &[u8]) -> Vec<u8> {
    output_in(body, data, host()).1
}

/// The outcome of what a contract does.
fn outcome(body: &str, data: &[u8]) -> Outcome {
    ends(body, data, host()).1.outcome
}

/// Returns bytes of memory.
fn returns(from: u32, length: u32) -> String {
    format!("(call $platon_return (i32.const {from}) (i32.const {length}))")
}

/// Writes a number of 32 bits to an address.
fn keeps(at: u32, number: &str) -> String {
    format!("(i32.store (i32.const {at}) {number})")
}

/// Writes a number of 64 bits to an address.
fn keeps_long(at: u32, number: &str) -> String {
    format!("(i64.store (i32.const {at}) {number})")
}
