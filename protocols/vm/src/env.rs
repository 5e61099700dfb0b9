//! What a transaction sees around it.

use crate::shared::Vm;
use std::fmt;
use std::sync::Arc;
use troupe_chain::Header;
use troupe_chain::transaction::Fork;
use troupe_precompiles::Set;
use troupe_types::{Address, Gas, Hash, Height, UnixMillis};

/// The hashes of earlier blocks, for the `BLOCKHASH` instruction.
pub trait Ancestors {
    /// The hash of the block at a height; `None` for what is not among the last 256.
    fn hash(&self, height: Height) -> Option<Hash>;
}

/// Nothing is known of earlier blocks.
impl Ancestors for () {
    fn hash(&self, _: Height) -> Option<Hash> {
        None
    }
}

/// The block around a transaction.
#[derive(Clone)]
pub struct Env {
    /// The chain's id.
    pub chain_id: u64,
    /// The block's height.
    pub height: Height,
    /// When it was proposed. Contracts see whole seconds.
    pub time: UnixMillis,
    /// Who gets the fees.
    pub coinbase: Address,
    /// The most gas that the transactions may use.
    pub gas_limit: Gas,
    /// What each unit of gas costs at least, in von.
    pub base_fee: u64,
    /// The block's random word.
    pub randomness: Hash,
    /// Earlier blocks.
    pub ancestors: Arc<dyn Ancestors + Send + Sync>,
    /// Which of Ethereum's forks is followed.
    pub fork: Fork,
    /// A number that nobody knew when the transactions were made. It changes how fast they execute and nothing
    /// that comes of it.
    pub seed: u64,
    /// What all who execute share.
    pub vm: Vm,
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Env(chain {}, height {})", self.chain_id, self.height)
    }
}

impl Default for Env {
    /// A block of no chain, without fees.
    fn default() -> Self {
        Self {
            chain_id: 0,
            height: Height::ZERO,
            time: UnixMillis(0),
            coinbase: Address::default(),
            gas_limit: Gas(u64::MAX),
            base_fee: 0,
            randomness: Hash::default(),
            ancestors: Arc::new(()),
            fork: Fork::default(),
            seed: 0,
            vm: Vm::default(),
        }
    }
}

impl Env {
    /// The block that a header describes.
    #[must_use]
    pub fn of(
        header: &Header,
        chain_id: u64,
        ancestors: Arc<dyn Ancestors + Send + Sync>,
        vm: &Vm,
    ) -> Self {
        let seed = header.parent.0.first_chunk().expect("8 of 32 bytes");
        Self {
            chain_id,
            height: header.height,
            time: header.time,
            coinbase: header.coinbase,
            gas_limit: header.gas_limit,
            base_fee: header.base_fee,
            randomness: troupe_crypto::hash::keccak256(&header.randomness),
            ancestors,
            fork: Fork::default(),
            seed: u64::from_le_bytes(*seed),
            vm: vm.clone(),
        }
    }

    /// Whether Ethereum's precompiled contracts have one at this address.
    #[must_use]
    pub fn is_precompiled(&self, address: &Address) -> bool {
        self.precompiles().contains(address)
    }

    pub(crate) const fn precompiles(&self) -> Set {
        match self.fork {
            Fork::Cancun => Set::Cancun,
            Fork::Prague => Set::Prague,
        }
    }
}
