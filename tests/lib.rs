//! What no single crate can show alone.
//!
//! * `architecture.rs`: the laws of the tree, applied to the tree.
//! * `x/`: `cargo x`, the named commands of this repository (a package of its own).
//! * `fuzz/`: one target per decoder (a package of its own, for a nightly toolchain).
//!
//! Tests that need the binary are targets of `roles`.
