//! Opening: after a clean end, a kill, or a loss of power.

use crate::base::StoredBase;
use crate::error::Error;
use crate::evidence::Kept;
use crate::keep::{Vault, edits, read};
use crate::lookup::Lookups;
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_chain::Genesis;
use troupe_chain::block::encode_receipts;
use troupe_chain::snapshot::decode_headers;
use troupe_chain::state::{Changes, State};
use troupe_consensus::{Evidence, History, Mark, Place, PublicKey, Record};
use troupe_ledger::{Head, Ledger};
use troupe_runtime::Disk;
use troupe_storage::index::Shelf;
use troupe_storage::log::Kind;
use troupe_storage::{Boot, Commit, Entry, Flushed, History as Past, Report, Settings, Store, Tip};
use troupe_types::{Hash, Height};
use troupe_wire::{Fork, codec};

/// So many hashes below the last final block are given to the ledger.
const ANCESTORS: u64 = 256;

/// What is kept of the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keeps {
    /// The last blocks, as many as a restart and contracts need.
    #[default]
    Recent,
    /// All blocks.
    Blocks,
    /// All blocks, and the state after each of them.
    States,
}

/// What a vault is opened with.
pub struct Opening {
    /// Where it lies.
    pub disk: Arc<dyn Disk>,
    /// Where its index lies.
    pub shelf: Box<dyn Shelf>,
    /// The boot of the machine.
    pub boot: Boot,
    /// A random number, for a log that is begun.
    pub salt: u32,
    /// The chain.
    pub genesis: Genesis,
    /// What is kept of the past.
    pub keeps: Keeps,
}

impl std::fmt::Debug for Opening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opening(chain {})", self.genesis.chain_id)
    }
}

/// What came back.
#[derive(Debug)]
pub struct Restored {
    /// The ledger, on the last final block.
    pub ledger: Ledger,
    /// What consensus said in the past and may need again.
    pub records: Vec<Record>,
    /// What validators contradicted themselves with, as far as this node saw: at most
    /// [`MAX_EVIDENCE`](crate::MAX_EVIDENCE), of the latest views, the earliest first.
    pub evidence: Vec<Evidence>,
}

/// What the log has besides blocks.
pub(crate) struct Noted {
    records: Vec<Record>,
    pub(crate) evidence: Kept,
}

impl Noted {
    /// The furthest that consensus has come by what it wrote down.
    pub(crate) fn newest_place(&self) -> Place {
        self.records.iter().map(Record::place).max().unwrap_or_default()
    }
}

impl Vault {
    /// Opens what is there, or begins a chain where nothing is. Needs no operator.
    pub fn open(
        opening: Opening,
        fork: &impl Fork,
        progress: &mut dyn FnMut(troupe_storage::Progress),
    ) -> Result<(Self, Report), Error> {
        let Opening { disk, shelf, boot, salt, genesis, keeps } = opening;
        let (block, changes) = genesis.build(fork)?;
        let mut settings = Settings::new(block.hash(), salt, boot);
        settings.derive = Some(Arc::new(Lookups(keeps)));
        if keeps != Keeps::Recent {
            settings.history = Past::Kept;
        }
        let (mut store, report) = Store::open(disk, shelf, settings, progress)?;
        if store.committed().is_none() {
            store.append(&[Entry::Commit(&first(&block, &changes)?)])?;
        }
        let first = store.first_block()?.unwrap_or_default();
        if keeps == Keeps::States && first > Height::ZERO {
            return Err(Error::Gone { first });
        }
        Ok((Self { store, genesis, chain: block.hash(), keeps }, report))
    }

    /// Makes a ledger of the last final block and its state, and reads what consensus wrote down: once
    /// after opening, and again where the actors that had them fell. Ledgers made before must be gone,
    /// with all that looks at their states.
    pub fn restore(
        &mut self,
        fork: &impl Fork,
        progress: &mut dyn FnMut(troupe_chain::state::Progress),
    ) -> Result<Restored, Error> {
        let Tip { height, hash, root: want, .. } =
            *self.store.committed().ok_or(Error::MissingBlock { height: Height::ZERO })?;
        if self.store.flush(height)? == Flushed::Held {
            return Err(troupe_storage::Error::InUse.into());
        }
        let base = StoredBase(self.store.reader());
        let (trie, root, got) = base.rebuild(fork, progress)?;
        if got != want {
            return Err(Error::Root { height, got, want });
        }
        let state = State::rebuilt(Arc::new(base), (trie, root, got), height, hash);
        let ledger = Ledger::resume(self.genesis.clone(), self.chain, state, self.head(height)?)?;
        let noted = self.noted()?;
        let newest = noted.newest_place();
        let Noted { mut records, evidence } = noted;
        records.retain(|record| record.is_needed(height, newest));
        Ok(Restored { ledger, records, evidence: evidence.into_vec() })
    }

    /// What keys signed here, and what was brought here of what they signed elsewhere.
    pub fn history(&self) -> Result<History, Error> {
        Ok(History::of_records(&self.noted()?.records, &self.chain))
    }

    /// Takes in what keys signed elsewhere, so that consensus here signs later things only. Nothing is
    /// lowered. Durable when it returns, with what was new.
    pub fn bar(&mut self, elsewhere: &History) -> Result<Vec<(PublicKey, Mark)>, Error> {
        let new = self.history()?.merge(elsewhere);
        let records: Vec<Record> =
            new.iter().map(|(key, mark)| Record::Barred(*key, *mark)).collect();
        if !records.is_empty() {
            self.record(&records)?;
        }
        Ok(new)
    }

    fn head(&self, height: Height) -> Result<Head, Error> {
        let stored = self.stored(height)?.ok_or(Error::MissingBlock { height })?;
        let mut ancestors: BTreeMap<Height, Hash> = BTreeMap::new();
        let mut parent = stored.block.header().parent;
        let (count, mut before) = (ANCESTORS.min(height.0), None);
        for below in 1..=count {
            let at = Height(height.0 - below);
            ancestors.insert(at, parent);
            // All of them or none: a node that knows fewer executes contracts differently. The store
            // keeps more than these.
            if below < count {
                parent = match self.store.block(at)? {
                    Some(commit) => read(&commit)?.block.header().parent,
                    None => self.parent_before(at, &mut before)?,
                };
            }
        }
        Ok(Head { block: stored.block, proof: stored.proof, ancestors })
    }

    /// The parent of a block below the first one that is kept, where the log began with a snapshot.
    fn parent_before(
        &self,
        height: Height,
        before: &mut Option<BTreeMap<Height, Hash>>,
    ) -> Result<Hash, Error> {
        if before.is_none() {
            let mut origin = Vec::new();
            self.store.records(Kind::Origin, &mut |bytes| {
                origin = bytes.to_vec();
                Ok(())
            })?;
            let headers = if origin.is_empty() { Vec::new() } else { decode_headers(&origin)? };
            let parents = headers.iter().map(|header| (header.height, header.parent));
            *before = Some(parents.collect());
        }
        let found = before.as_ref().and_then(|before| before.get(&height));
        found.copied().ok_or(Error::MissingBlock { height })
    }

    /// Reads what consensus wrote down and what evidence there is.
    pub(crate) fn noted(&self) -> Result<Noted, Error> {
        let (mut encoded, mut evidence) = (Vec::new(), Kept::default());
        let log = self.store.log();
        log.replay(log.first()..log.next(), &mut |found| {
            match found.kind {
                Kind::Consensus => encoded.push(found.payload.to_vec()),
                Kind::Evidence => evidence.add(found.payload),
                Kind::Commit | Kind::Boot | Kind::Close | Kind::Origin => {}
            }
            Ok(())
        })?;
        let read = |bytes: &Vec<u8>| {
            codec::decode::<Record>(bytes, Record::LIMIT)
                .map_err(|reason| Error::Encoding { what: "a record of consensus", reason })
        };
        let records = encoded.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Noted { records, evidence })
    }
}

fn first(block: &troupe_chain::Block, changes: &Changes) -> Result<Commit, Error> {
    let header = block.header();
    Ok(Commit {
        height: header.height,
        hash: block.hash(),
        root: header.state_root,
        block: block.encode()?,
        proof: Vec::new(),
        receipts: encode_receipts(&[])?,
        edits: edits(changes),
    })
}
