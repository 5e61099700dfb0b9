//! A ledger as a machine, to be moved to a pool with its work and back.

use crate::{Committed, Error, Known, Ledger};
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_chain::state::Layered;
use troupe_chain::transaction::Recovered;
use troupe_consensus::{Block, CommitProof, Order, Outcome, Term};
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
    /// Set aside what is final and not in the base, and say how far the base may be brought.
    Freeze,
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
    /// See [`Job::Commit`].
    Committed {
        /// What became final.
        committed: Committed,
        /// Why.
        proof: CommitProof,
        /// The state after it.
        view: Layered,
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

    fn work(&mut self, job: Job) -> Result<Done, Error> {
        match job {
            Job::Nonces { id, above } => {
                Ok(Done::Nonces { id, nonces: self.ledger.nonces_above(above) })
            }
            Job::Build { id, order, candidates } => {
                match self.ledger.build(&order, &candidates, &self.fork) {
                    Ok((block, elected)) => Ok(Done::Built { id, block, elected }),
                    Err(Error::UnknownBlock { .. }) => Ok(Done::Gone { id }),
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
            Job::Commit { hash, proof } => {
                let committed = self.ledger.commit(hash, proof.clone())?;
                let view = self.ledger.view(hash)?;
                Ok(Done::Committed { committed, proof, view })
            }
            Job::Freeze => {
                let layers = self.ledger.state_mut().layers_mut();
                layers.freeze();
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
        out.push(self.work(job).unwrap_or_else(Done::Failed));
    }

    fn tick(&mut self, _: Now, _: &mut Vec<Done>) {}

    fn next_tick(&self) -> Option<Millis> {
        None
    }
}
