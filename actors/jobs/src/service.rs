//! `troupe.job.v1.JobService`: what is asked, and what is answered.

use crate::actor::{self, Begin, Runner};
use crate::desk::{End, Ended, Found, Place, Seen, State};
use crate::error::{Class, Error, Outcome, unanswered};
use crate::explain::explain;
use crate::found::{Finished, Settled};
use crate::models;
use crate::network::Names;
use crate::office::{Office, computation, read};
use crate::shelf::Kept;
use crate::standing::{ended, phase};
use crate::told::{self, Cursor};
use futures_util::stream::{self, BoxStream, StreamExt};
use std::fmt;
use std::sync::Arc;
use tokio::sync::watch;
use tonic::{Request, Response, Status, async_trait};
use troupe_config::Order;
use troupe_door::proto::job::job_service_server::{JobService, JobServiceServer};
use troupe_door::proto::job::{self as wire, cancel_request, event, piece, watch_request};
use troupe_door::{Service, Stands};
use troupe_market::call::abi::TaskMarket;
use troupe_runtime::{Link, Node, Spec};
use troupe_types::{Address, Hash, NodeId};

/// A request has a job file, and little else.
const REQUEST: usize = crate::office::LARGEST + (128 << 10);
/// Names of nodes in a request.
const MOST_NAMES: usize = 1 << 10;
/// The longest name.
const LONGEST_NAME: usize = 64;

/// The jobs of a process, as a service.
#[derive(Clone)]
pub struct Jobs {
    office: Arc<Office>,
    begin: Option<Link<Begin>>,
}

impl fmt::Debug for Jobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Jobs({:?})", self.office)
    }
}

impl Jobs {
    /// Runs jobs in an actor of `node`, which `place` gives its place.
    pub fn on(
        node: &Node,
        office: Office,
        place: impl FnOnce(Spec<Runner>) -> Spec<Runner>,
    ) -> Self {
        let office = Arc::new(office);
        let begin = actor::start(node, Arc::clone(&office), place);
        Self { office, begin: Some(begin) }
    }

    /// Runs none, and answers what can be answered without.
    #[must_use]
    pub fn idle(office: Office) -> Self {
        Self { office: Arc::new(office), begin: None }
    }

    /// As a server takes it.
    #[must_use]
    pub fn service(self) -> Service {
        let server = JobServiceServer::new(self).max_decoding_message_size(REQUEST);
        Service::new(server, wire::DESCRIBED, Stands::Actor("jobs"))
    }

    async fn begin(&self, asked: wire::RunRequest) -> Outcome<Seen> {
        let order = read(&asked.job)?;
        let names = named(asked.names)?;
        self.office.is_able()?;
        let missing = || Error::new(Class::Unreachable, "no jobs are run here");
        let begin = self.begin.as_ref().ok_or_else(missing)?;
        let chain = self.office.chain.as_ref().map_or(0, |chain| chain.id());
        let (name, chain) = match &order {
            Order::Compute(job) => (job.name.clone(), chain),
            // That is between two owners; no chain hears of it.
            Order::Matching(job) => (job.name.clone(), 0),
        };
        let (running, seen) = self.office.desk.begin(name, chain, &names)?;
        let begun = begin.ask(Begin { order, running }).await;
        begun.map_err(|error| unanswered("jobs", error))?;
        Ok(seen)
    }

    /// A task with whether its results are here.
    fn task(&self, chain: u64, task: &TaskMarket::Task) -> wire::Task {
        told::task(task, self.office.shelf.has(chain, task.id, &Hash(task.terms.0)))
    }

    async fn list(&self, all: bool) -> Outcome<wire::ListResponse> {
        let seen = self.office.desk.all();
        let jobs = seen.iter().map(|seen| told::job(seen.run, &seen.name, &seen.state.borrow()));
        let jobs = jobs.collect();
        if self.office.chain.is_none() && self.begin.is_some() {
            return Ok(wire::ListResponse { jobs, tasks: Vec::new() });
        }
        let chain = self.office.chain()?;
        let mine = if all { None } else { Some(chain.payer()?) };
        let tasks = self.office.market()?.tasks().await?;
        let is_told = |task: &&TaskMarket::Task| mine.is_none_or(|mine| task.sender.0.0 == mine.0);
        let tasks = tasks.iter().filter(is_told).map(|task| self.task(chain.id(), task)).collect();
        Ok(wire::ListResponse { jobs, tasks })
    }

    async fn status(&self, number: u64) -> Outcome<wire::Task> {
        let market = self.office.market()?;
        let task = market.look(number).await?;
        let nodes = market.nodes(&task).await?.into_iter();
        let nodes = nodes.map(|node| node.0.to_vec().into()).collect();
        Ok(wire::Task { nodes, ..self.task(market.0.id(), &task) })
    }

    async fn cancel(&self, job: cancel_request::Job) -> Outcome<wire::CancelResponse> {
        let number = match job {
            cancel_request::Job::Task(number) => number,
            cancel_request::Job::Run(run) => {
                let state = self.office.desk.find(|seen| seen.run == run)?.state.borrow().clone();
                if state.ended.is_some() {
                    return Err(Error::new(Class::Refused, format!("job {run} is over")));
                }
                match state.task {
                    Some(number) => number,
                    None => {
                        self.office.desk.stop(run);
                        return Ok(wire::CancelResponse::default());
                    }
                }
            }
        };
        let market = self.office.market()?;
        let held = market.look(number).await?.escrow;
        let receipt = market.cancel(number).await?;
        let task = market.look(number).await?;
        Ok(wire::CancelResponse {
            task: Some(self.task(market.0.id(), &task)),
            refunded: told::amount(held).into(),
            block: receipt.height,
        })
    }

    /// What was found, and what the chain says of it, if it was asked.
    async fn found(
        &self,
        number: u64,
        offline: bool,
    ) -> Outcome<(Finished, Option<wire::Standing>)> {
        let about = |text: String| Error::about(Class::Usage, format!("task {number}"), text);
        let missing = || {
            let text = "its results are not here: they are with whoever ran it";
            Error::about(Class::File, format!("task {number}"), text)
        };
        let shelf = &self.office.shelf;
        if offline {
            let mut all = shelf.numbered(number)?;
            return match all.len() {
                0 => Err(missing()),
                1 => Ok((all.remove(0).finished(None)?, None)),
                several => Err(about(format!(
                    "{several} chains have results of it here; one has to be asked"
                ))),
            };
        }
        let market = self.office.market()?;
        let task = market.look(number).await?;
        let kept = shelf.get(market.0.id(), number, &Hash(task.terms.0))?.ok_or_else(missing)?;
        compared(&kept, &task)
    }
}

/// What a client calls nodes.
fn named(told: Vec<wire::Name>) -> Outcome<Names> {
    let wrong = |text: String| Error::about(Class::Usage, "names", text);
    if told.len() > MOST_NAMES {
        return Err(wrong(format!("{} names exceed {MOST_NAMES}", told.len())));
    }
    let named = told.into_iter().map(|one| {
        let id: [u8; 32] =
            one.node_id.as_ref().try_into().map_err(|_| {
                wrong(format!("a node id of {} bytes, wants 32", one.node_id.len()))
            })?;
        match one.name.len() {
            1..=LONGEST_NAME => Ok((NodeId(id), one.name)),
            got => Err(wrong(format!("a name of {got} bytes, allowed are 1 to {LONGEST_NAME}"))),
        }
    });
    named.collect()
}

/// With what the chain says; refused are results that the parties posted otherwise.
pub(crate) fn compared(
    kept: &Kept,
    task: &TaskMarket::Task,
) -> Outcome<(Finished, Option<wire::Standing>)> {
    /// A party said that it is done, or others showed what it had signed.
    const DONE: [u8; 2] = [1, 3];
    let posted: Vec<&TaskMarket::Seat> =
        task.seats.iter().filter(|seat| DONE.contains(&seat.word)).collect();
    let other = posted.iter().find(|seat| !kept.is_result(&Hash(seat.posting.result.0)));
    if let Some(seat) = other {
        let text = format!("node {} posted another result than is kept here", seat.id);
        return Err(Error::about(Class::Failed, format!("task {}", task.id), text));
    }
    let settled = (task.end == 1).then(|| Settled {
        number: task.id,
        payer: Address(task.sender.0.0),
        fee: task.fee,
        prices: task.legs.iter().map(|leg| leg.price).sum(),
    });
    let count = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
    let standing = wire::Standing {
        state: ended(task.end).unwrap_or_else(|| phase(task).name()).to_owned(),
        posted: count(posted.len()),
        seats: count(task.seats.len()),
    };
    Ok((kept.finished(settled)?, Some(standing)))
}

/// What a listener waits for.
enum Next {
    Step(watch::Receiver<State>),
    End(Arc<Ended>, Cursor),
}

/// What a job found in an earlier process.
async fn found_again(jobs: &Jobs, place: Place) -> Ended {
    let Place { chain, task, terms } = place;
    let found = match jobs.found(task, false).await {
        // The chain is not needed to see what is here.
        Err(error) if error.class == Class::Unreachable => {
            let missing =
                || Error::about(Class::File, format!("task {task}"), "its results are gone");
            let kept = jobs.office.shelf.get(chain, task, &terms)?;
            kept.ok_or_else(missing)?.finished(None)?
        }
        found => found?.0,
    };
    Ok(Found::Finished(found))
}

/// Everything about a job from now on. What nobody takes in time is replaced by what came after it.
fn follow(jobs: Jobs, seen: Seen) -> BoxStream<'static, Result<wire::Event, Status>> {
    let Seen { run, name, mut state } = seen;
    state.mark_changed();
    let last = state.clone();
    let events = stream::unfold((Next::Step(state), jobs), move |(mut next, jobs)| async move {
        loop {
            match next {
                Next::Step(mut state) => {
                    // The job has the other end until it has ended, and ends when that is gone.
                    let _ = state.changed().await;
                    let State { step, ended, .. } = state.borrow_and_update().clone();
                    next = match ended {
                        Some(End::Here(ended)) => Next::End(ended, Cursor::default()),
                        Some(End::Kept(place)) => {
                            let found = found_again(&jobs, place).await;
                            Next::End(Arc::new(found), Cursor::default())
                        }
                        None => match step {
                            Some(step) => {
                                let what = event::What::Step(told::step(&step));
                                return Some((what, (Next::Step(state), jobs)));
                            }
                            None => Next::Step(state),
                        },
                    };
                }
                Next::End(ended, mut at) => {
                    let what = told::end(&ended, &mut at)?;
                    return Some((what, (Next::End(ended, at), jobs)));
                }
            }
        }
    });
    let event = move |what| {
        let task = last.borrow().task.unwrap_or_default();
        Ok(wire::Event { run, name: name.clone(), task, what: Some(what) })
    };
    events.map(event).boxed()
}

fn refused(error: Error) -> Status {
    told::status(&error)
}

fn missing(field: &'static str) -> Status {
    troupe_door::refuse(field, "is missing")
}

#[async_trait]
impl JobService for Jobs {
    type RunStream = BoxStream<'static, Result<wire::Event, Status>>;
    type WatchStream = BoxStream<'static, Result<wire::Event, Status>>;
    type ResultStream = BoxStream<'static, Result<wire::Piece, Status>>;

    async fn explain(
        &self,
        request: Request<wire::ExplainRequest>,
    ) -> Result<Response<wire::ExplainResponse>, Status> {
        let explained = async {
            let wire::ExplainRequest { job, names } = request.into_inner();
            let job = computation(read(&job)?)?;
            let network = self.office.network()?.named(named(names)?);
            let chain = self.office.chain.as_ref().map(|chain| chain.id());
            let model = self.office.shelf.models().applied(&job, network.id, chain)?;
            explain(&job, &network, model).await
        };
        Ok(Response::new(told::explained(explained.await.map_err(refused)?)))
    }

    async fn run(
        &self,
        request: Request<wire::RunRequest>,
    ) -> Result<Response<Self::RunStream>, Status> {
        let seen = self.begin(request.into_inner()).await.map_err(refused)?;
        Ok(Response::new(follow(self.clone(), seen)))
    }

    async fn watch(
        &self,
        request: Request<wire::WatchRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let job = request.into_inner().job.ok_or_else(|| missing("job"))?;
        let is_it = |seen: &Seen| match &job {
            watch_request::Job::Run(run) => seen.run == *run,
            watch_request::Job::Task(task) => seen.state.borrow().task == Some(*task),
            watch_request::Job::Name(name) => seen.name == *name,
        };
        let seen = self.office.desk.find(is_it).map_err(refused)?;
        Ok(Response::new(follow(self.clone(), seen)))
    }

    async fn list(
        &self,
        request: Request<wire::ListRequest>,
    ) -> Result<Response<wire::ListResponse>, Status> {
        Self::list(self, request.into_inner().all).await.map(Response::new).map_err(refused)
    }

    async fn status(
        &self,
        request: Request<wire::StatusRequest>,
    ) -> Result<Response<wire::StatusResponse>, Status> {
        let task = Self::status(self, request.into_inner().task).await.map_err(refused)?;
        Ok(Response::new(wire::StatusResponse { task: Some(task) }))
    }

    async fn result(
        &self,
        request: Request<wire::ResultRequest>,
    ) -> Result<Response<Self::ResultStream>, Status> {
        let wire::ResultRequest { task, offline } = request.into_inner();
        let (found, standing) = self.found(task, offline).await.map_err(refused)?;
        let rest = wire::Found { finished: Some(told::finished(&found)), task, standing };
        let begin = (found.answers, Cursor::default(), Some(rest));
        let pieces = stream::unfold(begin, |(answers, mut at, mut rest)| async move {
            let what = match told::answer(&answers, &mut at) {
                Some(answer) => piece::What::Answer(answer),
                None => piece::What::Found(rest.take()?),
            };
            Some((Ok(wire::Piece { what: Some(what) }), (answers, at, rest)))
        });
        Ok(Response::new(pieces.boxed()))
    }

    async fn models(
        &self,
        _: Request<wire::ModelsRequest>,
    ) -> Result<Response<wire::ModelsResponse>, Status> {
        let all = self.office.shelf.models().all().map_err(refused)?;
        let models = all.iter().map(models::told).collect();
        Ok(Response::new(wire::ModelsResponse { models }))
    }

    async fn forget_model(
        &self,
        request: Request<wire::ForgetModelRequest>,
    ) -> Result<Response<wire::ForgetModelResponse>, Status> {
        let wanted = request.into_inner().name;
        let name = self.office.shelf.models().forget(&wanted).map_err(refused)?;
        Ok(Response::new(wire::ForgetModelResponse { name: name.0.to_vec().into() }))
    }

    async fn cancel(
        &self,
        request: Request<wire::CancelRequest>,
    ) -> Result<Response<wire::CancelResponse>, Status> {
        let job = request.into_inner().job.ok_or_else(|| missing("job"))?;
        Self::cancel(self, job).await.map(Response::new).map_err(refused)
    }
}
