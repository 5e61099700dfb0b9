//! As many as the network bears.

use super::args::LoadArgs;
use super::fund::fund;
use super::lane::Lane;
use super::prepare::{Prepared, Shape, Terms, prepare};
use super::processor::{self, Used};
use super::report::{Cost, Measured};
use super::senders::{Sender, derive};
use super::tally::Tally;
use super::watch::watch;
use crate::devnet::Record;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::Report;
use crate::progress;
use crate::rpc::Client;
use alloy_primitives::U256;
use futures_util::future::try_join_all;
use std::time::{Duration, Instant};

/// How long one answer may take; a node under load may be slow.
const PATIENCE: Duration = Duration::from_secs(20);
/// The most transactions of a request, as nodes of ours take them.
const BATCH: usize = 100;
/// How often a lane sends where the rate is given and low.
const SENDS: u32 = 10;
/// How long nodes may take to be as far as the first one.
const LEVEL: Duration = Duration::from_secs(10);

pub(super) fn run(args: &LoadArgs) -> Outcome<Report> {
    let record = args.record()?;
    let urls = args.urls(record.as_ref())?;
    troupe_runtime::run(async {
        let clients = clients(&urls)?;
        let (senders, terms) = ready(args, record.as_ref(), &clients, args.txs).await?;
        let lanes = u32::try_from(urls.len()).unwrap_or(u32::MAX).saturating_mul(args.connections);
        let lanes = lanes.min(args.senders);
        let shape = Shape { txs: args.txs, lanes, batch: batch(args.rate, lanes) };
        let began = Instant::now();
        let own = processor::of_this();
        let prepared = prepare(&senders, &terms, shape)?;
        let signing = (began.elapsed(), processor::of_this().saturating_sub(own));
        drop(senders);
        let mut measured = send(args, record.as_ref(), &clients, prepared).await?;
        measured.signing = signing;
        measured.nodes = urls.len();
        measured.report(args)
    })
}

fn clients(urls: &[String]) -> Outcome<Vec<Client>> {
    let clients = urls.iter().map(|url| Ok(Client::new(url, PATIENCE)?));
    clients.collect()
}

/// Accounts with money for `txs` transfers, and what the transfers pay; all nodes know of it.
pub(super) async fn ready(
    args: &LoadArgs,
    record: Option<&Record>,
    clients: &[Client],
    txs: u32,
) -> Outcome<(Vec<Sender>, Terms)> {
    let client = &clients[0];
    let fees = client.fees().await?;
    let max_fee = args.max_fee(fees.base, fees.tip)?;
    let chain_id = client.chain_id().await?;
    let terms = Terms { chain_id, max_fee, tip: fees.tip.min(max_fee) };
    let mut senders = derive(args.kind, args.seed, args.senders.min(txs));
    let each = U256::from(txs.div_ceil(args.senders.min(txs)));
    fund(client, record, &mut senders, terms.cost().saturating_mul(each), &terms).await?;
    let height = client.block_number().await?;
    let until = Instant::now() + LEVEL;
    for client in clients {
        while client.block_number().await? < height {
            if Instant::now() > until {
                let text = format!("is not at block {height} after {} s", LEVEL.as_secs());
                return Err(Failure::about(ExitCode::TimedOut, client.url(), text));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    Ok((senders, terms))
}

/// Full requests where there is no hurry to spread them, smaller ones where the rate is low.
fn batch(rate: Option<u32>, lanes: u32) -> usize {
    match rate {
        None => BATCH,
        Some(rate) => BATCH.min((rate / lanes / SENDS).max(1) as usize),
    }
}

async fn send(
    args: &LoadArgs,
    record: Option<&Record>,
    clients: &[Client],
    prepared: Prepared,
) -> Outcome<Measured> {
    let lanes = u32::try_from(prepared.lanes.len()).unwrap_or(u32::MAX);
    let senders = args.senders.min(args.txs);
    let tally = Tally::new(&prepared.hashes, senders, lanes);
    let window = (args.window() / lanes).max(1) as usize;
    let height = clients[0].block_number().await?;
    let before = (processor::of_nodes(record), processor::of_this());
    let begin = Instant::now();
    let bar = progress::bar(args.txs.into());
    bar.set_message("committed");
    let running = prepared.lanes.into_iter().zip(0u32..).map(|(batches, number)| {
        // Neighbouring lanes go to different nodes.
        let url = clients[number as usize % clients.len()].url();
        let pace = args.rate.map(|rate| (begin, rate));
        let tally = &tally;
        async move {
            let client = Client::new(&url, PATIENCE)?;
            Lane { number, client, batches, window, pace, tally }.run().await
        }
    });
    let watching = watch(&clients[0], height, &tally, |settled| bar.set_position(settled as u64));
    // Whoever watches decides when it is over; a lane that fails ends the run, but not the report.
    tokio::pin!(watching);
    let sending = try_join_all(running);
    tokio::pin!(sending);
    let failed = tokio::select! {
        watched = &mut watching => { watched?; None }
        sent = &mut sending => {
            let failed = sent.err();
            watching.await?;
            failed
        }
    };
    bar.finish_and_clear();
    let totals = tally.totals();
    let after = (processor::of_nodes(record), processor::of_this());
    if totals.committed == 0 {
        let text = totals
            .refused
            .keys()
            .next()
            .map_or("no transaction came into a block", |reason| reason);
        return Err(failed.unwrap_or_else(|| Failure::new(ExitCode::Refused, text)));
    }
    let nodes = used(&before.0, after.0);
    Ok(Measured {
        totals,
        begin,
        cost: Cost { nodes, own: after.1.saturating_sub(before.1) },
        signing: Default::default(),
        nodes: 0,
        failed: failed.map(|failure| failure.to_string()),
    })
}

/// What each process used meanwhile.
fn used(before: &[Used], after: Vec<Used>) -> Vec<Used> {
    let since = |mut now: Used| {
        let then = before.iter().find(|then| then.pid == now.pid)?;
        now.time = now.time.checked_sub(then.time)?;
        Some(now)
    };
    after.into_iter().filter_map(since).collect()
}
