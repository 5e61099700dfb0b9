//! A client of a job service, wherever that is.

use crate::desk::Found;
use crate::error::{Error, Outcome};
use crate::explain::Explained;
use crate::found::Finished;
use crate::heard::{self, Portions};
use crate::models::{self, Model};
use crate::network::Names;
use crate::step::Step;
use tonic::{Status, Streaming};
use troupe_door::Channel;
use troupe_door::proto::job::job_service_client::JobServiceClient;
use troupe_door::proto::job::{self as wire, cancel_request, event, piece, watch_request};
use troupe_types::{Hash, NodeId};

/// The largest message of an answer: a list of all tasks that are told at once.
const MESSAGE: usize = 16 << 20;

/// A client of a job service.
#[derive(Debug, Clone)]
pub struct Client {
    service: JobServiceClient<Channel>,
    names: Names,
}

/// Which job.
pub type Which = watch_request::Job;

/// What is taken back.
pub type What = cancel_request::Job;

/// Somebody who listens to how a job goes.
#[derive(Debug)]
pub struct Listener {
    events: Streaming<wire::Event>,
    portions: Portions,
    names: Names,
}

/// What a listener hears.
#[derive(Debug)]
pub enum Heard {
    /// How far it is.
    Step {
        /// The job's number in its process.
        run: u64,
        /// What people call it.
        name: String,
        /// Its task's number on the chain, once it has one.
        task: Option<u64>,
        /// What is going on.
        step: Step,
    },
    /// It is over.
    Ended(Found),
}

/// By the names of whoever asks now: whoever began the job may have known none.
fn named(mut finished: Finished, names: &Names) -> Finished {
    for (name, moved) in &mut finished.traffic {
        if let Some(known) = names.get(&moved.party) {
            name.clone_from(known);
        }
    }
    finished
}

fn failed(status: Status) -> Error {
    heard::failed(&status)
}

impl Client {
    /// Over a connection, for somebody who calls nodes by these names.
    #[must_use]
    pub fn new(channel: Channel, names: Names) -> Self {
        let service = JobServiceClient::new(channel).max_decoding_message_size(MESSAGE);
        Self { service, names }
    }

    /// What the client calls a node, if it calls it anything.
    #[must_use]
    pub fn name(&self, id: &NodeId) -> Option<&str> {
        self.names.get(id).map(String::as_str)
    }

    fn told(&self) -> Vec<wire::Name> {
        let names = self.names.iter();
        let name = |(id, name): (&NodeId, &String)| wire::Name {
            name: name.clone(),
            node_id: id.0.to_vec().into(),
        };
        names.map(name).collect()
    }

    fn listener(&self, events: Streaming<wire::Event>) -> Listener {
        Listener { events, portions: Portions::default(), names: self.names.clone() }
    }

    /// What a job would show to whom, and what it costs.
    pub async fn explain(&mut self, job: String) -> Outcome<Explained> {
        let told = self
            .service
            .explain(wire::ExplainRequest { job, names: self.told() })
            .await
            .map_err(failed)?;
        heard::explained(told.into_inner())
    }

    /// Runs a job.
    pub async fn run(&mut self, job: String) -> Outcome<Listener> {
        let asked = wire::RunRequest { job, names: self.told() };
        let events = self.service.run(asked).await.map_err(failed)?.into_inner();
        Ok(self.listener(events))
    }

    /// Listens to a job that was begun by somebody.
    pub async fn watch(&mut self, which: Which) -> Outcome<Listener> {
        let asked = wire::WatchRequest { job: Some(which) };
        let events = self.service.watch(asked).await.map_err(failed)?.into_inner();
        Ok(self.listener(events))
    }

    /// The jobs of the process, and the tasks of its account or of everybody.
    pub async fn list(&mut self, all: bool) -> Outcome<wire::ListResponse> {
        let told = self.service.list(wire::ListRequest { all }).await.map_err(failed)?;
        Ok(told.into_inner())
    }

    /// A task on the chain.
    pub async fn status(&mut self, task: u64) -> Outcome<wire::Task> {
        let told = self.service.status(wire::StatusRequest { task }).await.map_err(failed)?;
        told.into_inner().task.ok_or_else(|| heard::wrong("a task"))
    }

    /// What a task found that was run there, and what the chain says of it, where it was asked.
    pub async fn result(
        &mut self,
        task: u64,
        offline: bool,
    ) -> Outcome<(Finished, Option<wire::Standing>)> {
        let asked = wire::ResultRequest { task, offline };
        let mut pieces = self.service.result(asked).await.map_err(failed)?.into_inner();
        let mut portions = Portions::default();
        loop {
            let piece = pieces.message().await.map_err(failed)?;
            match piece.and_then(|piece| piece.what) {
                Some(piece::What::Answer(answer)) => portions.answer(answer)?,
                Some(piece::What::Found(wire::Found { finished, standing, .. })) => {
                    let finished = finished.ok_or_else(|| heard::wrong("a result"))?;
                    return Ok((named(portions.finished(finished)?, &self.names), standing));
                }
                None => return Err(heard::wrong("a result")),
            }
        }
    }

    /// The models that stay with their parties, the oldest first.
    pub async fn models(&mut self) -> Outcome<Vec<Model>> {
        let told = self.service.models(wire::ModelsRequest {}).await.map_err(failed)?;
        told.into_inner().models.into_iter().map(models::heard).collect()
    }

    /// Has one of them forgotten, by the first digits of its name or all; its name.
    pub async fn forget_model(&mut self, name: String) -> Outcome<Hash> {
        let asked = wire::ForgetModelRequest { name };
        let told = self.service.forget_model(asked).await.map_err(failed)?.into_inner();
        heard::fixed(&told.name, "a model's name").map(Hash)
    }

    /// Takes a job back.
    pub async fn cancel(&mut self, what: What) -> Outcome<wire::CancelResponse> {
        let asked = wire::CancelRequest { job: Some(what) };
        Ok(self.service.cancel(asked).await.map_err(failed)?.into_inner())
    }
}

impl Listener {
    /// What is heard next; how the job ended comes last.
    pub async fn next(&mut self) -> Outcome<Heard> {
        loop {
            let event = self.events.message().await.map_err(failed)?;
            let wire::Event { run, name, task, what } =
                event.ok_or_else(|| heard::wrong("an end of a job"))?;
            match what.ok_or_else(|| heard::wrong("an event"))? {
                event::What::Step(told) => {
                    let step = heard::step(told, task)?;
                    let task = Some(task).filter(|task| *task != 0);
                    return Ok(Heard::Step { run, name, task, step });
                }
                event::What::Answer(told) => self.portions.answer(told)?,
                event::What::Keys(told) => self.portions.keys(told)?,
                event::What::Finished(told) => {
                    let finished = std::mem::take(&mut self.portions).finished(told)?;
                    let finished = named(finished, &self.names);
                    return Ok(Heard::Ended(Found::Finished(finished)));
                }
                event::What::Matched(told) => {
                    let matched = std::mem::take(&mut self.portions).matched(told)?;
                    return Ok(Heard::Ended(Found::Matched(matched)));
                }
                event::What::Failure(told) => return Err(heard::failure(told)),
            }
        }
    }

    /// Listens to the end; `tell` hears every step.
    pub async fn end(mut self, mut tell: impl FnMut(&Step)) -> Outcome<Found> {
        loop {
            match self.next().await? {
                Heard::Step { step, .. } => tell(&step),
                Heard::Ended(found) => return Ok(found),
            }
        }
    }
}
