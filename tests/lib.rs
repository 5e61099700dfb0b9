//! What no single crate can show alone.
//!
//! * `architecture.rs`: the laws of the tree, applied to the tree.
//! * `x/`: `cargo x`, the named commands of this repository (a package of its own).
//! * `sim/`: worlds of real shells under virtual time; `seeds` names what failed.
//! * `fuzz/`: one target per decoder (a package of its own, for a nightly toolchain).
//!
//! Tests that need the binary are targets of `roles`.

pub mod seeds;
