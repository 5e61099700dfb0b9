//! Slots and places within them, after Solidity's "Layout of State Variables in Storage".

use crate::U256;

/// How much room something takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// A part of a slot: 1 to 32 bytes, beside others if they fit.
    Bytes(usize),
    /// Whole slots.
    Slots(usize),
}

/// Where something lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its first slot.
    pub slot: U256,
    /// Bytes of the slot to its right.
    pub offset: usize,
}

impl Place {
    /// The beginning of a slot.
    pub const fn slot(slot: U256) -> Self {
        Self { slot, offset: 0 }
    }

    /// Where a field lies within a struct that begins here.
    pub fn field(&self, spot: Spot) -> Self {
        let (slot, _) = self.slot.overflowing_add(U256::new(spot.slot as u64));
        Self { slot, offset: spot.offset }
    }

    /// Where an element lies within a list whose first one begins here.
    pub fn element(&self, room: Room, index: u64) -> Self {
        let (slots, offset) = match room {
            Room::Bytes(size) => {
                let in_a_slot = (32 / size) as u64;
                (U256::new(index / in_a_slot), (index % in_a_slot) as usize * size)
            }
            Room::Slots(count) => (U256::new(index) * U256::new(count as u64), 0),
        };
        let (slot, _) = self.slot.overflowing_add(slots);
        Self { slot, offset }
    }
}

/// Where a field lies within its struct.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// Slots before it.
    pub slot: usize,
    /// Bytes of its slot to its right.
    pub offset: usize,
}

/// The fields of a struct, laid out one after the other.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    slot: usize,
    used: usize,
}

impl Layout {
    /// Before the first field.
    pub const START: Self = Self { slot: 0, used: 0 };

    /// Where the next field lies.
    pub const fn spot(self, room: Room) -> Spot {
        match room {
            Room::Bytes(size) if self.used + size <= 32 => {
                Spot { slot: self.slot, offset: self.used }
            }
            Room::Bytes(_) | Room::Slots(_) => Spot { slot: self.slots(), offset: 0 },
        }
    }

    /// After the next field.
    pub const fn after(self, room: Room) -> Self {
        let spot = self.spot(room);
        match room {
            Room::Bytes(size) => Self { slot: spot.slot, used: spot.offset + size },
            Room::Slots(count) => Self { slot: spot.slot + count, used: 0 },
        }
    }

    /// Slots that were begun.
    pub const fn slots(self) -> usize {
        if self.used == 0 { self.slot } else { self.slot + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn fields_share_a_slot_while_they_fit() {
        let rooms = [
            Room::Bytes(20),
            Room::Bytes(8),
            Room::Bytes(4),
            Room::Bytes(1),
            Room::Slots(1),
            Room::Bytes(16),
            Room::Bytes(32),
        ];
        let mut layout = Layout::START;
        let mut spots = Vec::new();
        for room in rooms {
            let spot = layout.spot(room);
            spots.push((spot.slot, spot.offset));
            layout = layout.after(room);
        }
        assert_eq!(spots, [(0, 0), (0, 20), (0, 28), (1, 0), (2, 0), (3, 0), (4, 0)]);
        assert_eq!(layout.slots(), 5);
    }

    #[test]
    fn small_elements_share_a_slot_and_structs_do_not() {
        let start = Place::slot(U256::new(100));
        let at = |room, index| {
            let place = start.element(room, index);
            (place.slot, place.offset)
        };
        assert_eq!(at(Room::Bytes(8), 5), (U256::new(101), 8));
        assert_eq!(at(Room::Bytes(20), 2), (U256::new(102), 0));
        assert_eq!(at(Room::Slots(3), 2), (U256::new(106), 0));
    }
}
