//! What can be stored.

use super::{Place, Room};
use crate::Host;

/// Something that has a place in storage.
pub trait Stored {
    /// How much room it takes.
    const ROOM: Room;
    /// What reads and writes it: [`Value`](super::Value) of it, or the type itself.
    type Handle;

    /// The handle of what is stored at a place.
    fn handle(host: Host, place: Place) -> Self::Handle;
}
