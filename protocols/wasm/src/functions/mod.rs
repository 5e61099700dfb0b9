//! The functions of the module `troupe`, by subject, and those of PlatON's.
//!
//! Each takes the numbers that the contract gave, crosses over to the host and comes back with one
//! more number at most. Addresses of the contract's memory are taken as unsigned.

mod calls;
mod crypto;
mod data;
mod environment;
mod platon;
mod state;
mod table;

pub(crate) use table::make;
