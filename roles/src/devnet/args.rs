//! The command.

use super::accounts::BALANCE;
use super::{Counts, Housing, Network, Record, Wish};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::node::told;
use crate::output::Report;
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;
use troupe_types::Millis;

/// What network to start.
#[derive(Debug, Args)]
#[command(after_help = "Example: troupe devnet\n\
                        Example: troupe devnet --validators 7 --full 1 --data 0 --compute 0\n\
                        Example: troupe devnet --data 2 --compute 3 --for 60s --fresh")]
pub(crate) struct DevnetArgs {
    /// Validators; four go on when one of them fails
    #[arg(long, default_value_t = 4, env = "TROUPE_VALIDATORS")]
    validators: u16,
    /// Full nodes, which follow the validators' chain
    #[arg(long, default_value_t = 0, env = "TROUPE_FULL")]
    full: u16,
    /// Archives: full nodes that keep every state and answer about each
    #[arg(long, default_value_t = 0, env = "TROUPE_ARCHIVE")]
    archive: u16,
    /// Light clients, which keep no chain and check what they ask of others
    #[arg(long, default_value_t = 0, env = "TROUPE_LIGHT")]
    light: u16,
    /// Data nodes; the first two hold the shipped examples
    #[arg(long, default_value_t = 2, env = "TROUPE_DATA")]
    data: u16,
    /// Compute nodes; a job takes three, and one more can take the place of one that is away
    #[arg(long, default_value_t = 3, env = "TROUPE_COMPUTE")]
    compute: u16,
    /// Nodes of those who ask: they run jobs for their owner, see troupe job run --control
    #[arg(long, default_value_t = 0, env = "TROUPE_REQUESTER")]
    requester: u16,
    /// Workers of each compute node, which then computes nothing itself
    #[arg(long, default_value_t = 0, env = "TROUPE_WORKERS")]
    workers: u16,
    /// AI service nodes; this version has none yet
    #[arg(long, default_value_t = 0, env = "TROUPE_SERVICE")]
    service: u16,
    /// AI registration nodes; this version has none yet
    #[arg(long, default_value_t = 0, env = "TROUPE_CATALOG")]
    catalog: u16,
    /// Evaluators; this version has none yet
    #[arg(long, default_value_t = 0, env = "TROUPE_EVALUATOR")]
    evaluator: u16,
    /// What the chain begins with; the validators are the network's own, and its funded accounts join
    #[arg(long, value_name = "FILE", env = "TROUPE_NETWORK")]
    network: Option<PathBuf>,
    /// Where everything of the network is kept
    #[arg(long, default_value = ".devnet", env = "TROUPE_DEVNET_DIR")]
    dir: PathBuf,
    /// Ports: JSON-RPC of nodes with a chain from it on, QUIC from 1000 above it, metrics from 1200
    #[arg(long, default_value_t = 8545, env = "TROUPE_BASE_PORT")]
    base_port: u16,
    /// Host all nodes in this one process
    #[arg(long, env = "TROUPE_ONE_PROCESS")]
    one_process: bool,
    /// Drain and end after this time; without it, on Ctrl-C or SIGTERM
    #[arg(long = "for", value_name = "TIME", env = "TROUPE_FOR")]
    lifetime: Option<Millis>,
    /// Replace the network that lies in the directory
    #[arg(long, env = "TROUPE_FRESH")]
    fresh: bool,
}

impl DevnetArgs {
    fn wish(&self) -> Outcome<Wish> {
        let unshipped = [
            ("--service", self.service, "service"),
            ("--catalog", self.catalog, "catalog"),
            ("--evaluator", self.evaluator, "evaluator"),
        ];
        for (flag, got, role) in unshipped {
            if got > 0 {
                let text =
                    format!("got {got}, this version ships no role \"{role}\", so 0 is allowed");
                return Err(Failure::about(ExitCode::Usage, flag, text));
            }
        }
        let counts = Counts {
            validators: self.validators,
            full: self.full,
            archive: self.archive,
            light: self.light,
            data: self.data,
            compute: self.compute,
            requester: self.requester,
            workers: self.workers,
        };
        Ok(Wish {
            dir: self.dir.clone(),
            counts,
            network: self.network.clone(),
            base_port: self.base_port,
            is_fresh: self.fresh,
            housing: if self.one_process { Housing::OneProcess } else { Housing::Processes },
        })
    }
}

/// Runs a network until it is told to stop.
pub(crate) fn run(args: &DevnetArgs) -> Outcome<Report> {
    let wish = args.wish()?;
    troupe_runtime::run(async {
        let progress = crate::progress::spinner();
        let started = tokio::select! {
            started = Network::start(&wish, |text| progress.set_message(text.to_owned())) => started,
            () = told() => {
                progress.finish_and_clear();
                return Ok(Report::new("stopped before it was ready", json!({ "ready": false })));
            }
        };
        progress.finish_and_clear();
        let mut network = started?;
        banner(&network);
        let over = async {
            match args.lifetime {
                Some(span) => tokio::time::sleep(Duration::from(span)).await,
                None => std::future::pending().await,
            }
        };
        let failed = tokio::select! {
            () = told() => None,
            () = over => None,
            outcome = network.keep_record() => outcome.err(),
        };
        let is_clean = network.end().await;
        match failed {
            Some(failure) => Err(failure),
            None if is_clean => Ok(Report::new("drained", json!({ "drained": true }))),
            None => {
                let text = "a process did not drain cleanly; its log says why";
                Err(Failure::new(ExitCode::DrainedWithLosses, text))
            }
        }
    })
}

fn banner(network: &Network) {
    use std::io::Write;
    let record = network.record();
    let head = ["node", "role", "node id", "quic", "metrics", "json-rpc and websocket", "grpc"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for node in &record.nodes {
        let id = format!("{}...", &node.node_id[..12]);
        let rpc = node.rpc.clone().unwrap_or_else(|| "-".to_owned());
        let grpc = node.grpc.clone().unwrap_or_else(|| "-".to_owned());
        let cells = [&node.name, &node.role, &id, &node.p2p, &node.metrics, &rpc, &grpc];
        rows.push(cells.map(String::clone).to_vec());
    }
    let table = crate::output::columns(&rows);
    let funded = funded(&record);
    let dir = network.dir().display();
    let mut hints = String::new();
    if !record.rpc.is_empty() {
        hints += &format!(
            "try: troupe tx send --account 0 --to lat1... --value \"1 LAT\" --dir {dir}\n"
        );
    }
    if record.nodes.iter().any(|node| !node.datasets.is_empty()) {
        hints += &format!("try: troupe job run examples/jobs/joint_statistics.toml --dir {dir}\n");
    }
    let requester = record.nodes.iter().find(|node| node.role == "requester");
    if let Some(socket) = requester.and_then(|node| node.control.as_ref()) {
        let socket = socket.display();
        hints += &format!(
            "try: troupe job run examples/jobs/joint_statistics.toml --dir {dir} --control {socket} --detach\n"
        );
    }
    // Standard output is for the result; a banner is for whoever watches.
    let _ = writeln!(
        std::io::stderr().lock(),
        "{table}\n\n{funded}ready; described in {dir}/devnet.json\n\
         {hints}\
         Ctrl-C drains everything"
    );
}

/// The accounts with money and their keys; nothing without a chain.
fn funded(record: &Record) -> String {
    if record.accounts.is_empty() {
        return String::new();
    }
    let text = |account: &Value, key: &str| {
        account.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let mut rows =
        vec![["", "account", "private key, known to everybody"].map(str::to_owned).to_vec()];
    for (number, account) in record.accounts.iter().enumerate() {
        let cells = [number.to_string(), text(account, "address"), text(account, "private_key")];
        rows.push(cells.to_vec());
    }
    let chain = record.chain_id;
    format!(
        "chain {chain}; each account began with {BALANCE}:\n{}\n\n",
        crate::output::columns(&rows)
    )
}
