//! Logs.

use crate::encode::{count, data, quantity};
use alloy_primitives::Log;
use serde_json::{Value, json};
use troupe_chain::block::Block;
use troupe_types::{Hash, Height, UnixMillis};

/// Where a log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogPlace {
    /// The block.
    pub block: Hash,
    /// Its height.
    pub height: Height,
    /// Its time.
    pub time: UnixMillis,
    /// The transaction.
    pub transaction: Hash,
    /// The transaction's place in the block, from 0.
    pub index: usize,
    /// The log's place among all of the block, from 0.
    pub at: usize,
}

/// A log that somebody looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundLog {
    /// Where it is.
    pub place: LogPlace,
    /// The log.
    pub log: Log,
}

impl LogPlace {
    /// The place of the block's log with number `at`, which the transaction with number `index` left.
    #[must_use]
    pub fn of(block: &Block, transaction: Hash, index: usize, at: usize) -> Self {
        let (height, time) = (block.header().height, block.header().time);
        Self { block: block.hash(), height, time, transaction, index, at }
    }
}

/// Logs, in their order.
pub(crate) fn logs(found: &[FoundLog]) -> Vec<Value> {
    found.iter().map(|found| log(&found.log, found.place)).collect()
}

/// A log.
pub(crate) fn log(log: &Log, place: LogPlace) -> Value {
    let topics: Vec<String> = log.topics().iter().map(data).collect();
    json!({
        "address": data(log.address),
        "topics": topics,
        "data": data(&log.data.data),
        "blockHash": data(place.block),
        "blockNumber": quantity(place.height.0),
        "blockTimestamp": quantity(place.time.0 / 1_000),
        "transactionHash": data(place.transaction),
        "transactionIndex": count(place.index),
        "logIndex": count(place.at),
        "removed": false,
    })
}
