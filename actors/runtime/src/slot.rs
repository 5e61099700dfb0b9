//! Links to actors of the same node, bound when the actor starts.

use crate::clock::Clock;
use crate::envelope::Envelope;
use crate::link::{Deliver, Post, Refused};
use crate::seat::Seat;
use crate::stats::{MessageStats, Ran};
use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use troupe_types::Bytes;
use troupe_wire::{CallError, Message};

/// One running actor that takes `M`.
pub(crate) struct Local<M: Message> {
    pub(crate) recipient: actix::Recipient<Envelope<M>>,
    pub(crate) seat: Arc<Seat>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Shared by all who are refused; what runs is counted by the shell.
    pub(crate) stats: Arc<MessageStats>,
}

impl<M: Message> Deliver<M> for Local<M> {
    fn deliver(&self, post: Post<M>) -> Result<(), Refused<M>> {
        match self.seat.gate.admit(M::LANE, post.message.weight()) {
            Ok(charge) => {
                self.recipient.do_send(Envelope::new(post, charge));
                Ok(())
            }
            Err(why) => {
                self.stats.count_shared(Ran::Failed(why));
                Err(refuse(post, why))
            }
        }
    }

    fn ready(&self, weight: Bytes) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.seat.gate.ready(M::LANE, weight))
    }

    fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    fn label(&self) -> &'static str {
        self.seat.kind
    }
}

/// Gives the message back and tells whoever waits for its answer.
fn refuse<M: Message>(post: Post<M>, why: CallError) -> Refused<M> {
    let Post { message, reply, .. } = post;
    reply.settle(Err(why));
    Refused { message, why }
}

/// The place of an actor kind: its first replica, the others, or nobody yet.
pub(crate) struct Slot<M: Message> {
    kind: &'static str,
    clock: Arc<dyn Clock>,
    first: OnceLock<Arc<Local<M>>>,
    more: RwLock<Vec<Arc<Local<M>>>>,
    /// How many are in `more`; nearly always none.
    others: AtomicUsize,
    turn: AtomicUsize,
}

impl<M: Message> Slot<M> {
    fn bind(&self, local: Arc<Local<M>>) {
        let Err(another) = self.first.set(local) else { return };
        let mut more = self.more.write().unwrap_or_else(PoisonError::into_inner);
        more.retain(|replica| !replica.seat.is_gone());
        more.push(another);
        self.others.store(more.len(), Ordering::Release);
    }

    /// Replicas take turns; one that has ended gives its turn to the next.
    fn pick(&self) -> Option<Arc<Local<M>>> {
        let first = self.first.get()?;
        let more = self.more.read().unwrap_or_else(PoisonError::into_inner);
        let replicas = more.len() + 1;
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let replica = |index: usize| if index == 0 { first } else { &more[index - 1] };
        let mut in_turn =
            (0..replicas).map(|skipped| replica((turn % replicas + skipped) % replicas));
        let found = in_turn.find(|replica| replica.seat.gate.is_open()).unwrap_or(first);
        Some(Arc::clone(found))
    }
}

impl<M: Message> Deliver<M> for Slot<M> {
    fn deliver(&self, post: Post<M>) -> Result<(), Refused<M>> {
        if self.others.load(Ordering::Acquire) > 0
            && let Some(local) = self.pick()
        {
            return local.deliver(post);
        }
        match self.first.get() {
            Some(local) => local.deliver(post),
            None => Err(refuse(post, CallError::NotHere)),
        }
    }

    fn ready(&self, weight: Bytes) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            if let Some(local) = self.pick() {
                local.ready(weight).await;
            }
        })
    }

    fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    fn label(&self) -> &'static str {
        self.kind
    }
}

/// All slots of a node.
pub(crate) struct Slots {
    clock: Arc<dyn Clock>,
    table: Mutex<Table>,
}

type Table = BTreeMap<(TypeId, &'static str), Arc<dyn Any + Send + Sync>>;

impl Slots {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, table: Mutex::default() }
    }

    pub(crate) fn slot<M: Message>(&self, kind: &'static str) -> Arc<Slot<M>> {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = table.entry((TypeId::of::<M>(), kind)).or_insert_with(|| {
            Arc::new(Slot::<M> {
                kind,
                clock: Arc::clone(&self.clock),
                first: OnceLock::new(),
                more: RwLock::default(),
                others: AtomicUsize::new(0),
                turn: AtomicUsize::new(0),
            })
        });
        Arc::clone(slot).downcast().expect("the key holds the message's type")
    }

    pub(crate) fn bind<M: Message>(&self, kind: &'static str, local: Arc<Local<M>>) {
        self.slot(kind).bind(local);
    }
}
