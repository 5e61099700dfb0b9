//! `cargo x platon-contracts`: contracts that PlatON's own compilers made, on our machine.
//!
//! They are in the folder `core/vm/testdata` of <https://github.com/PlatONnetwork/PlatON-Go>, version 1.5.0, and not
//! part of this repository.

use crate::step::{self, Step, cargo};
use anyhow::{Context, Result};
use std::path::Path;

/// Runs those of one folder.
pub(crate) fn run(folder: &str) -> Result<()> {
    let wanted = "it has to hold contract_hello.wasm and others";
    let folder = Path::new(folder);
    let folder =
        folder.canonicalize().with_context(|| format!("{}: {wanted}", folder.display()))?;
    let line = ["test", "--release", "-p", "troupe-vm", "--test", "platon", "--", "--ignored"];
    let mut command = cargo(&line);
    command.env("TROUPE_PLATON_WASM", folder);
    step::finish(&[Step::run("platon-contracts", command)])
}
