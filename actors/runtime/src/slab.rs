//! A small store whose places are used again and whose tickets are not.

use crate::promise::Ticket;

#[derive(Debug)]
pub(crate) struct Slab<T> {
    places: Vec<Option<(u64, T)>>,
    free: Vec<u32>,
    serial: u64,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { places: Vec::new(), free: Vec::new(), serial: 0 }
    }
}

impl<T> Slab<T> {
    pub(crate) fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    pub(crate) fn insert(&mut self, value: T) -> Ticket {
        self.serial += 1;
        let serial = self.serial;
        if let Some(index) = self.free.pop() {
            self.places[index as usize] = Some((serial, value));
            return Ticket { index, serial };
        }
        let index = u32::try_from(self.places.len()).expect("memory ends before the numbers do");
        self.places.push(Some((serial, value)));
        Ticket { index, serial }
    }

    /// What the ticket names, unless it was taken before.
    pub(crate) fn remove(&mut self, ticket: Ticket) -> Option<T> {
        let place = self.places.get_mut(ticket.index as usize)?;
        let (_, value) = place.take_if(|(serial, _)| *serial == ticket.serial)?;
        self.free.push(ticket.index);
        Some(value)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Ticket, &T)> {
        self.places.iter().zip(0..).filter_map(|(place, index)| {
            let (serial, value) = place.as_ref()?;
            Some((Ticket { index, serial: *serial }, value))
        })
    }

    /// Everything, leaving nothing. Tickets given out before stay void.
    pub(crate) fn take_all(&mut self) -> Vec<T> {
        self.free.clear();
        self.places.drain(..).flatten().map(|(_, value)| value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn a_ticket_finds_its_own_value_once_or_nothing(
            steps in proptest::collection::vec((0u8..8, any::<proptest::sample::Index>()), 1..200),
        ) {
            let mut slab = Slab::default();
            let mut tickets: Vec<Ticket> = Vec::new();
            let mut model = BTreeMap::new();
            for (number, (step, pick)) in steps.into_iter().enumerate() {
                match step {
                    0..4 => {
                        let ticket = slab.insert(number);
                        model.insert(ticket.serial, number);
                        tickets.push(ticket);
                    }
                    4..7 if !tickets.is_empty() => {
                        let ticket = tickets[pick.index(tickets.len())];
                        prop_assert_eq!(slab.remove(ticket), model.remove(&ticket.serial));
                    }
                    7 if number % 16 == 0 => {
                        let mut all = slab.take_all();
                        all.sort_unstable();
                        prop_assert_eq!(all, std::mem::take(&mut model).into_values().collect::<Vec<_>>());
                    }
                    _ => {}
                }
                let mut held: Vec<_> = slab.iter().map(|(ticket, value)| (ticket.serial, *value)).collect();
                held.sort_unstable();
                prop_assert_eq!(slab.len(), held.len());
                prop_assert_eq!(held, model.iter().map(|(k, v)| (*k, *v)).collect::<Vec<_>>());
            }
        }
    }
}
