//! Contracts that are WebAssembly: what they may be, and how they run.
mod artefact;
mod cache;
mod check;
mod compiled;
mod cost;
mod crossing;
mod deployment;
mod engine;
mod error;
mod functions;
mod host;
mod imports;
mod outcome;
pub mod prices;
mod rewrite;
mod rules;
mod run;
#[doc(hidden)]
pub mod suite;

pub use artefact::{ArtefactKey, Artefacts};
pub use cost::FUEL_PER_GAS;
pub use deployment::{HEADER, LENGTH_SECTION, is_module, split, with_length};
pub use engine::{ENGINE_VERSION, Engine, Entry, Limits, MAX_RUNS};
pub use error::{Error, Refused};
pub use host::{Call, CallKind, Called, Context, Created, Creation, Halt, Host, Status};
pub use imports::Signature;
pub use outcome::{Finished, Outcome, Trap};
