//! The manifest as a whole.

use super::actor::Actor;
use super::chain::Chain;
use super::check::check;
use super::group::Group;
use super::network::{Metrics, Network};
use super::process::Process;
use crate::error::{Errors, Problem};
use crate::kinds::Kinds;
use crate::name::Name;
use crate::overrides::Overrides;
use crate::section::{Holding, Report, Section, read_into};
use crate::setting::{Field, Unit};
use crate::value::Table;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use troupe_types::Bytes;

/// The version of the manifest's language that this build reads and writes.
const VERSION: u32 = 1;

/// What one process is: which actors it hosts, how they are grouped, and their settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// What the process is for the network.
    pub role: Name,
    /// What it offers, one sentence; empty where nobody wrote it.
    pub summary: String,
    /// Services that others may find.
    pub publish: Vec<Name>,
    /// The process as a whole.
    pub process: Process,
    /// How it takes part in the network.
    pub network: Network,
    /// Where it is observed.
    pub metrics: Metrics,
    /// The chain that it keeps; `None` where it keeps none.
    pub chain: Option<Chain>,
    /// Its actors, in the order in which they start.
    pub groups: Vec<Group>,
    /// Settings of every kind that is in a group.
    pub actors: BTreeMap<Name, Actor>,
}

/// A manifest that was read and checked, and what can be said about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The manifest.
    pub manifest: Manifest,
    /// Every setting, whether written or not.
    pub holdings: Vec<Holding>,
    /// What each kind may hold in memory beside its queue, for one replica.
    pub memory: BTreeMap<Name, Bytes>,
    /// What is allowed but may not be meant, one line each.
    pub notes: Vec<String>,
}

const ROLE: Field = Field { key: "role", why: "What the process is for the network." };
const VERSION_FIELD: Field =
    Field { key: "version", why: "The version of this file's language; it is 1." };
const SUMMARY: Field = Field { key: "summary", why: "What the process offers, one sentence." };
const PUBLISH: Field = Field {
    key: "publish",
    why: "Services that others may find; each needs an actor that serves it.",
};

impl Manifest {
    /// Reads and checks a document with values laid over it.
    ///
    /// All mistakes are reported at once, each as one line with its place.
    pub fn load(text: &str, overrides: &Overrides, kinds: &Kinds) -> Result<Loaded, Errors> {
        let mut document = Table::parse(text)?;
        overrides.apply(&mut document)?;
        let (loaded, report) = Self::read_document(&document, kinds);
        if let Some(errors) = Errors::of(report.errors) {
            return Err(errors);
        }
        let loaded = loaded.expect("a part is only missing where a mistake was noted");
        Ok(Loaded { holdings: report.holdings, ..loaded })
    }

    /// The settings of an actor kind; the defaults for one that is in no group.
    #[must_use]
    pub fn actor(&self, kind: &str) -> Actor {
        let found = self.actors.iter().find(|(name, _)| name.as_str() == kind);
        found.map(|(_, actor)| actor.clone()).unwrap_or_default()
    }

    /// Every actor kind of the process, in the order in which they start.
    pub fn kinds(&self) -> impl Iterator<Item = &Name> {
        self.groups.iter().flat_map(|group| &group.actors)
    }

    pub(super) fn read_document(document: &Table, kinds: &Kinds) -> (Option<Loaded>, Report) {
        let mut report = Report::default();
        let loaded = read_into(document, "", &mut report, |section| read(section, kinds));
        let loaded = loaded.map(|mut loaded| {
            loaded.notes = check(&loaded.manifest, document, kinds, &mut report);
            loaded
        });
        (loaded, report)
    }

    /// As a document that holds only what differs from the defaults.
    #[must_use]
    pub fn write(&self) -> String {
        let mut head = Table::default();
        head.put(ROLE.key, self.role.write());
        head.put(VERSION_FIELD.key, VERSION.write());
        if !self.summary.is_empty() {
            head.put(SUMMARY.key, Cow::<'static, str>::Owned(self.summary.clone()).write());
        }
        head.set_list(&PUBLISH, &self.publish);
        let mut process = Table::default();
        self.process.write(&mut process);
        let mut network = Table::default();
        self.network.write(&mut network);
        let mut metrics = Table::default();
        self.metrics.write(&mut metrics);
        let mut chain = Table::default();
        if let Some(kept) = &self.chain {
            kept.write(&mut chain);
        }

        let mut writer = super::write::Writer::default();
        writer.entries(&[ROLE.key, VERSION_FIELD.key, SUMMARY.key, PUBLISH.key], &head);
        writer.section("process", &process);
        writer.section("network", &network);
        writer.section("metrics", &metrics);
        writer.section("chain", &chain);
        for group in &self.groups {
            writer.list_entry("group", &group.write());
        }
        for (kind, actor) in &self.actors {
            writer.section(
                &format!("actor.{}", crate::value::write_key(kind.as_str())),
                &actor.write(),
            );
        }
        writer.finish()
    }
}

fn read(section: &mut Section<'_>, kinds: &Kinds) -> Option<Loaded> {
    let role = section.need::<Name>(&ROLE);
    let version = section.need::<u32>(&VERSION_FIELD);
    if let Some(version) = version.filter(|version| *version != VERSION) {
        let (least, most) = (VERSION.to_string(), VERSION.to_string());
        let problem = Problem::Range { got: version.to_string(), least, most };
        section.fault(VERSION_FIELD.key, problem);
    }
    let summary = section.optional::<Cow<'static, str>>(&SUMMARY).unwrap_or_default();
    let publish = section.values(&PUBLISH);
    let process = section.table("process", Process::read);
    let network = section.table("network", Network::read);
    let metrics = section.table("metrics", Metrics::read);
    let chain = section.optional_table("chain", Chain::read);
    let groups = section.tables("group", Group::read);
    let listed: BTreeSet<Name> = groups.iter().flat_map(|group| group.actors.clone()).collect();
    let mut memory = BTreeMap::new();
    let actors = section.table("actor", |actors| {
        let read = |kind: &Name| (kind.clone(), read_actor(actors, kind, kinds, &mut memory));
        listed.iter().map(read).collect()
    });
    let summary = summary.into_owned();
    let manifest = Manifest {
        role: role?,
        summary,
        publish,
        process,
        network,
        metrics,
        // A table that is there but wrong was noted.
        chain: chain.flatten(),
        groups,
        actors,
    };
    Some(Loaded { manifest, holdings: Vec::new(), memory, notes: Vec::new() })
}

fn read_actor(
    actors: &mut Section<'_>,
    name: &Name,
    kinds: &Kinds,
    memory: &mut BTreeMap<Name, Bytes>,
) -> Actor {
    actors.table(name.as_str(), |section| {
        let actor = Actor::read(section);
        // An unknown kind is a mistake of the group that lists it; its settings have no reader.
        if let Some(kind) = kinds.find(name.as_str()) {
            memory.insert(name.clone(), section.table("settings", kind.read));
        }
        actor
    })
}
