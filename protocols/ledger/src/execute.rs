//! Executing a block that somebody proposed.

use crate::economy::beyond_program;
use crate::hooks::{self, Facts};
use crate::ledger::{Ledger, Pending};
use crate::terms::term_of;
use crate::view::open;
use crate::{Draw, Error};
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_chain::block::{Receipt, Roster};
use troupe_chain::state::{Sealed, StateView};
use troupe_chain::transaction::{Recovered, Transaction, recover_all};
use troupe_chain::{Block, Header};
use troupe_consensus::{Claim, Outcome, Term};
use troupe_crypto::sr25519::PublicKey;
use troupe_crypto::vrf::Proof;
use troupe_types::{Address, Epoch, Hash, Height};
use troupe_vm::{Env, Executed, Executor};
use troupe_wire::Fork;

/// What the node knows besides its chain.
pub trait Known {
    /// A transaction whose signer was found out before, when it came to the pool.
    fn transaction(&self, hash: &Hash) -> Option<Recovered>;

    /// Whether all of these claims hold, of validators of this term. It is no matter of opinion: every
    /// node has to say the same.
    fn verify(&self, term: &Term, claims: &[Claim]) -> bool;

    /// Proves the random word that a key draws, with [`Draw::prove`]; `None` where its secret is not here. Only who
    /// makes blocks is asked.
    fn prove(&self, key: &PublicKey, draw: &Draw) -> Option<Proof>;
}

/// Nothing is known; no signature of a validator holds, no secret is here.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nothing;

impl Known for Nothing {
    fn transaction(&self, _: &Hash) -> Option<Recovered> {
        None
    }

    fn verify(&self, _: &Term, _: &[Claim]) -> bool {
        false
    }

    fn prove(&self, _: &PublicKey, _: &Draw) -> Option<Proof> {
        None
    }
}

impl Ledger {
    /// Executes a block on the state of its parent, which is known. A bad block is an outcome; an error
    /// says that this node could not find out. What was executed before is not executed again.
    pub fn execute(
        &mut self,
        block: &troupe_consensus::Block,
        known: &impl Known,
        fork: &impl Fork,
    ) -> Result<Outcome, Error> {
        let hash = block.header.hash;
        if let Some(pending) = self.pending.get(&hash) {
            let root = pending.block.header().state_root;
            return Ok(Outcome::Valid { root, elected: pending.elected()? });
        }
        let parent = Arc::clone(self.parent(block.header.parent)?);
        let Some(inner) = open(block) else { return Ok(Outcome::Invalid) };
        if !self.follows(&inner, parent.header())? {
            return Ok(Outcome::Invalid);
        }
        let view = self.view(parent.hash())?;
        self.knows_rules(&view, inner.header().epoch)?;
        let Header { epoch, height, next_term, .. } = *inner.header();
        let mut court = self.court(epoch, &view, known);
        let Some(offences) = court.judge_all(&inner.body().evidence)? else {
            return Ok(Outcome::Invalid);
        };
        let Some(transactions) = signers(&inner.body().transactions, known, fork) else {
            return Ok(Outcome::Invalid);
        };
        let branch = self.branch(parent.hash());
        let env = Env::of(inner.header(), self.rules.chain_id, Arc::new(branch), &self.vm);
        let mut executor = Executor::new(view, env, self.rules);
        let parent_time = parent.header().time;
        let facts = Facts { header: inner.header(), parent_time, offences: &offences };
        hooks::begin(&mut executor, &facts)?;
        let ran = match fork.width() {
            1 => executor.run(&transactions),
            _ => executor.run_forked(&transactions, fork),
        };
        match ran {
            Ok(()) => {}
            Err(troupe_vm::Error::Transaction { .. }) => return Ok(Outcome::Invalid),
            Err(error) => return Err(error.into()),
        }
        let elected = hooks::end(&mut executor, &facts)?;
        let elected = self.elected(height, elected)?;
        if next_term != elected.as_ref().map(Roster::hash) {
            return Ok(Outcome::Invalid);
        }
        let executed = executor.executed()?;
        if executed.check(inner.header()).is_err() {
            return Ok(Outcome::Invalid);
        }
        let Executed { changes, receipts, .. } = executed;
        let sealed = self.state.seal(inner.header().parent, changes, fork)?;
        let root = sealed.root();
        let term = elected.as_ref().map(term_of).transpose()?;
        if root == inner.header().state_root {
            let did = Did { receipts, elected, nonces: nonces(&transactions) };
            self.keep(inner, sealed, did)?;
        } else {
            self.state.abandon(sealed);
        }
        Ok(Outcome::Valid { root, elected: term })
    }

    /// Refuses to go on after a block whose successors follow rules that this program does not know.
    pub(crate) fn knows_rules<V: StateView>(&self, view: &V, round: Epoch) -> Result<(), Error> {
        if !self.terms.is_staked() {
            return Ok(());
        }
        match beyond_program(view)? {
            Some(active) => Err(Error::Outdated { active, round }),
            None => Ok(()),
        }
    }

    /// Whether the header is one that the parent may have as a child.
    fn follows(&mut self, block: &Block, parent: &Header) -> Result<bool, Error> {
        let header = block.header();
        let coinbase = self.terms.coinbase(header.epoch, header.view)?;
        // Consensus looks at that, too; what the state does at the end of a round goes by it.
        let is_of_its_epoch = self.terms.of(header.epoch)?.holds(header.height);
        let is_child = header.check_child_of(parent, &self.params).is_ok();
        // The word last: it costs most.
        let is_in_place = header.coinbase == coinbase && is_of_its_epoch && is_child;
        Ok(is_in_place && self.is_drawn(header, parent)?)
    }

    /// The validators that the block at a height elects: those that stakes elected in it, or the next in the schedule.
    pub(crate) fn elected(
        &mut self,
        height: Height,
        by_stakes: Option<Roster>,
    ) -> Result<Option<Roster>, Error> {
        if self.terms.is_staked() {
            return Ok(by_stakes);
        }
        let epoch = self.terms.election_at(height)?;
        epoch.map(|epoch| self.terms.roster(epoch)).transpose()
    }

    /// Keeps an executed block.
    pub(crate) fn keep(&mut self, block: Block, sealed: Sealed, did: Did) -> Result<(), Error> {
        let (hash, changes) = (block.hash(), sealed.changes());
        self.state.insert(hash, sealed)?;
        let Did { receipts, elected, nonces } = did;
        let (block, receipts) = (Arc::new(block), Arc::new(receipts));
        let elected = elected.map(Arc::new);
        self.pending.insert(hash, Pending { block, receipts, changes, elected, nonces });
        Ok(())
    }
}

/// What an executed block did, besides changing the state.
pub(crate) struct Did {
    pub(crate) receipts: Vec<Receipt>,
    pub(crate) elected: Option<Roster>,
    /// The next nonce of everybody who sent something in it.
    pub(crate) nonces: BTreeMap<Address, u64>,
}

/// Who signed; `None` when one of them nobody did.
fn signers(
    transactions: &[Arc<Transaction>],
    known: &impl Known,
    fork: &impl Fork,
) -> Option<Vec<Recovered>> {
    let mut found: Vec<Option<Recovered>> =
        transactions.iter().map(|transaction| known.transaction(&transaction.hash())).collect();
    let missing: Vec<usize> = (0..found.len()).filter(|at| found[*at].is_none()).collect();
    let unknown = missing.iter().map(|at| Arc::clone(&transactions[*at])).collect();
    for (at, recovered) in missing.into_iter().zip(recover_all(unknown, fork)) {
        found[at] = Some(recovered.ok()?);
    }
    found.into_iter().collect()
}

/// The next nonce of every sender.
pub(crate) fn nonces(transactions: &[Recovered]) -> BTreeMap<Address, u64> {
    let next = |one: &Recovered| (one.sender(), one.transaction().nonce().saturating_add(1));
    transactions.iter().map(next).collect()
}
