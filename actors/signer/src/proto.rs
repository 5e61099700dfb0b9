//! What `clients/proto` says, as Rust.
#![allow(
    unreachable_pub,
    clippy::allow_attributes_without_reason,
    reason = "generated: whatever it is, it is not written here"
)]

include!(concat!(env!("OUT_DIR"), "/troupe.signer.v1.rs"));
