//! What contracts of WebAssembly cost: `cargo x bench wasm`.
//!
//! One thread; figures are CPU time, the least of five runs. The last column of instructions and of
//! the host's functions is what decides their prices: nanoseconds for the gas that they are charged.
//! The EVM takes about 3.3 (305 Mgas/s on the same machine, `cargo x bench conformance`).

#![expect(clippy::disallowed_macros, reason = "a benchmark prints its table")]

mod compilation;
mod instructions;
mod starts;
mod world;

fn main() {
    println!("{} fuel in one gas\n", troupe_wasm::FUEL_PER_GAS);
    instructions::tables();
    println!("\n{:38} {:>9} {:>9} {:>9}", "start", "ns", "gas", "ns/gas");
    starts::table();
    println!(
        "\n{:38} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "compilation", "KiB", "check ms", "all ms", "us/KiB", "load ms", "growth"
    );
    compilation::table();
}
