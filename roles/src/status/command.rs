//! The command.

use super::chain::{self, Chain, Head};
use super::processes::{self, Process};
use crate::devnet::Record;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::{Report, columns};
use clap::Args;
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Debug, Args)]
#[command(after_help = "Example: troupe status\n\
                        Example: troupe --output json status --dir .devnet\n\
                        Example: troupe status --rpc http://127.0.0.1:8545\n\
                        Example: troupe status --rpc ipc:.devnet/validator-1/troupe.ipc")]
pub(crate) struct StatusArgs {
    /// JSON-RPC of a node, can be repeated: the chain alone, as these nodes tell of it; `ipc:PATH` asks at the file
    /// troupe.ipc of a node's data folder, which its owner alone can open, and tells of the node too
    #[arg(long, value_name = "URL", env = "TROUPE_RPC", value_delimiter = ',')]
    rpc: Vec<String>,
    /// Directory of a development network: its processes, and its chain
    #[arg(long, default_value = ".devnet", env = "TROUPE_DEVNET_DIR")]
    dir: PathBuf,
}

pub(crate) fn run(args: &StatusArgs) -> Outcome<Report> {
    troupe_runtime::run(async {
        if args.rpc.is_empty() { of_network(&args.dir).await } else { of_chain(&args.rpc).await }
    })
}

async fn of_chain(urls: &[String]) -> Outcome<Report> {
    let (heads, errors) = ask_all(urls).await;
    let Some(chain) = Chain::of(heads).await? else {
        return Err(errors
            .into_iter()
            .next()
            .unwrap_or_else(|| Failure::new(ExitCode::Unreachable, "no node was named")));
    };
    let mut report = Report::new(columns(&chain.rows(None)), json!({ "chain": chain.json(None) }));
    report.notes = errors.iter().map(Failure::to_string).collect();
    Ok(report)
}

async fn of_network(dir: &Path) -> Outcome<Report> {
    let record = Record::read(dir)?;
    let (processes, (heads, _)) = tokio::join!(processes::look(&record), ask_all(&record.rpc));
    // A process that does not answer for its chain shows so in its line.
    if processes.iter().all(|process| !process.is_ready) {
        let text = "no process of the network answers";
        return Err(Failure::about(ExitCode::Unreachable, dir.display(), text));
    }
    let chain = Chain::of(heads).await?;
    let finality = finality(&processes);
    let heads = chain.as_ref().map_or(&[][..], |chain| &chain.heads);
    let mut text = processes::table(&processes, heads);
    if let Some(chain) = &chain {
        text = format!("{}\n\n{text}", columns(&chain.rows(finality)));
    }
    let json = json!({
        "chain": chain.as_ref().map_or(Value::Null, |chain| chain.json(finality)),
        "nodes": processes::json(&processes, heads),
    });
    Ok(Report::new(text, json))
}

/// What those say that answer, and why the others do not.
async fn ask_all(urls: &[String]) -> (Vec<Head>, Vec<Failure>) {
    let (mut heads, mut failures) = (Vec::new(), Vec::new());
    for answer in join_all(urls.iter().map(|url| chain::ask(url))).await {
        match answer {
            Ok(head) => heads.push(head),
            Err(error) => failures.push(error.into()),
        }
    }
    (heads, failures)
}

/// How long blocks took to become final, over all processes that say so.
fn finality(processes: &[Process]) -> Option<Duration> {
    let told = processes.iter().filter_map(|process| process.finality);
    let (sum, count) = told.fold((0.0, 0.0), |(sum, count), (s, c)| (sum + s, count + c));
    (count > 0.0).then(|| Duration::try_from_secs_f64(sum / count).ok()).flatten()
}
