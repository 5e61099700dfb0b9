//! Turns the messages and services under `clients/proto` into Rust. Nothing but Rust is needed for it.

use prost::Message;
use std::error::Error;
use std::path::{Path, PathBuf};

const FILES: [&str; 2] = ["troupe/chain/v1/chain.proto", "troupe/node/v1/node.proto"];

#[expect(clippy::disallowed_macros, reason = "this is how cargo is told")]
fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../clients/proto");
    println!("cargo::rerun-if-changed={}", folder.display());
    let described = protox::compile(FILES, [&folder])?;
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    // Reflection tells of fields and not of comments.
    let mut told = described.clone();
    told.file.iter_mut().for_each(|file| file.source_code_info = None);
    std::fs::write(out.join("described.bin"), told.encode_to_vec())?;
    tonic_prost_build::configure()
        .bytes(".troupe")
        .build_client(false)
        .build_transport(false)
        .compile_fds(described)?;
    Ok(())
}
