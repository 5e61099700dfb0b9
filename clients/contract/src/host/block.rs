//! The block that a call is in.

use super::Host;
use crate::{Address, Hash, U256};

impl Host {
    /// The number of this block.
    pub fn height(&self) -> u64 {
        self.inner.height()
    }

    /// The block's time stamp in seconds since 1970.
    pub fn time(&self) -> u64 {
        self.inner.time()
    }

    /// The block's time stamp in milliseconds since 1970.
    pub fn time_millis(&self) -> u64 {
        self.inner.time_millis()
    }

    /// The most gas that the block may use.
    pub fn gas_limit(&self) -> u64 {
        self.inner.gas_limit()
    }

    /// The chain.
    pub fn chain_id(&self) -> u64 {
        self.inner.chain_id()
    }

    /// Who gets the block's fees.
    pub fn coinbase(&self) -> Address {
        Address(self.inner.coinbase())
    }

    /// What the transaction pays for one gas, in von.
    pub fn gas_price(&self) -> U256 {
        U256::from_be_bytes(self.inner.gas_price())
    }

    /// The block's base fee for one gas, in von.
    pub fn base_fee(&self) -> U256 {
        U256::from_be_bytes(self.inner.base_fee())
    }

    /// The block's random number, `block.prevrandao`.
    pub fn randomness(&self) -> U256 {
        U256::from_be_bytes(self.inner.randomness())
    }

    /// The hash of one of the last 256 blocks; zeroes for any other.
    pub fn block_hash(&self, height: u64) -> Hash {
        Hash::from(U256::from_be_bytes(self.inner.block_hash(height)))
    }
}
