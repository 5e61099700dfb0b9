//! A view: difference layers over a pinned base.

use super::{Account, Base, Changes, Code, ReadError, Slot, StateView, next_over};
use alloy_primitives::U256;
use std::sync::Arc;
use troupe_types::{Address, Hash};

/// The state after one block, which stays what it is whatever happens to the chain meanwhile.
///
/// It holds the layers it needs and pins the base: no flush writes into the base what this view does not
/// have in its own layers. Cheap to clone; hold it for a request, not for ever.
#[derive(Debug, Clone)]
pub struct Layered {
    /// The newest first.
    layers: Vec<Arc<Changes>>,
    base: Arc<dyn Base>,
    /// Counted by [`Layers`](super::Layers).
    _pin: Arc<()>,
}

impl Layered {
    pub(super) fn new(layers: Vec<Arc<Changes>>, base: Arc<dyn Base>, pin: Arc<()>) -> Self {
        Self { layers, base, _pin: pin }
    }
}

impl StateView for Layered {
    fn account(&self, address: &Address) -> Result<Option<Account>, ReadError> {
        for layer in &self.layers {
            if let Some(account) = layer.account(address) {
                return Ok(account);
            }
        }
        self.base.account(address)
    }

    fn storage(&self, address: &Address, slot: &Slot) -> Result<U256, ReadError> {
        for layer in &self.layers {
            if let Some(value) = layer.slot(address, slot) {
                return Ok(value);
            }
        }
        self.base.storage(address, slot)
    }

    fn next_word(
        &self,
        address: &Address,
        after: Option<&Slot>,
    ) -> Result<Option<(Slot, U256)>, ReadError> {
        let written = |after: Option<&Slot>| {
            self.layers.iter().filter_map(|layer| layer.next_slot(address, after)).min()
        };
        let below = |after: Option<&Slot>| self.base.next_word(address, after);
        next_over(self, address, after, written, below)
    }

    fn code(&self, hash: &Hash) -> Result<Code, ReadError> {
        for layer in &self.layers {
            if let Some(code) = layer.codes.get(hash) {
                return Ok(code.clone());
            }
        }
        self.base.code(hash)
    }
}
