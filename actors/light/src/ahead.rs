//! Having the parts of a state that a call will read before it reads them.
//!
//! Somebody who has the state makes the call and says what it touched; that is a hint, and nobody has to believe
//! it. All of it is asked for at once, with proofs. What the hint left out is fetched when the call reads it.

use crate::client::{Client, lock};
use crate::error::Error;
use crate::facts::other;
use crate::view::Remote;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use troupe_chain::light::{
    AccountsShown, AskAccount, AskAccounts, AskTouched, MAX_ACCOUNTS, MAX_WORDS, Touched,
};
use troupe_chain::state::{AccountProof, EMPTY_CODE, Slot};
use troupe_crypto::Scheme;
use troupe_rpc::{Ahead, Looked, Unavailable};
use troupe_types::{Address, Hash, Height};
use troupe_vm::CallRequest;
use troupe_wire::{Blob, List};

/// So many are asked what a call touches.
const ASKED: usize = 2;
/// So many times accounts are asked for: a hint that is longer is worth no more.
const ROUNDS: usize = 16;

/// An account, and words of it.
type Wanted = (Address, Vec<Slot>);

impl<S: Scheme> Client<S> {
    /// What a call touches in the state after a block, as somebody says; nothing where nobody does.
    async fn hint(&self, height: Height, request: &CallRequest) -> Option<Touched> {
        let asked = AskTouched {
            height,
            from: request.from,
            to: request.to,
            value: request.value.to_be_bytes(),
            gas: request.gas.0,
            input: Blob::new(request.input.to_vec()).ok()?,
        };
        let peers = self.some_peers(ASKED);
        self.find_among(peers, asked, |_, touched| async move { Ok(touched) }).await.ok()?
    }

    /// Accounts and words in the state after a block with this root: of the first of those that are wanted.
    async fn accounts_at(
        &self,
        (height, root): (Height, Hash),
        wanted: &[Wanted],
    ) -> Result<Option<Vec<AccountProof>>, Unavailable> {
        let one =
            |(address, slots): &Wanted| (*address, List::new(slots.clone()).unwrap_or_default());
        let list = List::new(wanted.iter().map(one).collect()).unwrap_or_default();
        let asked = AskAccounts { height, wanted: list };
        self.find(asked, |_, shown| async move { check(&root, height, wanted, &shown) }).await
    }
}

/// Whether these are the first of those that were asked for.
fn check(
    root: &Hash,
    height: Height,
    wanted: &[Wanted],
    shown: &AccountsShown,
) -> Result<Vec<AccountProof>, Error> {
    if shown.is_empty() || shown.len() > wanted.len() {
        return Err(other("the list of accounts"));
    }
    let one = |((address, slots), shown): (&Wanted, &troupe_chain::light::AccountShown)| {
        let slots = List::new(slots.clone()).unwrap_or_default();
        Ok(shown.check(root, &AskAccount { height, address: *address, slots })?)
    };
    wanted.iter().zip(shown.iter()).map(one).collect()
}

/// What is to be asked for: everything that is not known, in parts that fit.
fn parts(touched: BTreeMap<Address, BTreeSet<Slot>>) -> VecDeque<Wanted> {
    let mut parts = VecDeque::new();
    for (address, slots) in touched {
        let slots: Vec<Slot> = slots.into_iter().collect();
        if slots.is_empty() {
            parts.push_back((address, slots));
            continue;
        }
        parts.extend(slots.chunks(MAX_WORDS).map(|part| (address, part.to_vec())));
    }
    parts
}

impl<S: Scheme> Remote<S> {
    async fn fetch_ahead(&self, request: &CallRequest) -> Result<(), Unavailable> {
        let at = (self.height, self.root);
        let Some(hint) = self.client.hint(self.height, request).await else {
            return Ok(());
        };
        let mut touched: BTreeMap<Address, BTreeSet<Slot>> = BTreeMap::new();
        for (address, slots) in hint.iter() {
            touched.entry(*address).or_default().extend(slots.iter().copied());
        }
        lock(&self.known).leave_unknown(&mut touched);
        let mut left = parts(touched);
        for _ in 0..ROUNDS {
            let batch: Vec<Wanted> = left.iter().take(MAX_ACCOUNTS).cloned().collect();
            if batch.is_empty() {
                break;
            }
            let Some(shown) = self.client.accounts_at(at, &batch).await? else {
                break;
            };
            let mut known = lock(&self.known);
            for ((address, _), proof) in left.drain(..shown.len()).zip(&shown) {
                known.learn(address, proof);
            }
        }
        let codes = lock(&self.known).codes_of(hint.iter().map(|(address, _)| *address));
        for hash in codes.into_iter().filter(|hash| *hash != EMPTY_CODE) {
            self.client.code_of(hash).await?;
        }
        Ok(())
    }
}

impl<S: Scheme> Ahead for Remote<S> {
    fn look_ahead<'a>(&'a self, request: &'a CallRequest) -> Looked<'a> {
        Box::pin(async move {
            if let Err(why) = self.fetch_ahead(request).await {
                tracing::debug!(%why, "a call reads what it needs word by word");
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_are_all_that_was_touched_and_each_fits(
            touched in prop::collection::btree_map(
                any::<[u8; 20]>().prop_map(Address),
                prop::collection::btree_set(any::<[u8; 32]>().prop_map(Hash), 0..100),
                0..20,
            ),
        ) {
            let parts = parts(touched.clone());
            prop_assert!(parts.iter().all(|(_, slots)| slots.len() <= MAX_WORDS));
            let mut again: BTreeMap<Address, BTreeSet<Slot>> = BTreeMap::new();
            for (address, slots) in parts {
                again.entry(address).or_default().extend(slots);
            }
            prop_assert_eq!(again, touched);
        }
    }
}
