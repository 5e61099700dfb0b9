//! Which processes a development network has, where they listen and what they hold. Pure.

use crate::exit::{ExitCode, Failure, Outcome};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::PathBuf;

/// How many processes of each role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) data: u16,
    pub(crate) compute: u16,
}

/// One process of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Planned {
    pub(crate) name: String,
    pub(crate) role: &'static str,
    pub(crate) p2p: SocketAddr,
    pub(crate) metrics: SocketAddr,
    /// The shipped example that it holds.
    pub(crate) example: Option<&'static Example>,
}

/// A small open data set that a data node of a development network holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Example {
    pub(crate) name: &'static str,
    pub(crate) csv: &'static str,
    /// The column that identifies a row.
    pub(crate) key: &'static str,
    pub(crate) numbers: &'static [&'static str],
}

/// The two halves of one data set, as two organisations would hold them.
pub(crate) const EXAMPLES: [Example; 2] = [
    Example {
        name: "clinic",
        csv: include_str!("../../../examples/data/clinic.csv"),
        key: "sample",
        numbers: &["radius_mean", "texture_mean", "perimeter_mean", "area_mean"],
    },
    Example {
        name: "laboratory",
        csv: include_str!("../../../examples/data/laboratory.csv"),
        key: "sample",
        numbers: &["smoothness_mean", "compactness_mean", "concavity_mean", "malignant"],
    },
];

/// The example of this name.
pub(crate) fn example(name: &str) -> Option<&'static Example> {
    EXAMPLES.iter().find(|example| example.name == name)
}

/// The most processes of one role: more than a machine of today carries, fewer than the ports.
const MOST: u16 = 64;
/// The first validator's RPC has the base port; QUIC and metrics follow at these distances.
const P2P_OFFSET: u16 = 1_000;
const METRICS_OFFSET: u16 = 1_200;

/// The processes, the bootstrap first.
pub(crate) fn plan(counts: Counts, base_port: u16) -> Outcome<Vec<Planned>> {
    for (flag, got) in [("--data", counts.data), ("--compute", counts.compute)] {
        if got > MOST {
            let text = format!("got {got}, at most {MOST} run on one machine");
            return Err(Failure::about(ExitCode::Usage, flag, text));
        }
    }
    let mut planned = Vec::new();
    let mut add = |name: String, role, example| -> Outcome<()> {
        let index = u16::try_from(planned.len()).unwrap_or(u16::MAX);
        let port = |offset: u16| {
            let port = base_port.checked_add(offset).and_then(|first| first.checked_add(index));
            let port = port.ok_or_else(|| {
                let text = format!("got {base_port}, the ports above it do not suffice");
                Failure::about(ExitCode::Usage, "--base-port", text)
            })?;
            Ok::<_, Failure>(SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)))
        };
        let (p2p, metrics) = (port(P2P_OFFSET)?, port(METRICS_OFFSET)?);
        planned.push(Planned { name, role, p2p, metrics, example });
        Ok(())
    };
    add("bootstrap".to_owned(), "bootstrap", None)?;
    for index in 0..counts.data {
        let example = &EXAMPLES[usize::from(index) % EXAMPLES.len()];
        add(format!("data-{}", index + 1), "data", Some(example))?;
    }
    for index in 0..counts.compute {
        add(format!("compute-{}", index + 1), "compute", None)?;
    }
    Ok(planned)
}

/// A node's manifest: the shipped role and what differs for this node.
pub(crate) fn manifest(
    role_text: &str,
    node: &Planned,
    network_id: u64,
    bootstrap: Option<&str>,
) -> String {
    let mut text = format!("{}\n\n", role_text.trim_end());
    text.push_str("[process]\ndata_dir = \".\"\n\n");
    text.push_str(&format!("[network]\nid = {network_id}\nlisten = \"{}\"\n", node.p2p));
    if let Some(bootstrap) = bootstrap {
        text.push_str(&format!("bootstrap = [\"{bootstrap}\"]\n"));
    }
    text.push_str(&format!("\n[metrics]\nlisten = \"{}\"\n", node.metrics));
    if let Some(example) = node.example {
        text.push_str(&dataset(example));
    }
    text
}

fn dataset(example: &Example) -> String {
    let numbers =
        example.numbers.iter().map(|name| format!("{{ name = \"{name}\", kind = \"number\" }}"));
    let columns: Vec<String> =
        std::iter::once(format!("{{ name = \"{}\", kind = \"key\" }}", example.key))
            .chain(numbers)
            .collect();
    format!(
        "\n[[actor.dataset.settings.datasets]]\nname = \"{}\"\nfile = \"{}\"\ncolumns = [\n    {},\n]\n\
         policy = {{ requesters = [\"*\"], statistics = [\"sum\", \"mean\", \"variance\", \
         \"covariance\"], min_rows = 20 }}\n",
        example.name,
        file_name(example).display(),
        columns.join(",\n    "),
    )
}

/// What the example is called beside the manifest.
pub(crate) fn file_name(example: &Example) -> PathBuf {
    PathBuf::from(format!("{}.csv", example.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn no_two_processes_share_a_name_or_a_port(
            data in 0u16..=MOST, compute in 0u16..=MOST, base_port in 1u16..,
        ) {
            let Ok(planned) = plan(Counts { data, compute }, base_port) else {
                prop_assert!(u32::from(base_port) + 1_200 + 128 > 65_535);
                return Ok(());
            };
            prop_assert_eq!(planned.len(), usize::from(1 + data + compute));
            let names: BTreeSet<_> = planned.iter().map(|node| &node.name).collect();
            let ports: BTreeSet<_> =
                planned.iter().flat_map(|node| [node.p2p.port(), node.metrics.port()]).collect();
            prop_assert_eq!(names.len(), planned.len());
            prop_assert_eq!(ports.len(), 2 * planned.len());
        }
    }

    #[test]
    fn every_manifest_passes_its_own_check() {
        let planned = plan(Counts { data: 3, compute: 3 }, 8_545).unwrap();
        let bootstrap = format!("{}@127.0.0.1:9545", "ab".repeat(32));
        for node in &planned {
            let role = troupe_config::role(node.role).unwrap();
            let bootstrap = (node.role != "bootstrap").then_some(bootstrap.as_str());
            let text = manifest(role, node, 1_120_260, bootstrap);
            let loaded = troupe_config::Manifest::load(
                &text,
                &troupe_config::Overrides::default(),
                &crate::kinds::known(),
            );
            let loaded = loaded.unwrap_or_else(|errors| panic!("{}: {errors}\n{text}", node.name));
            assert_eq!(loaded.manifest.metrics.listen, node.metrics);
        }
    }

    #[test]
    fn examples_hold_the_columns_they_name() {
        for example in &EXAMPLES {
            let header = example.csv.lines().next().unwrap();
            let names: Vec<&str> = header.split(',').collect();
            assert_eq!(names[0], example.key);
            assert_eq!(names[1..], *example.numbers);
        }
    }
}
