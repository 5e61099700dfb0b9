//! Committed transactions, executed again before somebody's eyes.

use crate::arguments::Named;
use crate::backend::{At, Snapshot, Unavailable};
use crate::context::Api;
use crate::error::Error;
use crate::trace::After;
use crate::wanted::{Guarded, View, Wanted};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use troupe_chain::Recovered;
use troupe_chain::block::Block;
use troupe_chain::state::Changes;
use troupe_chain::transaction::{Rules, recover};
use troupe_ledger::hooks::{self, Facts};
use troupe_ledger::{Offences, offences};
use troupe_types::{Bytes, Epoch, Height};
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
    let (parent, snapshot) = api.state(Named::At(At::Height(Height(before)))).await?;
    let parent_time = parent.header.time;
    let offences = offences_in(api, &block).await?;
    let chain_id = api.backend.chain().chain_id;
    let work = move |wanted: Wanted| {
        let mut replay = Replay::new(&block, snapshot, chain_id, wanted.clone())?;
        replay.begin(&Facts { header: block.header(), parent_time, offences: &offences })?;
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

/// What the evidence in a block reports.
async fn offences_in(api: &Api, block: &Block) -> Result<Offences, Error> {
    let mut terms = BTreeMap::new();
    let epoch = block.header().epoch;
    // What a block carries is of its own epoch or the one before.
    let epochs = [Some(epoch), epoch.0.checked_sub(1).map(Epoch)];
    for epoch in epochs.into_iter().flatten().filter(|_| !block.body().evidence.is_empty()) {
        if let Some(term) = api.backend.validators(epoch).await? {
            terms.insert(epoch, term);
        }
    }
    let found = offences(block.body(), |epoch| terms.get(&epoch));
    let reason = || format!("the validators of epoch {epoch}, or of the one before, are not known");
    found.ok_or_else(|| Unavailable { reason: reason() }.into())
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
        Ok(Self { env, rules, after })
    }

    /// What the chain itself does before the first transaction.
    fn begin(&mut self, facts: &Facts<'_>) -> Result<(), Error> {
        let mut executor = self.executor(Silent);
        hooks::begin(&mut executor, facts)?;
        let (changes, _) = executor.finish()?;
        self.absorb(&changes);
        Ok(())
    }

    fn executor<O: Observer>(&self, observer: O) -> Executor<After<View>, Guarded<O>> {
        let guarded = self.after.view.guard(observer);
        Executor::observed(self.after.clone(), self.env.clone(), self.rules, guarded)
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
        let mut executor = self.executor(Silent);
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
        let mut executor = self.executor(observer);
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
