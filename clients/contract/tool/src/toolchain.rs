//! Which compiler builds for WebAssembly here.

use anyhow::{Context, bail};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The target of rustup that has no more than WebAssembly's first version.
const READY: &str = "wasm32v1-none";
/// The target for which the library is compiled along.
const FROM_SOURCE: &str = "wasm32-unknown-unknown";

/// What to do where there is none.
const ADVICE: &str = "no compiler for WebAssembly; with rustup: `rustup target add wasm32v1-none`, \
    on Debian: `apt-get install rustc-web rust-web-src lld`";

/// A compiler and how it comes to the library.
#[derive(Debug)]
pub(crate) struct Toolchain {
    pub(crate) rustc: PathBuf,
    /// `rustc 1.96.0 ...`.
    pub(crate) version: String,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    /// The library is there, compiled.
    Ready,
    /// The library's source is there.
    FromSource { library: PathBuf, linker: PathBuf },
}

impl Toolchain {
    pub(crate) fn target(&self) -> &'static str {
        match self.kind {
            Kind::Ready => READY,
            Kind::FromSource { .. } => FROM_SOURCE,
        }
    }
}

/// The compiler that the environment names, the one on the path, or Debian's.
pub(crate) fn find() -> anyhow::Result<Toolchain> {
    let named = std::env::var_os("TROUPE_RUSTC");
    let candidates = match &named {
        Some(named) => vec![PathBuf::from(named)],
        None => vec![PathBuf::from("rustc"), PathBuf::from("/usr/bin/rustc")],
    };
    let linker = candidates.iter().find_map(|rustc| linker(rustc)).or_else(on_path);
    let mut refused = Vec::new();
    for rustc in candidates {
        match examine(&rustc, linker.as_deref()) {
            Ok(toolchain) => return Ok(toolchain),
            Err(error) => refused.push(format!("{}: {error:#}", rustc.display())),
        }
    }
    bail!("{ADVICE} ({})", refused.join("; "))
}

fn examine(rustc: &Path, linker: Option<&Path>) -> anyhow::Result<Toolchain> {
    let version = ask(rustc, &["--version"])?;
    let sysroot = PathBuf::from(ask(rustc, &["--print", "sysroot"])?);
    let ours = sysroot.join("lib/rustlib");
    if ours.join(READY).is_dir() {
        return Ok(Toolchain { rustc: rustc.to_owned(), version, kind: Kind::Ready });
    }
    let library = ours.join("src/rust/library");
    if !library.join("alloc/Cargo.toml").is_file() {
        bail!("{version} has neither the target {READY} nor the library's source");
    }
    let linker = linker.context("no linker: neither rust-lld nor wasm-ld")?;
    let library = library.canonicalize()?;
    let kind = Kind::FromSource { library, linker: linker.to_owned() };
    Ok(Toolchain { rustc: rustc.to_owned(), version, kind })
}

/// The linker that comes with a compiler.
fn linker(rustc: &Path) -> Option<PathBuf> {
    let sysroot = PathBuf::from(ask(rustc, &["--print", "sysroot"]).ok()?);
    let verbose = ask(rustc, &["-vV"]).ok()?;
    let host = verbose.lines().find_map(|line| line.strip_prefix("host: "))?;
    let linker = sysroot.join("lib/rustlib").join(host).join("bin/rust-lld");
    linker.is_file().then_some(linker)
}

/// A linker for WebAssembly on the path; Debian's has its version in its name.
fn on_path() -> Option<PathBuf> {
    let path: OsString = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let versions = (14..40).rev().map(|version| format!("wasm-ld-{version}"));
    let names = ["rust-lld".to_owned(), "wasm-ld".to_owned()].into_iter().chain(versions);
    names
        .flat_map(|name| folders.iter().map(move |folder| folder.join(&name)))
        .find(|file| file.is_file())
}

fn ask(rustc: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new(rustc).args(arguments).output().context("it does not run")?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
