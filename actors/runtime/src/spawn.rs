//! Starting actors: on the node, in a group, or as the child of another actor.

use crate::actor::{Actor, Handle};
use crate::core::{Child, Core, Standing};
use crate::cx::Cx;
use crate::envelope::Envelope;
use crate::fault::{Error, Exit, Fault};
use crate::gate::Queue;
use crate::group::Group;
use crate::link::Link;
use crate::node::Node;
use crate::restart::RestartPolicy;
use crate::seat::{Order, Seat};
use crate::shell::{Command, Shell};
use crate::slot::Local;
use actix::AsyncContext;
use std::fmt;
use std::sync::Arc;
use tokio::sync::oneshot;
use troupe_types::Millis;
use troupe_wire::{Message, Wire};

type Make<A> = dyn FnMut(&Build<'_>) -> Result<A, Fault> + Send;

/// Makes the actor's value, at the start and after every fall.
pub(crate) enum Factory<A> {
    Many(Box<Make<A>>),
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
    make: Box<Make<A>>,
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
            stats: self.seat.stats.shared(M::NAME),
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
        let slot = self.node.slots().slot::<M>(A::KIND);
        let inbound = self.node.inbound();
        // A second replica of the same kind is reached through the same slot.
        if !inbound.serve(slot) && !inbound.is_served_by::<M>(A::KIND) {
            return Err(Error::ServiceTaken { service: M::SERVICE, tag: M::TAG });
        }
        Ok(self.accept::<M>())
    }

    /// Ends the actor without finishing its queue.
    pub fn stop(&self) {
        self.seat.order(Order::Stop);
        self.address.do_send(Command::Obey);
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
        let start = move |context: &mut actix::Context<Shell<A>>| {
            let factory = Factory::Many(make);
            let standing = Standing::Top(restart);
            Shell::new(Core::new(node, its_seat, context.address(), factory, standing))
        };
        let address = match arbiter {
            Some(arbiter) => actix::Actor::start_in_arbiter(&arbiter, start),
            None => actix::Actor::create(start),
        };
        let finish = {
            let address = address.clone();
            Box::new(move || address.do_send(Command::Finish))
        };
        self.on_finish(&seat, finish);
        Spawned { node: self.clone(), seat, address }
    }
}

impl<A: Actor> Cx<'_, A> {
    /// Starts a child: an actor with a queue and a fate of its own on this thread. When its life
    /// has ended, for whatever reason, and its writes are durable, `on_exit` runs in this actor.
    /// Children end with their parent, and before it is rebuilt.
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
        let ticket = self.core.expect(Millis::MAX, move |actor, exit: Result<Exit, _>, cx| {
            on_exit(actor, exit.unwrap_or(Exit::Stopped), cx)
        });
        let exit = Some(self.core.promise(ticket));
        let (done, is_done) = oneshot::channel();
        let standing = Standing::Child { exit, done: Some(done) };
        let (its_node, its_seat) = (node.clone(), Arc::clone(&seat));
        let address = <Shell<C> as actix::Actor>::create(move |context| {
            let factory = Factory::Once(Some(child));
            Shell::new(Core::new(its_node, its_seat, context.address(), factory, standing))
        });
        let order = |address: actix::Addr<Shell<C>>, seat: Arc<Seat>| {
            move |order| {
                seat.order(order);
                address.do_send(Command::Obey);
            }
        };
        let tell = Box::new(order(address.clone(), Arc::clone(&seat)));
        let lifetime = lifetime.map(|span| {
            let end = order(address.clone(), Arc::clone(&seat));
            let timer = self.after(span, move |_, _| {
                end(Order::Overdue);
                Ok(())
            });
            (timer.at, timer.id)
        });
        self.core.children.insert(ticket.serial, Child { tell, done: is_done, lifetime });
        Spawned { node, seat, address }
    }
}
