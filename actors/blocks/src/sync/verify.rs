//! Finding out, in a pool, whether blocks that came are final.

use super::{AGAIN, Syncing};
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_chain::Header;
use troupe_chain::block::Stored;
use troupe_chain::sync::{Input, Verdict, check_blocks};
use troupe_consensus::{CommitProof, Keys, Term};
use troupe_crypto::Scheme;
use troupe_ledger::{Checked, belongs, check_final};
use troupe_runtime::{Cx, Fault, Pool};
use troupe_types::Hash;

/// The keys of the terms that were needed last: reading one costs more than checking a signature.
pub(super) struct Learned<S: Scheme> {
    terms: Vec<Term>,
    keys: Keys<S>,
}

impl<S: Scheme> Default for Learned<S> {
    fn default() -> Self {
        Self { terms: Vec::new(), keys: Keys::default() }
    }
}

impl<S: Scheme> Learned<S> {
    fn of(terms: &[Term]) -> Result<Self, troupe_consensus::Error> {
        let mut keys = Keys::default();
        for term in terms {
            keys.learn(term)?;
        }
        Ok(Self { terms: terms.to_vec(), keys })
    }
}

/// What the job found out.
struct Found {
    verdict: Verdict,
    /// Why the good blocks are final.
    proofs: BTreeMap<Hash, CommitProof>,
    /// What is above the last of them.
    above: Vec<Header>,
}

impl Found {
    const fn nothing(verdict: Verdict) -> Self {
        Self { verdict, proofs: BTreeMap::new(), above: Vec::new() }
    }
}

/// What the job is given.
struct Question<S: Scheme> {
    parent: Hash,
    blocks: Arc<Vec<Vec<u8>>>,
    terms: Arc<Vec<Term>>,
    learned: Arc<Learned<S>>,
    genesis: Hash,
}

impl<S: Scheme> Question<S> {
    /// The keys come back, for the next one.
    fn answer(mut self) -> Result<(Found, Arc<Learned<S>>), troupe_consensus::Error> {
        if self.learned.terms != *self.terms {
            self.learned = Arc::new(Learned::of(&self.terms)?);
        }
        let found = self.look().unwrap_or_else(|why| {
            tracing::debug!(%why, "blocks do not verify");
            Found::nothing(Verdict::Bad)
        });
        Ok((found, self.learned))
    }

    fn look(&self) -> Result<Found, Bad> {
        let mut blocks: Vec<Arc<Stored>> = check_blocks(self.parent, &self.blocks)?;
        let (proofs, claims, above) = match check_final(&blocks, &self.terms, &self.genesis)? {
            Checked::Final { proofs, claims, above } => (proofs, claims, above),
            Checked::NotYet => return Ok(Found::nothing(Verdict::NotYet)),
        };
        self.learned.keys.check(&claims, belongs)?;
        blocks.truncate(proofs.len());
        let hashes = blocks.iter().map(|stored| stored.block.hash());
        let proofs = hashes.zip(proofs).collect();
        Ok(Found { verdict: Verdict::Good(blocks), proofs, above })
    }
}

/// Why blocks do not verify.
#[derive(Debug, thiserror::Error)]
enum Bad {
    #[error(transparent)]
    Blocks(#[from] troupe_chain::Error),
    #[error(transparent)]
    Proof(#[from] troupe_ledger::Error),
    #[error(transparent)]
    Signatures(#[from] troupe_consensus::Error),
}

impl<S: Scheme> Syncing<S> {
    pub(super) fn verify(
        &mut self,
        id: u64,
        parent: Hash,
        blocks: Arc<Vec<Vec<u8>>>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let question = Question {
            parent,
            blocks: Arc::clone(&blocks),
            terms: Arc::clone(&self.terms),
            learned: Arc::clone(&self.learned),
            genesis: self.parts.shared.genesis,
        };
        let submitted = cx.pool(
            Pool::Urgent,
            move || question.answer(),
            move |sync, found, cx| {
                let found =
                    found.map_err(|why| Fault::Restart(format!("a check of blocks {why}")))?;
                let (found, learned) = found.map_err(|error| Fault::Fatal(error.to_string()))?;
                sync.learned = learned;
                sync.tips.learn(found.above);
                sync.proofs = found.proofs;
                sync.small(Input::Verified { id, verdict: found.verdict }, cx)
            },
        );
        if submitted.is_err() {
            cx.after(AGAIN, move |sync, cx| sync.verify(id, parent, blocks, cx));
        }
        Ok(())
    }
}
