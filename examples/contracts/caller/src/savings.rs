//! The contract.

use troupe_contract::prelude::*;

/// What is called of the token: any ERC-20.
#[interface]
pub trait Token {
    /// The tokens of an account.
    fn balance_of(&self, account: Address) -> U256;
    /// Moves the caller's tokens.
    fn transfer(&mut self, to: Address, value: U256) -> bool;
    /// Moves another's tokens.
    fn transfer_from(&mut self, from: Address, to: Address, value: U256) -> bool;
}

/// What is kept.
#[storage]
pub struct Savings {
    token: Value<Address>,
    saved: Map<Address, U256>,
    total: Value<U256>,
}

/// Somebody saved.
#[event]
pub struct Deposited {
    /// Who.
    #[indexed]
    pub by: Address,
    /// What arrived.
    pub amount: U256,
}

/// Somebody took savings out.
#[event]
pub struct Withdrawn {
    /// Who.
    #[indexed]
    pub by: Address,
    /// How much.
    pub amount: U256,
}

/// Why a call fails, where the token itself did not.
#[error]
pub enum Error {
    /// There is not as much.
    NotSaved {
        /// What there is.
        saved: U256,
        /// What was asked for.
        needed: U256,
    },
    /// The token said no without reverting.
    Refused {
        /// The token.
        token: Address,
    },
}

#[contract]
impl Savings {
    /// Names the token.
    #[constructor]
    pub fn create(&mut self, token: Address) {
        self.token.set(token);
    }

    /// The token.
    #[public]
    pub fn token(&self) -> Address {
        self.token.get()
    }

    /// What an account saved.
    #[public]
    pub fn saved(&self, account: Address) -> U256 {
        self.saved.get(&account)
    }

    /// Tokens that belong to nobody: they were sent here without a deposit.
    #[public]
    pub fn unclaimed(&self) -> Result<U256, troupe_contract::Error> {
        let here = self.host().address();
        let owned = Token::at(self.token.get()).balance_of(self.host(), here)?;
        Ok(owned.saturating_sub(self.total.get()))
    }

    /// Takes tokens that the caller approved. What arrives counts, should the token keep a fee; if
    /// the token reverts, so does this, with the token's own reason.
    #[public]
    pub fn deposit(&mut self, amount: U256) -> Result<U256, Bytes> {
        let token = Token::at(self.token.get());
        let (by, here) = (self.host().caller(), self.host().address());
        let before = token.balance_of(self.host(), here).map_err(bytes)?;
        let taken = token.transfer_from(self.host_mut(), by, here, amount).map_err(bytes)?;
        if !taken {
            return Err(bytes(Error::Refused { token: token.address() }));
        }
        let after = token.balance_of(self.host(), here).map_err(bytes)?;
        let arrived = after - before;
        let saved = self.saved.get(&by) + arrived;
        self.saved.set(&by, saved);
        self.total.update(|total| total + arrived);
        self.host_mut().emit(&Deposited { by, amount: arrived });
        Ok(saved)
    }

    /// Gives savings back.
    #[public]
    pub fn withdraw(&mut self, amount: U256) -> Result<(), Bytes> {
        let token = Token::at(self.token.get());
        let by = self.host().caller();
        let saved = self.saved.get(&by);
        let Some(rest) = saved.checked_sub(amount) else {
            return Err(bytes(Error::NotSaved { saved, needed: amount }));
        };
        self.saved.set(&by, rest);
        self.total.update(|total| total - amount);
        self.host_mut().emit(&Withdrawn { by, amount });
        if !token.transfer(self.host_mut(), by, amount).map_err(bytes)? {
            return Err(bytes(Error::Refused { token: token.address() }));
        }
        Ok(())
    }
}

/// An error of this contract or of the token, as what the caller gets.
fn bytes(error: impl Revert) -> Bytes {
    Bytes(error.revert_data())
}
