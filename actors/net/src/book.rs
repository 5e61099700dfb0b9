//! The address book: every peer that is listed, told of, or connected.

use crate::config::Entry;
use crate::hello::is_address;
use crate::limits::Limits;
use crate::line::{Line, Verdict, decide};
use crate::slot::{Phase, Slot};
use crate::{Close, Error};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use troupe_runtime::Contact;
use troupe_types::NodeId;

#[derive(Debug)]
pub(crate) struct Book {
    me: NodeId,
    limits: Limits,
    slots: Mutex<BTreeMap<NodeId, Arc<Slot>>>,
    /// Orders what was told.
    told: AtomicU64,
}

/// Whose line was chosen, and the one it replaced.
pub(crate) struct Installed {
    pub(crate) slot: Arc<Slot>,
    pub(crate) replaced: Option<Arc<Line>>,
}

impl Book {
    pub(crate) fn new(me: NodeId, limits: Limits) -> Self {
        Self { me, limits, slots: Mutex::default(), told: AtomicU64::new(0) }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<NodeId, Arc<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn find(&self, id: &NodeId) -> Option<Arc<Slot>> {
        self.lock().get(id).cloned()
    }

    pub(crate) fn slots(&self) -> Vec<Arc<Slot>> {
        self.lock().values().cloned().collect()
    }

    pub(crate) fn lines(&self) -> Vec<Arc<Line>> {
        self.lock().values().filter_map(|slot| slot.line()).collect()
    }

    /// Lists peers, or changes how they are listed; all of them or none. Returns their slots.
    pub(crate) fn list(&self, entries: Vec<Entry>) -> Result<Vec<Arc<Slot>>, Error> {
        let mut slots = self.lock();
        for entry in &entries {
            entry.check(self.me)?;
        }
        let new = entries.iter().filter(|entry| !slots.contains_key(&entry.id)).count();
        let limit = usize::try_from(self.limits.entries).unwrap_or(usize::MAX);
        let known = slots.values().filter(|slot| !is_only_connected(slot)).count();
        if known + new > limit {
            return Err(Error::Entries { got: known + new, limit });
        }
        let mut listed = Vec::with_capacity(entries.len());
        for entry in entries {
            let slot = self.slot(&mut slots, entry.id);
            let mut state = slot.state();
            if let Some(line) = state.line() {
                line.set_role(Some(entry.role.clone()));
            }
            state.entry = Some(entry);
            drop(state);
            listed.push(slot);
        }
        Ok(listed)
    }

    /// Takes peers off the list. Lines that stand stay, as those of strangers.
    pub(crate) fn forget(&self, ids: &[NodeId]) {
        let mut slots = self.lock();
        for id in ids {
            let Some(slot) = slots.get(id) else { continue };
            let mut state = slot.state();
            state.entry = None;
            if let Some(line) = state.line() {
                line.set_role(None);
            }
            let is_forgotten = state.is_forgotten();
            drop(state);
            if is_forgotten {
                slots.remove(id);
            }
        }
    }

    /// Remembers addresses that others told. They open no doors, and the oldest go first when the
    /// book is full.
    pub(crate) fn tell_of(&self, contacts: Vec<Contact>) {
        let limit = usize::try_from(self.limits.entries).unwrap_or(usize::MAX);
        for Contact { id, address } in contacts {
            if id == self.me || !is_address(&address) {
                continue;
            }
            let mut slots = self.lock();
            if !slots.contains_key(&id) && slots.len() >= limit && !forget_oldest(&mut slots) {
                continue;
            }
            let order = self.told.fetch_add(1, Ordering::Relaxed);
            self.slot(&mut slots, id).state().contact = Some((address, order));
        }
    }

    /// Chooses between a new line and the one there is, and counts peers.
    pub(crate) fn install(&self, line: &Arc<Line>) -> Result<Installed, Close> {
        let id = line.peer().id;
        let mut slots = self.lock();
        let known = slots.get(&id).cloned();
        let old = known.as_ref().and_then(|slot| slot.line());
        match decide(line.rank, old.as_ref().map(|old| old.rank)) {
            Verdict::Refuse(close) => return Err(close),
            Verdict::Take => {}
        }
        let role = known
            .as_ref()
            .and_then(|slot| slot.state().entry.as_ref().map(|entry| entry.role.clone()));
        if old.is_none() && self.is_full(&slots, role.is_none()) {
            return Err(Close::Full);
        }
        line.set_role(role);
        let slot = self.slot(&mut slots, id);
        let replaced = slot.up(line);
        Ok(Installed { slot, replaced })
    }

    /// Whether nobody is connected or being dialed.
    pub(crate) fn is_quiet(&self) -> bool {
        self.lock().values().all(|slot| matches!(slot.state().phase, Phase::Down))
    }

    /// Forgets everybody: the network has ended.
    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    /// Removes a peer that is nothing to us any more.
    pub(crate) fn tidy(&self, id: &NodeId) {
        let mut slots = self.lock();
        if slots.get(id).is_some_and(|slot| slot.state().is_forgotten()) {
            slots.remove(id);
        }
    }

    fn slot(&self, slots: &mut BTreeMap<NodeId, Arc<Slot>>, id: NodeId) -> Arc<Slot> {
        Arc::clone(slots.entry(id).or_insert_with(|| Arc::new(Slot::new(id, &self.limits))))
    }

    fn is_full(&self, slots: &BTreeMap<NodeId, Arc<Slot>>, is_stranger: bool) -> bool {
        let (mut all, mut strangers) = (0u32, 0u32);
        for slot in slots.values() {
            let state = slot.state();
            if state.line().is_some() {
                all += 1;
                strangers += u32::from(state.entry.is_none());
            }
        }
        all >= self.limits.peers || (is_stranger && strangers >= self.limits.strangers)
    }
}

fn is_only_connected(slot: &Slot) -> bool {
    let state = slot.state();
    state.entry.is_none() && state.contact.is_none()
}

/// Makes room for one contact; false when every slot is listed or connected.
fn forget_oldest(slots: &mut BTreeMap<NodeId, Arc<Slot>>) -> bool {
    let oldest = slots
        .values()
        .filter_map(|slot| {
            let state = slot.state();
            let is_idle = matches!(state.phase, Phase::Down);
            let order = state.contact.as_ref().map(|(_, order)| *order);
            order.filter(|_| is_idle && state.entry.is_none()).map(|order| (order, slot.id))
        })
        .min();
    oldest.is_some_and(|(_, id)| slots.remove(&id).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Dial;

    fn id(number: u8) -> NodeId {
        NodeId([number; 32])
    }

    fn entry(number: u8) -> Entry {
        Entry { id: id(number), address: None, role: "data".to_owned(), dial: Dial::OnDemand }
    }

    fn contact(number: u8) -> Contact {
        Contact { id: id(number), address: format!("h:{number}") }
    }

    fn book(entries: u32) -> Book {
        Book::new(id(0), Limits { entries, ..Limits::default() })
    }

    fn known(book: &Book) -> Vec<u8> {
        book.slots().iter().map(|slot| slot.id.0[0]).collect()
    }

    #[test]
    fn a_list_is_taken_whole_or_not_at_all() {
        let book = book(2);
        let refused = book.list(vec![entry(1), entry(2), entry(3)]).unwrap_err();
        assert_eq!(refused.to_string(), "3 entries exceed 2");
        assert!(matches!(book.list(vec![entry(1), entry(0)]), Err(Error::Oneself { .. })));
        assert!(known(&book).is_empty());
        assert_eq!(book.list(vec![entry(1), entry(2)]).unwrap().len(), 2);
        assert_eq!(book.list(vec![entry(2)]).unwrap().len(), 1);
        assert_eq!(known(&book), [1, 2]);
    }

    #[test]
    fn what_was_told_gives_way_to_what_is_told_later_and_never_to_a_listed_peer() {
        let book = book(3);
        book.list(vec![entry(9)]).unwrap();
        book.tell_of(vec![contact(1), contact(2), contact(1), contact(3)]);
        assert_eq!(known(&book), [1, 3, 9]);
        book.tell_of(vec![Contact { id: id(4), address: "nowhere".to_owned() }, contact(0)]);
        assert_eq!(known(&book), [1, 3, 9]);
    }

    #[test]
    fn a_forgotten_peer_leaves_no_trace() {
        let book = book(3);
        book.list(vec![entry(1), entry(2)]).unwrap();
        book.tell_of(vec![contact(2)]);
        book.forget(&[id(1), id(2), id(7)]);
        assert_eq!(known(&book), [2]);
        assert!(book.find(&id(2)).unwrap().state().entry.is_none());
    }
}
