//! The market's contracts as they answer.

use crate::Error;
use alloy_primitives::U256;
use alloy_sol_types::abi::AbiDecoderConfig;
use alloy_sol_types::{SolCall, SolError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use troupe_account::Reader;
use troupe_market::call::abi::DataRegistry::{self as Registry, Dataset};
use troupe_market::call::abi::TaskMarket::{self as Market, Node, Task};
use troupe_market::contract::{DATA, TASKS};
use troupe_market::duty::Who;
use troupe_market::message::{Seen, Unseen};
use troupe_market::task::Callback;
use troupe_types::{Address, NodeId};

/// The longest answer that is read, in bytes; a task has far less.
const LONGEST: usize = 512 << 10;
/// What reading it may hold in memory, in bytes.
const MEMORY: usize = 4 * LONGEST;
/// Tasks on a page.
const PAGE: u64 = 16;
/// There is no such task, data set or node.
const NOT_THERE: [u32; 3] = [313_005, 311_002, 312_004];

/// What the chain says of the market.
#[derive(Debug, Clone)]
pub(crate) struct Chain {
    pub(crate) reader: Reader,
    pub(crate) me: Address,
    known: Arc<Mutex<Known>>,
}

/// Data sets that were looked at.
#[derive(Debug, Default)]
struct Known {
    mine: Vec<u64>,
    /// The last one of anybody.
    last: u64,
}

/// Strict: a contract of ours gives the one encoding, and nothing behind it.
const fn strictly() -> AbiDecoderConfig {
    AbiDecoderConfig::new().strict(true).memory_limit(MEMORY)
}

/// What a contract says where it refuses.
fn refused(error: troupe_account::Error) -> Error {
    let Some(data) = error.reverted() else { return Error::Asked(error) };
    match Market::Refused::abi_decode_with_config(data, strictly()) {
        Ok(refused) if NOT_THERE.contains(&refused.code) => Error::Nothing,
        Ok(Market::Refused { code, reason }) => Error::Refused { code, reason },
        Err(_) => Error::Asked(error),
    }
}

impl Chain {
    pub(crate) fn new(reader: Reader, me: Address) -> Self {
        Self { reader, me, known: Arc::default() }
    }

    async fn ask<C: SolCall>(&self, to: Address, call: C) -> Result<C::Return, Error> {
        let answer = self.reader.ask(to, call.abi_encode()).await.map_err(refused)?;
        let (got, most) = (answer.len(), LONGEST);
        if got > most {
            return Err(Error::TooLong { got, most });
        }
        Ok(C::abi_decode_returns_with_config(&answer, strictly())?)
    }

    pub(crate) async fn task(&self, task: u64) -> Result<Task, Error> {
        self.ask(TASKS, Market::getTaskCall { task }).await
    }

    /// What the callback may use that is still to be made of a task, if its tip covers what that costs now; 0 where there is
    /// nothing to be done.
    pub(crate) async fn callback(&self, task: u64) -> Result<u64, Error> {
        let Market::Callback { gas_, tip } =
            self.ask(TASKS, Market::getCallbackCall { task }).await?;
        if gas_ == 0 {
            return Ok(0);
        }
        let is_worth_it = Callback { gas: gas_, tip }.is_worth_it(self.reader.gas_price().await?);
        tracing::debug!(task, gas = gas_, tip, is_worth_it, "somebody wants to be told");
        Ok(if is_worth_it { gas_ } else { 0 })
    }

    /// The tasks after a number, a page of them. They are read one by one: who follows the chain by headers cannot go through a
    /// state, and their numbers have no gaps.
    pub(crate) async fn tasks(&self, after: u64) -> Result<Vec<Task>, Error> {
        let mut found = Vec::new();
        for step in 1..=PAGE {
            match self.task(after.saturating_add(step)).await {
                Ok(task) => found.push(task),
                Err(Error::Nothing) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    pub(crate) async fn views(&self) -> Result<u64, Error> {
        self.ask(TASKS, Market::getViewsCall {}).await
    }

    pub(crate) async fn least_stake(&self) -> Result<u128, Error> {
        Ok(self.ask(TASKS, Market::getRulesCall {}).await?.leastStake)
    }

    pub(crate) async fn balance(&self) -> Result<U256, Error> {
        Ok(self.reader.balance(self.me).await?)
    }

    /// Who we are there.
    pub(crate) async fn who(&self) -> Result<Who, Error> {
        let account = self.me.0.into();
        let compute = match self.ask(TASKS, Market::getNodeOfCall { account }).await {
            Ok(node) => Some(node.id),
            Err(Error::Nothing) => None,
            Err(error) => return Err(error),
        };
        Ok(Who { account: self.me, compute })
    }

    async fn node(&self, id: u64) -> Result<Node, Error> {
        self.ask(TASKS, Market::getNodeCall { id }).await
    }

    async fn dataset(&self, id: u64) -> Result<Dataset, Error> {
        self.ask(DATA, Registry::getDatasetCall { id }).await
    }

    /// All data sets of our account. They are read one by one, as tasks are; whose one is never changes, so those of others
    /// are read once.
    pub(crate) async fn datasets(&self) -> Result<Vec<Dataset>, Error> {
        loop {
            let next = self.known().last.saturating_add(1);
            let dataset = match self.dataset(next).await {
                Ok(dataset) => dataset,
                Err(Error::Nothing) => break,
                Err(error) => return Err(error),
            };
            let mut known = self.known();
            if known.last < next {
                known.last = next;
                if dataset.owner.0.0 == self.me.0 {
                    known.mine.push(next);
                }
            }
        }
        let (mine, mut found) = (self.known().mine.clone(), Vec::new());
        for id in mine {
            found.push(self.dataset(id).await?);
        }
        Ok(found)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A task with all that belongs to it.
    pub(crate) async fn seen(&self, task: u64) -> Result<Seen, Unseen> {
        let unseen = |error: Error| error.of_task(task);
        let (height, time) = self.reader.last().await.map_err(|error| unseen(error.into()))?;
        let me = self.who().await.map_err(unseen)?;
        let found = self.task(task).await.map_err(unseen)?;
        // Who has left and taken back its stake is in no task.
        let unread = |error: Error| Unseen::Unreachable(error.to_string());
        let mut nodes = Vec::new();
        for seat in &found.seats {
            let node = self.node(seat.id).await.map_err(unread)?;
            nodes.push((NodeId(node.node.0), node.key.0));
        }
        let mut datasets = Vec::new();
        for leg in &found.legs {
            datasets.push(self.dataset(leg.dataset).await.map_err(unread)?);
        }
        let chain_id = self.reader.chain_id();
        Ok(Seen { chain_id, height, time, me, task: found, nodes, datasets })
    }
}
