//! What a transaction found, or what it changed: geth's `prestateTracer`.

use super::Ended;
use crate::encode::{data, wide};
use crate::error::Error;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use troupe_chain::state::{Account, EMPTY_CODE, Slot, StateView};
use troupe_types::Address;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Options {
    /// What was changed, before and after, in place of all that was found.
    pub(super) is_difference: bool,
    pub(super) has_code: bool,
    pub(super) has_storage: bool,
}

/// Which accounts and slots were touched.
#[derive(Debug)]
pub(crate) struct Prestate {
    options: Options,
    touched: BTreeMap<Address, BTreeSet<Slot>>,
}

impl Prestate {
    pub(super) const fn new(options: Options) -> Self {
        Self { options, touched: BTreeMap::new() }
    }

    pub(super) fn having_touched(self, touched: BTreeMap<Address, BTreeSet<Slot>>) -> Self {
        Self { touched, ..self }
    }

    pub(super) fn tell<V: StateView>(&self, ended: &Ended<'_, V>) -> Result<Value, Error> {
        if self.options.is_difference { self.difference(ended) } else { self.found(ended) }
    }

    /// Everything that was touched, as it was.
    fn found<V: StateView>(&self, ended: &Ended<'_, V>) -> Result<Value, Error> {
        let mut told = Map::new();
        let mut touched = self.touched.clone();
        // Whoever got the fees was touched without anybody looking.
        for address in ended.changes.accounts.keys() {
            touched.entry(*address).or_default();
        }
        for (address, slots) in &touched {
            let account = ended.before.account(address)?.unwrap_or_default();
            let mut fields = self.fields(&account, ended.before)?;
            let mut words = Map::new();
            for slot in slots {
                let word = ended.before.storage(address, slot)?;
                words.insert(data(slot), data(word.to_be_bytes::<32>()).into());
            }
            if self.options.has_storage && !words.is_empty() {
                fields.insert("storage".into(), words.into());
            }
            told.insert(data(address), fields.into());
        }
        Ok(Value::Object(told))
    }

    fn fields<V: StateView>(
        &self,
        account: &Account,
        view: &V,
    ) -> Result<Map<String, Value>, Error> {
        let mut fields = Map::new();
        fields.insert("balance".into(), wide(account.balance).into());
        if account.nonce > 0 {
            fields.insert("nonce".into(), account.nonce.into());
        }
        if account.code_hash != EMPTY_CODE && self.options.has_code {
            fields.insert("code".into(), data(view.code(&account.code_hash)?).into());
        }
        Ok(fields)
    }

    /// What was changed: before it whole, after it the fields that are others.
    fn difference<V: StateView>(&self, ended: &Ended<'_, V>) -> Result<Value, Error> {
        let (mut before, mut after) = (Map::new(), Map::new());
        let changes = ended.changes;
        let changed: BTreeSet<Address> =
            changes.accounts.keys().chain(changes.storage.keys()).copied().collect();
        for address in changed {
            let old = ended.before.account(&address)?;
            let new = changes.account(&address).unwrap_or(old);
            let (mut was, mut is) = match old {
                Some(old) => (self.fields(&old, ended.before)?, Map::new()),
                None => (Map::new(), Map::new()),
            };
            if let Some(new) = new {
                let old = old.unwrap_or_default();
                if new.balance != old.balance {
                    is.insert("balance".into(), wide(new.balance).into());
                }
                if new.nonce != old.nonce {
                    is.insert("nonce".into(), new.nonce.into());
                }
                if let Some(code) =
                    changes.codes.get(&new.code_hash).filter(|_| self.options.has_code)
                    && new.code_hash != old.code_hash
                {
                    is.insert("code".into(), data(code).into());
                }
            }
            let (mut old_words, mut new_words) = (Map::new(), Map::new());
            for (slot, word) in changes.storage.get(&address).into_iter().flatten() {
                let was = ended.before.storage(&address, slot)?;
                if !was.is_zero() {
                    old_words.insert(data(slot), data(was.to_be_bytes::<32>()).into());
                }
                if !word.is_zero() {
                    new_words.insert(data(slot), data(word.to_be_bytes::<32>()).into());
                }
            }
            for (fields, words) in [(&mut was, old_words), (&mut is, new_words)] {
                if self.options.has_storage && !words.is_empty() {
                    fields.insert("storage".into(), words.into());
                }
            }
            if old.is_some() {
                before.insert(data(address), was.into());
            }
            if new.is_some() && !is.is_empty() {
                after.insert(data(address), is.into());
            }
        }
        Ok(json!({ "pre": before, "post": after }))
    }
}
