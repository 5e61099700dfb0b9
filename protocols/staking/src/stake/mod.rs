//! Stakes and delegations.
//!
//! A candidate stakes LAT for itself and for nobody else; others delegate theirs to candidates. What is added counts from
//! the next settlement epoch on and can be taken back until then. All together are a candidate's votes: the
//! [`rank`] of candidates by votes says who are the alternative validators of a settlement epoch.

mod delegation;
mod event;
mod income;
mod lock;
mod operate;
mod profile;
mod query;
pub mod rank;
mod record;
mod refused;
mod source;
mod status;

pub use delegation::{Delegation, MAX_DELEGATIONS, Undelegated, delegate, undelegate};
pub use event::Event;
pub(crate) use income::PAID_AT_ONCE;
pub use income::{claim, claimable, claimable_of};
pub use lock::{Locked, locked, redeem};
pub use operate::{Creation, Edit, create, edit, increase, withdraw};
pub(crate) use operate::{WHOLE, close, enroll, leave};
pub use profile::{Description, Profile};
pub use query::{after, alternatives, by_node, by_vote_key, delegations_of, is_alternative};
pub(crate) use query::{forget_alternatives, keep_alternatives};
pub(crate) use record::unfreeze;
pub use record::{Stake, StakeId};
pub use refused::Refused;
pub use source::Source;
pub use status::Status;
