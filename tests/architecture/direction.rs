//! Who may depend on whom. Development dependencies count: a test that needs a later layer belongs there.
//!
//! ```text
//! types <- wire <- crypto <- every other protocol       protocols never see actors
//! wire <- runtime <- net <- actors <- roles             types <- config <- roles
//! ```

use super::graph::Graph;
use super::tree::{assert_clean, assert_one};
use std::collections::BTreeSet;

/// What the crates of a folder may depend on within this workspace. The first line that fits
/// decides; `/*` stands for every crate right below a folder.
const LAW: &[(&str, &[&str])] = &[
    ("protocols/types", &[]),
    ("protocols/wire", &["protocols/types"]),
    ("protocols/crypto", &["protocols/types", "protocols/wire"]),
    ("protocols/*", &["protocols/*"]),
    ("actors/runtime", &["protocols/types", "protocols/wire"]),
    ("actors/net", &["protocols/types", "protocols/wire", "actors/runtime"]),
    // Storage knows no chain but in its tests; the vault puts one into it.
    ("actors/storage", &["protocols/*", "actors/runtime"]),
    ("actors/vault", &["protocols/*", "actors/runtime", "actors/storage"]),
    ("actors/blocks", &["protocols/*", "actors/runtime", "actors/storage", "actors/vault"]),
    // How programs get in, whatever they ask.
    ("actors/door", &["protocols/types", "protocols/wire", "actors/runtime"]),
    ("actors/rpc", &["protocols/*", "actors/door"]),
    // The server knows no actor; the gateway puts those of a chain behind it.
    (
        "actors/gateway",
        &[
            "protocols/*",
            "actors/runtime",
            "actors/storage",
            "actors/vault",
            "actors/blocks",
            "actors/door",
            "actors/rpc",
        ],
    ),
    // The other server: it answers from what the first one asks, and the gateway puts a chain behind it.
    ("actors/grpc", &["protocols/*", "actors/door", "actors/rpc"]),
    // A light client keeps no chain, and answers through the gateway. Its stories are told beside nodes that keep one.
    (
        "actors/light",
        &[
            "protocols/*",
            "actors/runtime",
            "actors/storage",
            "actors/vault",
            "actors/blocks",
            "actors/gateway",
            "actors/rpc",
        ],
    ),
    // What a process does on a chain, whoever answers for that. Its stories are told before a chain that is kept.
    (
        "actors/account",
        &[
            "protocols/*",
            "actors/runtime",
            "actors/storage",
            "actors/vault",
            "actors/blocks",
            "actors/gateway",
            "actors/rpc",
        ],
    ),
    // What a process does in a market, by its account.
    (
        "actors/market",
        &[
            "protocols/*",
            "actors/runtime",
            "actors/storage",
            "actors/vault",
            "actors/blocks",
            "actors/gateway",
            "actors/rpc",
            "actors/account",
        ],
    ),
    // What a process, or a command, does to have something computed. Results are files of whoever asked for them.
    // A process pays for it by its account.
    (
        "actors/jobs",
        &[
            "protocols/*",
            "actors/runtime",
            "actors/storage",
            "actors/door",
            "actors/account",
            "config",
        ],
    ),
    // A process of its own, and what a node asks it with. It knows no chain but what may be signed on one.
    ("actors/signer", &["protocols/*", "actors/runtime", "actors/net"]),
    // An actor kind whose dependencies are heavy: a leaf that only roles choose.
    ("actors/*", &["protocols/*", "actors/runtime", "actors/net", "actors/door", "config"]),
    // The list of kinds: those of the chain are in crates of their own.
    ("actors", &["protocols/*", "actors/*", "config"]),
    ("config", &["protocols/types"]),
    ("roles", &["protocols/*", "actors", "actors/*", "config"]),
    // `cargo x` has to work when everything else is broken.
    ("tests/x", &[]),
    ("tests", &["protocols/*", "actors", "actors/*", "config"]),
];

/// Packages from outside that only these folders may name in a manifest.
const RESERVED: &[(&str, &[&str])] = &[
    ("actix", &["actors/runtime", "tests"]),
    ("actix-rt", &["actors/runtime", "tests"]),
    ("quinn", &["actors/net", "tests"]),
    ("clap", &["roles"]),
    ("anyhow", &["roles", "tests", "tests/x"]),
];

/// What no protocol names in its manifest: clocks, sockets, threads, luck, heavy formats.
const NOT_PURE: &[&str] = &[
    "tokio",
    "actix",
    "mio",
    "socket2",
    "quinn",
    "rustls",
    "axum",
    "rayon",
    "getrandom",
    "rand",
    "tempfile",
    "tracing-subscriber",
    "arrow",
    "parquet",
    "tantivy",
    "tract-onnx",
];

/// What no protocol links to even through others.
const NOT_LINKED: &[&str] = &["tokio", "actix", "mio", "socket2", "quinn", "rustls"];

fn fits(pattern: &str, folder: &str) -> bool {
    match pattern.strip_suffix("/*") {
        Some(parent) => folder.rsplit_once('/').is_some_and(|(above, _)| above == parent),
        None => pattern == folder,
    }
}

/// Complaints about edges between our crates that the law does not have.
fn edges(graph: &Graph) -> Vec<String> {
    let mut complaints = Vec::new();
    for package in &graph.packages {
        let Some((_, allowed)) = LAW.iter().find(|(pattern, _)| fits(pattern, &package.folder))
        else {
            complaints.push(format!("{}: the law has no line for it", package.folder));
            continue;
        };
        for name in &package.direct {
            let Some(folder) = graph.folder_of(name) else { continue };
            if !allowed.iter().any(|pattern| fits(pattern, folder)) {
                complaints.push(format!("{} may not depend on {folder}", package.folder));
            }
        }
    }
    complaints
}

/// Complaints about circles among our crates; cargo itself allows those through a dev-dependency.
fn circles(graph: &Graph) -> Vec<String> {
    let mut settled: BTreeSet<&str> = BTreeSet::new();
    loop {
        let before = settled.len();
        for package in &graph.packages {
            let ours = |name: &&String| graph.folder_of(name).is_some();
            if package.direct.iter().filter(ours).all(|name| settled.contains(name.as_str())) {
                settled.insert(&package.name);
            }
        }
        if settled.len() == before {
            break;
        }
    }
    let left = graph.packages.iter().filter(|package| !settled.contains(package.name.as_str()));
    left.map(|package| format!("{} lies on or above a circle", package.name)).collect()
}

/// Complaints about packages from outside in the wrong place.
fn strangers(graph: &Graph) -> Vec<String> {
    let mut complaints = Vec::new();
    for package in &graph.packages {
        for (name, folders) in RESERVED {
            if package.direct.contains(*name) && !folders.contains(&package.folder.as_str()) {
                complaints.push(format!("{} may not name {name}", package.folder));
            }
        }
        if !package.folder.starts_with("protocols/") {
            continue;
        }
        for name in NOT_PURE.iter().filter(|name| package.direct.contains(**name)) {
            complaints.push(format!("{} is pure and may not name {name}", package.folder));
        }
        for name in NOT_LINKED.iter().filter(|name| package.linked.contains(**name)) {
            if !package.direct.contains(*name) {
                complaints.push(format!("{} is pure but links to {name}", package.folder));
            }
        }
    }
    complaints
}

#[test]
fn our_crates_follow_the_law() {
    let graph = Graph::of_this_workspace();
    assert!(graph.packages.len() >= 10, "only {} packages", graph.packages.len());
    assert_clean(&edges(&graph));
    assert_clean(&circles(&graph));
    assert_clean(&strangers(&graph));
}

#[test]
fn the_manifests_purity_list_covers_the_linked_one() {
    assert!(NOT_LINKED.iter().all(|name| NOT_PURE.contains(name)));
}

#[test]
fn an_edge_against_the_direction_is_named() {
    let wrong: &[(&str, &str, &str)] = &[
        ("protocols/types", "protocols/wire", "protocols/types may not depend on protocols/wire"),
        ("protocols/crypto", "protocols/mpc", "protocols/crypto may not depend on protocols/mpc"),
        ("protocols/mpc", "actors/runtime", "protocols/mpc may not depend on actors/runtime"),
        ("actors/runtime", "protocols/crypto", "actors/runtime may not depend on protocols/crypto"),
        ("actors/net", "actors", "actors/net may not depend on actors"),
        ("actors", "roles", "actors may not depend on roles"),
        ("config", "protocols/wire", "config may not depend on protocols/wire"),
        ("roles", "tests", "roles may not depend on tests"),
        ("tests/x", "config", "tests/x may not depend on config"),
    ];
    for (from, to, complaint) in wrong {
        let graph = Graph::of(&[("from", from, &["to"]), ("to", to, &[])]);
        assert_one(&edges(&graph), complaint);
    }
}

#[test]
fn an_edge_along_the_direction_passes() {
    let right = [
        ("protocols/learning", "protocols/mpc"),
        ("actors/net", "actors/runtime"),
        ("actors/model", "protocols/mpc"),
        ("roles", "actors/model"),
        ("roles", "config"),
        ("tests", "actors"),
    ];
    for (from, to) in right {
        let graph = Graph::of(&[("from", from, &["to", "serde"]), ("to", to, &[])]);
        assert_clean(&edges(&graph));
    }
}

#[test]
fn a_folder_without_a_law_is_named() {
    let graph = Graph::of(&[("attic", "attic", &[])]);
    assert_one(&edges(&graph), "attic: the law has no line for it");
}

#[test]
fn a_circle_is_named() {
    let graph = Graph::of(&[
        ("psi", "protocols/psi", &["mpc"]),
        ("mpc", "protocols/mpc", &["psi", "types"]),
        ("types", "protocols/types", &[]),
    ]);
    assert_eq!(circles(&graph).len(), 2);
    assert!(edges(&graph).is_empty(), "the law alone does not see it");
}

#[test]
fn an_outside_package_in_the_wrong_place_is_named() {
    let graph = Graph::of(&[("actors", "actors", &["actix"])]);
    assert_one(&strangers(&graph), "actors may not name actix");
    let graph = Graph::of(&[("mpc", "protocols/mpc", &["getrandom"])]);
    assert_one(&strangers(&graph), "protocols/mpc is pure and may not name getrandom");
    let mut graph = Graph::of(&[("mpc", "protocols/mpc", &["h2"])]);
    graph.packages[0].linked.insert("tokio".to_owned());
    assert_one(&strangers(&graph), "protocols/mpc is pure but links to tokio");
}
