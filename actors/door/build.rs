//! Turns the messages and services under `clients/proto` into Rust. Nothing but Rust is needed for it.

use prost::Message;
use std::error::Error;
use std::path::{Path, PathBuf};

/// Each with the name under which it is described.
const FILES: [(&str, &str); 4] = [
    ("troupe/chain/v1/chain.proto", "chain"),
    ("troupe/node/v1/node.proto", "node"),
    ("troupe/data/v1/data.proto", "data"),
    ("troupe/job/v1/job.proto", "job"),
];

#[expect(clippy::disallowed_macros, reason = "this is how cargo is told")]
fn main() -> Result<(), Box<dyn Error>> {
    // Of this crate's folder, which is where cargo runs this: one build folder serves many checkouts.
    let folder = Path::new("../../clients/proto");
    println!("cargo::rerun-if-changed={}", folder.display());
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    for (file, name) in FILES {
        let mut told = protox::compile([file], [folder])?;
        // Reflection tells of fields and not of comments.
        told.file.iter_mut().for_each(|file| file.source_code_info = None);
        std::fs::write(out.join(format!("{name}.bin")), told.encode_to_vec())?;
    }
    let described = protox::compile(FILES.map(|(file, _)| file), [folder])?;
    tonic_prost_build::configure()
        .bytes(".troupe")
        .build_transport(false)
        .compile_fds(described)?;
    Ok(())
}
