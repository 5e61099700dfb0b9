//! The actor: what it is made of, and who tells it what.

use crate::chain::Chain;
use crate::decisions::Decisions;
use crate::file::{self, Marks};
use crate::observe::Meters;
use crate::offers::Offers;
use crate::register::{Register, Registering};
use crate::tasks::Entry;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use troupe_account::{Happened, Reader, Source, Submit};
use troupe_crypto::ed25519;
use troupe_market::contract::TASKS;
use troupe_market::duty::Who;
use troupe_market::message::{ACTOR, Await, Decide, Look, Offer, Shown, Sign};
use troupe_runtime::{Actor, Cx, Error, Fault, Handle, Link, Node, Reply, Spec};
use troupe_types::{Address, Bytes, Millis, NodeId};
use troupe_wire::{Lane, Message};

/// How often it looks for what is due.
const TICK: Millis = Millis::secs(1);
/// How soon it asks again whether a chain is there, and what could not be read.
pub(crate) const AGAIN: Millis = Millis(250);

/// Hears whether it can do its work, and if not, why not.
pub type Report = Arc<dyn Fn(Result<(), String>) + Send + Sync>;

/// Who acts.
#[derive(Clone)]
pub struct Opening {
    /// The account.
    pub account: Address,
    /// The node whose data sets are offered.
    pub node: NodeId,
    /// The key of the node, which signs what the parties of a task state.
    pub key: Arc<dyn ed25519::Sign>,
    /// Whether the compute node is registered, and how.
    pub register: Option<Register>,
    /// Hears whether it can do its work.
    pub report: Report,
}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opening({}, {:?})", self.account, self.register)
    }
}

/// Starts the actor; `place` says where it lives, `source` makes one for each of its incarnations. It hands errands to the
/// actor `account` of the node.
pub fn start(
    node: &Node,
    opening: Opening,
    source: impl Fn(&Node) -> Source + Send + Sync + 'static,
    place: impl FnOnce(Spec<Market>) -> Spec<Market>,
) -> Result<(), Error> {
    let meters = Meters::register(node.metrics())?;
    let decisions = Decisions::default();
    let spec = Spec::new(move |build| {
        decisions.load(build.node)?;
        let marks = file::marks(build.node)?;
        let source = source(build.node);
        let reader = Reader::new(Arc::clone(&source.backend));
        Ok(Market {
            chain: Arc::new(Chain::new(reader, opening.account)),
            registering: Registering::new(opening.register.as_ref(), &marks),
            opening: opening.clone(),
            source: Some(source),
            account: build.node.link("account"),
            session: build.node.link("session"),
            who: None,
            tasks: BTreeMap::new(),
            queue: VecDeque::new(),
            reading: 0,
            askers: 0,
            leaving: None,
            decisions: decisions.clone(),
            offers: Offers::default(),
            marks,
            meters: meters.clone(),
        })
    });
    let spawned = node.spawn(place(spec));
    spawned.accept::<Look>().accept::<Await>().accept::<Decide>().accept::<Offer>();
    spawned.accept::<Sign>();
    spawned.accept::<Happened>().accept::<Then>();
    Ok(())
}

/// The actor.
pub struct Market {
    pub(crate) opening: Opening,
    pub(crate) chain: Arc<Chain>,
    source: Option<Source>,
    pub(crate) account: Link<Submit>,
    /// Who computes, if that is here.
    pub(crate) session: Link<Shown>,
    /// Who we are; `None` until that was read.
    pub(crate) who: Option<Who>,
    pub(crate) tasks: BTreeMap<u64, Entry>,
    /// Tasks to be read, and how many are being read.
    pub(crate) queue: VecDeque<u64>,
    pub(crate) reading: usize,
    /// Those who wait for an answer of the chain.
    pub(crate) askers: usize,
    /// Since when the process is on its way out.
    pub(crate) leaving: Option<Millis>,
    pub(crate) decisions: Decisions,
    pub(crate) offers: Offers,
    pub(crate) registering: Registering,
    pub(crate) marks: Marks,
    pub(crate) meters: Meters,
}

impl fmt::Debug for Market {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Market({} tasks)", self.tasks.len())
    }
}

/// Goes on in the actor.
type Step = Box<dyn FnOnce(&mut Market, &mut Cx<'_, Market>) -> Result<(), Fault> + Send>;

/// Told by its own tasks: what they waited for is there.
pub(crate) struct Then(Step);

impl Message for Then {
    type Reply = ();
    const NAME: &'static str = "then";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::MAX;
}

impl Actor for Market {
    const KIND: &'static str = ACTOR;

    fn started(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let Some(source) = self.source.take() else { return Ok(()) };
        cx.task(source.beside);
        let (reader, clock) = (self.chain.reader.clone(), Arc::clone(cx.node().clock()));
        let there = async move {
            while !reader.is_there() {
                clock.alarm(clock.now().mono.plus(AGAIN)).await;
            }
            reader.head()
        };
        self.when(cx, there, |market, head, cx| {
            // What comes is heard from here on; what is, is read after that.
            let to = cx.myself::<Happened>();
            cx.task(market.chain.reader.clone().follow(TASKS, head, to));
            market.identify(cx);
            Ok(())
        });
        self.tick(cx)
    }
}

impl Market {
    /// Waits for something beside the actor, and goes on in it, out of any call that it is handling.
    pub(crate) fn when<T: Send + 'static>(
        &self,
        cx: &mut Cx<'_, Self>,
        future: impl Future<Output = T> + 'static,
        then: impl FnOnce(&mut Self, T, &mut Cx<'_, Self>) -> Result<(), Fault> + Send + 'static,
    ) {
        let to = cx.myself::<Then>();
        cx.task(async move {
            let found = future.await;
            let mut step = Then(Box::new(move |market, cx| then(market, found, cx)));
            while let Err(refused) = to.tell(step) {
                step = refused.message;
                to.ready(Bytes::of(size_of::<Then>())).await;
            }
        });
    }

    /// The same after a while.
    pub(crate) fn later(
        &self,
        cx: &mut Cx<'_, Self>,
        span: Millis,
        then: impl FnOnce(&mut Self, &mut Cx<'_, Self>) -> Result<(), Fault> + Send + 'static,
    ) {
        let (clock, until) = (Arc::clone(cx.node().clock()), cx.now().mono.plus(span));
        let rung = async move { clock.alarm(until).await };
        self.when(cx, rung, |market, (), cx| then(market, cx));
    }

    fn tick(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        self.leave(cx);
        self.due(cx);
        self.register(cx)?;
        self.meters.show(self.tasks.values().filter_map(Entry::phase));
        cx.after(TICK, Self::tick);
        Ok(())
    }

    /// Finds out who we are, then which tasks there are.
    pub(crate) fn identify(&mut self, cx: &mut Cx<'_, Self>) {
        let chain = Arc::clone(&self.chain);
        self.when(cx, async move { chain.who().await }, |market, found, cx| {
            let who = match found {
                Ok(who) => who,
                Err(error) => {
                    tracing::debug!(%error, "who we are was not read");
                    (market.opening.report)(Err(error.to_string()));
                    market.later(cx, AGAIN, |market, cx| {
                        market.identify(cx);
                        Ok(())
                    });
                    return Ok(());
                }
            };
            let before = market.who.replace(who);
            if before != Some(who) {
                tracing::info!(account = %who.account, compute = ?who.compute, "in the market");
            }
            if before.is_none() {
                for task in market.decisions.tasks() {
                    market.touch(task, cx);
                }
                market.page(market.marks.over, None, cx);
            }
            market.registered(cx);
            Ok(())
        });
    }
}

impl Handle<Then> for Market {
    fn handle(
        &mut self,
        Then(step): Then,
        _: Reply<Then>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        step(self, cx)
    }
}
