//! What `clients/proto` says, as Rust.
#![expect(
    missing_docs,
    clippy::allow_attributes_without_reason,
    reason = "generated: the .proto files explain it"
)]

/// `troupe.chain.v1`.
pub mod chain {
    tonic::include_proto!("troupe.chain.v1");

    /// The same described, for reflection.
    pub const DESCRIBED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/chain.bin"));
}

/// `troupe.node.v1`.
pub mod node {
    tonic::include_proto!("troupe.node.v1");

    /// The same described, for reflection.
    pub const DESCRIBED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/node.bin"));
}

/// `troupe.data.v1`.
pub mod data {
    tonic::include_proto!("troupe.data.v1");

    /// The same described, for reflection.
    pub const DESCRIBED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/data.bin"));
}

/// `troupe.job.v1`.
#[expect(clippy::large_enum_variant, reason = "generated; a message is read once")]
pub mod job {
    tonic::include_proto!("troupe.job.v1");

    /// The same described, for reflection.
    pub const DESCRIBED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/job.bin"));
}
