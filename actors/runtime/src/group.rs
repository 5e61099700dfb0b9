//! Groups of actors that share a fate: what happens to the others when one falls.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Who is rebuilt when a member of the group falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rule {
    /// Only the one that fell.
    #[default]
    One,
    /// Every member.
    All,
    /// The one that fell and those started after it.
    Rest,
    /// Nobody: the node stops.
    Never,
}

/// A named group. Clones are the same group.
#[derive(Clone)]
pub struct Group(Arc<Inner>);

struct Inner {
    name: String,
    rule: Rule,
    members: Mutex<Vec<Arc<dyn Fn() + Send + Sync>>>,
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Group({}, {:?})", self.0.name, self.0.rule)
    }
}

/// A member's place in its group.
#[derive(Debug, Clone)]
pub(crate) struct Membership {
    group: Group,
    position: usize,
}

impl Group {
    /// A group without members.
    #[must_use]
    pub fn new(name: impl Into<String>, rule: Rule) -> Self {
        Self(Arc::new(Inner { name: name.into(), rule, members: Mutex::default() }))
    }

    /// Its name in the manifest.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    fn members(&self) -> std::sync::MutexGuard<'_, Vec<Arc<dyn Fn() + Send + Sync>>> {
        self.0.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reserves the next place; members join in the order in which they start.
    pub(crate) fn join(&self) -> Membership {
        let mut members = self.members();
        members.push(Arc::new(|| {}));
        Membership { group: self.clone(), position: members.len() - 1 }
    }
}

impl Membership {
    /// How the group asks this member to restart.
    pub(crate) fn on_restart(&self, restart: Arc<dyn Fn() + Send + Sync>) {
        let before = std::mem::replace(&mut self.group.members()[self.position], restart);
        drop(before);
    }

    /// It has ended: nobody restarts it any more.
    pub(crate) fn leave(&self) {
        self.on_restart(Arc::new(|| {}));
    }

    pub(crate) fn rule(&self) -> Rule {
        self.group.0.rule
    }

    /// Tells the members that the rule names. The caller restarts itself.
    pub(crate) fn fell(&self) {
        let members = self.group.members().clone();
        for (position, restart) in members.iter().enumerate() {
            let is_concerned = match self.rule() {
                Rule::One | Rule::Never => false,
                Rule::All => position != self.position,
                Rule::Rest => position > self.position,
            };
            if is_concerned {
                restart();
            }
        }
    }
}
