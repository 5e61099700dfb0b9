//! What a manifest amounts to, before it is put into words.

use std::collections::BTreeSet;
use troupe_config::{Choice, Holding, Kinds, Loaded, Name};
use troupe_types::Bytes;

/// The facts behind both forms.
pub(super) struct Picture {
    pub(super) groups: Vec<GroupPicture>,
    pub(super) threads: Vec<Name>,
    pub(super) services: Vec<(Name, &'static str)>,
    /// Where actors listen for clients: kind and address.
    pub(super) listeners: Vec<(String, String)>,
    /// Where they listen for the owner: kind and file below the data directory.
    pub(super) sockets: Vec<(String, String)>,
    pub(super) queues: Bytes,
    pub(super) held: Bytes,
}

pub(super) struct GroupPicture {
    pub(super) name: Name,
    pub(super) thread: Name,
    pub(super) restart: &'static str,
    pub(super) actors: Vec<ActorPicture>,
}

pub(super) struct ActorPicture {
    pub(super) kind: Name,
    pub(super) summary: &'static str,
    pub(super) replicas: u32,
    pub(super) queue_messages: u32,
    pub(super) queue_bytes: Bytes,
    /// Beside the queue, for each replica.
    pub(super) memory: Bytes,
}

impl ActorPicture {
    fn of(kind: &Name, loaded: &Loaded, kinds: &Kinds) -> Self {
        let settings = loaded.manifest.actor(kind.as_str());
        Self {
            kind: kind.clone(),
            summary: kinds.find(kind.as_str()).map_or("", |known| known.summary),
            replicas: settings.replicas,
            queue_messages: settings.queue.messages,
            queue_bytes: settings.queue.bytes,
            memory: loaded.memory.get(kind).copied().unwrap_or(Bytes::ZERO),
        }
    }
}

impl Picture {
    pub(super) fn of(loaded: &Loaded, kinds: &Kinds) -> Self {
        let manifest = &loaded.manifest;
        let groups: Vec<GroupPicture> = manifest
            .groups
            .iter()
            .map(|group| GroupPicture {
                name: group.name.clone(),
                thread: group.thread.clone(),
                restart: group.restart.word(),
                actors: group
                    .actors
                    .iter()
                    .map(|kind| ActorPicture::of(kind, loaded, kinds))
                    .collect(),
            })
            .collect();
        let threads: BTreeSet<Name> = groups.iter().map(|group| group.thread.clone()).collect();
        let provider = |service: &Name| {
            let kind = kinds.provider(service.as_str());
            (service.clone(), kind.map_or("", |kind| kind.name))
        };
        let actors = || groups.iter().flat_map(|group| &group.actors);
        let sum = |each: fn(&ActorPicture) -> Bytes| {
            let all = actors().map(|actor| each(actor).0.saturating_mul(u64::from(actor.replicas)));
            Bytes(all.fold(0, u64::saturating_add))
        };
        let queues = sum(|actor| actor.queue_bytes);
        let held = sum(|actor| actor.memory);
        let all = |setting: &str| {
            let one = |row: &Holding| {
                let kind = row.path.strip_prefix("actor.")?.strip_suffix(setting)?;
                let place = row.value.as_deref()?.trim_matches('"');
                Some((kind.to_owned(), place.to_owned()))
            };
            loaded.holdings.iter().filter_map(one).collect()
        };
        Self {
            listeners: all(".settings.listen"),
            sockets: all(".settings.socket"),
            services: manifest.publish.iter().map(provider).collect(),
            threads: threads.into_iter().collect(),
            groups,
            queues,
            held,
        }
    }

    /// What queues and actors may hold together.
    pub(super) fn bound(&self) -> Bytes {
        Bytes(self.queues.0.saturating_add(self.held.0))
    }
}
