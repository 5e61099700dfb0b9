//! What one user waits for: a transaction after the other, each sent and looked for as wallets do.

use super::args::LoadArgs;
use super::percentile::Ranked;
use super::run::ready;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::{Report, columns};
use crate::progress;
use crate::rpc::Client;
use serde_json::json;
use std::time::{Duration, Instant};
use troupe_types::Millis;
use troupe_wire::Seed;

/// How often the receipt is asked for.
const LOOK: Duration = Duration::from_millis(20);
/// How long one may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two: long enough for the network to be idle, never in step with its blocks.
const PAUSE: std::ops::Range<u64> = 200..700;

pub(super) fn run(args: &LoadArgs) -> Outcome<Report> {
    let record = args.record()?;
    let urls = args.urls(record.as_ref())?;
    let bar = progress::bar(args.txs.into());
    bar.set_message("one by one");
    let times = troupe_runtime::run(async {
        let clients: Vec<Client> =
            urls.iter().map(|url| Ok(Client::new(url, PATIENCE)?)).collect::<Outcome<_>>()?;
        let (senders, terms) = ready(args, record.as_ref(), &clients, args.txs).await?;
        let mut luck = Seed::from_number(args.seed).stream("load pauses");
        let mut times = Vec::new();
        for number in 0..args.txs {
            let pause = PAUSE.start + luck.below(PAUSE.end - PAUSE.start);
            tokio::time::sleep(Duration::from(Millis(pause))).await;
            let signer = &senders[number as usize % senders.len()].signer;
            let transaction = signer.sign(terms.transfer(&senders, number));
            let transaction =
                transaction.map_err(|error| Failure::new(ExitCode::Internal, error))?;
            let client = &clients[number as usize % clients.len()];
            times.push(one(client, &transaction.to_bytes()).await?);
            bar.inc(1);
        }
        Outcome::Ok(times)
    });
    bar.finish_and_clear();
    let times = Ranked::new(times?);
    let rows = [
        ("transfers", format!("{} one after the other, to {} nodes", args.txs, urls.len())),
        ("latency", times.text()),
    ];
    let rows = rows.map(|(name, value)| vec![name.to_owned(), value]);
    let json = json!({ "transactions": args.txs, "nodes": urls.len(), "latency_ms": times.json() });
    Ok(Report::new(columns(&rows), json))
}

/// From sending a transaction to holding its receipt.
async fn one(client: &Client, envelope: &[u8]) -> Outcome<Duration> {
    let sent = Instant::now();
    let hash = client.send_raw(envelope).await?;
    while client.receipt(hash).await?.is_none() {
        if sent.elapsed() > PATIENCE {
            let text = format!("in no block within {} s", PATIENCE.as_secs());
            return Err(Failure::about(ExitCode::TimedOut, crate::rpc::data(hash), text));
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(sent.elapsed())
}
