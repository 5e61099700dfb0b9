//! The list of actor kinds: what manifests may name, and how each is started.

use crate::chain::{self, Commons, ValidatorKey};
use crate::{
    Error, Health, account, control, dataset, directory, grpc, jobs, light, market, member, rpc,
    scheduler, session, telemetry,
};
use std::path::Path;
use std::sync::Arc;
use troupe_blocks::Pen;
use troupe_chain::transaction::Signer;
use troupe_config::{Actor, Manifest, Publishes, Replicas, Section, Table};
use troupe_crypto::ed25519::Sign;
use troupe_crypto::sr25519::SecretKey;
use troupe_door::Service;
use troupe_runtime::{Group, Node, Queue, Spec, Thread};
use troupe_types::{Incarnation, NodeId};

/// One actor kind.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// What manifests and people see of it.
    pub about: troupe_config::Kind,
    /// Starts one replica.
    pub start: fn(&Start<'_>) -> Result<(), Error>,
}

impl Kind {
    /// Whether it is started after all others, wherever a manifest lists it: it serves what they bring.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.about.name == control::KIND.about.name
    }
}

/// Everything that an actor of a process may be started with.
#[derive(Clone, Copy)]
pub struct Start<'a> {
    /// The node it lives on.
    pub node: &'a Node,
    /// The whole manifest.
    pub manifest: &'a Manifest,
    /// The folder that relative paths of the manifest start from.
    pub base: &'a Path,
    /// Settings of its kind.
    pub settings: &'a Actor,
    /// The group it shares its fate with.
    pub group: &'a Group,
    /// The thread of that group, where it has one of its own.
    pub thread: Option<&'a Thread>,
    /// The process's identity.
    pub id: NodeId,
    /// Which start of the process this is.
    pub incarnation: Incarnation,
    /// Where the process listens, as others are told.
    pub address: &'a str,
    /// Whether the process is ready.
    pub health: &'a Health,
    /// What the actors of the process share.
    pub commons: &'a Commons,
    /// The key with which the process votes, if it does.
    pub validator: Option<&'a Arc<ValidatorKey>>,
    /// The key of the process's certificate, for what it signs outside of connections.
    pub key: &'a Arc<dyn Sign>,
    /// The process's key for random words.
    pub vrf: &'a Arc<SecretKey>,
    /// Who signs transactions of the process itself, if it sends any.
    pub account: Option<&'a Arc<Signer>>,
    /// Who signs for the process, where that key is elsewhere.
    pub pen: Option<&'a Arc<dyn Pen>>,
}

impl std::fmt::Debug for Start<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Start({}, {:?})", self.id.short(), self.group)
    }
}

impl Start<'_> {
    /// Applies what the manifest says about queue, group and thread.
    pub(crate) fn place<A: troupe_runtime::Actor>(&self, spec: Spec<A>) -> Spec<A> {
        let troupe_config::Queue { messages, bytes } = self.settings.queue;
        let spec = spec.queue(Queue { messages, bytes }).group(self.group);
        match self.thread {
            Some(thread) => spec.on(thread),
            None => spec,
        }
    }

    /// Has the owner of the process served with this, if the process answers its owner.
    pub fn offer(&self, service: Service) {
        self.commons.offer(service);
    }

    /// Whether the process has an actor of this kind.
    pub(crate) fn has(&self, kind: &str) -> bool {
        self.manifest.kinds().any(|listed| listed.as_str() == kind)
    }

    /// Reads the kind's own settings again; the manifest's check has read them once.
    pub(crate) fn read<T>(
        &self,
        kind: &'static str,
        body: impl FnOnce(&mut Section<'_>) -> T,
    ) -> Result<T, Error> {
        read_settings(&self.settings.settings, body)
            .map_err(|reason| Error::Settings { kind, reason })
    }
}

impl Start<'_> {
    /// Reads the settings of a kind that shares something with this one.
    pub(crate) fn read_of<T>(
        &self,
        kind: &'static str,
        body: impl FnOnce(&mut Section<'_>) -> T,
    ) -> Result<T, Error> {
        read_settings(&self.manifest.actor(kind).settings, body)
            .map_err(|reason| Error::Settings { kind, reason })
    }
}

fn read_settings<T>(
    settings: &Table,
    body: impl FnOnce(&mut Section<'_>) -> T,
) -> Result<T, String> {
    troupe_config::read(settings, "settings", body).map_err(|errors| errors.to_string())
}

/// Every kind of this build, in the order in which people are shown them.
#[must_use]
pub fn kinds() -> Vec<Kind> {
    let mut kinds = vec![telemetry::KIND, directory::KIND, member::KIND];
    kinds.extend(chain::KINDS);
    kinds.extend([
        light::KIND,
        account::KIND,
        market::KIND,
        rpc::KIND,
        grpc::KIND,
        dataset::KIND,
        scheduler::KIND,
        session::KIND,
        jobs::KIND,
        control::KIND,
    ]);
    kinds
}

/// What most kinds say about themselves.
pub(crate) const PLAIN: troupe_config::Kind = troupe_config::Kind {
    name: "",
    summary: "",
    services: &[],
    lacks: None,
    replicas: Replicas::Single,
    publishes: Publishes::Nothing,
    read: troupe_config::no_settings,
};
