//! What the fuzz targets share: a reader never panics, and what it accepts has one form.
//!
//! A target is one file in `targets/`, listed in `Cargo.toml`; `tests/architecture.rs` asks for one
//! per reader of foreign bytes. `cargo x fuzz` runs them.

mod readers;
mod samples;

pub use readers::{decodes, message, parses};
pub use samples::{covariance, keeping, mixture, overwrite, taking};
