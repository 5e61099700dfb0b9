//! Blocks on their way from one vault to another.

mod export;
mod frames;
mod import;
mod prove;
mod validators;

pub(crate) use export::log_size;
pub use export::{Exported, Give, export};
pub use frames::{FrameWriter, Frames};
pub use import::{Imported, Importer};
pub use prove::{Around, prove};
pub use validators::Validators;
