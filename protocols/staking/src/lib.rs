//! Who validates, and what that earns: PlatON's proof of stake as functions of the state.
//!
//! * [`election`]: which candidates validate in the next round, and in which order they propose.
//! * [`registration`]: how a candidate shows that its keys are its own.
//! * [`params`]: what proposals may change, and how far.
//!
//! Everything is computed by integers: two nodes with the same state come to the same bits.

pub mod election;
mod error;
pub mod params;
pub mod registration;

pub use error::Error;
