//! What a transaction sees around it.

use crate::shared::Vm;
use std::collections::BTreeMap;
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
    /// The block's random word: `PREVRANDAO`. Its proposer knows it before it chooses transactions, and nobody else
    /// before the block is there.
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
    /// Addresses where another precompiled contract answers than Ethereum has there, or none. Questions may have
    /// some, blocks never do.
    pub moved: Arc<BTreeMap<Address, Option<Address>>>,
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
            moved: Arc::default(),
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
            randomness: header.word(),
            ancestors,
            fork: Fork::default(),
            seed: u64::from_le_bytes(*seed),
            vm: vm.clone(),
            moved: Arc::default(),
        }
    }

    /// Whether a precompiled contract answers at this address.
    #[must_use]
    pub fn is_precompiled(&self, address: &Address) -> bool {
        self.precompiled_at(address).is_some()
    }

    /// Under which address of Ethereum's the precompiled contract is known that answers at this one.
    #[must_use]
    pub fn precompiled_at(&self, address: &Address) -> Option<Address> {
        match self.moved.get(address) {
            Some(known) => *known,
            None => self.precompiles().contains(address).then_some(*address),
        }
    }

    pub(crate) const fn precompiles(&self) -> Set {
        match self.fork {
            Fork::Cancun => Set::Cancun,
            Fork::Prague => Set::Prague,
        }
    }
}
