//! Several processes of one compute party: what they say to each other, and which of them gets which session.
//!
//! A party is one identity with a stake. Its own process follows the chain, takes seats, answers for them and signs; *workers*
//! compute. A worker [enlists](message::Enlist) again and again and says what it has free; the [`Leases`] of the party know who is
//! there. Whoever wants a session computed [reserves](crate::message::Reserve) a place, and learns which worker has the seat from the
//! party's signature. A worker does what its party gives it and nothing else, and has no key that means anything to others.

mod leases;
pub mod message;

pub use leases::{Answer, Leases, Limits, Place, Want};
