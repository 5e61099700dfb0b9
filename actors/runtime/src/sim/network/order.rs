//! Streams keep their order: what arrives early waits for what was sent before it.

use super::parcel::Parcel;
use std::collections::BTreeMap;

/// The order of one stream.
#[derive(Default)]
pub(crate) struct Order {
    sent: u64,
    arrived: u64,
    early: BTreeMap<u64, Parcel>,
}

impl Order {
    /// The place of the next parcel.
    pub(crate) fn next(&mut self) -> u64 {
        self.sent += 1;
        self.sent
    }

    /// Takes an arrival: gives it back when it is the next one, keeps it when it is early.
    pub(crate) fn arrive(&mut self, place: u64, parcel: Parcel) -> Option<Parcel> {
        if place == self.arrived + 1 {
            self.arrived = place;
            return Some(parcel);
        }
        self.early.insert(place, parcel);
        None
    }

    /// The parcel that waited for the one just delivered.
    pub(crate) fn follower(&mut self) -> Option<Parcel> {
        if self.early.is_empty() {
            return None;
        }
        let next = self.early.remove(&(self.arrived + 1))?;
        self.arrived += 1;
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::network::bulk::Piece;
    use crate::sim::network::parcel::Load;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parcels_leave_a_stream_in_the_order_in_which_they_entered(
            arrivals in Just((1u64..=40).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let mut order = Order::default();
            (1..=40).for_each(|place| assert_eq!(order.next(), place));
            let mut left = Vec::new();
            for place in arrivals {
                let load = Load::Piece(place, Piece::Finish);
                let parcel =
                    Parcel { from: 0, to: 1, generation: 1, place: Some(place), is_copy: false, expires: 0, load };
                let mut next = order.arrive(place, parcel);
                while let Some(parcel) = next {
                    left.push(parcel.place);
                    next = order.follower();
                }
            }
            prop_assert_eq!(left, (1..=40).map(Some).collect::<Vec<_>>());
        }
    }
}
