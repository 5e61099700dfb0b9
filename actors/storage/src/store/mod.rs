//! Everything together: see [`Store`].

mod append;
mod boot;
mod compare;
mod flush;
mod keys;
mod make;
mod open;
mod plant;
mod rebuild;
mod settings;
mod view;

pub use append::{Entry, Store, Tip};
pub use boot::Boot;
pub use compare::{Compared, Rules, compare};
pub use flush::{Begun, Flushed, Flushing};
pub use make::{Made, Making};
pub use open::{IndexWas, Report};
pub use plant::Plot;
pub use settings::{Derive, History, Settings};
pub use view::{Pin, Reader};
