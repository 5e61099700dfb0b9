//! Finding blocks by what is in them, without reading all of them.
//!
//! A block is under a [`Mark`] for each contract that logged something, each topic in its place, and each account
//! that it concerns. A [`Search`] is for the blocks that are under marks of several kinds at once; it needs
//! nothing but the nearest block under one mark, and passes over all that lies between.
//!
//! Marks are short, so a block may be under one by accident: who searches looks at the block itself.

mod mark;
mod walk;

pub use mark::{Kind, Mark, logged};
pub use walk::{Found, Order, Search};
