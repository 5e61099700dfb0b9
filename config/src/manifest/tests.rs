mod chain;
mod keeper;
mod random;
mod shipped;

use super::*;
use crate::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::PathBuf;
use troupe_types::{Bytes, Millis, NetworkId, NodeId};

fn kind(name: &'static str, services: &'static [&'static str]) -> Kind {
    Kind {
        name,
        summary: "Test.",
        services,
        lacks: None,
        replicas: Replicas::Many,
        publishes: Publishes::Nothing,
        read: no_settings,
    }
}

fn kinds() -> Kinds {
    let one = Replicas::Single;
    Kinds::new(vec![
        Kind { replicas: one, ..kind("telemetry", &[]) },
        Kind { publishes: Publishes::Itself, ..kind("directory", &["directory"]) },
        Kind { publishes: Publishes::ToBootstrap, ..kind("member", &[]) },
        Kind {
            read: |section| DatasetSettings::read(section).memory,
            ..kind("dataset", &["data.dataset"])
        },
        Kind {
            read: |section| SchedulerSettings::read(section).memory(),
            replicas: one,
            ..kind("scheduler", &[])
        },
        Kind {
            read: |section| SessionSettings::read(section).memory,
            ..kind("session", &["compute.session"])
        },
        Kind { lacks: Some("model"), ..kind("model", &["ai.model"]) },
        Kind {
            read: |section| StorageSettings::read(section).memory(),
            replicas: one,
            ..kind("storage", &[])
        },
        Kind { replicas: one, ..kind("executor", &[]) },
        Kind {
            read: |section| MempoolSettings::read(section).memory,
            replicas: one,
            ..kind("mempool", &["chain.pool"])
        },
        Kind { replicas: one, ..kind("elector", &[]) },
        Kind {
            read: |section| {
                ConsensusSettings::read(section);
                Bytes::ZERO
            },
            replicas: one,
            ..kind("consensus", &["consensus"])
        },
        Kind { replicas: one, ..kind("sync", &["chain.sync"]) },
        Kind { replicas: one, ..kind("light", &[]) },
        Kind {
            read: |section| AccountSettings::read(section).memory(),
            replicas: one,
            ..kind("account", &[])
        },
        Kind {
            read: |section| MarketSettings::read(section).memory(),
            replicas: one,
            ..kind("market", &[])
        },
        Kind {
            read: |section| RpcSettings::read(section).memory(),
            replicas: one,
            ..kind("rpc", &[])
        },
        Kind {
            read: |section| GrpcSettings::read(section).memory(),
            replicas: one,
            ..kind("grpc", &[])
        },
        Kind {
            read: |section| JobsSettings::read(section).memory(),
            replicas: one,
            ..kind("jobs", &[])
        },
        Kind {
            read: |section| ControlSettings::read(section).memory(),
            replicas: one,
            ..kind("control", &[])
        },
    ])
}

const GOOD: &str = r#"role = "compute"
version = 1
publish = ["compute.session"]

[process]
drain = "5s"
threads = { jobs = 3 }

[network]
bootstrap = []

[[network.peer]]
node_id = "0101010101010101010101010101010101010101010101010101010101010101"
address = "10.0.0.7:9470"
role = "data"

[[group]]
name = "base"
actors = ["telemetry", "member"]

[[group]]
name = "work"
restart = "rest"
actors = ["session"]

[actor.session]
replicas = 2
settings = { max_sessions = 4, memory = "64MiB" }
"#;

fn load(text: &str) -> Result<Loaded, String> {
    Manifest::load(text, &Overrides::default(), &kinds()).map_err(|errors| errors.to_string())
}

#[test]
fn a_manifest_is_read_with_its_defaults() {
    let loaded = load(GOOD).unwrap();
    let manifest = &loaded.manifest;
    assert_eq!(manifest.process.drain, Millis::secs(5));
    assert_eq!(manifest.process.threads, Threads { network: 1, urgent: 1, jobs: 3 });
    assert_eq!(manifest.groups[1].restart, Restart::Rest);
    assert_eq!(manifest.groups[1].thread, Name::constant("main"));
    assert_eq!(manifest.actor("session").replicas, 2);
    assert_eq!(manifest.actor("telemetry"), Actor::default());
    assert_eq!(manifest.network.peers[0].node_id, NodeId([1; 32]));
    assert_eq!(loaded.memory[&Name::constant("session")], Bytes::mib(64));
    let names: Vec<&str> = manifest.kinds().map(Name::as_str).collect();
    assert_eq!(names, ["telemetry", "member", "session"]);
}

#[test]
fn every_setting_is_told_with_its_value_default_and_place() {
    let loaded = load(GOOD).unwrap();
    let row = |path: &str| loaded.holdings.iter().find(|row| row.path == path).unwrap();
    let drain = row("process.drain");
    assert_eq!(drain.value.as_deref(), Some("\"5s\""));
    assert_eq!(drain.default.as_deref(), Some("\"20s\""));
    assert_eq!(drain.place, Some(Place::Line(6)));
    assert_eq!(row("actor.session.settings.deadline").place, None);
    assert_eq!(row("actor.session.settings.max_sessions").place, Some(Place::Line(28)));
}

/// Replaces `from`, which must be there, and returns the errors of the result.
fn broken(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    load(&GOOD.replacen(from, to, 1)).unwrap_err()
}

#[test]
fn each_mistake_has_its_text() {
    let cases = [
        (
            "drain = ",
            "dran = ",
            "line 6: process.dran: unknown key with value \"5s\", nearest is \"drain\"",
        ),
        (
            "[process]",
            "[proces]",
            "line 5: proces: unknown key with value { drain = \"5s\", threads = { jobs = 3 } }, nearest is \"process\"",
        ),
        ("\"5s\"", "5", "line 6: process.drain: wants a duration such as \"20s\", got 5"),
        (
            "\"5s\"",
            "\"5sec\"",
            "line 6: process.drain: duration wants a number and one of ms, s, m, h, d, got `5sec`",
        ),
        ("\"5s\"", "\"1h\"", "line 6: process.drain: got 1h, allowed is 1s to 10m"),
        ("jobs = 3", "jobs = 0", "line 7: process.threads.jobs: got 0, allowed is 1 to 256"),
        (
            "jobs = 3",
            "jobs = -1",
            "line 7: process.threads.jobs: got -1, allowed is 0 to 4294967295",
        ),
        (
            "jobs = 3",
            "job = 3",
            "line 7: process.threads.job: unknown key with value 3, nearest is \"jobs\"",
        ),
        ("{ jobs = 3 }", "3", "line 7: process.threads: wants a table such as { }, got 3"),
        (
            "role = \"compute\"\n",
            "",
            "document: role: missing, wants a name of 1 to 64 of a-z 0-9 - _ . beginning with a letter",
        ),
        (
            "\"compute\"",
            "\"Compute\"",
            "line 1: role: wants a name of 1 to 64 of a-z 0-9 - _ . beginning with a letter, got \"Compute\"",
        ),
        ("version = 1", "version = 2", "line 2: version: got 2, allowed is 1 to 1"),
        (
            "bootstrap = []",
            "listen = \"localhost:1\"",
            "line 10: network.listen: wants an IP address and a port such as \"127.0.0.1:9464\", got \"localhost:1\"",
        ),
        (
            "bootstrap = []",
            "listen = \"0.0.0.0:1\"",
            "line 10: network.listen: 0.0.0.0:1 is every address of this machine, which others cannot dial; set network.advertise too",
        ),
        (
            "bootstrap = []",
            "bootstrap = [\"x@y\"]",
            "line 10: network.bootstrap: wants a node id of 64 hexadecimal digits, @ and an address such as \"<node id>@10.0.0.7:9470\", got \"x@y\"",
        ),
        (
            "bootstrap = []",
            "bootstrap = \"x\"",
            "line 10: network.bootstrap: wants a list such as [ ], got \"x\"",
        ),
        (
            "bootstrap = []",
            "id = 0",
            "line 10: network.id: got 0, allowed is 1 to 9007199254740992",
        ),
        (
            "address = \"10.0.0.7:9470\"",
            "address = \"10.0.0.7:0\"",
            "line 14: network.peer.0.address: wants a host and a port such as \"node.example.org:9470\", got \"10.0.0.7:0\"",
        ),
        (
            "role = \"data\"\n",
            "",
            "line 12: network.peer.0.role: missing, wants a name of 1 to 64 of a-z 0-9 - _ . beginning with a letter",
        ),
        (
            "\"rest\"",
            "\"al\"",
            "line 23: group.work.restart: unknown value \"al\", nearest is \"all\"",
        ),
        (
            "\"telemetry\", \"member\"",
            "\"telemetry\", \"membre\"",
            "line 19: group.base.actors: unknown actor \"membre\", nearest is \"member\"",
        ),
        (
            "\"telemetry\", \"member\"",
            "\"member\", \"member\"",
            "line 19: group.base.actors: \"member\" is listed twice",
        ),
        (
            "\"telemetry\", \"member\"",
            "\"member\", \"session\"",
            "line 24: group.work.actors: actor \"session\" is in group \"base\" already; more of one kind are its replicas",
        ),
        (
            "\"telemetry\", \"member\"",
            "\"member\", \"model\"",
            "line 19: group.base.actors: actor \"model\" is not compiled in, it needs the feature \"model\"",
        ),
        (
            "\"telemetry\", \"member\"",
            "\"telemetry\"",
            "line 3: publish: services are listed but no actor makes them known; add one of directory, member",
        ),
        (
            "\"telemetry\", \"member\"",
            "",
            "line 19: group.base.actors: missing, wants at least one actor",
        ),
        ("\"work\"", "\"base\"", "line 21: group.base: group \"base\" is listed twice"),
        (
            "[actor.session]",
            "[actor.sesion]",
            "line 26: actor.sesion: unknown key with value { replicas = 2, settings = { max_sessions = 4, memory = \"64M..., nearest is \"session\"",
        ),
        (
            "replicas = 2",
            "replicas = 0",
            "line 27: actor.session.replicas: got 0, allowed is 1 to 256",
        ),
        (
            "[actor.session]",
            "[actor.telemetry]\nreplicas = 2\n[actor.session]",
            "line 27: actor.telemetry.replicas: got 2, a process hosts one telemetry",
        ),
        (
            "max_sessions = 4",
            "max_session = 4",
            "line 28: actor.session.settings.max_session: unknown key with value 4, nearest is \"max_sessions\"",
        ),
        (
            "\"64MiB\"",
            "\"2MiB\"",
            "line 28: actor.session.settings.memory: got 2MiB, allowed is 16MiB to 1TiB",
        ),
        (
            "[\"compute.session\"]",
            "[\"compute.sesion\"]",
            "line 3: publish: unknown service \"compute.sesion\", nearest is \"compute.session\"",
        ),
        (
            "[\"compute.session\"]",
            "[\"data.dataset\"]",
            "line 3: publish: service \"data.dataset\" is provided by actor \"dataset\", which is in no group",
        ),
        (
            "bootstrap = []",
            "max_peers = 0",
            "line 10: network.max_peers: got 0, allowed is 1 to 10000",
        ),
    ];
    for (from, to, want) in cases {
        let errors = broken(from, to);
        let found = errors.lines().any(|line| line == want);
        assert!(found, "{from} -> {to}\nwant {want}\ngot  {errors}");
    }
}

#[test]
fn all_mistakes_are_told_in_the_order_of_the_document() {
    let text = GOOD.replace("drain", "dran").replace("version = 1", "version = 7");
    let errors = load(&text).unwrap_err();
    let places: Vec<&str> = errors.lines().map(|line| &line[..6]).collect();
    assert_eq!(places, ["line 2", "line 6"]);
}

#[test]
fn a_peer_listed_twice_is_refused_and_so_are_more_than_fit() {
    let peer = |port: u16| {
        let id = "02".repeat(32);
        format!("[[network.peer]]\nnode_id = \"{id}\"\naddress = \"h:{port}\"\nrole = \"x\"\n")
    };
    let text = format!(
        "role = \"a\"\nversion = 1\n[network]\nmax_peers = 1\n{}{}[[group]]\nname = \"g\"\nactors = [\"telemetry\"]\n",
        peer(1),
        peer(2),
    );
    let id = "02".repeat(32);
    assert_eq!(
        load(&text).unwrap_err(),
        format!(
            "line 4: network.max_peers: got 1, but 2 peers are listed in network.peer and network.bootstrap\n\
             line 10: network.peer.1.node_id: peer {id} is listed twice"
        )
    );
}

#[test]
fn overrides_pass_the_same_checks_and_name_their_source() {
    let over = |assignment: &str| {
        let mut overrides = Overrides::default();
        overrides.assign(assignment, "--set").unwrap();
        Manifest::load(GOOD, &overrides, &kinds()).map_err(|errors| errors.to_string())
    };
    let loaded = over("process.drain=7s").unwrap();
    assert_eq!(loaded.manifest.process.drain, Millis::secs(7));
    let row = loaded.holdings.iter().find(|row| row.path == "process.drain").unwrap();
    assert_eq!(row.place, Some(Place::Given("--set".to_owned())));
    let loaded = over("group.work.actors=[\"session\", \"dataset\"]").unwrap();
    assert_eq!(loaded.manifest.groups[1].actors.len(), 2);
    assert_eq!(
        over("process.dran=7s").unwrap_err(),
        "--set: process.dran: unknown key with value \"7s\", nearest is \"drain\""
    );
    assert_eq!(
        over("actor.session.settings.memory=1MiB").unwrap_err(),
        "--set: actor.session.settings.memory: got 1MiB, allowed is 16MiB to 1TiB"
    );
}

#[test]
fn what_may_not_be_meant_is_noted() {
    let text = GOOD.replace("bootstrap = []", "listen = \"10.0.0.1:9470\"");
    assert_eq!(load(&text).unwrap().notes, Vec::<String>::new());
    let lonely = "role = \"a\"\nversion = 1\npublish = [\"compute.session\"]\n\
        [metrics]\nlisten = \"0.0.0.0:9464\"\n\
        [[group]]\nname = \"g\"\nactors = [\"member\", \"session\"]\n";
    assert_eq!(
        load(lonely).unwrap().notes,
        [
            "metrics.listen: 0.0.0.0:9464 lets everyone who reaches this address read metrics",
            "network.bootstrap: empty, so the process will know nobody",
            "network.listen: 127.0.0.1:9470 is reached from this machine only",
        ]
    );
}

#[test]
fn a_market_acts_by_an_account() {
    let text = role("compute").unwrap().replace("\"account\", ", "");
    let errors = load(&text).unwrap_err();
    assert!(errors.contains("to actor \"account\", which is in no group"), "{errors}");
}

#[test]
fn defaults_are_within_their_ranges_and_every_setting_has_a_reason() {
    let rows = settings(&kinds());
    assert!(rows.iter().any(|row| row.path == "group.NAME.restart"));
    assert!(rows.iter().any(|row| row.path == "network.peer.NAME.node_id"));
    assert!(rows.iter().any(|row| row.path == "chain.key"));
    assert!(rows.iter().any(|row| row.path == "actor.session.settings.deadline"));
    for row in &rows {
        assert!(row.why.ends_with('.'), "{}: {}", row.path, row.why);
        assert_eq!(row.place, None, "{}", row.path);
        assert_eq!(row.value, row.default, "{}", row.path);
    }
    // A default out of its own range would be refused when somebody writes it down.
    let group = "[[group]]\nname = \"g\"\nactors = [\"telemetry\", \"scheduler\", \"session\", \"dataset\"]\n";
    for row in rows.iter().filter(|row| !row.path.contains("NAME")) {
        let Some(default) = &row.default else { continue };
        let text = format!("role = \"r\"\nversion = 1\n{}", group);
        let mut overrides = Overrides::default();
        overrides.assign(&format!("{}={default}", row.path), "--set").unwrap();
        let loaded = Manifest::load(&text, &overrides, &kinds());
        let absent = [
            "directory",
            "member",
            "model",
            "storage",
            "executor",
            "mempool",
            "elector",
            "consensus",
            "sync",
            "light",
            "account",
            "market",
            "rpc",
            "grpc",
            "jobs",
            "control",
        ]
        .map(|kind| format!("actor.{kind}."));
        if absent.iter().any(|prefix| row.path.starts_with(prefix)) {
            assert!(loaded.is_err(), "{}", row.path);
            continue;
        }
        let mut manifest = loaded.unwrap().manifest;
        manifest.actors.values_mut().for_each(|actor| actor.settings = Table::default());
        assert_eq!(manifest, load(&text).unwrap().manifest, "{}", row.path);
    }
}

#[test]
fn a_deep_document_does_not_exhaust_the_stack() {
    for text in [
        format!("{} = 1", vec!["a"; 200_000].join(".")),
        format!("[{}]", vec!["a"; 200_000].join(".")),
        format!("a = {}", "[".repeat(200_000)),
        format!("a = {}", "{a=".repeat(100_000)),
    ] {
        assert!(load(&text).is_err());
        let mut overrides = Overrides::default();
        let _ = overrides.assign(&text.replacen(" = ", "=", 1), "--set");
    }
}
