//! What a light client is made of, and how it asks.

use crate::begin::{Beginning, Checkpoint, begin};
use crate::error::Error;
use crate::kept;
use crate::known::Shelf;
use crate::past::Past;
use crate::peers::{ASKED, Peers};
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
use troupe_ledger::{Light, Shown, Terms, machine};
use troupe_rpc::{Found, Unavailable};
use troupe_runtime::{Node, Pool};
use troupe_types::{Epoch, Hash, Height, Millis, NodeId};
use troupe_vm::Vm;
use troupe_wire::{CallError, Sequential, Wire};

/// So many headers are remembered.
const HEADERS: usize = 1_024;

/// To so many validators a transaction is handed: some may be down.
const HANDED: usize = 8;

/// Within an epoch what is known is kept so often; it is always when validators are learned.
const KEEP: Millis = Millis::secs(10);

/// What a client is told when it is made.
#[derive(Debug, Clone)]
pub struct About {
    /// What is asked of transactions.
    pub rules: Rules,
    /// The least base fee, in von per gas.
    pub base_fee_floor: u64,
    /// How many blocks before an epoch's end the next validators are elected.
    pub election_distance: u64,
    /// The block from which the chain is followed, where that is not the genesis block.
    pub checkpoint: Option<Checkpoint>,
    /// For how long the validators of a block are trusted.
    pub trusting_period: Millis,
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
    /// The block that has to be asked for before anything is followed.
    checkpoint: Mutex<Option<Checkpoint>>,
    /// When what is known was kept last, and of which epoch it was; held while it is written.
    kept: Arc<Mutex<(Millis, Epoch)>>,
    pub(crate) past: Mutex<Past>,
    /// The keys of the terms that were needed last.
    keys: Mutex<Option<Learned<S>>>,
    peers: Mutex<Peers>,
    /// Final headers, the highest ones.
    headers: Mutex<BTreeMap<Height, Found>>,
    /// What was proven of the last states.
    pub(crate) shelf: Mutex<Shelf>,
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
    /// A client that knows the genesis, and what an earlier one kept on the node's disk. Refused where that is
    /// too long ago and no checkpoint is named.
    pub fn new(node: &Node, genesis: &Genesis, about: About) -> Result<Self, Error> {
        let (block, _) = genesis.build(&Sequential)?;
        let hash = block.hash();
        let first = Terms::new(genesis.without_accounts())?.roster(Epoch(1))?;
        let header = block.header().clone();
        let first = Light::begin(hash, header.clone(), &first)?;
        let Beginning { light, checkpoint } = begin(first.clone(), &about, node)?;
        let (height, epoch) = (light.head().height, light.epoch());
        let mut headers = BTreeMap::from([(Height::ZERO, Found { header, hash })]);
        let (head, hash_of_head) = (light.head().clone(), light.head().hash());
        headers.insert(height, Found { header: head, hash: hash_of_head });
        Ok(Self {
            node: node.clone(),
            about,
            genesis: hash,
            home: OnceLock::new(),
            past: Mutex::new(Past::new(first, light.clone())),
            light: Mutex::new(light),
            checkpoint: Mutex::new(checkpoint),
            kept: Arc::new(Mutex::new((Millis::ZERO, epoch))),
            keys: Mutex::new(None),
            peers: Mutex::default(),
            headers: Mutex::new(headers),
            shelf: Mutex::default(),
            sent: Mutex::default(),
            committed: watch::Sender::new(height),
            target: watch::Sender::new(height),
            vm: machine::<S>(Vm::default(), genesis, hash),
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

    /// How many questions it has asked of others.
    pub fn questions(&self) -> u64 {
        lock(&self.peers).questions()
    }

    /// Who gave false answers not long ago, and is not asked.
    pub fn liars(&self) -> Vec<NodeId> {
        lock(&self.peers).liars(self.node.now().mono)
    }

    /// The block that has to be asked for first.
    pub(crate) fn pending(&self) -> Option<Checkpoint> {
        *lock(&self.checkpoint)
    }

    /// The checkpoint was found: from here on the chain is followed from there, or, where nothing else is known of
    /// it, from the genesis block.
    pub(crate) fn begin_with(self: &Arc<Self>, light: Option<Light>) {
        *lock(&self.checkpoint) = None;
        let Some(light) = light else { return };
        self.remember(light.head());
        lock(&self.past).learn(&light);
        let head = light.head().height;
        *lock(&self.light) = light;
        self.committed.send_replace(head);
        self.keep();
    }

    /// Keeps what is known on the disk, in a pool. Where that fails the next process begins earlier.
    fn keep(self: &Arc<Self>) {
        let Some(disk) = self.node.disk().cloned() else { return };
        let client = Arc::clone(self);
        let job = move || {
            // Whoever comes last writes what is known last.
            let mut kept = lock(&client.kept);
            let light = client.light();
            if let Err(why) = kept::write(&*disk, &light) {
                tracing::warn!(%why, "what is known of the chain is not kept");
            }
            *kept = (client.node.now().mono, light.epoch());
        };
        // A pool that is full takes the next one.
        let _ = self.node.pool(Pool::Jobs).submit(Box::new(job));
    }

    /// A final header that is remembered.
    pub(crate) fn remembered(&self, height: Height) -> Option<Found> {
        lock(&self.headers).get(&height).cloned()
    }

    /// The lowest header above a height that is remembered.
    pub(crate) fn above(&self, height: Height) -> Option<Found> {
        let headers = lock(&self.headers);
        headers.range(height.next()?..).next().map(|(_, found)| found.clone())
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
            // The genesis block is asked for again and again, and nobody has to be asked for it.
            let lowest = headers.keys().copied().find(|height| *height != Height::ZERO);
            lowest.map(|lowest| headers.remove(&lowest));
        }
        found
    }

    /// Takes over what was shown and found to be true, and tells everybody where the chain is.
    pub(crate) fn take(self: &Arc<Self>, shown: Shown) -> Result<(), Error> {
        self.remember(&shown.header);
        let (light, head) = {
            let mut light = lock(&self.light);
            light.take(shown)?;
            (light.clone(), light.head().height)
        };
        lock(&self.past).learn(&light);
        // Whoever holds it is writing, and this is written soon.
        let is_due = self.kept.try_lock().is_ok_and(|kept| {
            kept.1 != light.epoch() || self.node.now().mono.since(kept.0) >= KEEP
        });
        if is_due {
            self.keep();
        }
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
        self.some_peers(ASKED)
    }

    /// The same, so many of them.
    pub(crate) fn some_peers(&self, most: usize) -> Vec<NodeId> {
        let Some(transport) = self.node.transport() else { return Vec::new() };
        let mut there: Vec<NodeId> = transport.peers().into_iter().map(|peer| peer.id).collect();
        there.extend(lock(&self.light).nodes());
        there.retain(|id| *id != self.about.me);
        lock(&self.peers).choose(there.into_iter(), most, self.node.now().mono)
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
            Err(Error::Ledger(why)) if why.is_fork() => {
                tracing::error!(peer = %peer.short(), %why, "the chain is not to be trusted any more");
                None
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
        self.find_among(self.peers(), message, check).await
    }

    /// The same, of these.
    pub(crate) async fn find_among<M, R, T, F>(
        &self,
        peers: Vec<NodeId>,
        message: M,
        check: impl Fn(NodeId, R) -> F,
    ) -> Result<Option<T>, Unavailable>
    where
        M: Wire<Reply = Option<R>> + Clone,
        F: Future<Output = Result<T, Error>>,
    {
        let (mut has_answer, mut reasons) = (false, Vec::new());
        for peer in peers {
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
