//! What accounts and contracts ask of the economy.
//!
//! Five accounts answer: restricting plans, stakes, evidence, governance, and what delegations earn
//! ([`contract`](crate::contract)). Each takes a call in two forms with the same effect: by Solidity's ABI, whose
//! interfaces are the files of [`abi`], and as PlatON's clients write it, a list of RLP whose first item is the number
//! of a function. Both are read into the same wish, which the rules grant or refuse.
//!
//! What is refused reverts, in both forms with the same error `Refused(code, reason)`: the code is PlatON's, the reason says
//! what was asked and what is allowed. Questions of PlatON's form are answered by `{"Code":..,"Ret":..}` always.
//!
//! Gas is charged before what it pays for is done.

pub mod abi;
mod gas;
mod outside;
mod perform;
mod platon;
mod read;
mod refused;
mod run;
mod solidity;
mod told;
mod wish;

pub use outside::{NotJudged, Offence, Outside};
pub use refused::Refused;
pub use run::call;
pub use told::log_of;
pub use troupe_records::{Call, LONGEST_INPUT, Meter, OutOfGas, Stop};
