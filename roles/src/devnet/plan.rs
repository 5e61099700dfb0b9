//! Which processes a development network has, where they listen and what they hold. Pure.

use super::part::Part;
use crate::exit::{ExitCode, Failure, Outcome};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::PathBuf;
use troupe_types::NodeId;

/// How many processes of each role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) validators: u16,
    pub(crate) full: u16,
    pub(crate) archive: u16,
    pub(crate) light: u16,
    pub(crate) data: u16,
    pub(crate) compute: u16,
    pub(crate) requester: u16,
    /// Of each compute node.
    pub(crate) workers: u16,
}

/// One process of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Planned {
    pub(crate) name: String,
    pub(crate) role: &'static str,
    pub(crate) p2p: SocketAddr,
    pub(crate) metrics: SocketAddr,
    /// Where a node with a chain answers Ethereum's clients.
    pub(crate) rpc: Option<SocketAddr>,
    /// Where it answers clients of gRPC.
    pub(crate) grpc: Option<SocketAddr>,
    /// The shipped examples that it holds.
    pub(crate) examples: &'static [Example],
    /// The compute node that it works for.
    pub(crate) works_for: Option<String>,
}

impl Planned {
    /// Where Ethereum's clients are answered.
    pub(crate) fn rpc_url(&self) -> Option<String> {
        self.rpc.map(|address| format!("http://{address}"))
    }

    /// Where clients of gRPC are answered.
    pub(crate) fn grpc_url(&self) -> Option<String> {
        self.grpc.map(|address| format!("http://{address}"))
    }
}

/// A small open data set that a data node of a development network holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Example {
    pub(crate) name: &'static str,
    pub(crate) csv: &'static str,
    /// The column that identifies a row.
    pub(crate) key: &'static str,
    pub(crate) numbers: &'static [&'static str],
    pub(crate) booleans: &'static [&'static str],
}

/// Columns of the clinic's files, and of its laboratory's.
const MEASURED: &[&str] = &["radius_mean", "texture_mean", "perimeter_mean", "area_mean"];
const FOUND: &[&str] = &["smoothness_mean", "compactness_mean", "concavity_mean"];

/// What two organisations would hold of one data set: each the same samples in the same order, and each some of them, in orders
/// of their own and by keys of other names.
pub(crate) const EXAMPLES: [[Example; 2]; 2] = [
    [
        Example {
            name: "clinic",
            csv: include_str!("../../../examples/data/clinic.csv"),
            key: "sample",
            numbers: MEASURED,
            booleans: &[],
        },
        Example {
            name: "patients",
            csv: include_str!("../../../examples/data/patients.csv"),
            key: "sample",
            numbers: MEASURED,
            booleans: &[],
        },
    ],
    [
        Example {
            name: "laboratory",
            csv: include_str!("../../../examples/data/laboratory.csv"),
            key: "sample",
            numbers: FOUND,
            booleans: &["malignant"],
        },
        Example {
            name: "biopsies",
            csv: include_str!("../../../examples/data/biopsies.csv"),
            key: "specimen",
            numbers: FOUND,
            booleans: &["malignant"],
        },
    ],
];

/// The example of this name.
pub(crate) fn example(name: &str) -> Option<&'static Example> {
    EXAMPLES.iter().flatten().find(|example| example.name == name)
}

/// The most processes of one role: more than a machine of today carries, fewer than the ports.
const MOST: u16 = 64;
/// The first validator's RPC has the base port; gRPC, QUIC and metrics follow at these distances.
const GRPC_OFFSET: u16 = 600;
const P2P_OFFSET: u16 = 1_000;
const METRICS_OFFSET: u16 = 1_200;

/// The processes, the bootstrap first and those with a chain next.
pub(crate) fn plan(counts: Counts, base_port: u16) -> Outcome<Vec<Planned>> {
    let Counts { validators, full, archive, light, data, compute, requester, workers } = counts;
    let wanted = [
        ("--validators", validators),
        ("--full", full),
        ("--archive", archive),
        ("--light", light),
        ("--data", data),
        ("--compute", compute),
        ("--requester", requester),
        ("--workers", workers),
    ];
    for (flag, got) in wanted {
        if got > MOST {
            let text = format!("got {got}, at most {MOST} run on one machine");
            return Err(Failure::about(ExitCode::Usage, flag, text));
        }
    }
    let total =
        1 + validators + full + archive + light + data + compute + requester + compute * workers;
    if total > METRICS_OFFSET - P2P_OFFSET {
        let most = METRICS_OFFSET - P2P_OFFSET;
        let text = format!("got {total} processes in all, at most {most} have ports");
        return Err(Failure::about(ExitCode::Usage, "--compute", text));
    }
    for (flag, got) in [("--full", full), ("--archive", archive), ("--light", light)] {
        if got > 0 && validators == 0 {
            let text =
                format!("got {got}, but there is no validator whose chain they could follow");
            return Err(Failure::about(ExitCode::Usage, flag, text));
        }
    }
    let mut planning = Planning { base_port, planned: Vec::new() };
    planning.add("bootstrap".to_owned(), "bootstrap", None)?;
    for index in 0..validators {
        planning.add(format!("validator-{}", index + 1), "validator", Some(index))?;
    }
    for index in 0..full {
        planning.add(format!("full-{}", index + 1), "full", Some(validators + index))?;
    }
    for index in 0..archive {
        let chain = Some(validators + full + index);
        planning.add(format!("archive-{}", index + 1), "archive", chain)?;
    }
    for index in 0..light {
        let chain = Some(validators + full + archive + index);
        planning.add(format!("light-{}", index + 1), "light", chain)?;
    }
    for index in 0..data {
        let node = planning.add(format!("data-{}", index + 1), "data", None)?;
        node.examples = &EXAMPLES[usize::from(index) % EXAMPLES.len()];
    }
    for index in 0..compute {
        let party = format!("compute-{}", index + 1);
        planning.add(party.clone(), "compute", None)?;
        for worker in 0..workers {
            let name = format!("{party}-worker-{}", worker + 1);
            planning.add(name, "worker", None)?.works_for = Some(party.clone());
        }
    }
    for index in 0..requester {
        planning.add(format!("requester-{}", index + 1), "requester", None)?;
    }
    Ok(planning.planned)
}

struct Planning {
    base_port: u16,
    planned: Vec<Planned>,
}

impl Planning {
    /// One more process; `chain` is its number among those that have a chain.
    fn add(
        &mut self,
        name: String,
        role: &'static str,
        chain: Option<u16>,
    ) -> Outcome<&mut Planned> {
        let index = u16::try_from(self.planned.len()).unwrap_or(u16::MAX);
        let node = Planned {
            name,
            role,
            p2p: self.port(P2P_OFFSET, index)?,
            metrics: self.port(METRICS_OFFSET, index)?,
            rpc: chain.map(|number| self.port(0, number)).transpose()?,
            grpc: chain.map(|number| self.port(GRPC_OFFSET, number)).transpose()?,
            examples: &[],
            works_for: None,
        };
        self.planned.push(node);
        Ok(self.planned.last_mut().expect("it was pushed just now"))
    }

    fn port(&self, offset: u16, index: u16) -> Outcome<SocketAddr> {
        let first = self.base_port.checked_add(offset);
        let port = first.and_then(|first| first.checked_add(index)).ok_or_else(|| {
            let text = format!("got {}, the ports above it do not suffice", self.base_port);
            Failure::about(ExitCode::Usage, "--base-port", text)
        })?;
        Ok(SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)))
    }
}

/// What a node knows of its network from the start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Around<'a> {
    pub(crate) network_id: u64,
    /// Who tells who else is there: `NODE_ID@HOST:PORT`.
    pub(crate) bootstrap: Option<&'a str>,
    /// Identity and address of each validator.
    pub(crate) validators: &'a [(NodeId, SocketAddr)],
    /// The compute node that it works for.
    pub(crate) party: Option<(NodeId, SocketAddr)>,
    /// Those that work for it.
    pub(crate) workers: &'a [NodeId],
}

/// A node's manifest: its role and what differs for this node.
pub(crate) fn manifest(part: &Part, node: &Planned, around: Around<'_>) -> String {
    const PROCESS: &str = "[process]\n";
    const HERE: &str = "[process]\ndata_dir = \".\"\n";
    let mut text = format!("{}\n\n", part.text.trim_end());
    match text.contains(PROCESS) {
        true => text = text.replacen(PROCESS, HERE, 1),
        false => text.push_str(&format!("{HERE}\n")),
    }
    let id = around.network_id;
    text.push_str(&format!("[network]\nid = {id}\nlisten = \"{}\"\n", node.p2p));
    if let Some(bootstrap) = around.bootstrap {
        text.push_str(&format!("bootstrap = [\"{bootstrap}\"]\n"));
    }
    // Whoever has a chain keeps a link to every validator.
    let others = around.validators.iter().filter(|(_, address)| *address != node.p2p);
    for (id, address) in others.filter(|_| part.has_chain) {
        text.push_str(&format!(
            "\n[[network.peer]]\nnode_id = \"{id}\"\naddress = \"{address}\"\nrole = \"validator\"\n"
        ));
    }
    text.push_str(&format!("\n[metrics]\nlisten = \"{}\"\n", node.metrics));
    if let Some(rpc) = node.rpc {
        text.push_str(&format!("\n[actor.rpc]\nsettings = {{ listen = \"{rpc}\" }}\n"));
    }
    if let Some(grpc) = node.grpc {
        text.push_str(&format!("\n[actor.grpc]\nsettings = {{ listen = \"{grpc}\" }}\n"));
    }
    if part.is_light {
        // Whoever has kept a network for a while goes on with it: all of its validators are his.
        text.push_str("\n[actor.light]\nsettings = { trusting_period = \"3650d\" }\n");
    }
    if let Some((id, address)) = around.party {
        let settings = format!("party = \"{id}@{address}\"");
        text.push_str(&format!("\n[actor.session]\nsettings = {{ {settings} }}\n"));
    }
    if !around.workers.is_empty() {
        let workers: Vec<String> =
            around.workers.iter().map(|worker| format!("\"{worker}\"")).collect();
        let settings = format!("workers = [{}]", workers.join(", "));
        text.push_str(&format!("\n[actor.scheduler]\nsettings = {{ {settings} }}\n"));
    }
    for example in node.examples {
        text.push_str(&dataset(example));
    }
    text
}

fn dataset(example: &Example) -> String {
    let column = |name: &str, kind| format!("{{ name = \"{name}\", kind = \"{kind}\" }}");
    let numbers = example.numbers.iter().map(|name| column(name, "number"));
    let booleans = example.booleans.iter().map(|name| column(name, "boolean"));
    let columns: Vec<String> =
        std::iter::once(column(example.key, "key")).chain(numbers).chain(booleans).collect();
    format!(
        "\n[[actor.dataset.settings.datasets]]\nname = \"{}\"\nfile = \"{}\"\ncolumns = [\n    {},\n]\n\
         policy = {{ requesters = [\"*\"], allow = [\"statistics\", \"histogram\", \
         \"quantile\", \"correlation\", \"formula\", \"groups\", \"training\", \"evaluation\"], \
         engines = [\"malicious\", \"semi-honest\"], matching = [\"count\", \"aligned\"], \
         returned = [\"count\"], partners = [\"*\"], min_rows = 20, same_parties = true }}\n",
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
    use crate::devnet::part::Has;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn no_two_processes_share_a_name_or_a_port(
            validators in 1u16..=MOST,
            full in 0u16..=MOST,
            archive in 0u16..=4,
            light in 0u16..=4,
            data in 0u16..=MOST,
            compute in 0u16..=MOST,
            requester in 0u16..=4,
            workers in 0u16..=2,
            base_port in 1u16..,
        ) {
            let total =
                1 + validators + full + archive + light + data + compute * (1 + workers) + requester;
            let counts = Counts { validators, full, archive, light, data, compute, requester, workers };
            let Ok(planned) = plan(counts, base_port) else {
                prop_assert!(total > 200 || u32::from(base_port) + 1_200 + 200 > 65_535);
                return Ok(());
            };
            prop_assert_eq!(planned.len(), usize::from(total));
            let names: BTreeSet<_> = planned.iter().map(|node| &node.name).collect();
            let clients = planned.iter().flat_map(|node| [node.rpc, node.grpc]).flatten();
            let rpc = clients.map(|address| address.port());
            let others = planned.iter().flat_map(|node| [node.p2p.port(), node.metrics.port()]);
            let ports: BTreeSet<_> = others.chain(rpc).collect();
            prop_assert_eq!(names.len(), planned.len());
            let with_chain = usize::from(validators + full + archive + light);
            prop_assert_eq!(ports.len(), 2 * (planned.len() + with_chain));
            prop_assert_eq!(planned[1].rpc.map(|first| first.port()), Some(base_port));
        }
    }

    #[test]
    fn every_manifest_passes_its_own_check() {
        let counts = Counts {
            validators: 4,
            full: 1,
            archive: 1,
            light: 1,
            data: 3,
            compute: 3,
            requester: 1,
            workers: 0,
        };
        let planned = plan(counts, 8_545).unwrap();
        let is_validator = |node: &&Planned| node.role == "validator";
        let validators: Vec<(NodeId, SocketAddr)> = (1..)
            .zip(planned.iter().filter(is_validator))
            .map(|(n, node)| (NodeId([n; 32]), node.p2p))
            .collect();
        let bootstrap = format!("{}@127.0.0.1:9545", "ab".repeat(32));
        for node in &planned {
            let part = Part::of(node.role, Has::Market).unwrap();
            let bootstrap = (node.role != "bootstrap").then_some(bootstrap.as_str());
            let validators = &validators;
            let (party, workers) = (None, &[][..]);
            let around = Around { network_id: 1_120_260, bootstrap, validators, party, workers };
            let text = manifest(&part, node, around);
            let loaded = troupe_config::Manifest::load(
                &text,
                &troupe_config::Overrides::default(),
                &crate::kinds::known(),
            );
            let loaded = loaded.unwrap_or_else(|errors| panic!("{}: {errors}\n{text}", node.name));
            assert_eq!(loaded.manifest.metrics.listen, node.metrics);
            let peers = match node.role {
                "validator" => 3,
                "bootstrap" => 0,
                _ => 4,
            };
            assert_eq!(loaded.manifest.network.peers.len(), peers, "{text}");
            assert_eq!(loaded.manifest.chain.is_some(), node.role != "bootstrap");
        }
    }

    #[test]
    fn without_a_chain_manifests_pass_their_own_check_as_well() {
        let counts = Counts {
            validators: 0,
            full: 0,
            archive: 0,
            light: 0,
            data: 2,
            compute: 1,
            requester: 1,
            workers: 0,
        };
        for node in &plan(counts, 8_545).unwrap() {
            let part = Part::of(node.role, Has::NoChain).unwrap();
            let bootstrap = format!("{}@127.0.0.1:9545", "ab".repeat(32));
            let bootstrap = (node.role != "bootstrap").then_some(bootstrap.as_str());
            let (party, workers) = (None, &[][..]);
            let around = Around { network_id: 7, bootstrap, validators: &[], party, workers };
            let text = manifest(&part, node, around);
            let loaded = troupe_config::Manifest::load(
                &text,
                &troupe_config::Overrides::default(),
                &crate::kinds::known(),
            );
            let loaded = loaded.unwrap_or_else(|errors| panic!("{}: {errors}\n{text}", node.name));
            assert_eq!(loaded.manifest.chain, None);
            assert_eq!(loaded.manifest.network.listen, node.p2p);
        }
    }

    #[test]
    fn what_cannot_be_is_refused_by_its_flag() {
        let counts = |validators, full, data| Counts {
            validators,
            full,
            archive: 0,
            light: 0,
            data,
            compute: 64,
            requester: 0,
            workers: 0,
        };
        for (counts, want) in [
            (counts(65, 0, 0), "--validators: got 65, at most 64 run on one machine"),
            (counts(0, 1, 0), "--full: got 1, but there is no validator"),
            (counts(64, 64, 64), "--compute: got 257 processes in all, at most 200 have ports"),
        ] {
            let refused = plan(counts, 8_545).unwrap_err().to_string();
            assert!(refused.starts_with(want), "{refused}");
        }
    }

    #[test]
    fn examples_hold_the_columns_they_name() {
        for example in EXAMPLES.iter().flatten() {
            let header = example.csv.lines().next().unwrap();
            let names: Vec<&str> = header.split(',').collect();
            assert_eq!(names[0], example.key);
            assert_eq!(names[1..], [example.numbers, example.booleans].concat());
        }
    }
}
