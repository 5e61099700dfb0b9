//! A ledger as a machine, to be moved to a pool with its work and back.

use crate::{Committed, Error, Known, Ledger, Offer};
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_chain::state::{AccountProof, Layered, Slot};
use troupe_chain::transaction::Recovered;
use troupe_consensus::{Anchor, Block, CommitProof, Evidence, Order, Outcome, Term};
use troupe_types::{Address, Hash, Height, Millis};
use troupe_wire::{Fork, Machine, Now};

/// What a ledger is asked to do. A number comes back with the answer.
#[derive(Debug, Clone)]
pub enum Job {
    /// Which transactions of whom are in blocks up to this one that are not final?
    Nonces {
        /// Comes back with the answer.
        id: u64,
        /// The block.
        above: Hash,
    },
    /// Make a block.
    Build {
        /// Comes back with the answer.
        id: u64,
        /// Which one.
        order: Order,
        /// What may go in, the best first.
        candidates: Vec<Recovered>,
        /// Evidence that may go in, the first first.
        evidence: Vec<Evidence>,
    },
    /// Execute a block.
    Execute {
        /// Comes back with the answer.
        id: u64,
        /// Which one.
        block: Arc<Block>,
    },
    /// Make a block final.
    Commit {
        /// Which one.
        hash: Hash,
        /// Why.
        proof: CommitProof,
    },
    /// Execute a block that others have made final, where it is not, and make it final here: the next one
    /// above the last. One that is final here already is passed over.
    Import {
        /// The block.
        block: Arc<troupe_chain::Block>,
        /// Why it is final.
        proof: CommitProof,
    },
    /// The last final block, as consensus begins on it.
    Anchor {
        /// Comes back with the answer.
        id: u64,
    },
    /// Prove what an account holds.
    Prove {
        /// Comes back with the answer.
        id: u64,
        /// After which block: one of the last final ones.
        block: Hash,
        /// The account.
        address: Address,
        /// Words of its storage.
        slots: Vec<Slot>,
    },
    /// Set aside what is final and not in the base, if it is so many values at least, and say how far the
    /// base may be brought.
    Freeze {
        /// So many values.
        least: usize,
    },
    /// The base is there.
    Flushed,
}

/// What came of it.
#[derive(Debug)]
pub enum Done {
    /// See [`Job::Nonces`].
    Nonces {
        /// As asked.
        id: u64,
        /// The next nonces.
        nonces: BTreeMap<Address, u64>,
    },
    /// See [`Job::Build`].
    Built {
        /// As asked.
        id: u64,
        /// The block.
        block: Block,
        /// What it elects.
        elected: Option<Term>,
    },
    /// See [`Job::Execute`].
    Executed {
        /// As asked.
        id: u64,
        /// The block.
        hash: Hash,
        /// What came of it.
        outcome: Outcome,
    },
    /// See [`Job::Commit`] and [`Job::Import`].
    Committed {
        /// What became final.
        committed: Committed,
        /// Why.
        proof: CommitProof,
        /// The state after it.
        view: Layered,
        /// The terms that are known in it.
        terms: Vec<Term>,
    },
    /// A block to make final was final already.
    Known,
    /// A [`Job::Import`] is over; what came of it was told before.
    Imported,
    /// See [`Job::Anchor`].
    Anchor {
        /// As asked.
        id: u64,
        /// Where consensus may begin.
        anchor: Box<Anchor>,
    },
    /// See [`Job::Prove`]; `None` when the block is too old, or unknown.
    Proved {
        /// As asked.
        id: u64,
        /// The proof.
        proof: Option<AccountProof>,
    },
    /// See [`Job::Freeze`]; `None` while somebody looks at a state that would move.
    Frozen(Option<Height>),
    /// See [`Job::Flushed`].
    Flushed,
    /// The block to build on or to execute can no longer become final: another was committed in the
    /// meantime.
    Gone {
        /// As asked.
        id: u64,
    },
    /// A block could not be made: the node is not who may make it. The ledger goes on.
    Unable {
        /// As asked.
        id: u64,
        /// Why.
        error: Error,
    },
    /// A job could not be done, for no fault of a peer: the state cannot be read, or a job came out of
    /// its order. The ledger is not to be used any more.
    Failed(Error),
}

/// Does the jobs of one ledger, each in one step.
#[derive(Debug)]
pub struct Worker<K, F> {
    ledger: Ledger,
    known: K,
    fork: F,
}

impl<K: Known, F: Fork> Worker<K, F> {
    /// A worker on a ledger.
    pub const fn new(ledger: Ledger, known: K, fork: F) -> Self {
        Self { ledger, known, fork }
    }

    /// The ledger.
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn commit(&mut self, hash: Hash, proof: CommitProof) -> Result<Done, Error> {
        let height = proof.header().map(|header| header.height);
        if height.is_some_and(|height| self.ledger.is_final(height, hash)) {
            return Ok(Done::Known);
        }
        let committed = self.ledger.commit(hash, proof.clone())?;
        let view = self.ledger.view(hash)?;
        let terms = self.ledger.terms.known_at(committed.block.header().height)?;
        Ok(Done::Committed { committed, proof, view, terms })
    }

    fn work(&mut self, job: Job) -> Result<Done, Error> {
        match job {
            Job::Nonces { id, above } => {
                Ok(Done::Nonces { id, nonces: self.ledger.nonces_above(above) })
            }
            Job::Build { id, order, candidates, evidence } => {
                let offer = Offer { transactions: &candidates, evidence: &evidence };
                match self.ledger.build(&order, offer, &self.known, &self.fork) {
                    Ok((block, elected)) => Ok(Done::Built { id, block, elected }),
                    Err(Error::UnknownBlock { .. }) => Ok(Done::Gone { id }),
                    Err(error @ Error::NoKey { .. }) => Ok(Done::Unable { id, error }),
                    Err(error) => Err(error),
                }
            }
            Job::Execute { id, block } => {
                match self.ledger.execute(&block, &self.known, &self.fork) {
                    Ok(outcome) => Ok(Done::Executed { id, hash: block.header.hash, outcome }),
                    Err(Error::UnknownBlock { .. }) => Ok(Done::Gone { id }),
                    Err(error) => Err(error),
                }
            }
            Job::Commit { hash, proof } => self.commit(hash, proof),
            Job::Import { block, proof } => {
                self.ledger.import(&block, &self.known, &self.fork)?;
                self.commit(block.hash(), proof)
            }
            Job::Anchor { id } => Ok(Done::Anchor { id, anchor: Box::new(self.ledger.anchor()?) }),
            Job::Prove { id, block, address, slots } => {
                let proof = self.ledger.state().prove(block, &address, &slots).ok();
                Ok(Done::Proved { id, proof })
            }
            Job::Freeze { least } => {
                let layers = self.ledger.state_mut().layers_mut();
                if layers.settled() >= least {
                    layers.freeze();
                }
                Ok(Done::Frozen(layers.flush().map(|(height, _)| height)))
            }
            Job::Flushed => {
                self.ledger.state_mut().layers_mut().flushed();
                Ok(Done::Flushed)
            }
        }
    }
}

impl<K: Known, F: Fork> Machine for Worker<K, F> {
    type Input = Job;
    type Output = Done;

    fn step(&mut self, _: Now, job: Job, out: &mut Vec<Done>) {
        let is_import = matches!(job, Job::Import { .. });
        out.push(self.work(job).unwrap_or_else(Done::Failed));
        if is_import {
            out.push(Done::Imported);
        }
    }

    fn tick(&mut self, _: Now, _: &mut Vec<Done>) {}

    fn next_tick(&self) -> Option<Millis> {
        None
    }
}
