//! Transactions of an account of our own, on their way into a block.
//!
//! Whoever has something to do on a chain hands in an [`Errand`] and hears once what became of it. In between lie
//! nonces, fees that rise, pools that forget, crashes, and others who use the same key. [`Errands`] is the
//! [machine](troupe_wire::Machine) that sees to it:
//!
//! * An errand has its effect at most once. A signed transaction may be in somebody's pool for ever, so an errand gets a second nonce
//!   only after blocks have shown that its first one went to a transaction of somebody else.
//! * What was signed is on the disk before it is sent.
//! * Nobody's word counts for what became of a transaction: blocks are read, one after the other, from the one before
//!   it was signed. A node that says "not there" cannot bring about a second one.
//! * Who waits too long offers more, an eighth at least, under the same nonce. What takes longer than it may is
//!   replaced by a transfer of nothing to ourselves: either of both is in a block in the end.

mod input;
mod output;
mod record;
mod state;
#[cfg(test)]
mod tests;
mod wish;

pub use input::{Found, Head, Input, Refusal};
pub use output::{Output, Request};
pub use record::Record;
pub use state::Errands;
pub use wish::{Errand, Fees, Limits, MAX_INPUT, Outcome};
