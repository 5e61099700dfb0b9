//! Transactions of one block, one after the other.

use crate::attempt::{Attempt, attempt_all};
use crate::block::Executed;
use crate::driver::{failure, run};
use crate::env::Env;
use crate::error::{Error, Failure, Unfit};
use crate::journal::Journal;
use crate::memory::Data;
use crate::message::{self, How, Message};
use crate::observe::{Kind, Observer, Silent};
use crate::price;
use alloy_primitives::{Bytes, Log, U256};
use troupe_chain::Invalid;
use troupe_chain::block::Receipt;
use troupe_chain::state::{Changes, EMPTY_CODE, Slot, StateView};
use troupe_chain::transaction::{AccessListItem, Intrinsic, Kind as TypeOf, Recovered, Rules};
use troupe_types::{Address, Gas, Hash};
use troupe_wire::Fork;

/// Executes transactions over a state, which stays what it is; an [`Observer`] may look on.
pub struct Executor<V, O = Silent> {
    pub(crate) journal: Journal<V, O>,
    rules: Rules,
    gas_used: Gas,
    receipts: Vec<Receipt>,
}

/// What a transaction did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What it returned, or how it failed.
    pub result: Result<Bytes, Failure>,
    /// What it used, refunds taken off.
    pub gas_used: Gas,
    /// What it had to be given: refunds come when all is over.
    pub gas_needed: Gas,
    /// The contract that it made.
    pub contract: Option<Address>,
    /// What it logged.
    pub logs: Vec<Log>,
}

impl<V, O> std::fmt::Debug for Executor<V, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Executor({} executed, {} gas)", self.receipts.len(), self.gas_used)
    }
}

impl<V: StateView + Send + 'static> Executor<V> {
    /// Begins a block on the state that its parent left.
    #[must_use]
    pub fn new(view: V, env: Env, rules: Rules) -> Self {
        Self::observed(view, env, rules, Silent)
    }
}

impl<V: StateView + Send + 'static, O: Observer> Executor<V, O> {
    /// Begins a block on the state that its parent left, and shows what happens to an observer.
    #[must_use]
    pub fn observed(view: V, env: Env, rules: Rules, observer: O) -> Self {
        let journal = Journal::new(view, observer, env);
        Self { journal, rules, gas_used: Gas::ZERO, receipts: Vec::new() }
    }

    /// Who looks on.
    pub const fn observer(&mut self) -> Option<&mut O> {
        self.journal.observer()
    }

    /// The block.
    #[must_use]
    pub const fn env(&self) -> &Env {
        &self.journal.env
    }

    /// Whether all that was read could be read. Else nothing of the block counts.
    pub fn check(&self) -> Result<(), Error> {
        self.journal.check()
    }

    /// Writes a word of storage on the chain's own behalf: no transaction, no gas, no receipt. The
    /// account has a nonce of at least 1 from then on.
    pub fn write(&mut self, address: Address, slot: Slot, value: U256) {
        self.journal.write(address, slot, value);
    }

    /// Executes a transaction. The inner error says that it has no place here and nothing happened;
    /// after an outer one nothing of the block counts.
    pub fn transact(&mut self, transaction: &Recovered) -> Result<Result<Outcome, Unfit>, Error> {
        if let Err(unfit) = self.admit(transaction) {
            self.journal.check()?;
            return Ok(Err(unfit));
        }
        let base_fee = self.journal.env.base_fee;
        let (sender, transaction) = (transaction.sender(), transaction.transaction());
        let price = transaction.effective_price(base_fee).expect("it was checked when admitted");
        let call = Call {
            hash: transaction.hash(),
            from: sender,
            to: transaction.to(),
            value: transaction.value(),
            gas: transaction.gas_limit(),
            input: transaction.input(),
            access_list: transaction.access_list(),
            price,
        };
        let outcome = call.make(&mut self.journal)?;
        self.record(transaction.kind(), price, &outcome);
        Ok(Ok(outcome))
    }

    /// Tries transactions side by side on the state that the block began with, for [`Self::accept`].
    #[must_use]
    pub fn attempt(&self, transactions: &[Recovered], fork: &impl Fork) -> Vec<Option<Attempt>>
    where
        V: Clone + Sync,
    {
        match self.journal.view() {
            Some(view) => attempt_all(view, &self.journal.env, self.rules, transactions, fork),
            None => Vec::new(),
        }
    }

    /// As [`Self::transact`]; an attempt that saw what is there now spares the execution.
    pub fn accept(
        &mut self,
        transaction: &Recovered,
        attempt: Option<Attempt>,
    ) -> Result<Result<Outcome, Unfit>, Error> {
        let of = |attempt: &Attempt| {
            attempt.transaction == transaction.hash()
                && transaction.transaction().gas_limit() <= self.gas_left()
                && self.journal.is_as_seen(&attempt.touched)
        };
        // Whoever looks on wants to see what happens.
        let attempt = attempt.filter(|_| !O::EVENTS);
        let Some(Attempt { outcome, touched, .. }) = attempt.filter(of) else {
            return self.transact(transaction);
        };
        self.journal.check()?;
        let transaction = transaction.transaction();
        let price = transaction.effective_price(self.journal.env.base_fee);
        self.journal.adopt(touched);
        self.record(transaction.kind(), price.expect("it was checked when tried"), &outcome);
        Ok(Ok(outcome))
    }

    /// What must hold before anything is taken from the sender, as geth checks it.
    fn admit(&self, recovered: &Recovered) -> Result<(), Unfit> {
        let (address, transaction) = (recovered.sender(), recovered.transaction());
        self.rules.check_in(transaction, self.journal.env.fork)?;
        let (got, left) = (transaction.gas_limit(), self.gas_left());
        if got > left {
            return Err(Unfit::BlockFull { got, left });
        }
        let (cap, base) = (transaction.max_fee(), self.journal.env.base_fee);
        if cap < u128::from(base) {
            return Err(Invalid::CapBelowBase { cap, base }.into());
        }
        let account = self.journal.account(&address);
        let (got, want) = (transaction.nonce(), account.nonce);
        if got < want {
            return Err(Invalid::NonceTooLow { got, want }.into());
        }
        if got > want {
            return Err(Invalid::NonceTooHigh { got, want }.into());
        }
        if account.code_hash != EMPTY_CODE {
            return Err(Unfit::SenderIsContract { address });
        }
        let (balance, cost) = (account.balance, transaction.cost());
        if balance < cost {
            return Err(Invalid::Funds { balance, cost }.into());
        }
        Ok(())
    }

    pub(crate) fn record(&mut self, kind: TypeOf, effective_price: u128, outcome: &Outcome) {
        // At most the block's gas limit: what a transaction may use was checked against what is left.
        self.gas_used = Gas(self.gas_used.0.saturating_add(outcome.gas_used.0));
        self.receipts.push(Receipt {
            kind,
            is_success: outcome.result.is_ok(),
            cumulative_gas: self.gas_used,
            logs: outcome.logs.clone(),
            effective_price,
            contract: outcome.contract,
        });
    }

    /// Gas that further transactions may use.
    #[must_use]
    pub fn gas_left(&self) -> Gas {
        Gas(self.journal.env.gas_limit.0.saturating_sub(self.gas_used.0))
    }

    /// Gas that all transactions used.
    #[must_use]
    pub const fn gas_used(&self) -> Gas {
        self.gas_used
    }

    /// Receipts so far.
    #[must_use]
    pub fn receipts(&self) -> &[Receipt] {
        &self.receipts
    }

    /// Executes transactions each of which has to fit.
    pub fn run(&mut self, transactions: &[Recovered]) -> Result<(), Error> {
        for (index, transaction) in transactions.iter().enumerate() {
            if let Err(reason) = self.transact(transaction)? {
                return Err(Error::Transaction { index, reason });
            }
        }
        Ok(())
    }

    /// The same, tried side by side first.
    pub fn run_forked(&mut self, transactions: &[Recovered], fork: &impl Fork) -> Result<(), Error>
    where
        V: Clone + Sync,
    {
        let mut attempts = self.attempt(transactions, fork);
        attempts.resize_with(transactions.len(), || None);
        for (index, (transaction, attempt)) in transactions.iter().zip(attempts).enumerate() {
            if let Err(reason) = self.accept(transaction, attempt)? {
                return Err(Error::Transaction { index, reason });
            }
        }
        Ok(())
    }

    /// Ends the block: all that came of it.
    pub fn executed(self) -> Result<Executed, Error> {
        let gas_used = self.gas_used;
        let (changes, receipts) = self.finish()?;
        Ok(Executed { changes, receipts, gas_used })
    }

    pub(crate) fn into_journal(self) -> Journal<V, O> {
        self.journal
    }

    /// Ends the block: the difference that it makes, and its receipts.
    pub fn finish(self) -> Result<(Changes, Vec<Receipt>), Error> {
        let (changes, _) = self.journal.finish()?;
        Ok((changes, self.receipts))
    }
}

/// A message call from outside.
pub(crate) struct Call<'t> {
    /// The hash of the transaction that makes it, if one does.
    pub(crate) hash: Hash,
    pub(crate) from: Address,
    pub(crate) to: Option<Address>,
    pub(crate) value: U256,
    pub(crate) gas: Gas,
    pub(crate) input: &'t Bytes,
    pub(crate) access_list: &'t [AccessListItem],
    /// What a unit of gas costs, in von.
    pub(crate) price: u128,
}

impl Call<'_> {
    /// Takes the fee, makes the call, gives back what is left, pays the coinbase. That the nonce is not the
    /// last, that the sender can pay and that the gas suffices was checked.
    pub(crate) fn make<V: StateView + Send + 'static, O: Observer>(
        self,
        journal: &mut Journal<V, O>,
    ) -> Result<Outcome, Error> {
        let price = U256::from(self.price);
        let nonce = journal.account(&self.from).nonce;
        journal.transaction.hash = self.hash;
        journal.transaction.origin = self.from;
        journal.transaction.gas_price = price;
        journal.count(self.from);
        journal.take_balance(self.from, price.saturating_mul(U256::from(self.gas.0)));
        self.touch(journal);

        let intrinsic = Intrinsic::of(self.input, self.to.is_none(), self.access_list);
        let intrinsic = intrinsic.within(journal.env.fork);
        let gas = self.gas.0.saturating_sub(intrinsic.used.0);
        let ended = run(journal, self.message(nonce, gas), 0)?;
        let refund = if ended.result.is_ok() { journal.transaction.refund } else { 0 };
        let used = price::used(self.gas.0, ended.gas_left, refund, intrinsic.floor.0);
        let back = U256::from(self.gas.0.saturating_sub(used));
        journal.add_balance(self.from, price.saturating_mul(back));
        // Ethereum burns the base fee; here all of a fee is the producer's.
        journal.add_balance(journal.env.coinbase, price.saturating_mul(U256::from(used)));
        journal.check()?;
        let logs = journal.end_transaction();
        let result = match ended.result {
            Ok(()) => Ok(ended.output.into()),
            Err(error) => Err(failure(&error, &ended.output)),
        };
        // Without a refund.
        let needed = Gas(price::used(self.gas.0, ended.gas_left, 0, intrinsic.floor.0));
        let contract = ended.created;
        Ok(Outcome { result, gas_used: Gas(used), gas_needed: needed, contract, logs })
    }

    /// What is warm from the start.
    // EIP-2929, EIP-2930
    fn touch<V: StateView, O: Observer>(&self, journal: &mut Journal<V, O>) {
        journal.touch(self.from);
        if let Some(to) = self.to {
            journal.touch(to);
        }
        for item in self.access_list {
            let address = Address(item.address.into_array());
            journal.touch(address);
            for key in &item.storage_keys {
                journal.touch_slot(address, Hash(key.0));
            }
        }
    }

    fn message(&self, nonce: u64, gas: u64) -> Message {
        let (from, value, depth) = (self.from, self.value, 0);
        let input = Data::from(self.input.to_vec());
        match self.to {
            Some(to) => {
                let (kind, code, is_static) = (Kind::Call, to, false);
                Message::Call(message::Call {
                    kind,
                    from,
                    to,
                    code,
                    value,
                    input,
                    gas,
                    is_static,
                    depth,
                })
            }
            None => {
                let how = How::Transaction { nonce };
                Message::Create(message::Creation {
                    from,
                    caller: from,
                    is_successor: false,
                    value,
                    code: input,
                    how,
                    gas,
                    depth,
                })
            }
        }
    }
}
