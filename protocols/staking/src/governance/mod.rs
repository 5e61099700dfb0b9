//! Proposals and votes.
//!
//! An alternative validator proposes a text, another value of a parameter, a newer program, or that a proposal be
//! dropped. Whoever has LAT votes: an alternative validator with all that is staked with it; an account with what it
//! delegates, which then counts no more for the candidate that it follows, and with what it locks until the vote
//! ends. A von counts once, for whom it is with when the votes are counted. A newer program is no matter of LAT: those who run
//! nodes say by their vote that theirs run it, and each counts one.
//!
//! Proposals end with the first round that is late enough. Nothing is gone through then but the alternative validators and the
//! candidates that voted: what accounts add is summed up as they vote.

mod ballot;
mod declare;
mod end;
mod event;
mod holder;
mod open;
mod proposal;
mod query;
mod refused;
mod submit;
mod tally;
mod version;

pub use ballot::{Choice, vote_as_node};
pub use declare::declare;
pub(crate) use declare::declared;
pub use end::round_ended;
pub use event::Event;
pub use holder::{HolderVote, unlock, vote_as_holder};
pub(crate) use holder::{delegation_changed, vote_key};
pub use open::MAX_TEXTS;
pub use proposal::{Content, Proposal, State, Sums};
pub use query::{audit, holder_vote, node_vote, proposals};
pub use refused::Refused;
pub use submit::{LONGEST_PIP, Moment, Request, Submission, submit};
pub use tally::{Tally, tally};
pub use version::{
    FIRST_VERSION, PROGRAM_VERSION, Upcoming, active_version, beyond_program, may_be_elected,
    upcoming, version_text,
};
