//! Contracts that are WebAssembly: what they may be, what they cost, how they run.
//!
//! * [`Engine::check`]: the rules of deployment. [`Refused`] names the one that a module breaks.
//! * [`Engine::run`]: one call of a contract, with a meter, over a [`Host`] that is the world to it.
//! * [`split`]: creation data, which is a module and the arguments of its constructor.
//! * [`Artefacts`]: where a node keeps what was compiled, under a key of its own.
//!
//! A module is WebAssembly 1.0 with sign extension, mutable globals and bulk memory, without
//! floats. It imports functions of the module `troupe` only, exports `memory` and `main`, and
//! perhaps `deploy`. All caps are in `rules.rs`, all functions in `imports.rs`.
//!
//! Or it has PlatON's [`Convention`]: functions of the module `env`, and `invoke` for `main` and `deploy`.
//! Everything else is the same for both.
//!
//! # The same everywhere
//!
//! Before it is compiled a module is rewritten (`rewrite/`): each straight piece of code pays for
//! itself before it runs, and functions that call others count the height of the stack, so that every
//! recursion ends at the same call on every machine, long before the native stack does. One meter
//! counts: gas, of which [`FUEL_PER_GAS`] units of fuel are one inside the contract. Weights
//! (`cost.rs`) and prices ([`prices`]) come from `cargo x bench wasm`. A trap takes all gas, as in the
//! EVM. [`ENGINE_VERSION`] stands for all that a result depends on.
//!
//! What a machine lacks (memory, address space) is never told to the contract: the run ends as
//! [`Outcome::Fault`], which is no result. An instance reserves six GiB of addresses, of which it uses
//! what it touches; 64 of them may be within each other on one thread.
//!
//! # The exception to purity
//!
//! Protocols map no memory and start no machine code; this crate does, through `wasmer`, and nothing
//! else in the tree does. There is still no clock, no luck, no thread and no file in it.
//!
//! ```
//! use troupe_wasm::{Convention, Engine, Limits, is_module, split, with_length};
//!
//! // The least contract: a page of memory, and `main` that returns 0.
//! let module = b"\0asm\x01\0\0\0\x01\x05\x01\x60\0\x01\x7f\x03\x02\x01\0\x05\x03\x01\0\x01\
//!     \x07\x11\x02\x06memory\x02\0\x04main\0\0\x0a\x06\x01\x04\0\x41\0\x0b";
//! assert!(is_module(module));
//! assert_eq!(Engine::new(Limits::default()).check(module), Ok(Convention::Troupe));
//!
//! let mut data = with_length(module)?;
//! data.extend_from_slice(b"arguments");
//! assert_eq!(split(&data)?.arguments, b"arguments");
//! # Ok::<(), troupe_wasm::Refused>(())
//! ```

mod artefact;
mod cache;
mod check;
mod compiled;
mod convention;
mod cost;
mod crossing;
mod deployment;
mod engine;
mod error;
mod functions;
mod host;
mod imports;
mod outcome;
mod platon;
pub mod prices;
mod rewrite;
mod rules;
mod run;
#[doc(hidden)]
pub mod suite;

pub use artefact::{ArtefactKey, Artefacts};
pub use convention::Convention;
pub use cost::FUEL_PER_GAS;
pub use deployment::{Deployment, HEADER, LENGTH_SECTION, is_module, split, with_length};
pub use engine::{ENGINE_VERSION, Engine, Entry, Limits, MAX_RUNS};
pub use error::{Error, Refused};
pub use host::{
    Born, Call, CallKind, Called, Context, Created, Creation, Halt, Host, Offspring, Role, Status,
};
pub use imports::{Signature, host_functions};
pub use outcome::{Finished, Outcome, Trap};
pub use platon::{PlatonRefused, is_invocation, platon_deployment, platon_function};
