//! Solidity's ABI: how values cross between contracts, and what they are called in signatures.
//!
//! [`Abi`] is implemented for `bool`, the integers of Rust, [`U256`](crate::U256),
//! [`Address`](crate::Address), [`FixedBytes`](crate::FixedBytes), [`Bytes`](crate::Bytes),
//! `String`, `Vec<T>`, `[T; N]` and tuples, and by `#[value]` for structs and enums.

mod decode;
mod encode;
mod lists;
mod numbers;
mod tuples;
mod value;

pub use decode::{Decoder, Malformed};
pub use encode::Encoder;
pub use tuples::Sequence;
pub use value::{Abi, Shape, decode, encode};

pub(crate) use value::head;
