//! What a node knows of its chain: the blocks that agreement is being reached on, their state, and
//! how to make, execute and commit one.
//!
//! It stands between [`troupe_consensus`], which asks for blocks and calls them final but does not look
//! into them, and [`troupe_chain`] and [`troupe_vm`], which know what is in a block and what it does.
//!
//! * [`Ledger::build`] answers [`Output::Build`](troupe_consensus::Output::Build),
//!   [`Ledger::execute`] answers [`Output::Execute`](troupe_consensus::Output::Execute),
//!   [`Ledger::commit`] does [`Output::Commit`](troupe_consensus::Output::Commit).
//! * [`Worker`] is a ledger as a machine, for a pool.
//! * [`Proven`] is what shows a stranger that a block is final; [`check_final`] looks at it.
//! * [`Light`] follows a chain by headers alone.
//! * [`belongs`] checks a block before anything of it is believed; it needs no ledger.
//! * [`offence_slot`]: what became of evidence that validators contradicted themselves.
//! * [`Draw`]: where the random word of a block comes from. [`hooks`]: what the chain itself does in a block.
//! * [`Terms`]: which validators are in office when.
//!
//! It is not a store: what [`Committed`] holds is for a shell to keep. It reads no clock and starts no
//! thread; signatures are recovered through the [`Fork`](troupe_wire::Fork) that is handed in.

mod called;
mod economy;
mod elected;
mod error;
mod evidence;
mod execute;
mod founding;
pub mod hooks;
mod import;
mod ledger;
mod light;
mod make;
mod market;
mod natives;
mod proven;
mod randomness;
mod standing;
mod terms;
mod view;
mod worker;

pub use economy::elected_in;
pub use elected::{elected_around, is_of_elected};
pub use error::Error;
pub use evidence::{Offences, Offender, is_timely, offence_slot, offences};
pub use execute::{Known, Nothing};
pub use founding::{Economy, found};
pub use hooks::SLASHING;
pub use ledger::{Committed, Head, Ledger};
pub use light::{Light, Shown};
pub use make::Offer;
pub use market::found_market;
pub use natives::machine;
pub use proven::{Above, Checked, Proven, check_final};
pub use randomness::{Draw, Secrets};
pub use standing::{Candidate, Round, Standing, standing};
pub use terms::{Terms, term_of};
pub use troupe_staking::contract::STAKING;
pub use view::{belongs, seen, seen_header};
pub use worker::{Done, Job, Worker};
