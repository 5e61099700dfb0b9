//! A checked module with a meter and a count of its stack's height written into it.
//!
//! The module is rewritten before the compiler sees it, instead of by the compiler's middleware: a
//! body has to be known to its end before the cost of its first piece is, and so is the height of
//! its stack; and what a contract costs then depends on this crate alone, not on a compiler.
//!
//! * Two globals are added at the end of the list, so that no number of another changes: the fuel
//!   left, and the height in slots. The host reads both when a run has ended; fuel below zero, or a
//!   height above the limit, is why it did.
//! * Each straight piece of code takes its cost off the fuel before it runs.
//! * A function that calls others adds its slots to the height when it starts. After each of its
//!   calls it sets the height to its own again, whichever way the called function came back.
//! * Three functions are added: they price what bulk instructions move, and growth of memory.
//! * Everything else is kept, except for exports that nobody uses and for custom sections.

mod added;
mod body;
mod module;

pub(crate) use module::{FUEL, HEIGHT, rewrite};

/// The most slots that functions on the stack may have together.
///
/// A slot is eight bytes of the compiled code's frame, see [`FRAME`].
pub(crate) const HEIGHT_LIMIT: u32 = 32_768;

/// The slots that a frame has beside its locals and operands: registers that are saved, the return
/// address, alignment.
pub(crate) const FRAME: u32 = 40;

/// What the fuel is set to when the machine has no memory left: no run gets there by itself.
pub(crate) const NO_MEMORY: i64 = i64::MIN;
