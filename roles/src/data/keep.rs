//! Asks a data node of one's own.

use super::args::{At, ListArgs};
use super::show;
use crate::control;
use crate::exit::{ExitCode, Failure, Outcome};
use crate::output::Report;
use serde_json::{Value, json};
use std::time::Duration;
use tonic::{Request, Response, Status};
use troupe_door::Channel;
use troupe_door::proto::data::data_service_client::DataServiceClient;
use troupe_door::proto::data::{AddDataSetRequest, ListDataSetsRequest, RemoveDataSetRequest};

/// How long a node may take to read a file.
const READING: Duration = Duration::from_secs(120);
/// How long it may take for what it knows.
const PATIENCE: Duration = Duration::from_secs(10);

/// Offers a data set.
pub(super) fn add(text: &str, at: &At) -> Outcome<Report> {
    let request = AddDataSetRequest { declaration: text.to_owned() };
    let added =
        ask(at, READING, request, async |client, request| client.add_data_set(request).await)?;
    let added = added.data_set.ok_or_else(|| {
        Failure::about(ExitCode::Internal, at.told(), "an answer without its data set")
    })?;
    let (name, node, content) = (&added.name, at.told(), show::content(&added));
    let text = format!("{name} is offered by {node}: {} rows, content {content}", added.rows);
    Ok(Report::new(text, show::json(&added)))
}

/// Lists what is offered.
pub(super) fn list(args: &ListArgs) -> Outcome<Report> {
    let at = &args.at;
    let sets = ask(at, PATIENCE, ListDataSetsRequest {}, async |client, request| {
        client.list_data_sets(request).await
    })?;
    let mut sets = sets.data_sets;
    if let Some(name) = &args.name {
        sets.retain(|set| set.name == *name);
        let [set] = &sets[..] else {
            let text = format!("there is no data set {name}");
            return Err(Failure::about(ExitCode::Refused, at.told(), text));
        };
        return Ok(Report::new(show::whole(set), show::json(set)));
    }
    let all: Vec<Value> = sets.iter().map(show::json).collect();
    Ok(Report::new(show::table(&sets), json!({ "node": at.told(), "datasets": all })))
}

/// Offers a data set no longer.
pub(super) fn remove(name: &str, at: &At) -> Outcome<Report> {
    let request = RemoveDataSetRequest { name: name.to_owned() };
    ask(at, PATIENCE, request, async |client, request| client.remove_data_set(request).await)?;
    let text = format!("{name} is no longer offered by {}", at.told());
    Ok(Report::new(text, json!({ "removed": name, "node": at.told() })))
}

/// One question to the node.
fn ask<Q, A>(
    at: &At,
    within: Duration,
    question: Q,
    call: impl AsyncFnOnce(&mut DataServiceClient<Channel>, Request<Q>) -> Result<Response<A>, Status>,
) -> Outcome<A> {
    let path = at.control.path(&at.dir, &at.node)?;
    troupe_runtime::run(async {
        let mut client = DataServiceClient::new(control::connect(&path).await?);
        let mut request = Request::new(question);
        request.set_timeout(within);
        let answer = call(&mut client, request).await;
        answer.map(Response::into_inner).map_err(|status| control::failed(at.told(), &status))
    })
}
