//! Contracts in text form, run in a small world.

mod artefacts;
mod calls;
mod crypto;
mod data;
mod environment;
mod gas;
mod rules;
mod state;
mod threads;
mod traps;
mod world;
