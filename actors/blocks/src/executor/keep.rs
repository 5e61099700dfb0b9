//! Keeping what is final: durable before anybody hears of it, and flushed to the index behind.

use super::{Executor, Headed, RECENT};
use crate::elector::Decided;
use crate::mempool::Settled;
use crate::shared::Shared;
use crate::storage::Kept;
use crate::sync::Advanced;
use std::collections::VecDeque;
use std::sync::Arc;
use troupe_chain::block::next_base_fee;
use troupe_chain::pool::Sender;
use troupe_chain::state::{Layered, StateView};
use troupe_consensus::{CommitProof, Term};
use troupe_ledger::{Committed, Job};
use troupe_runtime::{Cx, Fault, Pool};
use troupe_types::{Address, Bytes, Height, Millis};
use troupe_vault::Vault;

/// The index is brought up to date when so many values are not in it: an account that changes in every
/// block is written once.
const FLUSH_VALUES: usize = 50_000;
/// It is when so much waits for it, the places of transactions among it.
const FLUSH_BYTES: Bytes = Bytes::mib(16);
/// It is, however little changed, after so many blocks.
const FLUSH_BLOCKS: u32 = 256;
/// How soon a job is offered again to a pool that is full.
const AGAIN: Millis = Millis(2);

/// Final blocks on their way to the disk, in order.
#[derive(Default)]
pub(super) struct Keeping {
    waiting: VecDeque<Final>,
    is_writing: bool,
    is_flushing: bool,
    /// Blocks since the index was brought up to date.
    since_flush: u32,
    /// How much waits for the index.
    pending: Bytes,
}

struct Final {
    committed: Arc<Committed>,
    proof: CommitProof,
    head: Headed,
}

impl Keeping {
    pub(super) fn push(
        &mut self,
        committed: Committed,
        proof: CommitProof,
        state: Layered,
        terms: Vec<Term>,
    ) {
        let (height, hash) = (committed.block.header().height, committed.block.hash());
        let head = Headed { height, hash, state, terms: Arc::new(terms) };
        self.waiting.push_back(Final { committed: Arc::new(committed), proof, head });
    }
}

impl Executor {
    /// Keeps all final blocks that wait, before anybody hears of them.
    pub(super) fn keep(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        if self.keeping.is_writing || self.keeping.waiting.is_empty() {
            return Ok(());
        }
        let batch: Vec<(Arc<Committed>, CommitProof)> = self
            .keeping
            .waiting
            .iter()
            .map(|it| (Arc::clone(&it.committed), it.proof.clone()))
            .collect();
        let (vault, count) = (Arc::clone(&self.shared.vault), batch.len());
        let job = move || {
            let mut vault = Shared::lock(&vault);
            vault.keep(&batch).map(|()| vault.pending()).map_err(|error| error.to_string())
        };
        let submitted = cx.pool(Pool::Urgent, job, move |executor, kept, cx| {
            executor.keeping.is_writing = false;
            match kept {
                Ok(Ok(pending)) => {
                    executor.keeping.pending = pending;
                    executor.kept(count, cx)
                }
                Ok(Err(error)) => Err(Fault::Storage(error)),
                Err(why) => Err(Fault::Storage(format!("the write {why}"))),
            }
        });
        match submitted {
            Ok(()) => self.keeping.is_writing = true,
            Err(_) => {
                cx.after(AGAIN, Self::keep);
            }
        }
        Ok(())
    }

    fn kept(&mut self, count: usize, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        for _ in 0..count {
            let Some(done) = self.keeping.waiting.pop_front() else { break };
            self.tell(done, cx)?;
        }
        if self.keeping.waiting.is_empty() && !self.keeping.is_flushing {
            self.keeping.since_flush += 1;
            let is_due =
                self.keeping.since_flush >= FLUSH_BLOCKS || self.keeping.pending >= FLUSH_BYTES;
            let least = if is_due { 1 } else { FLUSH_VALUES };
            self.give(Job::Freeze { least }, 64, cx)?;
        }
        self.import(cx)?;
        self.keep(cx)
    }

    /// Tells everybody of a block that is durable.
    fn tell(&mut self, done: Final, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let Final { committed, proof, head } = done;
        let (height, hash, terms) = (head.height, head.hash, Arc::clone(&head.terms));
        let state = head.state.clone();
        self.recent.push_back(head);
        while self.recent.len() > RECENT {
            self.recent.pop_front();
        }
        let touched = committed.changes.accounts.keys().copied().collect();
        let changed = self.senders(touched)?;
        let header = committed.block.header();
        self.report(&committed.block, cx);
        self.settle_evidence(cx)?;
        let base_fee = next_base_fee(header, self.shared.base_fee_floor);
        // The pool looks again with the next block; what it keeps meanwhile is only stale.
        let _ = cx.tell(&self.others.settled, Settled { changed, base_fee });
        self.shared.metrics.committed(&committed.block, cx.now().wall);
        let advanced = Advanced {
            height,
            hash,
            terms: Arc::clone(&terms),
            proven_by: proof.0.iter().skip(1).map(|link| link.header.hash).collect(),
            above: committed.above.clone(),
        };
        // Where nobody serves blocks or follows others nobody needs to hear of it.
        let (epoch, elects) = (header.epoch, committed.elected.is_some());
        let _ = cx.tell(&self.others.decided, Decided { height, epoch, elects, state });
        let _ = cx.tell(&self.others.kept, Kept { committed, proof });
        let _ = cx.tell(&self.others.advanced, advanced);
        self.shared.watch.commit(height);
        Ok(())
    }

    /// What the last final state says of some accounts.
    pub(super) fn senders(&self, addresses: Vec<Address>) -> Result<Vec<(Address, Sender)>, Fault> {
        let state = &self.head()?.state;
        let look = |address: Address| {
            let found = state.account(&address);
            let account = found.map_err(|error| Fault::Storage(error.to_string()))?;
            let account = account.unwrap_or_default();
            Ok((address, Sender { nonce: account.nonce, balance: account.balance }))
        };
        addresses.into_iter().map(look).collect()
    }

    /// Brings the index up to a height, in the background.
    pub(super) fn flush(&mut self, to: Height, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let vault = Arc::clone(&self.shared.vault);
        let job = move || Vault::flush_beside(&vault, to).map_err(|error| error.to_string());
        // With a full pool it is tried again after the next block.
        let submitted = cx.pool(Pool::Jobs, job, |executor, flushed, cx| {
            executor.keeping.is_flushing = false;
            match flushed {
                Ok(Ok(true)) => executor.give(Job::Flushed, 64, cx),
                Ok(Ok(false)) => Ok(()),
                Ok(Err(error)) => Err(Fault::Storage(error)),
                Err(why) => Err(Fault::Storage(format!("the flush {why}"))),
            }
        });
        self.keeping.is_flushing = submitted.is_ok();
        self.keeping.since_flush = 0;
        Ok(())
    }
}
