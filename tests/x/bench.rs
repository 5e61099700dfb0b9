//! `cargo x bench`: the benchmarks by name. Their figures go to `docs/performance.md`.

use crate::step::{self, Step, cargo};
use anyhow::{Result, bail};

/// The crates that have one, each as its example `bench`.
const BENCHES: &[(&str, &str)] = &[
    ("crypto", "troupe-crypto"),
    ("mpc", "troupe-mpc"),
    ("runtime", "troupe-runtime"),
    ("net", "troupe-net"),
];

/// Runs one benchmark or all of them.
pub(crate) fn run(only: Option<&str>) -> Result<()> {
    let chosen: Vec<_> = match only {
        Some(name) => BENCHES.iter().filter(|(known, _)| *known == name).collect(),
        None => BENCHES.iter().collect(),
    };
    if chosen.is_empty() {
        let names: Vec<&str> = BENCHES.iter().map(|(name, _)| *name).collect();
        bail!("`{}` is no benchmark; there are {}", only.unwrap_or_default(), names.join(", "));
    }
    let mut steps = Vec::new();
    for (name, package) in chosen {
        println!("\n$ cargo run --release -p {package} --example bench");
        let command = cargo(&["run", "--release", "-p", package, "--example", "bench"]);
        steps.push(Step::run(*name, command));
    }
    step::finish(&steps)
}
