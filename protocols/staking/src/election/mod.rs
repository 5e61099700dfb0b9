//! Which candidates validate in the next round.
//!
//! Each candidate has balls for what is staked on him, and an output of the verifiable random function decides how many
//! of them are drawn ([`drawn`]): the number that belongs to his luck by the binomial distribution. Those of whom
//! most were drawn take the seats that are free. At most a third of the seats are free by choice, so that
//! no draw puts two thirds into new hands; more are free only where validators had to go.
//!
//! The luck of a candidate is a hash of the output and of his name, so that it depends on nobody else, and on no order.
// PlatON white paper, PPoS

mod draw;
mod elect;
mod magnitude;

pub use draw::{Chance, drawn};
pub use elect::{Candidate, Election, Sitting, Weighing, replaceable};
