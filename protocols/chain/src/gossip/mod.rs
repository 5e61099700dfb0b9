//! Who is told of transactions that came in, and whom to ask for those that others have.
//!
//! Every validator proposes in its turn, so what comes in here first is *pushed* whole to all validators:
//! one hop and it is in the pool of the next proposer. Everybody else, and validators where the transaction
//! came from a node that is none, are told its hash and *pull* what they lack, from one of those who have
//! it at a time. On a quiet network both happen at once; under load what came in during a pace travels
//! together, because a message costs more than the transactions in it.
//!
//! Whoever connects is told all that waits. What waits for long is announced again, in case it was lost.
//!
//! Peers are not trusted. Each has an allowance that grows with time; what it sends costs it, what is wrong
//! costs it much, and one that has overdrawn it is not listened to. What is remembered of a peer is
//! bounded, and a transaction that one peer announced and did not deliver is asked of the next.
//!
//! ```
//! use troupe_chain::gossip::{Gossip, Output, Source};
//! use troupe_chain::message::Announced;
//! use troupe_types::{Hash, Incarnation, Millis, NodeId};
//!
//! let (me, other) = (NodeId([1; 32]), NodeId([2; 32]));
//! let mut gossip = Gossip::new(me);
//! let now = Millis(1_000);
//! gossip.look(now, &[me, other].into(), &[(other, Incarnation(1))], std::iter::empty());
//! let it = Announced { hash: Hash([7; 32]), kind: 2, size: 3 };
//! gossip.added(now, it, Some(vec![1, 2, 3]), Source::Local);
//! gossip.flush(now);
//! let Some(Output::Push { to, push }) = gossip.next_output() else { panic!("pushed at once") };
//! assert_eq!((to, push.0.len()), (vec![other], 1));
//! ```

mod allowance;
mod output;
mod peer;
mod recent;
mod send;
mod state;
#[cfg(test)]
mod tests;
mod wanted;

pub use allowance::Fault;
pub use output::{Missing, Output, Source};
pub use state::Gossip;
