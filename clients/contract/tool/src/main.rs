//! `cargo troupe`: begins, builds and checks contracts.
//!
//! A contract is an ordinary package whose library is a `cdylib`. `build` compiles it to
//! WebAssembly of the first version, takes out what the chain does not need, puts the section in
//! front by which the chain knows it, and checks it against the chain's rules.

mod abi;
mod building;
mod check;
mod imports;
mod metadata;
mod module;
mod solidity;
mod template;
mod toolchain;
mod wrapper;

use anyhow::Context;
use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Writes, builds and checks contracts in Rust.
#[derive(Debug, Parser)]
#[command(name = "cargo troupe", bin_name = "cargo troupe", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Begins a contract in a new folder.
    #[command(after_help = "Example: cargo troupe new my-token")]
    New {
        /// The folder; its last part is the package's name.
        folder: PathBuf,
        /// Where `troupe-contract` is; else in the checkout that this command lies in, or was built in.
        #[arg(long)]
        sdk: Option<PathBuf>,
    },
    /// Builds every contract of the package or workspace here.
    #[command(after_help = "Example: cargo troupe build --out artifacts")]
    Build {
        /// The `Cargo.toml`; else that of this folder.
        #[arg(long)]
        manifest_path: Option<PathBuf>,
        /// Where the modules and their ABIs go; else `troupe` in the build folder.
        #[arg(long)]
        out: Option<PathBuf>,
        /// Fails where `Cargo.lock` would change.
        #[arg(long)]
        locked: bool,
    },
    /// Shows a module's sizes and imports, and whether the chain takes it.
    #[command(after_help = "Example: cargo troupe check target/troupe/counter.wasm")]
    Check {
        /// The module.
        module: PathBuf,
    },
    /// Prints a contract's ABI: that which `build` wrote beside the module.
    #[command(
        after_help = "Example: cargo troupe export-abi target/troupe/counter.json --solidity"
    )]
    ExportAbi {
        /// The ABI.
        abi: PathBuf,
        /// As JSON; so it is unless `--solidity` is given.
        #[arg(long)]
        json: bool,
        /// As an interface in Solidity.
        #[arg(long, conflicts_with = "json")]
        solidity: bool,
    },
    /// Prints what creates the contract, in hexadecimal digits: for `troupe tx deploy`.
    #[command(after_help = "Example: cargo troupe hex target/troupe/counter.wasm > counter.hex")]
    Hex {
        /// The module.
        module: PathBuf,
        /// The constructor's arguments as the ABI encodes them, in hexadecimal digits.
        #[arg(long, default_value = "0x")]
        arguments: String,
    },
    /// Prints the compiler that `build` uses.
    Toolchain,
}

fn main() -> ExitCode {
    if let Some(code) = wrapper::run() {
        return code;
    }
    // Cargo calls `cargo-troupe troupe build`.
    let mut arguments: Vec<_> = std::env::args_os().collect();
    if arguments.get(1).is_some_and(|first| first == "troupe") {
        arguments.remove(1);
    }
    match run(Arguments::parse_from(arguments).command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::New { folder, sdk } => {
            template::write(&folder, sdk.as_deref())?;
            println!("A contract in {}; next: cargo test, cargo troupe build", folder.display());
        }
        Command::Build { manifest_path, out, locked } => {
            return build(&building::Wish { manifest_path, out, locked });
        }
        Command::Check { module } => {
            let bytes = read(&module)?;
            let report = check::report(&bytes);
            print!("{report}");
            return Ok(code(report.problems.is_empty()));
        }
        Command::ExportAbi { abi, solidity, json: _ } => {
            let text = String::from_utf8(read(&abi)?).context("an ABI is text")?;
            let entries = abi::parse(&text)?;
            if solidity {
                let name = abi.file_stem().unwrap_or_default().to_string_lossy();
                print!("{}", solidity::interface(&template::pascal(&name), &entries));
            } else {
                print!("{}", abi::to_json(&entries));
            }
        }
        Command::Hex { module, arguments } => {
            let bytes = read(&module)?;
            anyhow::ensure!(
                module::said_length(&bytes) == Some(bytes.len()),
                "{} is no module that `build` wrote",
                module.display()
            );
            let arguments = arguments.strip_prefix("0x").unwrap_or(&arguments);
            let is_hex = arguments.len() % 64 == 0
                && arguments.bytes().all(|digit| digit.is_ascii_hexdigit());
            anyhow::ensure!(is_hex, "arguments are whole words of 64 hexadecimal digits");
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            println!("0x{digits}{arguments}");
        }
        Command::Toolchain => println!("{}", toolchain::find()?.version),
    }
    Ok(ExitCode::SUCCESS)
}

fn build(wish: &building::Wish) -> anyhow::Result<ExitCode> {
    let mut is_good = true;
    for built in building::build(wish)? {
        println!(
            "{}: {} bytes, {} entries in the ABI",
            built.module.display(),
            built.size,
            built.entries
        );
        for problem in &built.problems {
            eprintln!("{}: {problem}", built.module.display());
            is_good = false;
        }
    }
    Ok(code(is_good))
}

fn code(is_good: bool) -> ExitCode {
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
