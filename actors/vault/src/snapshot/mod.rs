//! The state after a final block, as a file, and a vault that begins with it.

mod create;
mod finality;
mod read;
mod restore;
mod step;

pub use create::create;
pub use finality::Voucher;
pub use read::Snapshot;
pub use restore::{Garden, restore};
pub use step::{Contents, Step, Told};
