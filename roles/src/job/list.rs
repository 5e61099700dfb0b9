//! What a chain says of jobs: a list of them, one of them, and taking one back.

use super::args::{ListArgs, OneArgs};
use crate::economy::{Facts, table};
use crate::exit::Outcome;
use crate::output::Report;
use serde_json::{Value, json};
use troupe_jobs::{Chain, Market, ended, phase};
use troupe_market::call::abi::TaskMarket;
use troupe_types::{Address, Hash};

/// `job list`: the newest last.
pub(super) fn list(args: &ListArgs) -> Outcome<Report> {
    troupe_runtime::run(async {
        let (chain, shelf) = args.open().await?;
        let mine = if args.all { None } else { Some(chain.payer()?) };
        let tasks = Market(&chain).tasks().await?;
        let is_shown = |task: &&TaskMarket::Task| mine.is_none_or(|mine| task.sender.0.0 == mine.0);
        let shown = |task: &TaskMarket::Task| {
            let is_here = shelf.has(chain.id(), task.id, &Hash(task.terms.0));
            line(task).put("results", if is_here { "here" } else { "" }, is_here)
        };
        let tasks: Vec<Facts> = tasks.iter().filter(is_shown).map(shown).collect();
        let json: Vec<Value> = tasks.iter().map(Facts::json).collect();
        let text = if tasks.is_empty() { "no tasks".to_owned() } else { table(&tasks) };
        Ok(Report::new(text, json!({ "tasks": json })))
    })
}

/// `job status`: all that the chain says of one.
pub(super) fn status(args: &OneArgs) -> Outcome<Report> {
    troupe_runtime::run(async {
        let (chain, _) = args.open().await?;
        let market = Market(&chain);
        let task = market.look(args.task).await?;
        Ok(all(market, &task).await?.report())
    })
}

/// `job cancel`: takes one back before all owners have agreed.
pub(super) fn cancel(args: &OneArgs) -> Outcome<Report> {
    troupe_runtime::run(async {
        let (chain, _) = args.open().await?;
        let market = Market(&chain);
        let held = market.look(args.task).await?.escrow;
        let receipt = market.cancel(args.task).await?;
        let task = market.look(args.task).await?;
        let facts = line(&task).amount("refunded", held).number("block", receipt.height);
        Ok(facts.report())
    })
}

/// What a list shows.
fn line(task: &TaskMarket::Task) -> Facts {
    let phase = phase(task).name();
    Facts::default()
        .number("task", task.id)
        .put("state", ended(task.end).unwrap_or(phase), phase)
        .quiet("end", task.end)
        .text("sender", Address(task.sender.0.0).to_checksum())
        .amount("fee", task.fee)
}

async fn all(market: Market<'_>, task: &TaskMarket::Task) -> Outcome<Facts> {
    let of = |count: usize, all: usize| format!("{count} of {all}");
    let (legs, seats) = (&task.legs, &task.seats);
    let agreed = legs.iter().filter(|leg| leg.authorised).count();
    let confirmed = legs.iter().filter(|leg| leg.confirmed).count();
    let accepted = seats.iter().filter(|seat| seat.accepted).count();
    let said = seats.iter().filter(|seat| seat.word != 0).count();
    let nodes: Vec<String> =
        market.nodes(task).await?.into_iter().map(|node| node.to_string()).collect();
    let datasets: Vec<String> = legs.iter().map(|leg| leg.dataset.to_string()).collect();
    Ok(line(task)
        .text("terms", format!("{:#x}", task.terms))
        .amount("held", task.escrow)
        .text("data_sets", datasets.join(", "))
        .text("owners_agreed", of(agreed, legs.len()))
        .put("compute_nodes", nodes.join("\n"), nodes)
        .text("seats_accepted", of(accepted, seats.len()))
        .text("owners_let_start", of(confirmed, legs.len()))
        .text("parties_said", of(said, seats.len())))
}
