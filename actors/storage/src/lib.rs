//! Durable storage of the chain.
mod cursor;
mod error;
pub mod log;

pub use error::Error;
