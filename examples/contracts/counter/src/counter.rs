//! The contract.

use troupe_contract::prelude::*;

/// What is kept.
#[storage]
pub struct Counter {
    owner: Value<Address>,
    count: Value<U256>,
}

/// The number was raised.
#[event]
pub struct Increased {
    /// By whom.
    #[indexed]
    pub by: Address,
    /// What it is now.
    pub count: U256,
}

/// Why a call fails.
#[error]
pub enum Error {
    /// Only the owner raises the number.
    NotOwner {
        /// Who tried.
        caller: Address,
    },
}

#[contract]
impl Counter {
    /// Begins at a number; who deploys owns it.
    #[constructor]
    pub fn create(&mut self, start: U256) {
        let owner = self.host().caller();
        self.owner.set(owner);
        self.count.set(start);
    }

    /// The number.
    #[public]
    pub fn count(&self) -> U256 {
        self.count.get()
    }

    /// Who may raise it.
    #[public]
    pub fn owner(&self) -> Address {
        self.owner.get()
    }

    /// Raises the number by one.
    #[public]
    pub fn increase(&mut self) -> Result<U256, Error> {
        self.increase_by(U256::ONE)
    }

    /// Raises the number; beyond 256 bits the call fails.
    #[public]
    pub fn increase_by(&mut self, amount: U256) -> Result<U256, Error> {
        let caller = self.host().caller();
        if caller != self.owner.get() {
            return Err(Error::NotOwner { caller });
        }
        let count = self.count.update(|count| count + amount);
        self.host_mut().emit(&Increased { by: caller, count });
        Ok(count)
    }
}
