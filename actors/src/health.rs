//! Whether a process is ready, and if not, why not.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The state of every part of a process that others wait for. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Health(Arc<Mutex<BTreeMap<&'static str, State>>>);

#[derive(Debug, Clone)]
struct State {
    reason: Option<String>,
    was_ready: bool,
}

/// One part's own handle.
#[derive(Debug, Clone)]
pub struct Part {
    health: Health,
    name: &'static str,
}

impl Health {
    /// Adds a part, not ready for a reason.
    pub fn part(&self, name: &'static str, reason: &str) -> Part {
        let state = State { reason: Some(reason.to_owned()), was_ready: false };
        self.lock().insert(name, state);
        Part { health: self.clone(), name }
    }

    /// Every part that is not ready, with its reason.
    #[must_use]
    pub fn waiting(&self) -> Vec<(&'static str, String)> {
        let parts = self.lock();
        let waiting = parts.iter().filter_map(|(name, state)| Some((*name, state.reason.clone()?)));
        waiting.collect()
    }

    /// Every part that has never been ready, with its reason.
    #[must_use]
    pub fn starting(&self) -> Vec<(&'static str, String)> {
        let parts = self.lock();
        let starting = parts.iter().filter(|(_, state)| !state.was_ready);
        starting.filter_map(|(name, state)| Some((*name, state.reason.clone()?))).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<&'static str, State>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Part {
    /// The part does its work.
    pub fn ready(&self) {
        self.health.lock().insert(self.name, State { reason: None, was_ready: true });
    }

    /// The part cannot do its work at the moment.
    pub fn not_ready(&self, reason: impl Into<String>) {
        if let Some(state) = self.health.lock().get_mut(self.name) {
            state.reason = Some(reason.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_ready_when_all_its_parts_are_and_says_which_are_not() {
        let health = Health::default();
        let (network, member) = (health.part("network", "not bound"), health.part("member", "new"));
        network.ready();
        assert_eq!(health.waiting(), [("member", "new".to_owned())]);
        member.ready();
        assert!(health.waiting().is_empty() && health.starting().is_empty());
        member.not_ready("no bootstrap peer answers");
        assert_eq!(health.waiting(), [("member", "no bootstrap peer answers".to_owned())]);
        assert!(health.starting().is_empty(), "it has been ready once");
    }
}
