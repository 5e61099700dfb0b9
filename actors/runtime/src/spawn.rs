//! Starting actors: on the node, in a group, or as the child of another actor.

use crate::actor::{Actor, Handle};
use crate::core::{Core, Standing};
use crate::cx::Cx;
use crate::envelope::Envelope;
use crate::fault::{Error, Exit, Fault};
use crate::gate::Queue;
use crate::group::Group;
use crate::link::Link;
use crate::node::Node;
use crate::pool::Pool;
use crate::restart::RestartPolicy;
use crate::seat::Seat;
use crate::shell::{Command, Shell};
use crate::slot::Local;
use std::fmt;
use std::sync::Arc;
use troupe_types::Millis;
use troupe_wire::{CallError, Message, Wire};

/// Makes the actor's value, at the start and after every fall.
pub(crate) enum Factory<A> {
    Many(Box<dyn FnMut(&Build<'_>) -> Result<A, Fault>>),
    Once(Option<A>),
}

impl<A> Factory<A> {
    pub(crate) fn build(&mut self, node: &Node, incarnation: u64) -> Result<A, Fault> {
        match self {
            Self::Many(make) => make(&Build { node, incarnation }),
            Self::Once(value) => {
                value.take().ok_or_else(|| Fault::Fatal("a child is built once".to_owned()))
            }
        }
    }
}

/// What a factory may use.
#[derive(Debug, Clone, Copy)]
pub struct Build<'a> {
    /// The node.
    pub node: &'a Node,
    /// How often the actor was rebuilt before.
    pub incarnation: u64,
}

/// How to start an actor.
pub struct Spec<A> {
    make: Box<dyn FnMut(&Build<'_>) -> Result<A, Fault> + Send>,
    queue: Queue,
    restart: RestartPolicy,
    group: Option<Group>,
    arbiter: Option<actix::ArbiterHandle>,
}

impl<A> fmt::Debug for Spec<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spec").field("queue", &self.queue).finish_non_exhaustive()
    }
}

impl<A: Actor> Spec<A> {
    /// An actor made by `make`, which must work on an empty disk, on a full one, and the tenth time.
    pub fn new(make: impl FnMut(&Build<'_>) -> Result<A, Fault> + Send + 'static) -> Self {
        Self {
            make: Box::new(make),
            queue: Queue::default(),
            restart: RestartPolicy::default(),
            group: None,
            arbiter: None,
        }
    }

    /// How much may wait for it.
    #[must_use]
    pub fn queue(mut self, queue: Queue) -> Self {
        self.queue = queue;
        self
    }

    /// How it is rebuilt.
    #[must_use]
    pub fn restart(mut self, policy: RestartPolicy) -> Self {
        self.restart = policy;
        self
    }

    /// With whom it shares its fate.
    #[must_use]
    pub fn group(mut self, group: &Group) -> Self {
        self.group = Some(group.clone());
        self
    }

    /// On which thread it lives; without this, on the one that spawns it.
    #[must_use]
    pub fn on(mut self, thread: &Thread) -> Self {
        self.arbiter = Some(thread.0.clone());
        self
    }
}

/// A thread that actors can share.
#[derive(Debug, Clone)]
pub struct Thread(actix::ArbiterHandle);

impl Thread {
    /// Starts a thread with an event loop of its own. Needs a running actix system.
    #[must_use]
    pub fn start() -> Self {
        Self(actix::Arbiter::new().handle())
    }
}

/// A started actor, for binding the messages it takes.
pub struct Spawned<A: Actor> {
    node: Node,
    seat: Arc<Seat>,
    address: actix::Addr<Shell<A>>,
}

impl<A: Actor> fmt::Debug for Spawned<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Spawned({})", A::KIND)
    }
}

impl<A: Actor> Spawned<A> {
    fn local<M: Message>(&self) -> Arc<Local<M>>
    where
        A: Handle<M>,
    {
        Arc::new(Local {
            recipient: self.address.clone().recipient::<Envelope<M>>(),
            seat: Arc::clone(&self.seat),
            clock: Arc::clone(self.node.clock()),
            stats: self.seat.stats.message(M::NAME),
        })
    }

    /// A link to exactly this actor.
    #[must_use]
    pub fn link<M: Message>(&self) -> Link<M>
    where
        A: Handle<M>,
    {
        Link::new(self.local())
    }

    /// Binds the node's link for `M` at this kind ([`Node::link`]) to this actor; several actors of
    /// one kind take turns.
    pub fn accept<M: Message>(&self) -> &Self
    where
        A: Handle<M>,
    {
        self.node.slots().bind(A::KIND, self.local::<M>());
        self
    }

    /// Like [`Spawned::accept`], and answers `M` from other processes too.
    pub fn serve<M: Wire>(&self) -> Result<&Self, Error>
    where
        A: Handle<M>,
    {
        self.accept::<M>();
        let slot = self.node.slots().slot::<M>(A::KIND);
        if self.node.inbound().serve(slot) {
            return Ok(self);
        }
        // A second replica of the same kind is reached through the same slot.
        if self.node.inbound().is_served_by::<M>(A::KIND) {
            return Ok(self);
        }
        Err(Error::ServiceTaken { service: M::SERVICE, tag: M::TAG })
    }

    /// Ends the actor without finishing its queue.
    pub fn stop(&self) {
        self.address.do_send(Command::Stop(Exit::Stopped));
    }
}

impl Node {
    /// Starts an actor.
    pub fn spawn<A: Actor>(&self, spec: Spec<A>) -> Spawned<A> {
        let Spec { make, queue, restart, group, arbiter } = spec;
        let membership = group.as_ref().map(Group::join);
        let stats = self.metrics().kind(A::KIND);
        let seat = Arc::new(Seat::new(queue, stats, membership));
        self.seat(&seat);
        let (node, its_seat) = (self.clone(), Arc::clone(&seat));
        let start = move || {
            let make: Box<dyn FnMut(&Build<'_>) -> Result<A, Fault>> = make;
            Shell::new(Core::new(node, its_seat, Factory::Many(make), Standing::Top(restart)))
        };
        let address = match arbiter {
            Some(arbiter) => actix::Actor::start_in_arbiter(&arbiter, move |_| start()),
            None => actix::Actor::start(start()),
        };
        let end = {
            let address = address.clone();
            Box::new(move || address.do_send(Command::Finish))
        };
        self.on_finish(&seat, end);
        Spawned { node: self.clone(), seat, address }
    }
}

impl<A: Actor> Cx<'_, A> {
    /// Starts a child: an actor with a queue and a fate of its own on this thread. When its life
    /// ends, for whatever reason, `on_exit` runs in this actor. Children end with their parent.
    pub fn child<C: Actor>(
        &mut self,
        child: C,
        queue: Queue,
        lifetime: Option<Millis>,
        on_exit: impl FnOnce(&mut A, Exit, &mut Cx<'_, A>) -> Result<(), Fault> + 'static,
    ) -> Spawned<C> {
        let node = self.core.node.clone();
        let seat = Arc::new(Seat::new(queue, node.metrics().kind(C::KIND), None));
        node.seat(&seat);
        let id = self.expect(None, move |actor, outcome: Result<Exit, _>, cx| {
            let exit = outcome.unwrap_or(Exit::Stopped);
            on_exit(actor, exit, cx)
        });
        let ended = self.came(id);
        let notify = Box::new(move |exit: Exit| ended(Ok(Box::new(exit))));
        let standing = Standing::Child(Some(notify));
        let core = Core::new(node.clone(), Arc::clone(&seat), Factory::Once(Some(child)), standing);
        let address = actix::Actor::start(Shell::new(core));
        let stop = address.clone();
        self.core.children.insert(id, Box::new(move || stop.do_send(Command::Stop(Exit::Stopped))));
        if let Some(span) = lifetime {
            let stop = address.clone();
            self.after(span, move |_, _| {
                stop.do_send(Command::Stop(Exit::DeadlinePassed));
                Ok(())
            });
        }
        Spawned { node, seat, address }
    }
}

/// Writes in the urgent pool; the outcome when all bytes are durable.
pub(crate) async fn write(node: &Node, writes: Vec<(String, Vec<u8>)>) -> Result<(), String> {
    let Some(disk) = node.disk().cloned() else {
        return Err("this node has no disk".to_owned());
    };
    let (done, is_done) = tokio::sync::oneshot::channel();
    let job = move || {
        let outcome = writes.iter().try_for_each(|(file, bytes)| disk.append(file, bytes));
        // The shell may have been dropped meanwhile.
        drop(done.send(outcome.map_err(|error| error.to_string())));
    };
    let pool = node.pool(Pool::Urgent);
    let mut job: crate::pool::Job = Box::new(job);
    // A full pool delays a write; it never loses one.
    loop {
        match pool.submit(job) {
            Ok(()) => break,
            Err(refused) if refused.why == CallError::Busy => job = refused.job,
            Err(refused) => return Err(format!("the pool is {}", refused.why)),
        }
        node.clock().alarm(node.clock().mono().plus(Millis(1))).await;
    }
    is_done.await.unwrap_or_else(|_| Err("the write was dropped".to_owned()))
}
