mod draw;
mod magnitude;
pub use draw::{Chance, drawn};
