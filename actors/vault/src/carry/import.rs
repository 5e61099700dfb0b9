//! Blocks that came in a file: proven, executed and kept, as those that come from peers.

use super::Validators;
use crate::error::{Error, Refusal};
use crate::{Restored, Vault};
use std::sync::Arc;
use troupe_chain::block::Stored;
use troupe_consensus::{CommitProof, Keys, Term};
use troupe_crypto::Scheme;
use troupe_ledger::{Checked, Committed, Ledger, belongs, check_final, machine};
use troupe_types::{Bytes, Hash, Height};
use troupe_vm::Vm;
use troupe_wire::Fork;

/// So many blocks are proven together and kept with one sync.
const BLOCKS: usize = 64;
/// Or so many bytes of them.
const BYTES: Bytes = Bytes::mib(8);
/// So much may wait for the index.
const PENDING: Bytes = Bytes::mib(16);

/// What became of the blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Imported {
    /// Executed and kept.
    pub blocks: u64,
    /// Their transactions.
    pub transactions: u64,
    /// Passed over, as they were there.
    pub known: u64,
    /// The last final block.
    pub height: Height,
}

/// Takes blocks into a vault that nobody else uses.
///
/// Whatever ends it, the vault has what was kept so far and is whole; the same blocks may be given again.
#[derive(Debug)]
pub struct Importer<S: Scheme> {
    vault: Vault,
    ledger: Ledger,
    validators: Validators<S>,
    learned: (Vec<Term>, Keys<S>),
    waiting: Vec<Arc<Stored>>,
    size: Bytes,
    done: Imported,
}

impl<S: Scheme> Importer<S> {
    /// Begins on the last final block of a vault.
    pub fn begin(
        mut vault: Vault,
        fork: &impl Fork,
        progress: &mut dyn FnMut(troupe_chain::state::Progress),
    ) -> Result<Self, Error> {
        let Restored { ledger, .. } = vault.restore(fork, progress)?;
        let ledger = ledger.with_vm(machine::<S>(Vm::default(), vault.genesis(), vault.chain()));
        let done = Imported { height: ledger.head().block.header().height, ..Imported::default() };
        let learned = (Vec::new(), Keys::default());
        let (validators, waiting) = (Validators::default(), Vec::new());
        Ok(Self { vault, ledger, validators, learned, waiting, size: Bytes::ZERO, done })
    }

    /// How far it has come. Blocks that were given last may still wait.
    #[must_use]
    pub const fn done(&self) -> &Imported {
        &self.done
    }

    /// Takes the next block, encoded as [`Stored`]. Several are worked on at once, now and then.
    pub fn add(&mut self, bytes: &[u8], fork: &impl Fork) -> Result<(), Error> {
        let stored = Stored::decode(bytes)?;
        let (header, hash) = (stored.block.header(), stored.block.hash());
        let height = header.height;
        if height <= self.done.height {
            return self.pass_over(height, hash);
        }
        let (want, parent) = match self.waiting.last() {
            Some(last) => (last.block.header().height.next(), last.block.hash()),
            None => (self.done.height.next(), self.ledger.head().block.hash()),
        };
        if let Some(want) = want.filter(|want| *want != height) {
            return Err(Error::NotNext { got: height, want });
        }
        let refuse = |reason: troupe_chain::Error| Error::refused(height, reason);
        if header.parent != parent {
            let (got, want) = (header.parent, parent);
            return Err(refuse(troupe_chain::Error::Mismatch { what: "parent", got, want }));
        }
        stored.block.check_body().map_err(refuse)?;
        self.size.0 += bytes.len() as u64;
        self.waiting.push(Arc::new(stored));
        if self.waiting.len() < BLOCKS && self.size < BYTES { Ok(()) } else { self.work(fork) }
    }

    /// A block that is below the last final one has to be the one that is kept, where it still is.
    fn pass_over(&mut self, height: Height, got: Hash) -> Result<(), Error> {
        let kept = self.vault.stored(height)?.map(|stored| stored.block.hash());
        match kept.filter(|want| *want != got) {
            Some(want) => Err(Error::Other { height, got, want }),
            None => {
                self.done.known += 1;
                Ok(())
            }
        }
    }

    /// Proves, executes and keeps what waits, as far as its validators are known. What comes before a block that is
    /// refused is good.
    fn work(&mut self, fork: &impl Fork) -> Result<(), Error> {
        self.learn()?;
        let (proofs, mut refused) = self.prove();
        let rest = self.waiting.split_off(proofs.len());
        let blocks = std::mem::replace(&mut self.waiting, rest);
        let mut kept: Vec<(Committed, CommitProof)> = Vec::with_capacity(blocks.len());
        for (stored, proof) in blocks.iter().zip(proofs) {
            let (hash, height) = (stored.block.hash(), stored.block.header().height);
            let imported = self.ledger.import(&stored.block, &self.validators, fork);
            let committed = imported.and_then(|()| self.ledger.commit(hash, proof.clone()));
            match committed {
                Ok(committed) => kept.push((committed, proof)),
                Err(reason) => {
                    refused = Some(Error::refused(height, reason));
                    break;
                }
            }
        }
        self.keep(&kept)?;
        if let Some(error) = refused {
            self.waiting.clear();
            return Err(error);
        }
        let waiting = self.waiting.iter().map(|stored| stored.proof.len() + 1_024);
        self.size = Bytes::of(waiting.sum());
        if self.vault.pending() >= PENDING {
            self.vault.flush(&mut self.ledger)?;
        }
        self.make_state()
    }

    fn keep(&mut self, kept: &[(Committed, CommitProof)]) -> Result<(), Error> {
        self.vault.keep(kept)?;
        for (committed, _) in kept {
            self.done.blocks += 1;
            self.done.transactions += committed.block.body().transactions.len() as u64;
            self.done.height = committed.block.header().height;
        }
        Ok(())
    }

    /// Reads the keys of the terms that are known, where those are new.
    fn learn(&mut self) -> Result<(), Error> {
        let terms = self.ledger.terms().known_at(self.done.height)?;
        if self.learned.0 != terms {
            let mut keys = Keys::default();
            for term in &terms {
                keys.learn(term).map_err(|reason| {
                    let epoch = term.epoch;
                    troupe_ledger::Error::Validators { epoch, reason }
                })?;
            }
            self.learned = (terms, keys);
        }
        Ok(())
    }

    /// The proofs of the first blocks that wait, and what is wrong with the next one. Which one that is is found out
    /// one by one: it costs only where something is wrong.
    fn prove(&self) -> (Vec<CommitProof>, Option<Error>) {
        let Some(first) = self.waiting.first() else { return (Vec::new(), None) };
        let whole = match self.proofs(&self.waiting) {
            Ok(Some(proofs)) => return (proofs, None),
            Ok(None) => {
                let height = first.block.header().height;
                return (Vec::new(), Some(Error::Unprovable { height }));
            }
            Err(reason) => reason,
        };
        for (at, one) in self.waiting.iter().enumerate() {
            let height = one.block.header().height;
            if let Err(reason) = self.proofs(std::slice::from_ref(one)) {
                let before = self.waiting.get(..at).unwrap_or_default();
                let proofs = self.proofs(before).ok().flatten().unwrap_or_default();
                return (proofs, Some(Error::refused(height, reason)));
            }
        }
        (Vec::new(), Some(Error::refused(first.block.header().height, whole)))
    }

    fn proofs(&self, blocks: &[Arc<Stored>]) -> Result<Option<Vec<CommitProof>>, Refusal> {
        let (terms, keys) = &self.learned;
        match check_final(blocks, terms, &self.vault.chain())? {
            Checked::Final { proofs, claims, .. } => {
                keys.check(&claims, belongs)?;
                Ok(Some(proofs))
            }
            Checked::NotYet => Ok(None),
        }
    }

    /// A state file where one is due, so that the log does not grow without end.
    fn make_state(&mut self) -> Result<(), Error> {
        if !self.vault.store().is_state_due() {
            return Ok(());
        }
        self.vault.flush(&mut self.ledger)?;
        let Some(making) = self.vault.store().begin_state() else { return Ok(()) };
        let made = making.run(&mut |_| {})?;
        self.vault.finish_state(made)
    }

    /// Works on what waits, and closes the vault.
    pub fn finish(mut self, fork: &impl Fork) -> Result<Imported, Error> {
        while !self.waiting.is_empty() {
            self.work(fork)?;
        }
        let Self { mut vault, ledger, done, .. } = self;
        drop(ledger);
        vault.close()?;
        Ok(done)
    }
}
