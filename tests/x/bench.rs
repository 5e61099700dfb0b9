//! `cargo x bench`: the benchmarks by name. Their figures go to `docs/performance.md`.

use crate::step::{self, Step, cargo, conformance};
use anyhow::{Result, bail};

/// The crates that have one: `troupe-<name>` with its example `bench_<name>`, where [`ELSEWHERE`] names no other.
const BENCHES: &[&str] = &[
    "crypto",
    "mpc",
    "learning",
    "session",
    "psi",
    "chain",
    "consensus",
    "precompiles",
    "wasm",
    "vm",
    "conformance",
    "ledger",
    "staking",
    "economy",
    "mempool",
    "parallel",
    "runtime",
    "net",
    "storage",
    "vault",
    "archive",
    "carry",
    "rpc",
];

/// Benchmarks and the crates that they are of.
const ELSEWHERE: &[(&str, &str)] = &[
    ("session", "dataset"),
    ("economy", "ledger"),
    ("archive", "vault"),
    ("carry", "vault"),
    ("mempool", "blocks"),
    ("parallel", "blocks"),
];

/// Runs all benchmarks, or the named one with the words that follow for its own command line.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    let (chosen, arguments) = match words {
        [] => (BENCHES, words),
        [name, rest @ ..] => match BENCHES.iter().position(|known| known == name) {
            Some(at) => (&BENCHES[at..=at], rest),
            None => bail!("`{name}` is no benchmark; there are {}", BENCHES.join(", ")),
        },
    };
    let mut steps = Vec::new();
    for name in chosen {
        let other = ELSEWHERE.iter().find(|(bench, _)| bench == name);
        let package = other.map_or(*name, |(_, package)| *package);
        let (package, example) = (format!("troupe-{package}"), format!("bench_{name}"));
        let mut line = vec!["--example", &*example];
        if !arguments.is_empty() {
            line.push("--");
            line.extend(arguments);
        }
        let command = match *name {
            "conformance" => conformance("run", &line),
            _ => cargo(&[&["run", "--release", "-p", &*package], &*line].concat()),
        };
        println!("\n$ {command:?}");
        steps.push(Step::run(*name, command));
    }
    step::finish(&steps)
}
