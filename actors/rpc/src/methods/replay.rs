//! Committed transactions, executed again before somebody's eyes.

use crate::arguments::Named;
use crate::backend::{At, Snapshot};
use crate::context::Api;
use crate::error::Error;
use crate::trace::After;
use crate::wanted::{View, Wanted};
use std::ops::Range;
use std::sync::Arc;
use troupe_chain::Recovered;
use troupe_chain::block::Block;
use troupe_chain::state::{Changes, StateView};
use troupe_chain::transaction::{Rules, recover};
use troupe_ledger::SLASHING;
use troupe_types::{Bytes, Height};
use troupe_vm::{Env, Executor, Observer, Outcome, Silent, Unfit};

/// A block that is executed again.
pub(super) struct Replay {
    env: Env,
    rules: Rules,
    after: After<View>,
}

/// A transaction that was executed again.
pub(super) struct Again<O> {
    pub(super) outcome: Outcome,
    pub(super) observer: O,
    pub(super) changes: Changes,
}

/// Executes a block's transactions again and hands those of a range to a function, one after the other, each with what
/// was left by those before. It gives what it makes of one, and what that changed.
pub(super) async fn replay<T: Send + 'static>(
    api: &Api,
    block: Arc<Block>,
    range: Range<usize>,
    mut each: impl FnMut(&Replay, &Recovered) -> Result<(T, Changes), Error> + Send + 'static,
) -> Result<Vec<T>, Error> {
    let Some(before) = block.header().height.0.checked_sub(1) else { return Ok(Vec::new()) };
    let (_, snapshot) = api.state(Named::At(At::Height(Height(before)))).await?;
    let chain_id = api.backend.chain().chain_id;
    let work = move |wanted: Wanted| {
        let mut replay = Replay::new(&block, snapshot, chain_id, wanted.clone())?;
        let transactions = block.body().transactions.iter().take(range.end);
        let transactions = transactions.take_while(|_| wanted.is_wanted());
        let recovered = transactions.map(|transaction| recover(Arc::clone(transaction)));
        let recovered: Vec<Recovered> = recovered.collect::<Result<_, _>>()?;
        let (earlier, shown) = recovered.split_at(range.start.min(recovered.len()));
        replay.pass(earlier)?;
        let mut made = Vec::with_capacity(shown.len());
        for transaction in shown {
            let (one, changes) = each(&replay, transaction)?;
            replay.absorb(&changes);
            made.push(one);
        }
        Ok(made)
    };
    api.heavy(work).await?
}

impl Replay {
    fn new(
        block: &Block,
        snapshot: Snapshot,
        chain_id: u64,
        wanted: Wanted,
    ) -> Result<Self, Error> {
        let header = block.header();
        let env = Env::of(header, chain_id, Arc::clone(&snapshot.ancestors), &snapshot.vm);
        // What is in a block was found fit for it.
        let max_init_code = Bytes(u64::MAX);
        let rules = Rules { chain_id, block_gas: header.gas_limit, max_init_code, min_tip: 0 };
        let after = After { view: View::new(snapshot, wanted), changes: Arc::default() };
        let mut replay = Self { env, rules, after };
        replay.record_evidence(block)?;
        Ok(replay)
    }

    /// What the chain itself writes at the head of a block that carries evidence. Which words those are, only the
    /// slashing contract can read; that its account is there from then on, everybody can.
    fn record_evidence(&mut self, block: &Block) -> Result<(), Error> {
        if block.body().evidence.is_empty() {
            return Ok(());
        }
        let mut account = self.after.account(&SLASHING)?.unwrap_or_default();
        account.nonce = account.nonce.max(1);
        Arc::make_mut(&mut self.after.changes).accounts.insert(SLASHING, Some(account));
        Ok(())
    }

    /// The state as it is now.
    pub(super) const fn state(&self) -> &After<View> {
        &self.after
    }

    fn absorb(&mut self, changes: &Changes) {
        Arc::make_mut(&mut self.after.changes).absorb(changes);
    }

    /// Executes what nobody looks at.
    fn pass(&mut self, transactions: &[Recovered]) -> Result<(), Error> {
        let (before, env) = (self.after.clone(), self.env.clone());
        let guarded = self.after.view.guard(Silent);
        let mut executor = Executor::observed(before, env, self.rules, guarded);
        for transaction in transactions {
            fits(executor.transact(transaction)?)?;
        }
        let (changes, _) = executor.finish()?;
        self.absorb(&changes);
        Ok(())
    }

    /// Executes a transaction that belongs here.
    pub(super) fn execute<O: Observer + Default>(
        &self,
        transaction: &Recovered,
        observer: O,
    ) -> Result<Again<O>, Error> {
        let (before, env) = (self.after.clone(), self.env.clone());
        let guarded = self.after.view.guard(observer);
        let mut executor = Executor::observed(before, env, self.rules, guarded);
        let outcome = fits(executor.transact(transaction)?)?;
        let observer = executor.observer().map(|guarded| std::mem::take(&mut guarded.observer));
        let observer =
            observer.ok_or_else(|| Error::Internal("an observer did not come back".into()))?;
        let (changes, _) = executor.finish()?;
        Ok(Again { outcome, observer, changes })
    }
}

fn fits(outcome: Result<Outcome, Unfit>) -> Result<Outcome, Error> {
    outcome
        .map_err(|unfit| Error::Internal(format!("a committed transaction has no place: {unfit}")))
}
