//! Traces: transactions executed again, before somebody's eyes.

use super::asked::Asked;
use super::call::Stage;
use crate::arguments::{Arguments, Named};
use crate::backend::{At, Place, Snapshot};
use crate::context::Api;
use crate::encode::data;
use crate::error::Error;
use crate::overrides::{BlockOverrides, StateOverrides};
use crate::trace::{After, Ended, Options, Tracer, Watch};
use crate::wanted::{View, Wanted};
use serde_json::{Value, json};
use std::ops::Range;
use std::sync::Arc;
use troupe_chain::Recovered;
use troupe_chain::block::Block;
use troupe_chain::state::{Changes, StateView};
use troupe_chain::transaction::{Rules, recover};
use troupe_ledger::SLASHING;
use troupe_types::{Bytes, Height};
use troupe_vm::{Env, Executor, Outcome, Silent};

/// A committed transaction.
pub(super) async fn transaction(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let hash = arguments.required("hash")?.hash()?;
    let options = Options::read(arguments.optional("options"))?;
    let place = api.backend.locate(hash).await?;
    let Place { height, index } = place.ok_or(Error::NoTransaction)?;
    let block = api.block(Named::At(At::Height(height))).await?.ok_or(Error::UnknownBlock)?;
    let range = index..index.saturating_add(1);
    let told = replay(&api, block, range, options).await?;
    told.into_iter().next().ok_or(Error::NoTransaction)
}

/// All transactions of a block.
pub(super) async fn block(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let named = arguments.required("block")?.block()?;
    let options = Options::read(arguments.optional("options"))?;
    let block = api.block(named).await?.ok_or(Error::UnknownBlock)?;
    let transactions = block.body().transactions.clone();
    let told = replay(&api, block, 0..transactions.len(), options).await?;
    let with_hash = transactions
        .iter()
        .zip(told)
        .map(|(transaction, told)| json!({ "txHash": data(transaction.hash()), "result": told }));
    Ok(with_hash.collect())
}

/// A call that nobody signed.
pub(super) async fn call(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let mut asked = Asked::read(arguments.required("transaction")?)?;
    let block = arguments.block()?;
    let options = arguments.optional("options").map(|options| options.object()).transpose()?;
    let field = |name| options.as_ref().and_then(|options| options.field(name));
    let overrides = field("stateOverrides").map(StateOverrides::read).transpose()?;
    let changes = field("blockOverrides").map(BlockOverrides::read).transpose()?;
    let (overrides, changes) = (overrides.unwrap_or_default(), changes.unwrap_or_default());
    let options = Options::read(options)?;
    if options.needs_changes() {
        let reason = "of a call has no diffMode".into();
        return Err(Error::Argument { name: "options", reason });
    }
    let stage = Stage::of(&api, block, overrides, &changes).await?;
    let most = api.settings.call_gas;
    asked.request.gas = asked.gas.map_or(most, |gas| gas.min(most));
    let work = move |wanted| {
        let scene = stage.at(wanted);
        let (outcome, watch) = scene.run_observed(&asked.request, Watch::new(options.tracer()))?;
        let (gas, changes) = (asked.request.gas, Changes::default());
        let ended = Ended { outcome: &outcome, gas, before: &scene.view, changes: &changes };
        watch.into_tracer().tell(&ended)
    };
    api.heavy(work).await?
}

/// Executes a block's transactions again, and traces those of a range.
async fn replay(
    api: &Api,
    block: Arc<Block>,
    range: Range<usize>,
    options: Options,
) -> Result<Vec<Value>, Error> {
    let Some(before) = block.header().height.0.checked_sub(1) else { return Ok(Vec::new()) };
    let (_, snapshot) = api.state(Named::At(At::Height(Height(before)))).await?;
    let chain_id = api.backend.chain().chain_id;
    let most = api.settings.response.as_usize();
    api.heavy(move |wanted| {
        Replay::new(&block, snapshot, chain_id, wanted).run(&block, range, options, most)
    })
    .await?
}

/// A block that is executed again.
struct Replay {
    env: Env,
    rules: Rules,
    after: After<View>,
    wanted: Wanted,
}

impl Replay {
    fn new(block: &Block, snapshot: Snapshot, chain_id: u64, wanted: Wanted) -> Self {
        let header = block.header();
        let env = Env::of(header, chain_id, Arc::clone(&snapshot.ancestors), &snapshot.vm);
        // What is in a block was found fit for it.
        let max_init_code = Bytes(u64::MAX);
        let rules = Rules { chain_id, block_gas: header.gas_limit, max_init_code, min_tip: 0 };
        let view = View::new(snapshot, wanted.clone());
        Self { env, rules, after: After { view, changes: Arc::default() }, wanted }
    }

    /// What the chain itself writes at the head of a block that carries evidence. Which words those are, only the
    /// slashing contract can read; that its account is there from then on, everybody can.
    fn record_evidence(&mut self, block: &Block) -> Result<(), Error> {
        if block.body().evidence.is_empty() {
            return Ok(());
        }
        let mut account = self.after.view.account(&SLASHING)?.unwrap_or_default();
        account.nonce = account.nonce.max(1);
        Arc::make_mut(&mut self.after.changes).accounts.insert(SLASHING, Some(account));
        Ok(())
    }

    fn run(
        mut self,
        block: &Block,
        range: Range<usize>,
        options: Options,
        most: usize,
    ) -> Result<Vec<Value>, Error> {
        self.record_evidence(block)?;
        let wanted = self.wanted.clone();
        let transactions = block.body().transactions.iter().take(range.end);
        let transactions = transactions.take_while(|_| wanted.is_wanted());
        let recovered = transactions.map(|transaction| recover(Arc::clone(transaction)));
        let recovered: Vec<Recovered> = recovered.collect::<Result<_, _>>()?;
        let (earlier, traced) = recovered.split_at(range.start.min(recovered.len()));
        self.pass(earlier)?;
        let (mut told, mut size) = (Vec::new(), 0);
        for transaction in traced {
            let trace = self.trace(transaction, options.tracer())?;
            size += trace.to_string().len();
            if size > most {
                return Err(Error::Limit { what: "bytes of traces", limit: most as u64 });
            }
            told.push(trace);
        }
        Ok(told)
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
        Arc::make_mut(&mut self.after.changes).absorb(&changes);
        Ok(())
    }

    fn trace(&mut self, transaction: &Recovered, tracer: Tracer) -> Result<Value, Error> {
        let (before, env) = (self.after.clone(), self.env.clone());
        let guarded = self.after.view.guard(Watch::new(tracer));
        let mut executor = Executor::observed(before, env, self.rules, guarded);
        let outcome = fits(executor.transact(transaction)?)?;
        let watch = executor.observer().map(|guarded| std::mem::take(&mut guarded.observer));
        let watch = watch.ok_or_else(|| Error::Internal("an observer did not come back".into()))?;
        let (changes, _) = executor.finish()?;
        let gas = transaction.transaction().gas_limit();
        let ended = Ended { outcome: &outcome, gas, before: &self.after, changes: &changes };
        let told = watch.into_tracer().tell(&ended)?;
        Arc::make_mut(&mut self.after.changes).absorb(&changes);
        Ok(told)
    }
}

fn fits(outcome: Result<Outcome, troupe_vm::Unfit>) -> Result<Outcome, Error> {
    outcome
        .map_err(|unfit| Error::Internal(format!("a committed transaction has no place: {unfit}")))
}
