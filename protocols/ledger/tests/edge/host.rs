//! One node: what its process has, and what its disk keeps when the process dies.

use super::common::{Signatures, validator_secret};
use std::sync::Arc;
use troupe_chain::state::{Changes, Flat, State, StateTrie};
use troupe_chain::{Block, Genesis};
use troupe_consensus::invariants::{Reached, Stage};
use troupe_consensus::{
    CommitProof, Error, Evidence, Halt, Keys, Machine, Record, Settings, public_bytes,
};
use troupe_crypto::{Keyed, Scheme};
use troupe_ledger::{Committed, Head, Ledger, machine};
use troupe_types::{Hash, Height, NodeId};
use troupe_vm::Vm;
use troupe_wire::Sequential;

/// What is gone with the process.
pub(crate) struct Process {
    pub(crate) machine: Machine,
    pub(crate) ledger: Ledger,
    pub(crate) keys: Keys<Keyed>,
    pub(crate) peers: Vec<NodeId>,
    /// Evidence that no final block has.
    pub(crate) evidence: Vec<Evidence>,
}

/// A node.
pub(crate) struct Host {
    pub(crate) process: Option<Process>,
    /// Which process it is, of those that there were.
    pub(crate) incarnation: u64,
    /// What it wrote down before it signed.
    pub(crate) log: Vec<Record>,
    /// The final blocks, and why they are.
    pub(crate) finals: Vec<(Committed, CommitProof)>,
    /// The final state, as the difference to nothing.
    pub(crate) state: Changes,
    genesis: Arc<Block>,
    /// What it said of blocks in all its lives.
    pub(crate) reached: Vec<Reached>,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) blamed: Vec<(NodeId, Error)>,
    pub(crate) halted: Option<Halt>,
    pub(crate) caught_up: usize,
}

impl Host {
    pub(crate) fn new(genesis: &Genesis) -> Self {
        let (block, state) = genesis.build(&Sequential).unwrap();
        Self {
            process: None,
            incarnation: 0,
            log: Vec::new(),
            finals: Vec::new(),
            state,
            genesis: Arc::new(block),
            reached: Vec::new(),
            evidence: Vec::new(),
            blamed: Vec::new(),
            halted: None,
            caught_up: 0,
        }
    }

    /// A ledger as it is found on the disk: the state is what final blocks left, the validators are those
    /// that the state says.
    fn ledger(&self, genesis: &Genesis) -> Ledger {
        let mut flat = Flat::default();
        flat.apply(&self.state);
        let (mut trie, empty) = StateTrie::new();
        let (root, hash) = trie.grow(&empty, &mut self.state.clone(), &Sequential);
        let (block, proof) = match self.finals.last() {
            Some((committed, proof)) => (Arc::clone(&committed.block), Some(proof.clone())),
            None => (Arc::clone(&self.genesis), None),
        };
        assert_eq!(hash, block.header().state_root, "the disk has the state of the last block");
        let (height, name) = (block.header().height, block.hash());
        let state = State::rebuilt(Arc::new(flat), (trie, root, hash), height, name);
        let below = self.finals.iter().map(|(committed, _)| &committed.block);
        let ancestors = [&self.genesis].into_iter().chain(below);
        let ancestors = ancestors.map(|block| (block.header().height, block.hash()));
        let ancestors = ancestors.filter(|(at, _)| *at < height).collect();
        let head = Head { block, proof, ancestors };
        let ledger = Ledger::resume(genesis.clone(), self.chain(), state, head).unwrap();
        ledger.with_vm(machine::<Keyed>(Vm::default(), genesis, self.chain()))
    }

    /// Starts a process on what the disk has; one whose key never signed here watches so many views.
    pub(crate) fn start(&mut self, genesis: &Genesis, at: usize, watch: u32) {
        let mut ledger = self.ledger(genesis);
        let secret = validator_secret(at);
        let key = public_bytes::<Keyed>(&Keyed::public_key(&secret)).unwrap();
        let settings = Settings {
            blocks_per_view: u32::try_from(genesis.blocks_per_view).unwrap(),
            watch,
            ..Settings::new(self.genesis.hash(), super::common::node_id(at), Some(key))
        };
        let anchor = ledger.anchor().unwrap();
        let mut keys = Keys::default();
        for term in &anchor.terms {
            keys.learn(term).unwrap();
        }
        let machine = Machine::new(settings, anchor, self.log.clone()).unwrap();
        let (peers, evidence) = (Vec::new(), Vec::new());
        self.process = Some(Process { machine, ledger, keys, peers, evidence });
        self.halted = None;
    }

    /// The process dies. What it has lost with its log it does not know any more.
    pub(crate) fn die(&mut self, keeps_log: bool) {
        self.process = None;
        self.incarnation += 1;
        if !keeps_log {
            self.log.clear();
        }
    }

    pub(crate) const fn is_up(&self) -> bool {
        self.process.is_some()
    }

    pub(crate) fn height(&self) -> u64 {
        self.finals.len() as u64
    }

    pub(crate) fn chain(&self) -> Hash {
        self.genesis.hash()
    }

    /// The final block of a height, from 1.
    pub(crate) fn at(&self, height: u64) -> &Committed {
        &self.finals[usize::try_from(height).unwrap() - 1].0
    }

    /// Makes a block final, in the process and on the disk.
    pub(crate) fn commit(&mut self, hash: Hash, proof: CommitProof) {
        let process = self.process.as_mut().unwrap();
        let committed = process.ledger.commit(hash, proof.clone()).unwrap();
        self.state.absorb(&committed.changes);
        let carried = &committed.block.body().evidence;
        process
            .evidence
            .retain(|one| !carried.iter().any(|bytes| **bytes == one.encode().unwrap()));
        self.finals.push((committed, proof));
    }

    /// Takes over final blocks of somebody else, each executed here; their proofs were looked at.
    pub(crate) fn import(&mut self, blocks: &[(Committed, CommitProof)]) {
        for (committed, proof) in blocks {
            let process = self.process.as_mut().unwrap();
            process.ledger.import(&committed.block, &Signatures, &Sequential).unwrap();
            let header = committed.block.header();
            self.reached.push(Reached {
                stage: Stage::Committed,
                height: header.height,
                place: troupe_consensus::Place { epoch: header.epoch, view: header.view },
                hash: committed.block.hash(),
            });
            self.commit(committed.block.hash(), proof.clone());
            if let (Some(roster), Some(process)) = (&committed.elected, &mut self.process) {
                let term = process.ledger.terms().of(roster.epoch).unwrap();
                process.keys.learn(term).unwrap();
            }
        }
        self.caught_up += 1;
    }

    /// Whether a height is final here.
    pub(crate) fn has(&self, height: Height) -> bool {
        self.height() >= height.0
    }
}
