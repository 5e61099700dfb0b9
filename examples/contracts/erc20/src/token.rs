//! The contract.

use troupe_contract::prelude::*;

/// What is kept.
#[storage]
pub struct Erc20 {
    balances: Map<Address, U256>,
    allowances: Map<Address, Map<Address, U256>>,
    total_supply: Value<U256>,
    name: Value<String>,
    symbol: Value<String>,
}

/// Tokens moved; from nobody when they were made.
#[event]
pub struct Transfer {
    /// Whose they were.
    #[indexed]
    pub from: Address,
    /// Whose they are.
    #[indexed]
    pub to: Address,
    /// How many.
    pub value: U256,
}

/// Somebody may spend another's tokens.
#[event]
pub struct Approval {
    /// Whose they are.
    #[indexed]
    pub owner: Address,
    /// Who may spend them.
    #[indexed]
    pub spender: Address,
    /// How many.
    pub value: U256,
}

/// Why a call fails: ERC-6093.
#[error]
pub enum Error {
    /// There is not as much.
    ERC20InsufficientBalance {
        /// Whose tokens were to move.
        sender: Address,
        /// What they have.
        balance: U256,
        /// What was to move.
        needed: U256,
    },
    /// Not as much was allowed.
    ERC20InsufficientAllowance {
        /// Who wanted to spend.
        spender: Address,
        /// What they may.
        allowance: U256,
        /// What was to move.
        needed: U256,
    },
    /// Nobody holds tokens.
    ERC20InvalidReceiver {
        /// The address of nobody.
        receiver: Address,
    },
    /// Nobody spends tokens.
    ERC20InvalidSpender {
        /// The address of nobody.
        spender: Address,
    },
}

#[contract]
impl Erc20 {
    /// Makes all tokens there will be; who deploys has them.
    #[constructor]
    pub fn create(&mut self, name: String, symbol: String, supply: U256) {
        self.name.set(name);
        self.symbol.set(symbol);
        let owner = self.host().caller();
        self.total_supply.set(supply);
        self.balances.set(&owner, supply);
        let made = Transfer { from: Address::ZERO, to: owner, value: supply };
        self.host_mut().emit(&made);
    }

    /// What the token is called.
    #[public]
    pub fn name(&self) -> String {
        self.name.get()
    }

    /// The same in short.
    #[public]
    pub fn symbol(&self) -> String {
        self.symbol.get()
    }

    /// Digits behind the point.
    #[public]
    pub fn decimals() -> u8 {
        18
    }

    /// All tokens.
    #[public]
    pub fn total_supply(&self) -> U256 {
        self.total_supply.get()
    }

    /// The tokens of an account.
    #[public]
    pub fn balance_of(&self, account: Address) -> U256 {
        self.balances.get(&account)
    }

    /// How many of the owner's tokens the spender may spend.
    #[public]
    pub fn allowance(&self, owner: Address, spender: Address) -> U256 {
        self.allowances.at(&owner).get(&spender)
    }

    /// Moves the caller's tokens.
    #[public]
    pub fn transfer(&mut self, to: Address, value: U256) -> Result<bool, Error> {
        let from = self.host().caller();
        self.move_tokens(from, to, value)?;
        Ok(true)
    }

    /// Lets somebody spend the caller's tokens; the largest number is without limit.
    #[public]
    pub fn approve(&mut self, spender: Address, value: U256) -> Result<bool, Error> {
        if spender.is_zero() {
            return Err(Error::ERC20InvalidSpender { spender });
        }
        let owner = self.host().caller();
        self.allowances.at_mut(&owner).set(&spender, value);
        self.host_mut().emit(&Approval { owner, spender, value });
        Ok(true)
    }

    /// Moves another's tokens, as far as the caller may.
    #[public]
    pub fn transfer_from(
        &mut self,
        from: Address,
        to: Address,
        value: U256,
    ) -> Result<bool, Error> {
        let spender = self.host().caller();
        let allowance = self.allowance(from, spender);
        if allowance != U256::MAX {
            let Some(rest) = allowance.checked_sub(value) else {
                return Err(Error::ERC20InsufficientAllowance {
                    spender,
                    allowance,
                    needed: value,
                });
            };
            self.allowances.at_mut(&from).set(&spender, rest);
        }
        self.move_tokens(from, to, value)?;
        Ok(true)
    }

    fn move_tokens(&mut self, from: Address, to: Address, value: U256) -> Result<(), Error> {
        if to.is_zero() {
            return Err(Error::ERC20InvalidReceiver { receiver: to });
        }
        let balance = self.balances.get(&from);
        let Some(rest) = balance.checked_sub(value) else {
            return Err(Error::ERC20InsufficientBalance { sender: from, balance, needed: value });
        };
        self.balances.set(&from, rest);
        let received = self.balances.get(&to) + value;
        self.balances.set(&to, received);
        self.host_mut().emit(&Transfer { from, to, value });
        Ok(())
    }
}
