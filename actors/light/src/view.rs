//! A state that others have, read word by word and checked against its root.

use crate::client::{Client, lock};
use crate::error::Error;
use crate::known::Known;
use alloy_primitives::U256;
use std::future::Future;
use std::sync::{Arc, Mutex, OnceLock};
use troupe_chain::light::{AskAccount, AskCode, MAX_WORDS, Part};
use troupe_chain::state::{Account, AccountProof, Code, MAX_CODE, ReadError, Slot, StateView};
use troupe_crypto::Scheme;
use troupe_crypto::hash::keccak256;
use troupe_rpc::Unavailable;
use troupe_types::{Address, Hash, Height};
use troupe_vm::Ancestors;
use troupe_wire::List;

/// The state after one block.
pub(crate) struct Remote<S: Scheme> {
    pub(crate) client: Arc<Client<S>>,
    pub(crate) height: Height,
    pub(crate) root: Hash,
    pub(crate) known: Arc<Mutex<Known>>,
    /// What went wrong where no error could be given: nothing is read any more.
    failed: OnceLock<Unavailable>,
}

impl<S: Scheme> std::fmt::Debug for Remote<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Remote({})", self.height)
    }
}

/// Waits in this thread, which is one of a pool for long work; clocks and links belong to the loop of the
/// actor.
fn wait<S: Scheme, F: Future>(client: &Client<S>, future: F) -> Result<F::Output, Unavailable> {
    let not_yet = || Unavailable { reason: "the chain is not followed yet".to_owned() };
    Ok(client.home.get().ok_or_else(not_yet)?.block_on(future))
}

fn failed(why: &Unavailable) -> ReadError {
    ReadError::Store { reason: why.reason.clone() }
}

impl<S: Scheme> Client<S> {
    /// An account and words of its storage, in the state after a block with this root.
    pub(crate) async fn account_at(
        &self,
        at: (Height, Hash),
        address: Address,
        slots: Vec<Slot>,
    ) -> Result<Option<AccountProof>, Unavailable> {
        let mut parts = slots.chunks(MAX_WORDS);
        let first = parts.next().unwrap_or_default();
        let Some(mut proof) = self.words_at(at, address, first).await? else { return Ok(None) };
        for part in parts {
            let Some(more) = self.words_at(at, address, part).await? else { return Ok(None) };
            proof.slots.extend(more.slots);
        }
        Ok(Some(proof))
    }

    /// The same for as many words as go into a message.
    async fn words_at(
        &self,
        (height, root): (Height, Hash),
        address: Address,
        slots: &[Slot],
    ) -> Result<Option<AccountProof>, Unavailable> {
        let slots = List::new(slots.to_vec()).unwrap_or_default();
        let asked = AskAccount { height, address, slots };
        let want = &asked;
        self.find(asked.clone(), |_, shown| async move { Ok(shown.check(&root, want)?) }).await
    }

    /// A code, which all states share.
    pub(crate) async fn code_of(&self, hash: Hash) -> Result<Option<Code>, Unavailable> {
        if let Some(code) = lock(&self.shelf).code(&hash) {
            return Ok(Some(code));
        }
        let ask = move |offset| AskCode { hash, offset };
        self.find(ask(0), |peer, first: Part| async move {
            let code = self.rest(peer, first, MAX_CODE, ask).await?;
            if keccak256(&code) == hash {
                let code = Code::from(code);
                lock(&self.shelf).keep(hash, &code);
                Ok(code)
            } else {
                Err(Error::Other { what: "the code" })
            }
        })
        .await
    }
}

impl<S: Scheme> Remote<S> {
    pub(crate) fn new(client: Arc<Client<S>>, height: Height, root: Hash) -> Self {
        let known = lock(&client.shelf).state(root);
        Self { client, height, root, known, failed: OnceLock::new() }
    }

    fn check(&self) -> Result<(), ReadError> {
        self.failed.get().map_or(Ok(()), |why| Err(failed(why)))
    }

    fn ask(&self, address: &Address, slots: Vec<Slot>) -> Result<AccountProof, ReadError> {
        let asked = self.client.account_at((self.height, self.root), *address, slots);
        let shown = wait(&self.client, asked).flatten().map_err(|why| failed(&why))?;
        // A peer that has left the block behind, or never had it.
        let gone =
            || ReadError::Store { reason: "nobody proves the state of this block".to_owned() };
        let shown = shown.ok_or_else(gone)?;
        lock(&self.known).learn(*address, &shown);
        Ok(shown)
    }
}

impl<S: Scheme> StateView for Remote<S> {
    fn account(&self, address: &Address) -> Result<Option<Account>, ReadError> {
        self.check()?;
        if let Some(account) = lock(&self.known).account(address) {
            return Ok(account);
        }
        Ok(self.ask(address, Vec::new())?.account)
    }

    fn storage(&self, address: &Address, slot: &Slot) -> Result<U256, ReadError> {
        self.check()?;
        if let Some(word) = lock(&self.known).word(address, slot) {
            return Ok(word);
        }
        let shown = self.ask(address, vec![*slot])?;
        Ok(shown.slots.first().map_or(U256::ZERO, |word| word.value))
    }

    fn next_word(&self, _: &Address, _: Option<&Slot>) -> Result<Option<(Slot, U256)>, ReadError> {
        // A proof says what is under a slot, not which slot comes next.
        Err(ReadError::Store { reason: "a light client cannot go through storage".to_owned() })
    }

    fn code(&self, hash: &Hash) -> Result<Code, ReadError> {
        self.check()?;
        if let Some(code) = lock(&self.client.shelf).code(hash) {
            return Ok(code);
        }
        let found = wait(&self.client, self.client.code_of(*hash)).flatten();
        let code = found.map_err(|why| failed(&why))?;
        code.ok_or(ReadError::MissingCode { hash: *hash })
    }
}

impl<S: Scheme> Ancestors for Remote<S> {
    fn hash(&self, height: Height) -> Option<Hash> {
        // The machine asks only for those that contracts may see.
        match wait(&self.client, self.client.header_at(height)).flatten() {
            Ok(found) => found.map(|found| found.hash),
            Err(why) => {
                let _ = self.failed.set(why);
                None
            }
        }
    }
}
