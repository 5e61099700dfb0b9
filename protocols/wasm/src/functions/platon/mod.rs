//! The functions of PlatON's module `env`, by subject. Where one is the same as ours under another name, it is
//! ours.

mod births;
mod calls;
mod data;
mod pure;
mod state;
mod table;

pub(super) use table::make;
