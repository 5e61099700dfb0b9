//! What the server asks, as questions to the chain's actors.

use crate::about::About;
use crate::heavy::Bench;
use crate::history::{Behind, History};
use crate::lately::Lately;
use crate::tips::Tips;
use std::fmt;
use std::sync::Arc;
use tokio::sync::{Semaphore, broadcast, oneshot, watch};
use troupe_blocks::{
    Contradictions, Earliest, Elected, Find, HeightOf, NextNonce, Past, PoolContent, PoolStatus,
    Pooled, Prove, Reader, Search, Standing, StateAt, StoredAt, Submit,
};
use troupe_chain::block::{Block, Receipt};
use troupe_chain::pool::Status;
use troupe_chain::search;
use troupe_chain::state::{AccountProof, ReadError, Slot};
use troupe_chain::{Invalid, Recovered};
use troupe_consensus::{CommitProof, Evidence, Snapshot as Consensus, Term};
use troupe_rpc::{Answer, At, Backend, Chain, Found, Heavy, Place, Snapshot, Unavailable, Waiting};
use troupe_runtime::{Clock, Link, Node, Pool};
use troupe_types::{Address, Bytes, Epoch, Hash, Height};
use troupe_vault::Stored;
use troupe_vm::Vm;
use troupe_wire::{CallError, Message};

/// A proof of the past is made from so many accounts and words at most: a few seconds.
const MOST_PROVEN: usize = 250_000;
/// Transactions on their way into the pool at once; others wait for their turn.
const MOST_SUBMITS: usize = 1_024;

/// What the server asks.
pub(crate) struct Questions {
    about: About,
    reader: Reader,
    history: History,
    lately: Lately,
    tips: Tips,
    bench: Bench,
    submits: Semaphore,
    clock: Arc<dyn Clock>,
    vm: Vm,
}

impl fmt::Debug for Questions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Questions").field("about", &self.about).finish_non_exhaustive()
    }
}

impl Questions {
    pub(crate) fn new(about: About, reader: Reader, node: &Node) -> Self {
        let tips = Tips::new(about.min_tip);
        // Consensus waits for the urgent pool; nobody but clients for what runs here.
        let own = || Bench::new(Arc::clone(node.pool(Pool::Jobs)));
        let bench = about.bench.clone().unwrap_or_else(own);
        let submits = Semaphore::new(MOST_SUBMITS);
        let (history, lately) = (History::default(), Lately::default());
        let clock = Arc::clone(node.clock());
        let vm = reader.vm.clone();
        Self { about, reader, history, lately, tips, bench, submits, clock, vm }
    }

    /// Looks at every block that becomes final, for as long as the chain is there.
    pub(crate) async fn follow(self: Arc<Self>) {
        let mut committed = self.reader.watch.committed();
        let mut seen = committed.borrow_and_update().0;
        loop {
            if committed.changed().await.is_err() {
                return;
            }
            let head = committed.borrow_and_update().0;
            // After a long pause, as when it caught up, what is old is of no use.
            for height in (seen + 1).max(head.saturating_sub(32))..=head {
                match self.stored(Height(height)).await {
                    Ok(Some(stored)) => self.tips.add(&stored),
                    Ok(None) => {}
                    Err(error) => tracing::debug!(%error, height, "a block was not looked at"),
                }
            }
            seen = head;
        }
    }

    async fn ask<M: Message>(&self, link: &Link<M>, message: M) -> Result<M::Reply, Unavailable> {
        link.ask(message).within(self.about.patience).await.map_err(unanswered::<M>)
    }

    /// A final block.
    async fn stored(&self, height: Height) -> Result<Option<Arc<Stored>>, Unavailable> {
        // Not above what is final for clients, though it may be kept already.
        if height > *self.reader.watch.committed().borrow() {
            return Ok(None);
        }
        if let Some(stored) = self.lately.at(height) {
            return Ok(Some(stored));
        }
        let stored = self.ask(&self.reader.stored, StoredAt(height)).await?;
        if let Some(stored) = &stored {
            self.history.add(found(stored));
            self.lately.add(Arc::clone(stored));
        }
        Ok(stored)
    }

    async fn find(&self, at: At) -> Result<Option<Arc<Stored>>, Unavailable> {
        let height = match at {
            At::Height(height) => height,
            At::Hash(hash) => match self.ask(&self.reader.height_of, HeightOf(hash)).await? {
                Some(height) => height,
                None => return Ok(None),
            },
        };
        self.stored(height).await
    }

    async fn snapshot(&self, height: Height) -> Result<Option<Snapshot>, Unavailable> {
        let Some(view) = self.ask(&self.reader.state, StateAt(height)).await? else {
            return self.past(height).await;
        };
        for missing in self.history.missing(height) {
            self.stored(missing).await?;
        }
        let ancestors = Arc::new(self.history.before(height));
        Ok(Some(Snapshot {
            view: Arc::new(view),
            ancestors,
            vm: self.vm.clone(),
            is_far: false,
            ahead: None,
        }))
    }

    /// The state after a block that others have left behind, where this process keeps all.
    async fn past(&self, height: Height) -> Result<Option<Snapshot>, Unavailable> {
        let found = self.ask(&self.reader.past, Past(height)).await?;
        Ok(found.map(|state| {
            let ancestors = Arc::new(Behind(state.clone()));
            Snapshot {
                view: Arc::new(state),
                ancestors,
                vm: self.vm.clone(),
                is_far: true,
                ahead: None,
            }
        }))
    }

    /// A proof against the state of a block of the past, where this process keeps all: made from the whole state.
    async fn prove_past(
        &self,
        height: Height,
        address: Address,
        slots: Vec<Slot>,
    ) -> Result<Option<AccountProof>, Unavailable> {
        let Some(state) = self.ask(&self.reader.past, Past(height)).await? else { return Ok(None) };
        let Some(found) = self.header(At::Height(height)).await? else { return Ok(None) };
        let (told, answer) = oneshot::channel();
        self.bench.run(Box::new(move || {
            // Whoever asked may have gone.
            let _ = told.send(state.prove(&address, &slots, MOST_PROVEN));
        }))?;
        let ended = |_| Unavailable { reason: "the work ended without a result".to_owned() };
        let proven = answer.await.map_err(ended)?;
        let failed = |why: ReadError| Unavailable { reason: why.to_string() };
        match proven.map_err(failed)? {
            None => {
                let reason = format!(
                    "a proof of the past is made from the whole state, which has more than {MOST_PROVEN} accounts and words"
                );
                Err(Unavailable { reason })
            }
            Some((root, proof)) if root == found.header.state_root => Ok(Some(proof)),
            Some((root, _)) => {
                let reason = format!("the versions of block {height} give the root {root}");
                Err(Unavailable { reason })
            }
        }
    }

    /// Where the pool has no room for another message the transaction waits: its client waits with it.
    async fn let_in(&self, envelope: Vec<u8>) -> Result<Result<Hash, Invalid>, Unavailable> {
        let weight = Bytes::of(envelope.len());
        let _turn = self
            .submits
            .acquire()
            .await
            .map_err(|_| Unavailable { reason: "the gateway closes".into() })?;
        let submit = &self.reader.submit;
        let until = self.clock.mono().plus(self.about.patience);
        loop {
            match submit.ask(Submit(envelope.clone())).by(until).await {
                Ok(submitted) => return Ok(submitted),
                Err(CallError::Busy) => {}
                Err(why) => return Err(unanswered::<Submit>(why)),
            }
            tokio::select! {
                () = submit.ready(weight) => {}
                () = self.clock.alarm(until) => return Err(unanswered::<Submit>(CallError::Busy)),
            }
        }
    }
}

fn unanswered<M: Message>(why: CallError) -> Unavailable {
    Unavailable { reason: format!("{}: {why}", M::NAME) }
}

fn found(stored: &Stored) -> Found {
    Found { header: stored.block.header().clone(), hash: stored.block.hash() }
}

impl Backend for Questions {
    fn chain(&self) -> &Chain {
        &self.about.chain
    }

    fn committed(&self) -> watch::Receiver<Height> {
        self.reader.watch.committed()
    }

    fn arrivals(&self) -> broadcast::Receiver<Hash> {
        self.reader.watch.arrivals()
    }

    fn earliest(&self) -> Answer<'_, Option<Height>> {
        Box::pin(async { Ok(Some(self.ask(&self.reader.earliest, Earliest).await?)) })
    }

    fn header(&self, at: At) -> Answer<'_, Option<Found>> {
        Box::pin(async move {
            if let At::Height(height) = at
                && let Some(found) = self.history.at(height)
            {
                return Ok(Some(found));
            }
            Ok(self.find(at).await?.map(|stored| found(&stored)))
        })
    }

    fn block(&self, at: At) -> Answer<'_, Option<Arc<Block>>> {
        Box::pin(async move { Ok(self.find(at).await?.map(|stored| Arc::clone(&stored.block))) })
    }

    fn receipts(&self, height: Height) -> Answer<'_, Option<Arc<Vec<Receipt>>>> {
        Box::pin(async move {
            Ok(self.stored(height).await?.map(|stored| Arc::clone(&stored.receipts)))
        })
    }

    fn locate(&self, transaction: Hash) -> Answer<'_, Option<Place>> {
        Box::pin(async move {
            let place = self.ask(&self.reader.find, Find(transaction)).await?;
            Ok(place.map(|(height, index)| Place { height, index: Bytes(index.into()).as_usize() }))
        })
    }

    fn search(&self, search: search::Search) -> Answer<'_, Option<search::Found>> {
        Box::pin(self.ask(&self.reader.search, Search(search)))
    }

    fn state(&self, height: Height) -> Answer<'_, Option<Snapshot>> {
        Box::pin(self.snapshot(height))
    }

    fn prove(
        &self,
        height: Height,
        address: Address,
        slots: Vec<Slot>,
    ) -> Answer<'_, Option<AccountProof>> {
        Box::pin(async move {
            let near = Prove { height, address, slots: slots.clone() };
            match self.ask(&self.reader.prove, near).await? {
                Some(proof) => Ok(Some(proof)),
                None => self.prove_past(height, address, slots).await,
            }
        })
    }

    fn proof(&self, at: At) -> Answer<'_, Option<CommitProof>> {
        Box::pin(async move { Ok(self.find(at).await?.and_then(|stored| stored.proof.clone())) })
    }

    fn validators(&self, epoch: Epoch) -> Answer<'_, Option<Term>> {
        Box::pin(async move {
            match self.reader.offices.of(epoch) {
                Ok(term) => Ok(Some(term)),
                Err(_) => self.ask(&self.reader.elected, Elected(epoch)).await,
            }
        })
    }

    fn consensus(&self) -> Answer<'_, Option<Consensus>> {
        Box::pin(async { Ok(Some(*self.ask(&self.reader.standing, Standing).await?)) })
    }

    fn evidence(&self) -> Answer<'_, Vec<Evidence>> {
        Box::pin(self.ask(&self.reader.contradictions, Contradictions))
    }

    fn pooled(&self, transaction: Hash) -> Answer<'_, Option<Recovered>> {
        Box::pin(self.ask(&self.reader.pooled, Pooled(transaction)))
    }

    fn pool_status(&self) -> Answer<'_, Status> {
        Box::pin(self.ask(&self.reader.pool_status, PoolStatus))
    }

    fn pool_content(&self, most: usize) -> Answer<'_, Waiting> {
        Box::pin(async move {
            let (executable, queued) =
                self.ask(&self.reader.pool_content, PoolContent(most)).await?;
            Ok(Waiting { executable, queued })
        })
    }

    fn next_nonce(&self, sender: Address) -> Answer<'_, Option<u64>> {
        Box::pin(self.ask(&self.reader.next_nonce, NextNonce(sender)))
    }

    fn submit(&self, envelope: Vec<u8>) -> Answer<'_, Result<Hash, Invalid>> {
        Box::pin(self.let_in(envelope))
    }

    fn suggested_tip(&self) -> Answer<'_, u128> {
        Box::pin(async { Ok(self.tips.advised()) })
    }

    fn catching_up_to(&self) -> Option<Height> {
        *self.reader.watch.target().borrow()
    }

    fn peers(&self) -> usize {
        (self.about.peers)()
    }

    fn run(&self, work: Heavy) -> Result<(), Unavailable> {
        self.bench.run(work)
    }
}
