//! What the rules work on.

mod key;
mod memory;
mod state;
mod stored;

pub use key::{Key, Table};
pub use memory::Memory;
pub use state::World;
pub use stored::{MAX_RECORD, Stored};
