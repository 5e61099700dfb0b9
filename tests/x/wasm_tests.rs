//! `cargo x wasm-tests`: the public test-suite of WebAssembly through the checks, the meter and the
//! compiler that contracts go through.
//!
//! The suite is at <https://github.com/WebAssembly/testsuite>; its `.wast` files are not part of this
//! repository.

use crate::step::{self, Step, cargo};
use anyhow::{Result, bail};
use std::path::Path;

/// Runs the scripts of one folder.
pub(crate) fn run(folder: &str) -> Result<()> {
    if !Path::new(folder).is_dir() {
        bail!("`{folder}` is no folder; it has to hold the .wast files of the test-suite");
    }
    let line = ["run", "--release", "-p", "troupe-wasm", "--example", "core_tests", "--", folder];
    step::finish(&[Step::run("wasm-tests", cargo(&line))])
}
