//! `troupe demo`: the whole story on one machine, on real data.

use crate::devnet::{Housing, Network, Wish};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::job::{self, Finished};
use crate::node::told;
use crate::output::{Format, Report};
use crate::plain;
use crate::progress;
use clap::Args;
use serde_json::json;
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
    /// Ports: QUIC from 1000 above it, metrics from 1200 above it
    #[arg(long, default_value_t = 18_545, env = "TROUPE_DEMO_BASE_PORT")]
    base_port: u16,
}

const JOB: &str = include_str!("../../examples/jobs/joint_statistics.toml");

pub(crate) fn run(args: &DemoArgs, format: Format) -> Outcome<Report> {
    let wish = Wish {
        dir: args.dir.clone(),
        network_id: crate::devnet::NETWORK_ID,
        data: 2,
        compute: 3,
        base_port: args.base_port,
        is_fresh: true,
        housing: Housing::Processes,
    };
    troupe_runtime::run(async {
        say(
            format,
            "1. Six processes start from role manifests: a bootstrap, two data nodes, three compute nodes.",
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
            Some(Ok(finished)) => {
                let mut report = finished.report();
                report.text = "All processes drained.".to_owned();
                Ok(report)
            }
        }
    })
}

/// Runs the job and compares it with what only this demo can know: the plain result.
async fn story(network: &Network, format: Format) -> Outcome<Finished> {
    let record = network.record();
    for node in &record.nodes {
        let holds = node.datasets.first().map(|name| format!(", holds {name}")).unwrap_or_default();
        say(format, &format!("   {:10} {} at {}{holds}", node.name, &node.node_id[..12], node.p2p));
    }
    say(
        format,
        "\n2. A private job: both data nodes share their columns among the compute nodes, which",
    );
    say(format, "   compute without ever seeing a value; only this process learns the results.\n");
    let job = job::parse(JOB)?;
    let finished = job::with_bar(&job, &record).await?;
    say(format, &finished.report().text);
    let plain = plain::results(&job, |input| {
        let dataset = job.inputs[input].dataset.as_str();
        crate::devnet::example(dataset).map(|example| example.csv)
    })?;
    let mut worst: f64 = 0.0;
    for (found, exact) in finished.results.iter().zip(plain) {
        let difference = (found.value - exact).abs();
        if difference > found.error {
            let text = format!(
                "{} of {}: {} differs from the plain result {exact} by more than {}",
                found.statistic,
                found.of.join(" and "),
                found.value,
                found.error
            );
            return Err(Failure::new(ExitCode::JobFailed, text));
        }
        worst = worst.max(difference / found.error);
    }
    say(
        format,
        "\n3. The demo holds both files, so it can compare with the plain results: all agree within",
    );
    say(format, &format!("   the stated precision (the worst used {:.0} % of it).", 100.0 * worst));
    Ok(finished)
}

/// A line of the story; programs get the JSON result alone.
fn say(format: Format, text: &str) {
    use std::io::Write;
    match format {
        // A reader that went away ends the story no sooner.
        Format::Text => drop(writeln!(std::io::stdout().lock(), "{text}")),
        Format::Json => {}
    }
}
