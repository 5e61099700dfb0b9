//! Contracts that are WebAssembly: the rules of deployment, and the meter that is written into them.
#![expect(dead_code, reason = "what runs them comes next")]
mod check;
mod cost;
mod error;
mod imports;
mod rewrite;
mod rules;
pub use error::{Error, Refused};
pub use imports::Signature;
