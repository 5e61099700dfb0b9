//! Catching up with a chain that others have: a [machine](troupe_wire::Machine).
//!
//! Peers say how far they are. Ranges of committed blocks are asked for, a few at once from different
//! peers, each block with its commit proof. What comes is looked at in order: first its frame, height
//! and link by the machine; then body and proof as an output that the shell runs elsewhere
//! ([`check_blocks`] and whatever consensus says of a proof); and only then it is handed on to be
//! executed. Ranges, bytes, and blocks handed on but not executed are bounded.
//!
//! A peer that is silent, late or wrong is counted against, put aside for a while, and its range asked
//! of another from where it stopped. A peer whose proof does not verify is named to the shell.
//!
//! Everything from genesis on is executed. To begin from a state file of a peer is not part of this.

mod check;
mod frames;
mod input;
mod output;
mod peers;
mod ranges;
mod state;

pub use check::check_blocks;
pub use frames::{answer, frame};
pub use input::{Input, Verdict};
pub use output::{Fault, Output};
pub use state::{Limits, Sync};
