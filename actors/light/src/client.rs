//! What a light client is made of, and how it asks.

use crate::error::Error;
use crate::peers::Peers;
use crate::sent::Sent;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};
use troupe_chain::message::Push;
use troupe_chain::transaction::Rules;
use troupe_chain::{Genesis, Header};
use troupe_consensus::{Keys, Term};
use troupe_crypto::Scheme;
use troupe_ledger::{Light, Shown, Terms};
use troupe_rpc::{Found, Unavailable};
use troupe_runtime::{Node, Pool};
use troupe_types::{Epoch, Hash, Height, NodeId};
use troupe_vm::Vm;
use troupe_wire::{CallError, Sequential, Wire};

/// So many headers are remembered.
const HEADERS: usize = 1_024;

/// To so many validators a transaction is handed: some may be down.
const HANDED: usize = 8;

/// What a client is told when it is made.
#[derive(Debug, Clone)]
pub struct About {
    /// What is asked of transactions.
    pub rules: Rules,
    /// The least base fee, in von per gas.
    pub base_fee_floor: u64,
    /// How many blocks before an epoch's end the next validators are elected.
    pub election_distance: u64,
    /// This process.
    pub me: NodeId,
}

/// Terms, and the keys of their validators.
type Learned<S> = (Vec<Term>, Arc<Keys<S>>);

/// A light client. See the crate's guide.
pub struct Client<S: Scheme> {
    pub(crate) node: Node,
    pub(crate) about: About,
    /// The hash of the genesis block.
    pub(crate) genesis: Hash,
    /// The loop in which the chain is followed, for those who wait elsewhere.
    pub(crate) home: OnceLock<Handle>,
    light: Mutex<Light>,
    /// The keys of the terms that were needed last.
    keys: Mutex<Option<Learned<S>>>,
    peers: Mutex<Peers>,
    /// Final headers, the highest ones.
    headers: Mutex<BTreeMap<Height, Found>>,
    pub(crate) sent: Mutex<Sent>,
    pub(crate) committed: watch::Sender<Height>,
    /// How high others say that the chain is.
    pub(crate) target: watch::Sender<Height>,
    pub(crate) vm: Vm,
}

impl<S: Scheme> fmt::Debug for Client<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.genesis)
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: Scheme> Client<S> {
    /// A client that knows the genesis and nothing else.
    pub fn new(node: &Node, genesis: &Genesis, about: About) -> Result<Self, Error> {
        let (block, _) = genesis.build(&Sequential)?;
        let hash = block.hash();
        let first = Terms::new(genesis.without_accounts())?.roster(Epoch(1))?;
        let light = Light::begin(hash, block.header().clone(), &first)?;
        let header = block.header().clone();
        Ok(Self {
            node: node.clone(),
            about,
            genesis: hash,
            home: OnceLock::new(),
            light: Mutex::new(light),
            keys: Mutex::new(None),
            peers: Mutex::default(),
            headers: Mutex::new(BTreeMap::from([(Height::ZERO, Found { header, hash })])),
            sent: Mutex::default(),
            committed: watch::Sender::new(Height::ZERO),
            target: watch::Sender::new(Height::ZERO),
            vm: Vm::default(),
        })
    }

    /// What is asked of transactions.
    pub const fn rules(&self) -> &Rules {
        &self.about.rules
    }

    /// The least base fee, in von per gas.
    pub const fn base_fee_floor(&self) -> u64 {
        self.about.base_fee_floor
    }

    /// What is known of the chain at this moment.
    pub(crate) fn light(&self) -> Light {
        lock(&self.light).clone()
    }

    /// A final header that is remembered.
    pub(crate) fn remembered(&self, height: Height) -> Option<Found> {
        lock(&self.headers).get(&height).cloned()
    }

    /// The height of a final header that is remembered.
    pub(crate) fn height_of(&self, hash: &Hash) -> Option<Height> {
        let headers = lock(&self.headers);
        headers.values().rev().find(|found| found.hash == *hash).map(|found| found.header.height)
    }

    /// Remembers a final header.
    pub(crate) fn remember(&self, header: &Header) -> Found {
        let found = Found { header: header.clone(), hash: header.hash() };
        let mut headers = lock(&self.headers);
        headers.insert(header.height, found.clone());
        if headers.len() > HEADERS {
            headers.pop_first();
        }
        found
    }

    /// Takes over what was shown and found to be true, and tells everybody where the chain is.
    pub(crate) fn take(&self, shown: Shown) -> Result<(), Error> {
        self.remember(&shown.header);
        let mut light = lock(&self.light);
        light.take(shown)?;
        let head = light.head().height;
        self.committed.send_if_modified(|known| {
            let is_higher = head > *known;
            *known = head.max(*known);
            is_higher
        });
        Ok(())
    }

    /// Whether the signatures that something hangs on are good: worked out in a pool.
    pub(crate) async fn verify(&self, shown: &Shown) -> Result<(), Error> {
        let (terms, claims) = (shown.terms.clone(), shown.claims.clone());
        let known = lock(&self.keys).clone().filter(|(known, _)| *known == terms);
        let (told, answer) = oneshot::channel();
        let job = move || {
            let keys = match known {
                Some((_, keys)) => Ok(keys),
                None => {
                    let mut keys = Keys::<S>::default();
                    terms.iter().try_for_each(|term| keys.learn(term)).map(|()| Arc::new(keys))
                }
            };
            let verdict = keys.and_then(|keys| keys.check(&claims, |_| false).map(|()| keys));
            // Whoever asked may have gone.
            let _ = told.send(verdict.map(|keys| (terms, keys)));
        };
        let pool = self.node.pool(Pool::Urgent);
        pool.submit(Box::new(job)).map_err(|_| Error::Busy)?;
        let found = answer.await.map_err(|_| Error::Busy)??;
        *lock(&self.keys) = Some(found);
        Ok(())
    }

    /// Whom to ask: everybody who is connected, and the validators.
    pub(crate) fn peers(&self) -> Vec<NodeId> {
        let Some(transport) = self.node.transport() else { return Vec::new() };
        let mut there: Vec<NodeId> = transport.peers().into_iter().map(|peer| peer.id).collect();
        there.extend(lock(&self.light).nodes());
        there.retain(|id| *id != self.about.me);
        lock(&self.peers).choose(there.into_iter(), self.node.now().mono)
    }

    /// One answer of one peer; `None` when there is none.
    pub(crate) async fn query<M: Wire>(&self, peer: NodeId, message: M) -> Option<M::Reply> {
        self.ask(peer, message).await.ok()
    }

    /// The same, with the reason why there is none.
    async fn ask<M: Wire>(&self, peer: NodeId, message: M) -> Result<M::Reply, CallError> {
        lock(&self.peers).asked(peer);
        let link = self.node.remote::<M>(peer).map_err(|_| CallError::NotHere)?;
        let answer = link.ask(message).await;
        if let Err(why) = &answer {
            tracing::debug!(peer = %peer.short(), %why, asked = M::NAME, "no answer");
            self.failed(peer);
        }
        answer
    }

    /// Hands a transaction to validators, who are the first that need it; how many it was sent to.
    pub(crate) fn hand_on(&self, push: &Push) -> usize {
        let validators: BTreeSet<NodeId> = lock(&self.light).nodes().collect();
        let reached = validators.into_iter().filter(|peer| {
            let link = self.node.remote::<Push>(*peer);
            link.is_ok_and(|link| link.tell(push.clone()).is_ok())
        });
        reached.take(HANDED).count()
    }

    /// Somebody gave no answer, or none that led anywhere.
    pub(crate) fn failed(&self, peer: NodeId) {
        lock(&self.peers).failed(peer, self.node.now().mono);
    }

    /// What came of an answer: whoever lies is not asked any more.
    pub(crate) fn judge<T>(&self, peer: NodeId, checked: Result<T, Error>) -> Option<T> {
        match checked {
            Ok(value) => {
                lock(&self.peers).answered(peer);
                Some(value)
            }
            Err(why) => {
                tracing::warn!(peer = %peer.short(), %why, "an answer is not believed");
                if why.is_theirs() {
                    lock(&self.peers).lied(peer, self.node.now().mono);
                }
                None
            }
        }
    }

    /// Asks one after the other until somebody has an answer that is true. `None` where somebody
    /// said that there is none, and nobody knew better.
    pub(crate) async fn find<M, R, T, F>(
        &self,
        message: M,
        check: impl Fn(NodeId, R) -> F,
    ) -> Result<Option<T>, Unavailable>
    where
        M: Wire<Reply = Option<R>> + Clone,
        F: Future<Output = Result<T, Error>>,
    {
        let (mut has_answer, mut reasons) = (false, Vec::new());
        for peer in self.peers() {
            let answer = match self.ask(peer, message.clone()).await {
                Ok(answer) => answer,
                Err(why) => {
                    reasons.push(why.to_string());
                    continue;
                }
            };
            has_answer = true;
            let Some(answer) = answer else { continue };
            if let Some(value) = self.judge(peer, check(peer, answer).await) {
                return Ok(Some(value));
            }
        }
        match has_answer {
            true => Ok(None),
            false => {
                let reason = format!("{}: nobody answers: {}", M::NAME, reasons.join(", "));
                Err(Unavailable { reason })
            }
        }
    }
}
