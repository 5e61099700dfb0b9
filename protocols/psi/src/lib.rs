//! Private set intersection.

mod agreement;
mod error;
mod group;
mod input;
mod outcome;
mod output;
mod party;
mod progress;
mod set;
mod stream;
mod token;

pub use agreement::{Agreement, Mode, Side};
pub use error::{Error, Missing, Refusal};
pub use input::{CHUNK, Input};
pub use outcome::{Learned, Outcome};
pub use output::{Output, Phase};
pub use party::{Deadlines, Party, Seat};
pub use set::Set;
pub use stream::BATCH;

/// The most items that a set may have: 2^26, some 67 million.
pub const MAX_ITEMS: u32 = 1 << 26;
