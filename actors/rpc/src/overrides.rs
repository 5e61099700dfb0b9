//! What a client wants to be otherwise while its call runs.

mod block;

pub(crate) use block::BlockOverrides;

use crate::arguments::{Argument, Arguments};
use crate::encode::{read_address, read_fixed};
use crate::error::{Error, Refused};
use alloy_primitives::U256;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use troupe_chain::state::{
    Account, Code, EMPTY_CODE, ReadError, Slot, StateView, above, next_over,
};
use troupe_crypto::hash::keccak256;
use troupe_types::{Address, Hash};
use troupe_vm::Env;

/// The most accounts, and the most words of one of them.
const MAX_ACCOUNTS: usize = 1_000;
const MAX_WORDS: usize = 10_000;

/// A root that is not the empty one: there is storage to be looked at.
const SOME_ROOT: Hash = Hash([0xff; 32]);

/// Accounts that are not what the chain says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct StateOverrides {
    accounts: BTreeMap<Address, Otherwise>,
    codes: BTreeMap<Hash, Code>,
}

/// What is not as the chain has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Otherwise {
    nonce: Option<u64>,
    balance: Option<U256>,
    code_hash: Option<Hash>,
    /// Nothing else of the storage counts.
    is_whole: bool,
    words: BTreeMap<Slot, U256>,
    /// Where the precompiled contract goes that was here.
    moves_to: Option<Address>,
}

impl StateOverrides {
    /// Reads the next argument; nothing is overridden where there is none.
    pub(crate) fn next(arguments: &mut Arguments) -> Result<Self, Error> {
        arguments.optional("stateOverride").map_or_else(|| Ok(Self::default()), Self::read)
    }

    /// Reads an object: accounts by address.
    pub(crate) fn read(object: Argument) -> Result<Self, Error> {
        let mut overrides = Self::default();
        for (address, account) in object.entries(MAX_ACCOUNTS)? {
            let address = read_address(&address)
                .map_err(|reason| Error::Argument { name: "stateOverride", reason })?;
            let account = account.object()?;
            overrides.read_account(address, &account)?;
        }
        Ok(overrides)
    }

    fn read_account(&mut self, address: Address, account: &Argument) -> Result<(), Error> {
        let moves_to = account.field("movePrecompileToAddress");
        let moves_to = moves_to.map(|target| target.address()).transpose()?;
        let (whole, diff) = (account.field("state"), account.field("stateDiff"));
        if let (Some(field), Some(_)) = (&whole, &diff) {
            return Err(field.refuse("and stateDiff exclude each other"));
        }
        let is_whole = whole.is_some();
        let words = whole.or(diff).map(read_words).transpose()?.unwrap_or_default();
        let code = account.field("code").map(|code| code.data()).transpose()?;
        let code_hash = code.map(|code| {
            let hash = if code.is_empty() { EMPTY_CODE } else { keccak256(&code) };
            self.codes.insert(hash, code.into());
            hash
        });
        let nonce = account.field("nonce").map(|nonce| nonce.quantity()).transpose()?;
        let balance = account.field("balance").map(|balance| balance.wide()).transpose()?;
        let otherwise = Otherwise { nonce, balance, code_hash, is_whole, words, moves_to };
        self.accounts.insert(address, otherwise);
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// Takes precompiled contracts to where the client wants them. Where anything is overridden there is none any
    /// more.
    // execution-apis, AccountOverride
    pub(crate) fn move_precompiled(&self, env: &mut Env) -> Result<(), Refused> {
        let mut moved = BTreeMap::clone(&env.moved);
        let mut targets = BTreeSet::new();
        for (address, otherwise) in &self.accounts {
            let (address, known) = (*address, env.precompiled_at(address));
            if known.is_some() {
                moved.insert(address, None);
            }
            let Some(target) = otherwise.moves_to else { continue };
            if target == address {
                return Err(Refused::MovedToItself { address });
            }
            let Some(known) = known else { return Err(Refused::NotPrecompiled { address }) };
            if self.accounts.contains_key(&target) {
                return Err(Refused::Overridden { address: target });
            }
            if !targets.insert(target) {
                return Err(Refused::MovedToOne { address: target });
            }
            moved.insert(target, Some(known));
        }
        env.moved = Arc::new(moved);
        Ok(())
    }
}

fn read_words(object: Argument) -> Result<BTreeMap<Slot, U256>, Error> {
    let mut words = BTreeMap::new();
    for (slot, value) in object.entries(MAX_WORDS)? {
        let slot =
            read_fixed(&slot).map_err(|reason| Error::Argument { name: "stateDiff", reason })?;
        words.insert(Hash(slot), U256::from_be_bytes(value.slot()?.0));
    }
    Ok(words)
}

/// A state, but for what is overridden.
#[derive(Debug, Clone)]
pub(crate) struct Overridden<V> {
    pub(crate) view: V,
    pub(crate) overrides: Arc<StateOverrides>,
}

impl<V: StateView> StateView for Overridden<V> {
    fn account(&self, address: &Address) -> Result<Option<Account>, ReadError> {
        let account = self.view.account(address)?;
        let Some(otherwise) = self.overrides.accounts.get(address) else { return Ok(account) };
        let mut account = account.unwrap_or_default();
        account.nonce = otherwise.nonce.unwrap_or(account.nonce);
        account.balance = otherwise.balance.unwrap_or(account.balance);
        account.code_hash = otherwise.code_hash.unwrap_or(account.code_hash);
        if otherwise.is_whole || !otherwise.words.is_empty() {
            account.storage_root = SOME_ROOT;
        }
        Ok(Some(account))
    }

    fn storage(&self, address: &Address, slot: &Slot) -> Result<U256, ReadError> {
        let Some(otherwise) = self.overrides.accounts.get(address) else {
            return self.view.storage(address, slot);
        };
        match otherwise.words.get(slot) {
            Some(word) => Ok(*word),
            None if otherwise.is_whole => Ok(U256::ZERO),
            None => self.view.storage(address, slot),
        }
    }

    fn next_word(
        &self,
        address: &Address,
        after: Option<&Slot>,
    ) -> Result<Option<(Slot, U256)>, ReadError> {
        let otherwise = self.overrides.accounts.get(address);
        let written = |after: Option<&Slot>| {
            otherwise?.words.range(above(after)).next().map(|(slot, _)| *slot)
        };
        let below = |after: Option<&Slot>| match otherwise {
            Some(otherwise) if otherwise.is_whole => Ok(None),
            _ => self.view.next_word(address, after),
        };
        next_over(self, address, after, written, below)
    }

    fn code(&self, hash: &Hash) -> Result<Code, ReadError> {
        match self.overrides.codes.get(hash) {
            Some(code) => Ok(code.clone()),
            None => self.view.code(hash),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use troupe_chain::state::{Changes, Flat};

    const HERE: Address = Address([0x11; 20]);

    fn read(text: &str) -> Result<StateOverrides, Error> {
        StateOverrides::next(&mut Arguments::read(Some(text), 1)?)
    }

    fn over(text: &str) -> Overridden<Flat> {
        let mut changes = Changes::default();
        let account = Account { nonce: 5, balance: U256::from(9), ..Account::default() };
        changes.accounts.insert(HERE, Some(account));
        changes.storage.entry(HERE).or_default().insert(Hash([1; 32]), U256::from(7));
        let mut view = Flat::default();
        view.apply(&changes);
        Overridden { view, overrides: Arc::new(read(text).unwrap()) }
    }

    fn here(fields: &str) -> String {
        format!(r#"[{{"0x{}":{{{fields}}}}}]"#, "11".repeat(20))
    }

    #[test]
    fn what_is_not_overridden_stays() {
        let state = over(&here(r#""balance":"0x64","code":"0x6001""#));
        let account = state.account(&HERE).unwrap().unwrap();
        assert_eq!((account.nonce, account.balance), (5, U256::from(100)));
        assert_eq!(state.code(&account.code_hash).unwrap().to_vec(), [0x60, 1]);
        assert_eq!(state.storage(&HERE, &Hash([1; 32])).unwrap(), U256::from(7));
        assert_eq!(state.account(&Address([2; 20])).unwrap(), None);
    }

    #[test]
    fn a_whole_state_hides_what_was_there_and_a_difference_does_not() {
        let (two, value) = ("02".repeat(32), "03".repeat(32));
        let words = |name: &str| here(&format!(r#""{name}":{{"0x{two}":"0x{value}"}}"#));
        for (name, hidden) in [("state", U256::ZERO), ("stateDiff", U256::from(7))] {
            let state = over(&words(name));
            assert_eq!(state.storage(&HERE, &Hash([1; 32])).unwrap(), hidden, "{name}");
            let want = U256::from_be_bytes([3; 32]);
            assert_eq!(state.storage(&HERE, &Hash([2; 32])).unwrap(), want, "{name}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for wrong in [
            here(r#""state":{},"stateDiff":{}"#),
            here(r#""movePrecompileToAddress":"0x01""#),
            here(r#""nonce":"5""#),
            here(r#""state":{"0x01":"0x02"}"#),
            r#"[{"0x12":{}}]"#.to_owned(),
            "[[]]".to_owned(),
        ] {
            assert!(read(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn precompiled_contracts_go_where_there_is_room() {
        let at = |last: u8| format!("0x{}{last:02x}", "00".repeat(19));
        let moved = |pairs: &[(u8, u8)]| {
            let one = |(from, to): &(u8, u8)| {
                format!(r#""{}":{{"movePrecompileToAddress":"{}"}}"#, at(*from), at(*to))
            };
            let all: Vec<String> = pairs.iter().map(one).collect();
            let mut env = Env::default();
            let read = read(&format!("[{{{}}}]", all.join(","))).unwrap();
            read.move_precompiled(&mut env).map(|()| env)
        };
        let address = |last: u8| at(last).parse::<Address>().unwrap();
        let env = moved(&[(1, 0xaa), (2, 0xbb)]).unwrap();
        assert_eq!(env.precompiled_at(&address(0xaa)), Some(address(1)));
        assert_eq!(env.precompiled_at(&address(1)), None);
        assert_eq!(env.precompiled_at(&address(3)), Some(address(3)));
        let refused = |pairs: &[(u8, u8)]| moved(pairs).unwrap_err().code();
        assert_eq!(refused(&[(1, 1)]), -38022);
        assert_eq!(refused(&[(1, 0xaa), (2, 0xaa)]), -38023);
        assert_eq!(refused(&[(0xaa, 0xbb)]), -32000);
        assert_eq!(refused(&[(1, 2), (2, 0xaa)]), -32000);
    }
}
