//! What a job is on a chain, whoever answers for that.

use crate::error::{Class, Error, Outcome};
use crate::network::LOOK;
use alloy_primitives::B256;
use alloy_sol_types::abi::AbiDecoderConfig;
use alloy_sol_types::{SolCall, SolEventInterface};
use futures_util::future::{BoxFuture, LocalBoxFuture};
use std::fmt;
use troupe_market::call::abi::TaskMarket;
use troupe_market::contract::TASKS;
use troupe_types::{Address, NodeId};

/// Tasks that an answer of the chain holds.
pub(crate) const PAGE: u64 = 16;
/// Tasks that are listed.
const MOST_TASKS: usize = 4_096;
/// The longest answer that is read, in bytes: a page of tasks with all their seats and data sets has less than half of it.
const LONGEST: usize = 512 << 10;
/// What reading it may hold in memory, in bytes.
const MEMORY: usize = 4 * LONGEST;
/// So much of an answer that is none is shown.
const SHOWN: usize = 120;

/// A transaction that is in a block and did what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Which block.
    pub height: u64,
    /// What the task market told of it.
    pub logs: Vec<Log>,
}

/// What a contract tells of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// What it is found by.
    pub topics: Vec<B256>,
    /// The rest.
    pub data: Vec<u8>,
}

/// Access to a chain, and whoever pays for jobs on it.
pub trait Chain: fmt::Debug + Send + Sync {
    /// The chain's number.
    fn id(&self) -> u64;

    /// Who pays; an error where nobody does.
    fn payer(&self) -> Outcome<Address>;

    /// Called when an actor that asks it begins, also again: what has to go on beside the actor for the answers to be new.
    fn begin(&self) -> LocalBoxFuture<'static, ()> {
        Box::pin(async {})
    }

    /// Whether a contract can go through all of a state there. Who follows a chain by its headers reads it word by word.
    fn has_states(&self) -> bool {
        true
    }

    /// Completes when there may be something new to ask for.
    fn news(&self) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(LOOK))
    }

    /// What the contract at `to` answers after the last block.
    fn ask(&self, to: Address, input: Vec<u8>) -> BoxFuture<'_, Outcome<Vec<u8>>>;

    /// Calls the contract at `to` as whoever pays, once and not again, and waits until that is final.
    fn send(&self, to: Address, input: Vec<u8>, value: u128) -> BoxFuture<'_, Outcome<Receipt>>;
}

/// A chain as jobs see it: its task market.
#[derive(Debug, Clone, Copy)]
pub struct Market<'a>(pub &'a dyn Chain);

impl Market<'_> {
    async fn ask<C: SolCall>(&self, call: C) -> Outcome<C::Return> {
        let answer = self.0.ask(TASKS, call.abi_encode()).await?;
        if answer.is_empty() {
            let text = format!("no contract of a task market answers at {}", TASKS.to_checksum());
            return Err(Error::new(Class::Refused, text));
        }
        returned::<C>(&answer)
    }

    /// The task of a number.
    pub async fn look(&self, number: u64) -> Outcome<TaskMarket::Task> {
        self.ask(TaskMarket::getTaskCall { task: number }).await
    }

    /// What the chain wants of tasks.
    pub async fn rules(&self) -> Outcome<TaskMarket::Rules> {
        self.ask(TaskMarket::getRulesCall {}).await
    }

    /// The first tasks after one of a number: less than a page of them where there are no more.
    pub(crate) async fn page(&self, after: u64) -> Outcome<Vec<TaskMarket::Task>> {
        if self.0.has_states() {
            return self.ask(TaskMarket::getTasksCall { afterId: after, count: PAGE }).await;
        }
        let mut page = Vec::new();
        for step in 1..=PAGE {
            match self.look(after.saturating_add(step)).await {
                Ok(task) => page.push(task),
                // Their numbers have no gaps.
                Err(error) if is_no_task(&error) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(page)
    }

    /// All tasks, the oldest first.
    pub async fn tasks(&self) -> Outcome<Vec<TaskMarket::Task>> {
        let mut all: Vec<TaskMarket::Task> = Vec::new();
        while all.len() < MOST_TASKS {
            let after = all.last().map_or(0, |task| task.id);
            let page = self.page(after).await?;
            let is_last = (page.len() as u64) < PAGE;
            all.extend(page);
            if is_last {
                return Ok(all);
            }
        }
        let text = format!("{MOST_TASKS} tasks and more are not listed");
        Err(Error::new(Class::Refused, text))
    }

    /// The nodes that have the seats of a task, in their order.
    pub async fn nodes(&self, task: &TaskMarket::Task) -> Outcome<Vec<NodeId>> {
        let mut nodes = Vec::new();
        for seat in &task.seats {
            let node = self.ask(TaskMarket::getNodeCall { id: seat.id }).await?;
            nodes.push(NodeId(node.node.0));
        }
        Ok(nodes)
    }

    /// Declares a task and pays its deposit; its number.
    pub async fn declare(&self, declaration: TaskMarket::Declaration) -> Outcome<u64> {
        let too_much = || Error::about(Class::File, "pay", "is more than there can be");
        let deposit = declaration.fee.checked_add(declaration.prices).ok_or_else(too_much)?;
        let call = TaskMarket::declareCall { declaration };
        let receipt = self.0.send(TASKS, call.abi_encode(), deposit).await?;
        let declared = receipt.logs.iter().find_map(|log| match event(log)? {
            TaskMarket::TaskMarketEvents::Declared(declared) => Some(declared.task),
            _ => None,
        });
        declared.ok_or_else(|| malformed("a declaration that no event tells of"))
    }

    /// Takes a task back before it is final.
    pub async fn cancel(&self, number: u64) -> Outcome<Receipt> {
        self.0.send(TASKS, TaskMarket::cancelCall { task: number }.abi_encode(), 0).await
    }
}

/// Whether the chain says that there is no task of a number.
pub(crate) fn is_no_task(error: &Error) -> bool {
    let code = troupe_market::Error::NoTask { task: 0 }.code();
    error.refusal.as_ref().is_some_and(|said| said.code == code)
}

/// Strict: a contract of ours gives the one encoding, and nothing behind it.
const fn strictly() -> AbiDecoderConfig {
    AbiDecoderConfig::new().strict(true).memory_limit(MEMORY)
}

fn malformed(what: &str) -> Error {
    Error::new(Class::Unreachable, format!("the chain gives {what}"))
}

fn returned<C: SolCall>(bytes: &[u8]) -> Outcome<C::Return> {
    let got = bytes.len();
    if got > LONGEST {
        return Err(malformed(&format!("an answer of {got} bytes, allowed are {LONGEST}")));
    }
    C::abi_decode_returns_with_config(bytes, strictly()).map_err(|error| {
        let name = C::SIGNATURE.split('(').next().unwrap_or(C::SIGNATURE);
        let reason: String = error.to_string().chars().take(SHOWN).collect();
        malformed(&format!("no answer of {name}: {reason}"))
    })
}

fn event(log: &Log) -> Option<TaskMarket::TaskMarketEvents> {
    let is_short = log.data.len() <= LONGEST;
    let read = || {
        TaskMarket::TaskMarketEvents::decode_raw_log_with_config(&log.topics, &log.data, strictly())
    };
    is_short.then(read)?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_answer_that_is_none_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            // A task has more words than that.
            let refused = returned::<TaskMarket::getTaskCall>(&bytes).err().unwrap();
            prop_assert_eq!(refused.class, Class::Unreachable);
            prop_assert!(refused.to_string().starts_with("the chain gives no answer of getTask"));
            let log = Log { topics: vec![B256::repeat_byte(1)], data: bytes };
            prop_assert!(event(&log).is_none());
        }
    }
}
