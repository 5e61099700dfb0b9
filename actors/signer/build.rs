//! Turns the messages of `clients/proto/troupe/signer` into Rust. Nothing but Rust is needed for it.

use std::error::Error;
use std::path::Path;

#[expect(clippy::disallowed_macros, reason = "this is how cargo is told")]
fn main() -> Result<(), Box<dyn Error>> {
    // Of this crate's folder, which is where cargo runs this: one build folder serves many checkouts.
    let folder = Path::new("../../clients/proto");
    println!("cargo::rerun-if-changed={}", folder.display());
    let described = protox::compile(["troupe/signer/v1/signer.proto"], [folder])?;
    tonic_prost_build::configure()
        .build_client(false)
        .build_server(false)
        .build_transport(false)
        .compile_fds(described)?;
    Ok(())
}
