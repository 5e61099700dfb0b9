//! Exchanges whose every message is a quadratic function of values that one of the two others knows,
//! so that all of them can be [proven](crate::proof) in the end.
//!
//! There are three kinds of messages, and a [`Ledger`] remembers what is to be proven of each. The
//! prover `P` sends; the party before it is the first verifier, the party after it the second.
//!
//! | message | relation | first verifier | second verifier |
//! |---|---|---|---|
//! | `z_P`, of sums of products of numbers | `x_P y_{P+1} + y_P x_{P+1} = (z_P - x_P y_P - r_P) + r_{P+1}` | `x_P`, `y_P`, the mask `r_P`, and `z_P`, which it got | `x_{P+1}`, `y_{P+1}`, the mask `r_{P+1}` |
//! | `z_P`, of ANDs of bits | the same over GF(2) | the same | the same |
//! | bits of `s = a + b`, dealt | carries: `c_0 = 0`, `c_{j+1} = (a_j + c_j)(b_j + c_j) + c_j` over GF(2), where `c_j = s_j + a_j + b_j` | `a = x_P` and its piece of `s`, a mask | `b = x_{P+1}` and its piece of `s`, which it got |
//!
//! Two honest parties hold all three pieces of every value between them, and agree on the one that
//! both hold: so what is shared is what they hold, and a relation between what they hold is a
//! relation about it. Everything else, from comparisons to truncation, is made of these three.

mod cut;
mod deal;
mod inject;
mod ledger;
mod matrices;
mod price;
mod product;
mod shuffle;
mod source;
mod summand;
mod test;
mod truncate;
mod work;

pub(crate) use ledger::Ledger;
pub(crate) use price::{Guarded, Relations};
pub(crate) use source::{BitRelations, NumberRelations};
pub(super) use work::{Begin, Bench, Work};
