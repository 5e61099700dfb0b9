//! Logs.

use crate::encode::{count, data, quantity};
use alloy_primitives::Log;
use serde_json::{Value, json};
use troupe_chain::block::Block;
use troupe_types::Hash;

/// Where a log is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LogPlace<'a> {
    pub(crate) block: &'a Block,
    pub(crate) transaction: Hash,
    /// The transaction's place in the block.
    pub(crate) index: usize,
    /// The log's place among all of the block.
    pub(crate) log: usize,
}

/// A log.
pub(crate) fn log(log: &Log, place: LogPlace<'_>) -> Value {
    let header = place.block.header();
    let topics: Vec<String> = log.topics().iter().map(data).collect();
    json!({
        "address": data(log.address),
        "topics": topics,
        "data": data(&log.data.data),
        "blockHash": data(place.block.hash()),
        "blockNumber": quantity(header.height.0),
        "blockTimestamp": quantity(header.time.0 / 1_000),
        "transactionHash": data(place.transaction),
        "transactionIndex": count(place.index),
        "logIndex": count(place.log),
        "removed": false,
    })
}
