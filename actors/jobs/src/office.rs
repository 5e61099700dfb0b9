//! Where jobs are run: on which network, paid on which chain, with results on which shelf.

use crate::chain::{Chain, Market};
use crate::desk::{Desk, Ended, Found, Running};
use crate::error::{Class, Error, Outcome, Reason};
use crate::matching::run_match;
use crate::network::Network;
use crate::run::{Errand, run_job};
use crate::shelf::Shelf;
use std::sync::Arc;
use troupe_config::{ComputeJob, Order};

/// A job file is a page, not a book.
pub const LARGEST: usize = 256 << 10;

/// Where jobs are run.
#[derive(Debug)]
pub struct Office {
    /// On which network, if that is there.
    pub network: Option<Network>,
    /// Where they are settled, if they are.
    pub chain: Option<Arc<dyn Chain>>,
    /// Where results of what is settled are kept.
    pub shelf: Shelf,
    /// The jobs themselves.
    pub desk: Desk,
}

/// Reads a job file.
pub fn read(text: &str) -> Outcome<Order> {
    let got = text.len();
    if got > LARGEST {
        return Err(Error::new(Class::File, format!("{got} bytes exceed {LARGEST}")));
    }
    Order::load(text).map_err(|errors| {
        let lines = errors.to_string();
        let lines = lines.lines().map(|line| Reason { text: line.to_owned(), field: None });
        Error::all(Class::File, lines.collect())
    })
}

/// A job that is computed on shares.
pub fn computation(order: Order) -> Outcome<ComputeJob> {
    match order {
        Order::Compute(job) => Ok(job),
        Order::Matching(job) => {
            Err(Error::about(Class::File, job.name, "matches rows and computes nothing"))
        }
    }
}

impl Office {
    pub(crate) fn network(&self) -> Outcome<&Network> {
        let missing = || Error::new(Class::Unreachable, "no network is here");
        self.network.as_ref().ok_or_else(missing)
    }

    pub(crate) fn chain(&self) -> Outcome<&dyn Chain> {
        let missing = || {
            let text = "no node of this network has a chain that is known of";
            Error::new(Class::Unreachable, text)
        };
        self.chain.as_deref().ok_or_else(missing)
    }

    pub(crate) fn market(&self) -> Outcome<Market<'_>> {
        self.chain().map(Market)
    }

    /// Whether a job could be begun; whoever could not pay hears it before anybody is asked.
    pub(crate) fn is_able(&self) -> Outcome<()> {
        self.network()?;
        self.chain.as_deref().map_or(Ok(()), |chain| chain.payer().map(drop))
    }

    /// Runs a job; `running` hears every step.
    pub(crate) async fn run(&self, order: &Order, running: &Running) -> Ended {
        let tell = |step| running.tell(step);
        let network = &self.network()?.named(running.entry().names());
        match order {
            Order::Compute(job) => {
                let chain = self.chain.as_deref();
                let errand = Errand { job, network, chain, shelf: &self.shelf, running };
                run_job(errand, tell).await.map(Found::Finished)
            }
            Order::Matching(job) => run_match(job, network, tell).await.map(Found::Matched),
        }
    }
}
