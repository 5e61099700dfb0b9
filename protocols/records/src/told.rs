//! What is told to those who look on.

use alloy_primitives::LogData;
use troupe_types::Address;

/// Something that happened, as a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The contract that tells it.
    pub contract: Address,
    /// At most four.
    pub topics: Vec<[u8; 32]>,
    /// What it says besides.
    pub data: Vec<u8>,
}

impl Told {
    /// A log of a contract.
    #[must_use]
    pub fn new(contract: Address, log: LogData) -> Self {
        let topics = log.topics().iter().map(|topic| topic.0).collect();
        Self { contract, topics, data: log.data.into() }
    }
}
