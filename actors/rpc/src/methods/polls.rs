//! Filters that clients poll, who cannot or will not hold a WebSocket open.
//!
//! A filter is a place in the chain and what is wanted from there on: it costs next to nothing while
//! nobody asks. One that nobody asks for long enough is forgotten.

use super::Filter;
use super::logs::{between, named, news};
use crate::arguments::{Argument, Arguments, Named};
use crate::backend::At;
use crate::context::Api;
use crate::encode::{data, quantity, read_wide};
use crate::error::Error;
use crate::format;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::TryRecvError;
use troupe_types::{Bytes, Hash, Height};

/// The most heads or arrivals of one answer; the next one has more.
const MAX_NEWS: u64 = 4_096;

/// Open filters, by number. The numbers are random: clients share them all, and nobody is to read what
/// another one waits for.
pub(crate) struct Polls {
    most: usize,
    life: Duration,
    open: Mutex<BTreeMap<u128, Held>>,
}

struct Held {
    used: Instant,
    poll: Arc<tokio::sync::Mutex<Poll>>,
}

/// What is wanted, and how far it was told.
enum Poll {
    Heads { told: u64 },
    Logs { filter: Filter, from: Named, to: Named, told: u64 },
    Arrivals(broadcast::Receiver<Hash>),
}

impl fmt::Debug for Polls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Polls({})", self.lock().len())
    }
}

impl Polls {
    pub(crate) fn new(most: usize, life: Duration) -> Self {
        Self { most, life, open: Mutex::default() }
    }

    /// Those that have not expired.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u128, Held>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, held| held.used.elapsed() < self.life);
        open
    }

    fn open(&self, poll: Poll) -> Result<Value, Error> {
        let mut open = self.lock();
        if open.len() >= self.most {
            return Err(Error::Limit { what: "open filters", limit: Bytes::of(self.most).0 });
        }
        let mut number = [0; 16];
        getrandom::fill(&mut number)
            .map_err(|error| Error::Internal(format!("no entropy: {error}")))?;
        let number = u128::from_be_bytes(number);
        let held = Held { used: Instant::now(), poll: Arc::new(tokio::sync::Mutex::new(poll)) };
        open.insert(number, held);
        Ok(quantity(number).into())
    }

    fn find(&self, number: u128) -> Result<Arc<tokio::sync::Mutex<Poll>>, Error> {
        let mut open = self.lock();
        let held = open.get_mut(&number).ok_or(Error::NoFilter)?;
        held.used = Instant::now();
        Ok(Arc::clone(&held.poll))
    }
}

pub(super) async fn heads(api: Arc<Api>) -> Result<Value, Error> {
    api.polls.open(Poll::Heads { told: api.head().0 })
}

pub(super) async fn arrivals(api: Arc<Api>) -> Result<Value, Error> {
    api.polls.open(Poll::Arrivals(api.backend.arrivals()))
}

pub(super) async fn logs(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let object = arguments.required("filter")?.object()?;
    if object.field("blockHash").is_some() {
        let reason = "is final: there are no changes to wait for".into();
        return Err(Error::Argument { name: "blockHash", reason });
    }
    let filter = Filter::read(&object)?;
    let (from, to) = (named(&object, "fromBlock")?, named(&object, "toBlock")?);
    api.polls.open(Poll::Logs { filter, from, to, told: api.head().0 })
}

/// What is new since the last time.
pub(super) async fn changes(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let poll = api.polls.find(number(&mut arguments)?)?;
    // Two who ask at once share what is new.
    let mut poll = poll.lock().await;
    let head = api.head().0;
    match &mut *poll {
        Poll::Heads { told } => {
            let mut hashes = Vec::new();
            for height in *told + 1..=head.min(told.saturating_add(MAX_NEWS)) {
                let found = api.header(Named::At(At::Height(Height(height)))).await?;
                hashes.push(data(found.hash).into());
            }
            *told += Bytes::of(hashes.len()).0;
            Ok(Value::Array(hashes))
        }
        Poll::Logs { filter, to, told, .. } => {
            let last = match to {
                Named::At(At::Height(to)) => head.min(to.0),
                Named::Latest | Named::Pending | Named::At(At::Hash(_)) => head,
            };
            let (logs, upto) = news(&api, filter, *told + 1, last).await?;
            *told = upto.max(*told);
            Ok(Value::Array(format::logs(&logs)))
        }
        Poll::Arrivals(arrivals) => Ok(arrived(arrivals)),
    }
}

/// Those that came too fast are left out.
fn arrived(arrivals: &mut broadcast::Receiver<Hash>) -> Value {
    let mut hashes = Vec::new();
    while Bytes::of(hashes.len()).0 < MAX_NEWS {
        match arrivals.try_recv() {
            Ok(hash) => hashes.push(data(hash).into()),
            Err(TryRecvError::Lagged(_)) => {}
            Err(TryRecvError::Empty | TryRecvError::Closed) => break,
        }
    }
    Value::Array(hashes)
}

/// Everything that a filter for logs wants, new or not.
pub(super) async fn all_logs(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let poll = api.polls.find(number(&mut arguments)?)?;
    let poll = poll.lock().await;
    match &*poll {
        Poll::Logs { filter, from, to, .. } => {
            Ok(Value::Array(format::logs(&between(&api, filter, *from, *to).await?)))
        }
        Poll::Heads { .. } | Poll::Arrivals(_) => Err(Error::NoFilter),
    }
}

/// Whether it was there.
pub(super) async fn end(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let number = number(&mut arguments)?;
    Ok(api.polls.lock().remove(&number).is_some().into())
}

fn number(arguments: &mut Arguments) -> Result<u128, Error> {
    let argument: Argument = arguments.required("filter")?;
    let wide = read_wide(argument.word()?).map_err(|_| Error::NoFilter)?;
    u128::try_from(wide).map_err(|_| Error::NoFilter)
}
