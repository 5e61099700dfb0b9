//! From a package to a module and its ABI.

use crate::metadata::{self, Workspace};
use crate::toolchain::{self, Kind, Toolchain};
use crate::{abi, check, module, wrapper};
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};

/// Bytes of the stack within a module's memory.
const STACK: usize = 64 * 1024;
/// Bytes that a module's memory may grow to; the chain allows no more.
const MEMORY: usize = 16 * 1024 * 1024;

/// What is to be built.
#[derive(Debug)]
pub(crate) struct Wish {
    pub(crate) manifest_path: Option<PathBuf>,
    pub(crate) out: Option<PathBuf>,
    pub(crate) locked: bool,
}

/// A module that was built.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) module: PathBuf,
    pub(crate) size: usize,
    pub(crate) entries: usize,
    /// Why the chain would refuse it.
    pub(crate) problems: Vec<String>,
}

pub(crate) fn build(wish: &Wish) -> anyhow::Result<Vec<Built>> {
    let toolchain = toolchain::find()?;
    let workspace = metadata::ask(wish.manifest_path.as_deref(), wish.locked)?;
    let target = workspace.target.join("troupe-build");
    compile(&toolchain, &workspace, &target, wish)?;
    let out = match &wish.out {
        Some(out) => out.clone(),
        None => workspace.target.join("troupe"),
    };
    std::fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
    let compiled = target.join(toolchain.target()).join("release");
    let mut built = Vec::new();
    for contract in &workspace.contracts {
        built.push(finish(&compiled, &out, &contract.library)?);
    }
    Ok(built)
}

/// Runs cargo.
fn compile(
    toolchain: &Toolchain,
    workspace: &Workspace,
    target: &Path,
    wish: &Wish,
) -> anyhow::Result<()> {
    let mut command = metadata::cargo();
    command.args(["build", "--release", "--lib", "--target", toolchain.target()]);
    command.arg("--target-dir").arg(target);
    command.env("RUSTC", &toolchain.rustc);
    command.env("RUSTC_WRAPPER", std::env::current_exe().context("this command has no path")?);
    command.env(wrapper::MARK, "1");
    // Small code, checked numbers, and one way to compile, whatever the manifest says.
    for setting in
        ["opt-level=\"s\"", "lto=true", "codegen-units=1", "panic=\"abort\"", "debug=false"]
    {
        command.arg("--config").arg(format!("profile.release.{setting}"));
    }
    command.args(["--config", "profile.release.overflow-checks=true"]);
    if let Kind::FromSource { library, linker } = &toolchain.kind {
        command.args(["-Zbuild-std=core,alloc", "-Zbuild-std-features=optimize_for_size"]);
        command.env("RUSTC_BOOTSTRAP", "1");
        command.env("__CARGO_TESTS_ONLY_SRC_ROOT", library);
        command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
    }
    command.env("CARGO_ENCODED_RUSTFLAGS", flags(toolchain, workspace).join("\u{1f}"));
    if let Some(manifest) = &wish.manifest_path {
        command.arg("--manifest-path").arg(manifest);
    }
    if wish.locked {
        command.arg("--locked");
    }
    for contract in &workspace.contracts {
        command.args(["--package", &contract.package]);
    }
    let status = command.status().context("cargo does not run")?;
    if !status.success() {
        bail!("the contract does not compile");
    }
    Ok(())
}

/// WebAssembly's first version only, and no path of this machine in the result.
fn flags(toolchain: &Toolchain, workspace: &Workspace) -> Vec<String> {
    let mut flags = vec![
        "-Ctarget-cpu=mvp".to_owned(),
        format!("-Clink-arg=-zstack-size={STACK}"),
        format!("-Clink-arg=--max-memory={MEMORY}"),
    ];
    let mut remap = |from: &Path, to: &str| {
        flags.push(format!("--remap-path-prefix={}={to}", from.display()));
    };
    remap(&workspace.root, "workspace");
    for (name, folder) in &workspace.local {
        remap(folder, name);
    }
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    if let Some(home) = home {
        remap(&home, "cargo");
    }
    if let Kind::FromSource { library, .. } = &toolchain.kind {
        remap(library, "library");
        // Where something panics is told to nobody.
        flags.push("-Zlocation-detail=none".to_owned());
    }
    flags
}

/// Makes what the compiler wrote a module for the chain.
fn finish(compiled: &Path, out: &Path, library: &str) -> anyhow::Result<Built> {
    let from = compiled.join(format!("{library}.wasm"));
    let bytes = std::fs::read(&from).with_context(|| format!("cannot read {}", from.display()))?;
    let parts = module::take_apart(&bytes)?;
    let entries = abi::from_section(&parts.abi)?;
    let bytes = module::put_together(&parts)?;
    let module = out.join(format!("{library}.wasm"));
    let description = out.join(format!("{library}.json"));
    let write = |path: &Path, bytes: &[u8]| {
        std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
    };
    write(&module, &bytes)?;
    write(&description, abi::to_json(&entries).as_bytes())?;
    let problems = check::report(&bytes).problems;
    Ok(Built { module, size: bytes.len(), entries: entries.len(), problems })
}
