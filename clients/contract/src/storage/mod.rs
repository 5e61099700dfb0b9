//! What a contract keeps, where solc would keep it: other tools read the slots as they know them.
//!
//! [`Value`], [`Map`] and [`List`] know their place and read or write the chain at once: nothing is
//! held back, so nothing is lost when another contract calls in between. `#[storage]` lays the
//! fields of a struct out; such a struct may be a field, or what a map or a list holds.

mod bytes;
mod cell;
mod key;
mod list;
mod map;
mod place;
mod stored;
mod value;

pub use cell::{Cell, Plain};
pub use key::Key;
pub use list::List;
pub use map::{Map, Ref, RefMut};
pub use place::{Layout, Place, Room, Spot};
pub use stored::Stored;
pub use value::Value;

#[doc(hidden)]
pub use cell::{load as load_plain, store as store_plain};
