//! The blocks that are known, on top of the last final one.

use crate::evidence::Court;
use crate::terms::term_of;
use crate::{Error, Terms, seen};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_chain::block::{Params, Receipt, Roster, next_base_fee};
use troupe_chain::state::{Base, Changes, Layered, State, StateTrie};
use troupe_chain::transaction::Rules;
use troupe_chain::{Block, Genesis, Header};
use troupe_consensus::{Anchor, CommitProof, Term};
use troupe_types::{Address, Epoch, Hash, Height};
use troupe_vm::{Ancestors, Vm};
use troupe_wire::{Blob, Fork};

/// So many hashes of final blocks are kept, for contracts that ask.
const ANCESTORS: usize = 256;
/// So many final blocks have their tries, for proofs.
const HISTORY: usize = 64;

/// A block that was executed and is not final.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) block: Arc<Block>,
    pub(crate) receipts: Arc<Vec<Receipt>>,
    pub(crate) changes: Arc<Changes>,
    /// The validators that it elects.
    pub(crate) elected: Option<Arc<Roster>>,
    /// The next nonce of everybody who sent something in it.
    pub(crate) nonces: BTreeMap<Address, u64>,
}

impl Pending {
    /// The term that it elects.
    pub(crate) fn elected(&self) -> Result<Option<Term>, Error> {
        self.elected.as_deref().map(term_of).transpose()
    }
}

/// The last final block.
#[derive(Debug, Clone)]
pub struct Head {
    /// The block.
    pub block: Arc<Block>,
    /// Why it is final; `None` for the genesis block.
    pub proof: Option<CommitProof>,
    /// The hashes of the final blocks below it, as far as they are known.
    pub ancestors: BTreeMap<Height, Hash>,
}

/// A block that has become final, for the shell to keep.
#[derive(Debug, Clone)]
pub struct Committed {
    /// The block.
    pub block: Arc<Block>,
    /// A receipt for each transaction.
    pub receipts: Arc<Vec<Receipt>>,
    /// The difference that it made.
    pub changes: Arc<Changes>,
    /// The validators that it elects, if it elects some.
    pub elected: Option<Arc<Roster>>,
    /// Blocks that can no longer become final.
    pub dropped: Vec<Hash>,
    /// The headers of the blocks above that prove it final, as far as they were executed here: what
    /// others need to be shown with the proof.
    pub above: Vec<Header>,
}

/// See the crate's guide.
#[derive(Debug)]
pub struct Ledger {
    /// The hash of the genesis block.
    pub(crate) chain: Hash,
    pub(crate) params: Params,
    pub(crate) rules: Rules,
    pub(crate) terms: Terms,
    pub(crate) state: State,
    pub(crate) head: Head,
    pub(crate) pending: BTreeMap<Hash, Pending>,
    pub(crate) vm: Vm,
}

impl Ledger {
    /// A chain at its beginning, over a base that `write` has filled with the genesis state.
    pub fn begin(
        genesis: Genesis,
        fork: &impl Fork,
        write: impl FnOnce(&Changes) -> Arc<dyn Base>,
    ) -> Result<Self, Error> {
        let (block, mut changes) = genesis.build(fork)?;
        let base = write(&changes);
        let (mut trie, empty) = StateTrie::new();
        let (root, hash) = trie.grow(&empty, &mut changes, fork);
        let state = State::rebuilt(base, (trie, root, hash), Height::ZERO, block.hash());
        let chain = block.hash();
        let head = Head { block: Arc::new(block), proof: None, ancestors: BTreeMap::new() };
        Self::resume(genesis, chain, state, head)
    }

    /// A chain whose last final block and its state are at hand. `chain` is the hash of its genesis
    /// block, which takes as long to find out as the genesis has accounts.
    pub fn resume(genesis: Genesis, chain: Hash, state: State, head: Head) -> Result<Self, Error> {
        let params =
            Params { gas_limit: genesis.gas_limit, base_fee_floor: genesis.base_fee_floor };
        let rules = Rules::of(&genesis);
        let mut terms = Terms::new(genesis)?;
        let state = state.with_history(HISTORY);
        for roster in crate::economy::rosters(&state.view(head.block.hash())?)? {
            terms.learn(roster)?;
        }
        let (pending, vm) = (BTreeMap::new(), Vm::default());
        Ok(Self { chain, params, rules, terms, state, head, pending, vm })
    }

    /// With what executions share, for a process in which others execute, too.
    #[must_use]
    pub fn with_vm(self, vm: Vm) -> Self {
        Self { vm, ..self }
    }

    /// The last final block.
    #[must_use]
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// The base fee of the block after the last final one.
    #[must_use]
    pub fn next_base_fee(&self) -> u64 {
        next_base_fee(self.head.block.header(), self.params.base_fee_floor)
    }

    /// What is asked of every transaction.
    #[must_use]
    pub const fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The validators.
    pub const fn terms(&mut self) -> &mut Terms {
        &mut self.terms
    }

    /// The state of every block that is known.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// The state, to flush its layers.
    pub const fn state_mut(&mut self) -> &mut State {
        &mut self.state
    }

    /// The state after a block: the last final one, or one that is known above it.
    pub fn view(&self, block: Hash) -> Result<Layered, Error> {
        Ok(self.state.view(block)?)
    }

    /// The last final block as consensus begins on it.
    pub fn anchor(&mut self) -> Result<Anchor, Error> {
        let block = Arc::clone(&self.head.block);
        let height = block.header().height;
        let terms = self.terms.known_at(height)?;
        Ok(Anchor { block: self.wrap(&block)?, proof: self.head.proof.clone(), terms })
    }

    /// A block as consensus carries it.
    pub(crate) fn wrap(&mut self, block: &Block) -> Result<troupe_consensus::Block, Error> {
        let last = self.terms.at(block.header().height)?.last;
        let bytes = block.encode()?;
        let (got, limit) = (bytes.len(), troupe_consensus::MAX_BODY);
        let body = Blob::new(bytes).map_err(|_| troupe_chain::Error::TooLong {
            what: "block",
            got,
            limit,
        })?;
        Ok(troupe_consensus::Block { header: seen(block, last), body })
    }

    /// A block that is known and can still be built on.
    pub(crate) fn parent(&self, hash: Hash) -> Result<&Arc<Block>, Error> {
        if hash == self.head.block.hash() {
            return Ok(&self.head.block);
        }
        let pending = self.pending.get(&hash).ok_or(Error::UnknownBlock { got: hash })?;
        Ok(&pending.block)
    }

    /// The next nonces of senders with transactions in blocks up to this one that are not final.
    pub fn nonces_above(&self, block: Hash) -> BTreeMap<Address, u64> {
        let mut nonces = BTreeMap::new();
        let mut at = block;
        while let Some(pending) = self.pending.get(&at) {
            for (address, nonce) in &pending.nonces {
                nonces.entry(*address).or_insert(*nonce);
            }
            at = pending.block.header().parent;
        }
        nonces
    }

    /// Whether a block is final. Of one too far below for its hash to be known it is believed.
    #[must_use]
    pub fn is_final(&self, height: Height, hash: Hash) -> bool {
        match height.cmp(&self.head.block.header().height) {
            Ordering::Greater => false,
            Ordering::Equal => hash == self.head.block.hash(),
            Ordering::Less => self.head.ancestors.get(&height).is_none_or(|known| *known == hash),
        }
    }

    /// Makes a block final: the next one above the last. Blocks beside it are dropped.
    pub fn commit(&mut self, block: Hash, proof: CommitProof) -> Result<Committed, Error> {
        let dropped = self.state.commit(block)?;
        for gone in &dropped {
            self.pending.remove(gone);
        }
        let Pending { block, receipts, changes, elected, .. } =
            self.pending.remove(&block).ok_or(Error::UnknownBlock { got: block })?;
        if let Some(roster) = &elected {
            self.terms.learn(Roster::clone(roster))?;
        }
        let links = proof.0.iter().skip(1);
        let above = links
            .filter_map(|link| self.pending.get(&link.header.hash))
            .map(|above| above.block.header().clone())
            .collect();
        let before = self.head.block.header().height;
        self.head.ancestors.insert(before, self.head.block.hash());
        while self.head.ancestors.len() > ANCESTORS {
            self.head.ancestors.pop_first();
        }
        self.head.block = Arc::clone(&block);
        self.head.proof = Some(proof);
        Ok(Committed { block, receipts, changes, elected, dropped, above })
    }

    /// Who judges the evidence of a block on a state.
    pub(crate) const fn court<'a, V, K>(
        &'a mut self,
        epoch: Epoch,
        state: &'a V,
        known: &'a K,
    ) -> Court<'a, V, K> {
        Court { terms: &mut self.terms, chain: self.chain, epoch, state, known }
    }

    /// Earlier blocks as a block on this parent sees them.
    pub(crate) fn branch(&self, parent: Hash) -> Branch {
        let mut hashes = self.head.ancestors.clone();
        hashes.insert(self.head.block.header().height, self.head.block.hash());
        let mut at = parent;
        while let Some(pending) = self.pending.get(&at) {
            let header = pending.block.header();
            hashes.insert(header.height, at);
            at = header.parent;
        }
        Branch { hashes }
    }
}

/// The blocks below a block in the making.
pub(crate) struct Branch {
    hashes: BTreeMap<Height, Hash>,
}

impl Ancestors for Branch {
    fn hash(&self, height: Height) -> Option<Hash> {
        self.hashes.get(&height).copied()
    }
}
