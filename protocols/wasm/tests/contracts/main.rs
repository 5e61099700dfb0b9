//! Contracts in text form, run in a small world.

mod artefacts;
mod calls;
mod crypto;
mod data;
mod deployment;
mod environment;
mod gas;
mod rules;
mod state;
mod threads;
mod traps;
mod world;
