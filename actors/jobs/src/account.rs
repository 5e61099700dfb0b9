//! A chain as a process of the network has it: whoever answers for it there, and the process's own account.

use crate::chain::{Chain, Log, Receipt};
use crate::error::{Class, Error, Outcome, Refusal, unanswered};
use crate::network::LOOK;
use alloy_sol_types::SolError;
use futures_util::future::{BoxFuture, LocalBoxFuture};
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use troupe_account::{Reader, Source, Submit, Submitted};
use troupe_chain::errand::{Errand, MAX_INPUT, Outcome as Became};
use troupe_market::call::abi::TaskMarket;
use troupe_runtime::{Link, Node};
use troupe_types::{Address, Gas, Hash, Height};
use troupe_wire::{List, Message};

/// How long an answer may be missing.
const PATIENCE: Duration = Duration::from_secs(20);
/// Longer than a block takes.
const BLOCK: Duration = Duration::from_secs(2);

/// What a call may use, and what of it each byte of its input.
const GAS: (u64, u64) = (2_000_000, 200);

/// The chain of a process, and its account.
pub struct Account {
    node: Node,
    source: Box<dyn Fn(&Node) -> Source + Send + Sync>,
    /// Who answers for the chain, once the actor that runs jobs has begun.
    reader: Mutex<Option<Reader>>,
    chain_id: u64,
    /// Who pays, if anybody does.
    me: Option<Address>,
    submit: Link<Submit>,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Account({:?})", self.me)
    }
}

impl Account {
    /// Of a process whose actor `account`, if it has one, sends for the address `me`. `source` makes another one of whoever
    /// answers for the chain of this number whenever the actor that runs jobs begins.
    #[must_use]
    pub fn new(
        node: &Node,
        source: impl Fn(&Node) -> Source + Send + Sync + 'static,
        chain_id: u64,
        me: Option<Address>,
    ) -> Self {
        let (node, submit) = (node.clone(), node.link("account"));
        Self { node, source: Box::new(source), reader: Mutex::default(), chain_id, me, submit }
    }

    fn reader(&self) -> Outcome<Reader> {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let reader = reader.filter(Reader::is_there);
        reader.ok_or_else(|| Error::about(Class::Unreachable, "chain", "it is not there yet"))
    }

    /// What is asked is asked again for a while: somebody else may answer, or the chain come.
    async fn patiently<T, F>(&self, ask: impl Fn(Reader) -> F) -> Outcome<T>
    where
        F: Future<Output = Result<T, troupe_account::Error>>,
    {
        let until = Instant::now() + PATIENCE;
        loop {
            let error = match self.reader() {
                Ok(reader) => match ask(reader).await {
                    Ok(answer) => return Ok(answer),
                    Err(error) => said(error),
                },
                Err(error) => error,
            };
            if error.class != Class::Unreachable || Instant::now() >= until {
                return Err(error);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn call(&self, to: Address, input: Vec<u8>, value: u128) -> Outcome<Receipt> {
        // What would be refused is not paid for.
        let me = self.payer()?;
        let rehearse = |reader: Reader| {
            let input = input.clone();
            async move { reader.rehearse((me, to), input, value).await }
        };
        self.patiently(rehearse).await?;
        let gas = GAS.1.saturating_mul(u64::try_from(input.len()).unwrap_or(u64::MAX));
        let input = List::<u8, MAX_INPUT>::new(input);
        let errand = Errand {
            // Another one each time: two jobs that are alike are two jobs.
            id: Hash(self.node.random("errand", 0).array()),
            to,
            value,
            input: input.map_err(|error| Error::new(Class::File, error))?,
            gas_limit: Gas(GAS.0.saturating_add(gas)),
        };
        let answer = self.submit.ask(Submit(errand)).within(Submit::DEADLINE).await;
        match answer.map_err(|error| unanswered("account", error))? {
            Submitted::Busy => Err(Error::about(Class::Refused, "account", "has too much to do")),
            Submitted::Leaving => {
                let text = "this process ends; the transaction goes on when it runs again";
                Err(Error::about(Class::Unreachable, "account", text))
            }
            Submitted::Over(Became::Withdrawn) => {
                let text = "no block took the transaction in time, and none will";
                Err(Error::about(Class::TimedOut, "account", text))
            }
            Submitted::Over(Became::Included { height, hash, has_succeeded: false, .. }) => {
                let text = format!("reverted in block {height}");
                Err(Error::about(Class::Reverted, hash, text))
            }
            Submitted::Over(Became::Included { height, hash, .. }) => {
                self.receipt(to, height, hash).await
            }
        }
    }

    async fn receipt(&self, of: Address, height: Height, hash: Hash) -> Outcome<Receipt> {
        let logged = |reader: Reader| async move { reader.logged(of, height, hash).await };
        let logs = self.patiently(logged).await?;
        let logs = logs.into_iter().map(|found| Log {
            topics: found.log.topics().to_vec(),
            data: found.log.data.data.to_vec(),
        });
        Ok(Receipt { height: height.0, logs: logs.collect() })
    }
}

/// What a contract, or whoever answers for the chain, says when it says no.
fn said(error: troupe_account::Error) -> Error {
    let refused = error.reverted().and_then(|data| TaskMarket::Refused::abi_decode(data).ok());
    match refused {
        Some(TaskMarket::Refused { code, reason }) => {
            let failed = Error::new(Class::Refused, format!("{code}: {reason}"));
            Error { refusal: Some(Refusal { code, reason }), ..failed }
        }
        None if error.reverted().is_some() => Error::new(Class::Refused, error),
        None => Error::about(Class::Unreachable, "chain", error),
    }
}

impl Chain for Account {
    fn id(&self) -> u64 {
        self.chain_id
    }

    fn payer(&self) -> Outcome<Address> {
        self.me.ok_or_else(|| {
            let text = "the process has no account to pay with; a manifest that lists the actor `account` gives it one";
            Error::about(Class::Usage, "chain.account", text)
        })
    }

    fn begin(&self) -> LocalBoxFuture<'static, ()> {
        let Source { backend, beside } = (self.source)(&self.node);
        *self.reader.lock().unwrap_or_else(PoisonError::into_inner) = Some(Reader::new(backend));
        Box::pin(beside)
    }

    fn has_states(&self) -> bool {
        false
    }

    fn news(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            let Ok(reader) = self.reader() else { return tokio::time::sleep(LOOK).await };
            let mut heads = reader.heads();
            heads.mark_unchanged();
            // What came between an answer and this is seen a moment later.
            let _ = tokio::time::timeout(BLOCK, heads.changed()).await;
        })
    }

    fn ask(&self, to: Address, input: Vec<u8>) -> BoxFuture<'_, Outcome<Vec<u8>>> {
        Box::pin(async move {
            let ask = |reader: Reader| {
                let input = input.clone();
                async move { reader.ask(to, input).await }
            };
            self.patiently(ask).await
        })
    }

    fn send(&self, to: Address, input: Vec<u8>, value: u128) -> BoxFuture<'_, Outcome<Receipt>> {
        Box::pin(self.call(to, input, value))
    }
}
