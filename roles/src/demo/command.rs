//! `troupe demo`: the whole story on one machine, on real data.

use super::computation;
use super::transfer;
use crate::devnet::{Counts, Housing, Network, Wish};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::job::Shown;
use crate::node::told;
use crate::output::{Format, Report};
use crate::progress;
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "Example: troupe demo\nExample: troupe demo --exit")]
pub(crate) struct DemoArgs {
    /// End after the story instead of staying up until Ctrl-C
    #[arg(long, env = "TROUPE_DEMO_EXIT")]
    exit: bool,
    /// Where the network of the demo is kept; made new every time
    #[arg(long, default_value = ".devnet/demo", env = "TROUPE_DEMO_DIR")]
    dir: PathBuf,
    /// Ports: JSON-RPC of the validators from it on, QUIC from 1000 above it, metrics from 1200
    #[arg(long, default_value_t = 18_545, env = "TROUPE_DEMO_BASE_PORT")]
    base_port: u16,
}

pub(crate) fn run(args: &DemoArgs, format: Format) -> Outcome<Report> {
    let wish = Wish {
        dir: args.dir.clone(),
        counts: Counts {
            validators: 4,
            full: 0,
            archive: 0,
            light: 0,
            data: 2,
            compute: 3,
            requester: 0,
            workers: 0,
        },
        network: None,
        base_port: args.base_port,
        is_fresh: true,
        housing: Housing::Processes,
    };
    troupe_runtime::run(async {
        say(
            format,
            "1. Ten processes start from role manifests: a bootstrap, four validators, two data nodes and\n   \
             three compute nodes. The validators agree on a chain of blocks.",
        );
        let spinner = progress::spinner();
        let network = tokio::select! {
            network = Network::start(&wish, |text| spinner.set_message(text.to_owned())) => network,
            () = told() => {
                spinner.finish_and_clear();
                return Ok(Report::new("stopped before it was ready", json!({ "ready": false })));
            }
        };
        spinner.finish_and_clear();
        let network = network?;
        let told_story = tokio::select! {
            outcome = story(&network, format) => Some(outcome),
            () = told() => None,
        };
        if matches!(told_story, Some(Ok(_))) && !args.exit {
            let dir = network.dir().display();
            say(format, &format!("\nThe network stays up: troupe status --dir {dir}"));
            say(format, "Ctrl-C drains everything.");
            told().await;
        }
        let is_clean = network.end().await;
        match told_story {
            None => Ok(Report::new("stopped", json!({ "stopped": true }))),
            Some(Err(failure)) => Err(failure),
            Some(Ok(_)) if !is_clean => {
                let text = "a process did not drain cleanly; its log says why";
                Err(Failure::new(ExitCode::DrainedWithLosses, text))
            }
            Some(Ok(json)) => Ok(Report::new("All processes drained.", json)),
        }
    })
}

/// What the demo shows, part by part; what came out of each, for programs.
async fn story(network: &Network, format: Format) -> Outcome<Value> {
    let record = network.record();
    for node in &record.nodes {
        let holds = match node.datasets.join(" and ") {
            names if names.is_empty() => names,
            names => format!(", holds {names}"),
        };
        let rpc = node.rpc.as_ref().map(|url| format!(", JSON-RPC {url}")).unwrap_or_default();
        let (name, id, p2p) = (&node.name, &node.node_id[..12], &node.p2p);
        say(format, &format!("   {name:12} {id} at {p2p}{rpc}{holds}"));
    }
    say(format, "\n2. A transfer, sent to the first validator as any Ethereum client would.\n");
    let paid = transfer::show(&record, format).await?;
    say(
        format,
        "\n3. A private job, settled on the chain. Two data nodes have measured partly the same samples. The job\n   \
         is declared and paid for, both agree to it, three compute nodes are elected; then the data nodes\n   \
         find out which samples they have in common, and share the columns of those among the compute\n   \
         nodes, which compute without ever seeing a value. Only this process learns the results.\n",
    );
    let finished = computation::show(&record, format).await?;
    say(
        format,
        "\n4. A model over what both have, in a job of its own: a logistic regression is trained on shares, and\n   \
         tried out on rows that it has not seen.\n",
    );
    let model = network.dir().join("malignancy.onnx");
    let trained = computation::train(&record, model, format).await?;
    let mut json = finished.report().json;
    json["training"] = trained.json;
    json["transfer"] = paid;
    Ok(json)
}

/// A line of the story; programs get the JSON result alone.
pub(super) fn say(format: Format, text: &str) {
    use std::io::Write;
    match format {
        // A reader that went away ends the story no sooner.
        Format::Text => drop(writeln!(std::io::stdout().lock(), "{text}")),
        Format::Json => {}
    }
}
