//! Durable storage of the chain.
mod cursor;
mod error;
pub mod log;
mod progress;
pub mod state;

pub use error::Error;
pub use progress::{Phase, Progress};
