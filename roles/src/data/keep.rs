//! Asks a data node, as one of its keepers.

use super::args::At;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::job::Visitor;
use crate::output::{Report, columns};
use serde_json::{Value, json};
use troupe_learning::message::{Declare, Declared, Inventory, Listed, Retract, Retracted, Shelf};
use troupe_types::{Millis, NodeId};
use troupe_wire::{Text, Wire};

/// How long a node may take to read a file.
const READING: Millis = Millis::secs(120);

/// Offers a data set.
pub(super) fn add(text: &str, at: &At) -> Outcome<Report> {
    let text = Text::new(text).map_err(|error| Failure::new(ExitCode::BadFile, error))?;
    match ask(Declare(text), at)? {
        Declared::As(shelf) => {
            let name = &*shelf.name;
            let text = format!(
                "{name} is offered by {}: {} rows, content {}",
                at.node, shelf.rows, shelf.content
            );
            Ok(Report::new(text, json(&shelf)))
        }
        Declared::No(reason) => Err(refused(at, reason)),
    }
}

/// Lists what is offered.
pub(super) fn list(at: &At) -> Outcome<Report> {
    let shelves = match ask(Inventory, at)? {
        Listed::As(shelves) => shelves,
        Listed::No(reason) => return Err(refused(at, reason)),
    };
    let header = ["data set", "rows", "columns", "uses", "from", "content"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for shelf in shelves.iter() {
        rows.push(vec![
            shelf.name.to_string(),
            shelf.rows.to_string(),
            shelf.columns.to_string(),
            shelf.uses.to_string(),
            from(shelf).to_owned(),
            shelf.content.short(),
        ]);
    }
    let all: Vec<Value> = shelves.iter().map(json).collect();
    Ok(Report::new(columns(&rows), json!({ "node": at.node, "datasets": all })))
}

/// Offers a data set no longer.
pub(super) fn remove(name: &str, at: &At) -> Outcome<Report> {
    let long = |error| Failure::about(ExitCode::Usage, "NAME", error);
    match ask(Retract(Text::new(name).map_err(long)?), at)? {
        Retracted::Yes => {
            let text = format!("{name} is no longer offered by {}", at.node);
            Ok(Report::new(text, json!({ "removed": name, "node": at.node })))
        }
        Retracted::No(reason) => Err(refused(at, reason)),
    }
}

const fn from(shelf: &Shelf) -> &'static str {
    if shelf.is_added { "added" } else { "manifest" }
}

fn json(shelf: &Shelf) -> Value {
    json!({
        "name": &*shelf.name, "rows": shelf.rows, "columns": shelf.columns, "uses": shelf.uses,
        "from": from(shelf), "content": shelf.content.to_string(),
    })
}

fn refused(at: &At, reason: Text<256>) -> Failure {
    Failure::about(ExitCode::Refused, &at.node, reason)
}

/// Visits the network for one question.
fn ask<M: Wire>(message: M, at: &At) -> Outcome<M::Reply> {
    troupe_runtime::run(async {
        let record = at.network.record().await?;
        let known = record.node(&at.node).map(|node| node.node_id.parse());
        let id: NodeId = known.unwrap_or_else(|| at.node.parse()).map_err(|_| {
            let text = format!("got \"{}\", which is neither a node's name nor a node id", at.node);
            Failure::about(ExitCode::Usage, "--node", text)
        })?;
        let visitor = Visitor::join(&record)?;
        let answer = async {
            // A directory knows where the node is.
            visitor.network(&record).find().await?;
            let link = visitor.node.remote::<M>(id);
            let link = link.map_err(|error| Failure::new(ExitCode::Internal, error))?;
            let answer = link.ask(message).within(READING).await;
            answer.map_err(|error| troupe_jobs::unanswered(&at.node, error).into())
        };
        let answer = answer.await;
        visitor.leave().await;
        answer
    })
}
