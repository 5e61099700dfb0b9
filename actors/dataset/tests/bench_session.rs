//! A small run of `cargo x bench session`: its three processes find each other, compute and agree.

#[path = "../examples/bench_session/cost.rs"]
mod cost;
#[path = "../examples/bench_session/job.rs"]
mod job;
#[path = "../examples/bench_session/orders.rs"]
mod orders;
#[path = "../examples/bench_session/party.rs"]
mod party;
#[path = "../examples/bench_session/process.rs"]
mod process;
#[path = "../examples/bench_session/report.rs"]
mod report;
#[path = "../examples/bench_session/run.rs"]
mod run;
#[path = "../examples/bench_session/stage.rs"]
mod stage;

fn main() -> std::process::ExitCode {
    let is_party = std::env::args().any(|word| word == run::PARTY);
    let words: &[&str] =
        if is_party { &[run::PARTY, "--quick"] } else { &["--quick", "--runs", "1"] };
    run::main(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
}
