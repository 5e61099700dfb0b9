//! The actor kinds that a binary offers, as far as a manifest is concerned.

use crate::section::Section;
use troupe_types::Bytes;

/// One actor kind. The binary hands in the list; this crate knows no actor.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Its name in manifests and metrics.
    pub name: &'static str,
    /// What it does, one sentence.
    pub summary: &'static str,
    /// Services it provides once published.
    pub services: &'static [&'static str],
    /// The feature it needs, where the binary was built without it.
    pub lacks: Option<&'static str>,
    /// How many of it a process may host.
    pub replicas: Replicas,
    /// How it makes known what this process publishes.
    pub publishes: Publishes,
    /// Reads its settings, strictly, and says how much memory one replica may hold beside its queue.
    pub read: fn(&mut Section<'_>) -> Bytes,
}

/// How many actors of a kind one process may host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replicas {
    /// One.
    Single,
    /// As many as the manifest says.
    Many,
}

/// How a kind makes known what this process publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publishes {
    /// It leaves that to others.
    Nothing,
    /// It announces the process to the bootstrap peers.
    ToBootstrap,
    /// It is where processes announce themselves.
    Itself,
}

/// The kinds a binary offers, compiled in or not.
#[derive(Debug, Clone, Default)]
pub struct Kinds(Vec<Kind>);

impl Kinds {
    /// Takes the kinds in the order in which they are listed to people.
    #[must_use]
    pub const fn new(kinds: Vec<Kind>) -> Self {
        Self(kinds)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Kind> {
        self.0.iter()
    }

    /// The kind of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Kind> {
        self.0.iter().find(|kind| kind.name == name)
    }

    /// The kind that provides a service.
    #[must_use]
    pub fn provider(&self, service: &str) -> Option<&Kind> {
        self.0.iter().find(|kind| kind.services.contains(&service))
    }
}

/// Reads the settings of a kind that has none.
pub fn no_settings(_: &mut Section<'_>) -> Bytes {
    Bytes::ZERO
}
