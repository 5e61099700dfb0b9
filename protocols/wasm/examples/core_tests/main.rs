//! The test-suite of WebAssembly through the checks, the meter and the compiler that contracts go
//! through: `cargo x wasm-tests DIR`.
//!
//! DIR holds `.wast` files, as <https://github.com/WebAssembly/testsuite> has them. The suite is of a
//! later version of the language than contracts have: a module that needs a proposal which is not
//! enabled is counted as outside, and so is everything that is asked of it.

#![expect(clippy::disallowed_macros, reason = "a tool prints its table")]
#![expect(clippy::disallowed_methods, reason = "a tool reads files")]

mod linker;
mod script;
mod values;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What came of the commands of one file.
#[derive(Default)]
pub(crate) struct Counts {
    passed: u32,
    outside: u32,
    failed: Vec<String>,
}

fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "wast") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn main() -> ExitCode {
    let Some(folder) = std::env::args().nth(1) else {
        println!("usage: cargo x wasm-tests DIR");
        return ExitCode::FAILURE;
    };
    let files = match files(Path::new(&folder)) {
        Ok(files) if !files.is_empty() => files,
        Ok(_) => {
            println!("{folder} has no .wast file");
            return ExitCode::FAILURE;
        }
        Err(error) => {
            println!("{folder}: {error}");
            return ExitCode::FAILURE;
        }
    };
    let (mut passed, mut failed, mut outside, mut skipped) = (0, 0, 0, 0);
    println!("{:34} {:>7} {:>7} {:>7}", "file", "passed", "failed", "outside");
    for path in files {
        let name = path.file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
        let counts = match std::fs::read_to_string(&path) {
            Ok(text) => script::run(&text),
            Err(error) => Counts { failed: vec![error.to_string()], ..Counts::default() },
        };
        let wrong = counts.failed.len();
        if counts.passed == 0 && wrong == 0 {
            skipped += 1;
        } else {
            println!("{name:34} {:7} {wrong:7} {:7}", counts.passed, counts.outside);
        }
        for failure in counts.failed.iter().take(20) {
            println!("    {failure}");
        }
        passed += counts.passed;
        outside += counts.outside;
        failed += wrong;
    }
    println!(
        "\n{passed} passed, {failed} failed, {outside} outside, {skipped} files wholly outside"
    );
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
