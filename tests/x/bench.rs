//! `cargo x bench`: the benchmarks by name. Their figures go to `docs/performance.md`.

use crate::step::{self, Step, cargo};
use anyhow::{Result, bail};

/// The crates that have one, as `examples/bench.rs`.
const BENCHES: &[(&str, &str, &str)] = &[
    ("crypto", "troupe-crypto", "protocols/crypto"),
    ("mpc", "troupe-mpc", "protocols/mpc"),
    ("runtime", "troupe-runtime", "actors/runtime"),
    ("net", "troupe-net", "actors/net"),
];

/// Runs one benchmark or all of them.
pub(crate) fn run(only: Option<&str>) -> Result<()> {
    let chosen: Vec<_> = match only {
        Some(name) => BENCHES.iter().filter(|(known, ..)| *known == name).collect(),
        None => BENCHES.iter().collect(),
    };
    if chosen.is_empty() {
        let names: Vec<&str> = BENCHES.iter().map(|(name, ..)| *name).collect();
        bail!("`{}` is no benchmark; there are {}", only.unwrap_or_default(), names.join(", "));
    }
    let steps: Vec<Step> =
        chosen.into_iter().map(|(name, package, folder)| one(name, package, folder)).collect();
    step::finish(&steps)
}

fn one(name: &str, package: &str, folder: &str) -> Step {
    println!("\n$ cargo run --release -p {package} --example bench");
    if !step::root().join(folder).join("examples/bench.rs").is_file() {
        return Step::skip(name, format!("{folder} has no examples/bench.rs"));
    }
    Step::run(name, cargo(&["run", "--release", "-p", package, "--example", "bench"]))
}
