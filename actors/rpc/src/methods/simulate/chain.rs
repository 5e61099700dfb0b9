//! One simulated block above the other.

use super::transfers::Logs;
use super::wish::{Block as Wanted, Style};
use crate::backend::{Chain as About, Found};
use crate::encode::{count, data, quantity};
use crate::error::{Error, Refused};
use crate::format::{self, LogPlace, Mined};
use crate::methods::asked::Asked;
use crate::overrides::Overridden;
use crate::trace::After;
use crate::wanted::{Guarded, View};
use alloy_primitives::Log;
use jsonrpsee::types::ErrorObjectOwned;
use serde_json::{Value, json};
use std::sync::Arc;
use troupe_chain::Header;
use troupe_chain::block::{Block, Body, Roster, logs_bloom, next_base_fee, receipts_root};
use troupe_chain::state::StateView;
use troupe_chain::transaction::{Rules, Transaction};
use troupe_ledger::Offences;
use troupe_ledger::hooks::{self, Facts};
use troupe_types::{Address, Bytes, Epoch, Gas, Hash, Height};
use troupe_vm::{Ancestors, Env, Executor, Failure, Outcome, Pretence};

/// A call that failed for another reason than that a contract said so.
// execution-apis, eth_simulateV1
const FAILED: i32 = -32015;

type State = Arc<dyn StateView + Send + Sync>;

/// The blocks so far.
pub(super) struct Chain {
    about: About,
    view: View,
    /// The header of the last block.
    last: Header,
    state: After<State>,
    hashes: Hashes,
    /// Gas that all calls together may still use.
    budget: Gas,
    style: Style,
}

/// Hashes of the blocks below, of the one that others are simulated above, and of those.
#[derive(Clone)]
struct Hashes {
    below: Arc<dyn Ancestors + Send + Sync>,
    base: Height,
    made: Arc<Vec<Hash>>,
}

impl Ancestors for Hashes {
    fn hash(&self, height: Height) -> Option<Hash> {
        let Some(above) = height.0.checked_sub(self.base.0) else {
            return self.below.hash(height);
        };
        self.made.get(usize::try_from(above).ok()?).copied()
    }
}

/// A call that was made.
struct Done {
    transaction: Arc<Transaction>,
    sender: Address,
    outcome: Outcome,
    logs: Vec<Log>,
}

impl Chain {
    pub(super) fn new(about: About, base: Found, view: View, budget: Gas, style: Style) -> Self {
        let below = view.ancestors();
        let made = Arc::new(vec![base.hash]);
        let hashes = Hashes { below, base: base.header.height, made };
        let state = After { view: Arc::new(view.clone()) as State, changes: Arc::default() };
        Self { about, view, last: base.header, state, hashes, budget, style }
    }

    /// Simulates the next block, and tells of it.
    pub(super) fn simulate(&mut self, wanted: Wanted) -> Result<Value, Error> {
        let mut header = self.header(&wanted);
        let mut env =
            Env::of(&header, self.about.chain_id, Arc::new(self.hashes.clone()), self.view.vm());
        env.randomness = wanted.about.randomness.unwrap_or(env.randomness);
        wanted.state.move_precompiled(&mut env)?;
        if !wanted.state.is_empty() {
            let view = Arc::new(self.state.clone()) as State;
            let below = Overridden { view, overrides: Arc::new(wanted.state) };
            self.state = After { view: Arc::new(below), changes: Arc::default() };
        }
        let randomness = env.randomness;
        // Only what is signed is held to it.
        let rules = Rules {
            chain_id: self.about.chain_id,
            block_gas: header.gas_limit,
            max_init_code: Bytes(u64::MAX),
            min_tip: 0,
        };
        let guarded = self.view.guard(Logs::new(self.style.has_transfers));
        let mut executor = Executor::observed(self.state.clone(), env, rules, guarded);
        let (parent_time, offences) = (self.last.time, Offences::new());
        let facts = Facts { header: &header, parent_time, offences: &offences };
        hooks::begin(&mut executor, &facts)?;
        let mut done = Vec::with_capacity(wanted.calls.len());
        for call in wanted.calls {
            done.push(self.call(&mut executor, call)?);
        }
        header.next_term = hooks::end(&mut executor, &facts)?.as_ref().map(Roster::hash);
        header.gas_used = executor.gas_used();
        let (changes, receipts) = executor.finish()?;
        Arc::make_mut(&mut self.state.changes).absorb(&changes);

        let transactions = done.iter().map(|one| Arc::clone(&one.transaction)).collect();
        let body = Body { transactions, evidence: Vec::new() };
        header.transactions_root = body.transactions_root();
        header.receipts_root = receipts_root(&receipts);
        header.logs_bloom = logs_bloom(&receipts);
        self.last = header.clone();
        let block = Block::new(header, body);
        Arc::make_mut(&mut self.hashes.made).push(block.hash());
        Ok(self.tell(&block, randomness, &done))
    }

    /// What is known of a block before its calls.
    fn header(&self, wanted: &Wanted) -> Header {
        let about = &wanted.about;
        let height = about.height.unwrap_or_default();
        // Without fees nobody is asked for any.
        let fee = match self.style.is_strict {
            true => next_base_fee(&self.last, self.about.base_fee_floor),
            false => 0,
        };
        Header {
            parent: self.hashes.made.last().copied().unwrap_or_default(),
            coinbase: about.coinbase.unwrap_or(self.last.coinbase),
            height,
            gas_limit: about.gas_limit.unwrap_or(self.last.gas_limit),
            time: about.time.unwrap_or(self.last.time),
            randomness: about.randomness.map(|word| word.0.to_vec()).unwrap_or_default(),
            base_fee: about.base_fee.unwrap_or(fee),
            // The genesis block is of none.
            epoch: self.last.epoch.max(Epoch(1)),
            view: self.last.view,
            evidence_hash: Body::default().evidence_hash(),
            ..Header::default()
        }
    }

    fn call(
        &mut self,
        executor: &mut Executor<After<State>, Guarded<Logs>>,
        mut asked: Asked,
    ) -> Result<Done, Error> {
        asked.check(self.about.chain_id)?;
        let (sender, left) = (asked.sender(), executor.gas_left());
        let wanted = asked.gas.unwrap_or(left);
        if wanted > left {
            return Err(Refused::Unfit(troupe_vm::Unfit::BlockFull { got: wanted, left }).into());
        }
        asked.request.gas = wanted.min(self.budget);
        let next = executor.nonce(&sender)?;
        let nonce = asked.nonce.unwrap_or(next);
        let fee = asked.fee();
        let is_strict = self.style.is_strict;
        let is_free = !is_strict && fee.cap == 0 && fee.tip == 0;
        let pretence = Pretence {
            kind: asked.kind(),
            nonce: is_strict.then_some(nonce),
            fee: (!is_free).then_some(fee),
        };
        let outcome = executor.pretend(&asked.request, pretence)?.map_err(Refused::Unfit)?;
        let (got, left) = (outcome.gas_used, self.budget);
        let rest = left.0.checked_sub(got.0).ok_or(Refused::GasCap { got, left })?;
        self.budget = Gas(rest);
        let logs = executor.observer().map(|guarded| guarded.observer.take()).unwrap_or_default();
        let transaction = Arc::new(asked.transaction(self.about.chain_id, nonce));
        Ok(Done { transaction, sender, outcome, logs })
    }

    fn tell(&self, block: &Block, randomness: Hash, done: &[Done]) -> Value {
        let transactions = done.iter().enumerate().map(|(index, one)| match self.style.is_full {
            true => format::unsigned(&one.transaction, one.sender, Some(Mined::of(block, index))),
            false => data(one.transaction.hash()).into(),
        });
        let mut told = format::block(block, transactions.collect());
        told["mixHash"] = data(randomness).into();
        let mut before = 0;
        let calls = done.iter().enumerate().map(|(index, one)| {
            let call = tell_call(block, index, before, one);
            before += one.logs.len();
            call
        });
        told["calls"] = calls.collect();
        told
    }
}

fn tell_call(block: &Block, index: usize, before: usize, done: &Done) -> Value {
    let (outcome, transaction) = (&done.outcome, done.transaction.hash());
    let logs =
        done.logs.iter().enumerate().map(|(at, log)| {
            format::log(log, LogPlace::of(block, transaction, index, before + at))
        });
    // What a call says that refuses is the data of its error.
    let returned = outcome.result.as_ref().map_or_else(|_| "0x".to_owned(), data);
    let mut told = json!({
        "returnData": returned,
        "logs": logs.collect::<Vec<Value>>(),
        "gasUsed": quantity(outcome.gas_used.0),
        "maxUsedGas": quantity(outcome.gas_needed.0),
        "status": count(usize::from(outcome.result.is_ok())),
    });
    if let Err(failure) = &outcome.result {
        told["error"] = tell_failure(failure);
    }
    told
}

fn tell_failure(failure: &Failure) -> Value {
    let Failure::Reverted(output) = failure else {
        return json!({ "code": FAILED, "message": failure.to_string() });
    };
    let error = ErrorObjectOwned::from(Error::Reverted(output.clone()));
    json!({ "code": error.code(), "message": error.message(), "data": data(output) })
}
