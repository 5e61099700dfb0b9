//! What a session costs with its transport: `cargo x bench session`, with names of jobs for some of them,
//! `--quick` for small ones, `--runs N`, and `--output json`.
//!
//! Three processes compute, one thread each, and speak over QUIC on loopback. A fourth one, this, plays owners
//! and the receiver; its work is not in the figures. Processor time and peak memory are those of the three.

mod cost;
mod job;
mod orders;
mod party;
mod process;
mod report;
mod run;
mod stage;

fn main() -> std::process::ExitCode {
    run::main(&std::env::args().skip(1).collect::<Vec<_>>())
}
