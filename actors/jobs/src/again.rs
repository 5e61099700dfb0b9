//! Jobs that had begun when their process ended: nobody waits for their results any more, and what became of their tasks
//! is looked up on the chain.

use crate::chain::{Market, PAGE, is_no_task};
use crate::diary::Entry;
use crate::error::{Class, Error, Outcome};
use crate::found::Finished;
use crate::office::Office;
use crate::service::compared;
use crate::standing::{ended, phase};
use crate::step::Step;
use std::time::{Duration, Instant};
use troupe_market::call::abi::TaskMarket;
use troupe_market::task::Phase;
use troupe_types::Hash;

/// How long a task may take to appear that was about to be declared: the account gives up before that.
const APPEARS: Duration = Duration::from_secs(300);
/// A chain that does not answer is asked again after this.
const PAUSE: Duration = Duration::from_secs(5);
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
    /// Sees what becomes of a job's task, and takes it back where that can still be done. Its results, if they had come before
    /// the process ended, and were paid.
    pub(crate) async fn follow(&self, entry: &Entry, tell: impl Fn(Step)) -> Outcome<Finished> {
        let Some(terms) = entry.terms() else {
            return Err(lost("it was not declared, and nothing was paid"));
        };
        let market = self.market()?;
        let chain = market.0.id();
        if chain != entry.chain {
            return Err(lost(format!("it was declared on chain {}", entry.chain)));
        }
        let task = match entry.task {
            Some(number) => number,
            None => find(market, terms).await?,
        };
        tell(Step::Following { number: task });
        let seen = over(market, task).await?;
        let how = ended(seen.end).unwrap_or_default();
        match self.shelf.get(chain, task, &terms)? {
            Some(kept) if seen.end == PAID => Ok(compared(&kept, &seen)?.0),
            Some(_) => Err(lost(format!("task {task} ended: {how}; its results are kept"))),
            None => Err(lost(format!("task {task} ended: {how}; there are no results"))),
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

/// The task once it is over. The chain ends every task at a deadline.
async fn over(market: Market<'_>, number: u64) -> Outcome<TaskMarket::Task> {
    let until = Instant::now() + APPEARS;
    let mut is_tried = false;
    loop {
        match market.look(number).await {
            Ok(seen) if seen.end != 0 => return Ok(seen),
            Ok(seen) if phase(&seen) == Phase::Consent && !is_tried => {
                is_tried = true;
                if let Err(error) = market.cancel(number).await {
                    tracing::info!(task = number, %error, "a task was not taken back");
                }
            }
            Ok(_) => market.0.news().await,
            // Whoever has just started may not know the last blocks yet.
            Err(error) if is_no_task(&error) && Instant::now() < until => market.0.news().await,
            Err(error) if is_passing(&error) => tokio::time::sleep(PAUSE).await,
            Err(error) => return Err(error),
        }
    }
}
