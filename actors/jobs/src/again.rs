//! Jobs that had begun when their process ended: they go on where the parties have not begun yet. Otherwise nobody waits
//! for their results any more, and what becomes of their tasks is looked up on the chain.

use crate::chain::{Market, PAGE, is_no_task};
use crate::course::Course;
use crate::desk::Running;
use crate::diary::Entry;
use crate::error::{Class, Error, Outcome};
use crate::found::Finished;
use crate::office::Office;
use crate::run::{finished, look_around};
use crate::service::compared;
use crate::settle::Way;
use crate::standing::{ended, phase};
use crate::step::Step;
use std::time::{Duration, Instant};
use troupe_learning::Task;
use troupe_market::call::abi::TaskMarket;
use troupe_market::task::Phase;
use troupe_types::{Hash, NodeId};

/// How long a task may take to appear that was about to be declared: the account gives up before that.
const APPEARS: Duration = Duration::from_secs(300);
/// A chain that does not answer is asked again after this.
const PAUSE: Duration = Duration::from_secs(5);
/// How long the rest of the network may take to be there again.
const GATHERS: Duration = Duration::from_secs(60);
/// How long the process may take to know the last blocks.
const CATCHES_UP: Duration = Duration::from_secs(10);
/// How a task ended that was paid.
const PAID: u8 = 1;

fn lost(more: impl std::fmt::Display) -> Error {
    Error::new(Class::Failed, format!("lost by a restart of its node: {more}"))
}

/// Whether it may be otherwise in a moment.
fn is_passing(error: &Error) -> bool {
    matches!(error.class, Class::Unreachable | Class::TimedOut)
}

impl Office {
    /// Goes on with a job where that can be done, and sees what becomes of its task where it cannot. Its results, if they came
    /// and were paid.
    pub(crate) async fn follow(&self, entry: &Entry, running: &Running) -> Outcome<Finished> {
        let Some(terms) = entry.terms() else {
            return Err(lost("it was not declared, and nothing was paid"));
        };
        let market = self.market()?;
        let chain = market.0.id();
        if chain != entry.chain {
            return Err(lost(format!("it was declared on chain {}", entry.chain)));
        }
        let number = match entry.task {
            Some(number) => number,
            None => find(market, terms).await?,
        };
        running.tell(Step::Following { number });
        let mut why = String::new();
        if let Some(task) = running.entry().declared() {
            match self.go_on(&entry.name, task, running).await {
                Ok(Some(found)) => return Ok(found),
                Ok(None) => {}
                Err(error) => why = format!(": {error}"),
            }
            running.tell(Step::Following { number });
        }
        let seen = over(market, number).await?;
        let how = ended(seen.end).unwrap_or_default();
        match self.shelf.get(chain, number, &terms)? {
            Some(kept) if seen.end == PAID => Ok(compared(&kept, &seen)?.0),
            Some(_) => Err(lost(format!("task {number} ended: {how}; its results are kept{why}"))),
            None => Err(lost(format!("task {number} ended: {how}; there are no results{why}"))),
        }
    }

    /// Goes on with a task whose parties have not begun; nothing where they may have.
    async fn go_on(&self, name: &str, task: Task, running: &Running) -> Outcome<Option<Finished>> {
        let (began, market) = (Instant::now(), self.market()?);
        let network = &self.network()?.named(running.entry().names());
        let model = self.shelf.models().taken_by(&task)?;
        let owners: Vec<NodeId> = task.owners.iter().map(|source| source.id).collect();
        loop {
            let seen = look(market, task.number).await?;
            if matches!(phase(&seen), Phase::Settle | Phase::Ended) {
                return Ok(None);
            }
            let known = match look_around(network, &owners, model.as_ref()).await {
                Ok(known) => known,
                // The process has just started, and so may others have.
                Err(error) if is_passing(&error) && began.elapsed() < GATHERS => {
                    market.0.news().await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let course = Course { network };
            let (course, shelf) = (&course, &self.shelf);
            let way = Way { market, course, known: &known, job: name, shelf };
            if phase(&seen) == Phase::Compute {
                if !shelf.has(market.0.id(), task.number, &Hash(seen.terms.0)) {
                    // Nobody takes the results any more: the parties need not wait for somebody who does.
                    let parties = way.seats(&market.nodes(&seen).await?)?;
                    course.abandon(&Task { parties, ..task }).await;
                }
                return Ok(None);
            }
            if phase(&seen) == Phase::Consent
                && let Err(error) = way.consent(&task).await
            {
                if began.elapsed() >= CATCHES_UP {
                    return Err(error);
                }
                // It may be further than is known here.
                market.0.news().await;
                continue;
            }
            let (task, found, settled) =
                way.finish(task, &seen.spans, &mut |step| running.tell(step)).await?;
            return Ok(Some(finished(name, network, (task, found, Some(settled)), began)));
        }
    }
}

/// The number of the task of these terms.
async fn find(market: Market<'_>, terms: Hash) -> Outcome<u64> {
    let until = Instant::now() + APPEARS;
    let mut after = 0;
    loop {
        match market.page(after).await {
            Ok(page) => {
                if let Some(task) = page.iter().find(|task| task.terms.0 == terms.0) {
                    return Ok(task.id);
                }
                after = page.last().map_or(after, |task| task.id);
                if (page.len() as u64) < PAGE {
                    if Instant::now() >= until {
                        return Err(lost("it was about to be declared, and was not"));
                    }
                    market.0.news().await;
                }
            }
            Err(error) if is_passing(&error) => tokio::time::sleep(PAUSE).await,
            Err(error) => return Err(error),
        }
    }
}

/// A task that is there, however long the chain takes to say so.
async fn look(market: Market<'_>, number: u64) -> Outcome<TaskMarket::Task> {
    let until = Instant::now() + APPEARS;
    loop {
        match market.look(number).await {
            Ok(seen) => return Ok(seen),
            // Whoever has just started may not know the last blocks yet.
            Err(error) if is_no_task(&error) && Instant::now() < until => market.0.news().await,
            Err(error) if is_passing(&error) => tokio::time::sleep(PAUSE).await,
            Err(error) => return Err(error),
        }
    }
}

/// The task once it is over: it is taken back where that can be done, and the chain ends every other one at a deadline.
async fn over(market: Market<'_>, number: u64) -> Outcome<TaskMarket::Task> {
    let mut is_tried = false;
    loop {
        let seen = look(market, number).await?;
        if seen.end != 0 {
            return Ok(seen);
        }
        if phase(&seen) == Phase::Consent && !is_tried {
            is_tried = true;
            if let Err(error) = market.cancel(number).await {
                tracing::info!(task = number, %error, "a task was not taken back");
            }
        }
        market.0.news().await;
    }
}
