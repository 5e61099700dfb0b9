//! A vault that is open.

use crate::error::Error;
use crate::lookup;
use crate::open::Keeps;
use std::borrow::Borrow;
use std::sync::{Arc, Mutex, PoisonError};
use troupe_chain::block::{Receipt, decode_receipts, encode_receipts};
use troupe_chain::state;
use troupe_chain::{Block, Genesis};
use troupe_consensus::{CommitProof, Record};
use troupe_ledger::{Committed, Ledger};
use troupe_storage::log::Kind;
use troupe_storage::{Begun, Commit, Edit, Entry, Flushed, Made, Store};
use troupe_types::{Bytes, Hash, Height};
use troupe_wire::{Limit, codec};

/// The largest proof, encoded: 64 links.
pub(crate) const PROOF: Limit = Limit::KiB64;

/// What is kept of the chain, and the records of consensus.
#[derive(Debug)]
pub struct Vault {
    pub(crate) store: Store,
    pub(crate) genesis: Genesis,
    /// The hash of the genesis block.
    pub(crate) chain: Hash,
    pub(crate) keeps: Keeps,
}

/// A final block as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The block.
    pub block: Arc<Block>,
    /// A receipt for each transaction.
    pub receipts: Arc<Vec<Receipt>>,
    /// Why it is final; `None` for the genesis block.
    pub proof: Option<CommitProof>,
}

impl Vault {
    /// Writes down what consensus is about to say. Durable when it returns.
    pub fn record(&mut self, records: &[Record]) -> Result<(), Error> {
        let encoded = records
            .iter()
            .map(|record| codec::encode(record, Record::LIMIT))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|reason| Error::Encoding { what: "a record of consensus", reason })?;
        let entries: Vec<Entry<'_>> = encoded.iter().map(|it| Entry::Consensus(it)).collect();
        Ok(self.store.append(&entries)?)
    }

    /// Keeps blocks that are final, the next ones. Durable when it returns, all with one sync. The last
    /// ones that are kept already are passed over: actors that fell may have left a write behind which
    /// came after those in their place had read what is kept.
    pub fn keep<C: Borrow<Committed>>(&mut self, blocks: &[(C, CommitProof)]) -> Result<(), Error> {
        let mut known = 0;
        for (committed, _) in blocks {
            let block = &committed.borrow().block;
            if self.height_of(&block.hash())? != Some(block.header().height) {
                break;
            }
            known += 1;
        }
        let commits = blocks[known..]
            .iter()
            .map(|(committed, proof)| commit(committed.borrow(), proof))
            .collect::<Result<Vec<_>, Error>>()?;
        if commits.is_empty() {
            return Ok(());
        }
        let entries: Vec<Entry<'_>> = commits.iter().map(Entry::Commit).collect();
        Ok(self.store.append(&entries)?)
    }

    /// Brings the index up to the last final block of the ledger, or further towards it. `false` when
    /// there is nothing to do, or somebody still looks at a state that would move.
    pub fn flush(&mut self, ledger: &mut Ledger) -> Result<bool, Error> {
        let layers = ledger.state_mut().layers_mut();
        layers.freeze();
        let Some((height, _)) = layers.flush() else { return Ok(false) };
        let is_done = self.store.flush(height)? == Flushed::Done;
        if is_done {
            ledger.state_mut().layers_mut().flushed();
        }
        Ok(is_done)
    }

    /// As [`Vault::flush`], where the ledger is elsewhere and others use the vault meanwhile: the ledger's
    /// layers have set aside what is final up to this height, and hear of it when it is done.
    pub fn flush_beside(vault: &Mutex<Self>, to: Height) -> Result<bool, Error> {
        let lock = || vault.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = lock().store.begin_flush(to);
        match begun {
            Begun::Nothing => Ok(true),
            // While a state file is being written from it.
            Begun::Held => Ok(false),
            Begun::Flushing(mut flushing) => {
                flushing.write()?;
                lock().store.finish_flush(*flushing);
                Ok(true)
            }
        }
    }

    /// How much waits for a flush.
    #[must_use]
    pub fn pending(&self) -> Bytes {
        self.store.pending()
    }

    /// A final block, if it is kept.
    pub fn stored(&self, height: Height) -> Result<Option<Stored>, Error> {
        self.store.block(height)?.map(|commit| read(&commit)).transpose()
    }

    /// The lowest final block that is kept.
    pub fn first(&self) -> Result<Height, Error> {
        Ok(self.store.first_block()?.unwrap_or_default())
    }

    /// The height of a final block, if it is kept.
    pub fn height_of(&self, block: &Hash) -> Result<Option<Height>, Error> {
        Ok(self.store.height_of(block)?)
    }

    /// Where a transaction is: the height of its block, and its place in it from 0.
    pub fn find(&self, transaction: &Hash) -> Result<Option<(Height, u32)>, Error> {
        let found = self.store.derived_value(lookup::key(transaction))?;
        Ok(found.and_then(|bytes| lookup::read(&bytes)))
    }

    /// The hash of the genesis block.
    #[must_use]
    pub const fn chain(&self) -> Hash {
        self.chain
    }

    /// The chain's genesis.
    #[must_use]
    pub const fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// The store, for state files.
    pub const fn store(&mut self) -> &mut Store {
        &mut self.store
    }

    /// Takes over a state file, and lets go of what of the log nobody needs any more.
    pub fn finish_state(&mut self, made: Made) -> Result<(), Error> {
        let committed = self.store.committed().map_or(Height::ZERO, |tip| tip.height);
        let noted = self.noted()?;
        let newest = noted.newest_place();
        self.store.finish_state(made, &mut |kind, bytes| match kind {
            // What cannot be read stays for whoever can.
            Kind::Consensus => codec::decode::<Record>(bytes, Record::LIMIT)
                .map_or(true, |record| record.is_needed(committed, newest)),
            Kind::Evidence => noted.evidence.needs(bytes),
            Kind::Commit | Kind::Boot | Kind::Close | Kind::Origin => false,
        })?;
        Ok(())
    }

    /// Ends, so that the next start finds the index as it is. Nothing may be read from it any more:
    /// the ledger is gone.
    pub fn close(&mut self) -> Result<(), Error> {
        Ok(self.store.close()?)
    }
}

fn commit(committed: &Committed, proof: &CommitProof) -> Result<Commit, Error> {
    let header = committed.block.header();
    let proof = write_proof(proof)?;
    Ok(Commit {
        height: header.height,
        hash: committed.block.hash(),
        root: header.state_root,
        block: committed.block.encode()?,
        proof,
        receipts: encode_receipts(&committed.receipts)?,
        edits: edits(&committed.changes),
    })
}

/// The steps of a block's changes, as the store takes them.
pub(crate) fn edits(changes: &state::Changes) -> Vec<Edit> {
    changes
        .edits()
        .map(|edit| match edit {
            state::Edit::Wipe(address) => Edit::Wipe(state::FlatKey::storage_prefix(&address)),
            state::Edit::Put(key, value) => Edit::Put(key.to_bytes(), value),
            state::Edit::Remove(key) => Edit::Remove(key.to_bytes()),
        })
        .collect()
}

pub(crate) fn read(commit: &Commit) -> Result<Stored, Error> {
    let proof = read_proof(&commit.proof)?;
    let block = Arc::new(Block::decode(&commit.block)?);
    let receipts = Arc::new(decode_receipts(&commit.receipts)?);
    Ok(Stored { block, receipts, proof })
}

pub(crate) fn write_proof(proof: &CommitProof) -> Result<Vec<u8>, Error> {
    let encoded = codec::encode(proof, PROOF);
    encoded.map_err(|reason| Error::Encoding { what: "a commit proof", reason })
}

/// The proof of a block; the genesis block has none.
pub(crate) fn read_proof(bytes: &[u8]) -> Result<Option<CommitProof>, Error> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let proof = codec::decode::<CommitProof>(bytes, PROOF);
    proof.map(Some).map_err(|reason| Error::Encoding { what: "a commit proof", reason })
}
