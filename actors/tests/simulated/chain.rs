//! A network over a chain, with an actor in place of the chain: what it says, and what was said to it.

use crate::common::{CLINIC, COMPUTE, LAB, NodeKey, OPEN, RECEIVER, key, settled, task};
use alloy_primitives::FixedBytes;
use std::sync::{Arc, Mutex, MutexGuard};
use troupe_crypto::ed25519;
use troupe_learning::Task;
use troupe_learning::message::{Accepted, Consent, Contribute, Describe, Described, Prepare};
use troupe_learning::task::nobody;
use troupe_market::algorithm;
use troupe_market::call::abi::{DataRegistry, TaskMarket};
use troupe_market::data::Listing;
use troupe_market::duty::{Say, Who};
use troupe_market::message::{ACTOR, Await, Decide, Decision, Look, Offer, Seen, Sign, Unseen};
use troupe_market::statement::{Held, Place, Statement};
use troupe_market::task::{End, Phase};
use troupe_runtime::sim::{Scenario, World, node_id};
use troupe_runtime::{Actor, Cx, Fault, Handle, Node, Reply, Spec};
use troupe_types::{Address, Hash, Height, Millis, UnixMillis};
use troupe_wire::List;

pub(crate) const CHAIN: u64 = 7;
pub(crate) const NUMBER: u64 = 3;
const SOON: Millis = Millis(20);
/// As long as the command waits for an answer.
pub(crate) const WAIT: Millis = Millis::secs(8);

/// All that the chain knows, and what was said to it.
#[derive(Default)]
pub(crate) struct Story {
    pub(crate) phase: u8,
    /// The number of the only task.
    pub(crate) number: u64,
    terms: [u8; 32],
    /// Owners that agreed, and that let the parties start.
    pub(crate) agreed: Vec<usize>,
    pub(crate) started: Vec<usize>,
    /// Owners that ended it before the start, and why.
    pub(crate) declined: Vec<(usize, End)>,
    /// Parties that took their seats.
    pub(crate) seated: Vec<usize>,
    /// The nodes that were elected.
    pub(crate) elected: Vec<usize>,
    listed: Vec<(usize, Listing)>,
    /// Nodes that sign nothing: they signed something else before.
    pub(crate) unsigned: Vec<usize>,
    pub(crate) said: Vec<(usize, Say)>,
    /// What others signed, before anything was said.
    pub(crate) held: Vec<(usize, Vec<Held>)>,
    /// What was sent, as it may be published, and what never came.
    pub(crate) sent: Vec<(usize, u8, u32, Vec<u8>)>,
    pub(crate) missing: Vec<(usize, u8, u32)>,
    /// Nodes that the chain does not hear when they accept.
    pub(crate) unheard: Vec<usize>,
    /// How often the elected said that they can compute.
    pub(crate) able: usize,
    /// The data sets that the task is on.
    named: Vec<String>,
    pub(crate) algorithms: u64,
    /// What it is on besides; and whether the laboratory's wants its own node among the parties.
    pub(crate) besides: Vec<usize>,
    pub(crate) has_own_party: bool,
    /// How many of the elected took the place of others.
    pub(crate) replaced: u8,
    /// How long they may compute, and how long accept, where it is not long.
    pub(crate) compute: Option<u64>,
    pub(crate) accept: Option<u64>,
}

pub(crate) type Shared = Arc<Mutex<Story>>;

/// Stands for the chain at one node.
struct Chain {
    number: usize,
    story: Shared,
}

impl Actor for Chain {
    const KIND: &'static str = ACTOR;
}

/// How long phases take, as far as anybody here asks.
const SPANS: TaskMarket::Spans = TaskMarket::Spans {
    consent: 60_000,
    accept_: 60_000,
    start: 60_000,
    compute: 24 * 3_600_000,
    settle: 10_000,
};

fn account(number: usize) -> Address {
    Address([u8::try_from(number).unwrap(); 20])
}

impl Chain {
    fn story(&self) -> MutexGuard<'_, Story> {
        self.story.lock().unwrap()
    }

    fn seen(&self, wanted: u64) -> Result<Seen, Unseen> {
        let story = self.story();
        if wanted != story.number || story.phase == 0 {
            return Err(Unseen::NoTask(wanted));
        }
        let leg = |owner: &usize| TaskMarket::Leg {
            dataset: *owner as u64,
            version: 1,
            owner: account(*owner).0.into(),
            price: 0,
            authorised: story.agreed.contains(owner),
            confirmed: story.started.contains(owner),
        };
        let seat = |node: &usize| TaskMarket::Seat {
            id: *node as u64,
            accepted: story.seated.contains(node),
            bond: 0,
            word: 0,
            punished: false,
            posting: TaskMarket::Posting {
                result: FixedBytes::ZERO,
                transcript: FixedBytes::ZERO,
                output: FixedBytes::ZERO,
                pairs: [FixedBytes::ZERO; 2],
            },
        };
        let task = TaskMarket::Task {
            id: story.number,
            sender: account(RECEIVER).0.into(),
            terms: story.terms.into(),
            algorithms: story.algorithms,
            engine: 1,
            leastRows: 569,
            leastGroup: 20,
            receivers: Vec::new(),
            excluded: Vec::new(),
            after_: 0,
            fee: 0,
            escrow: 0,
            spans: TaskMarket::Spans {
                compute: story.compute.unwrap_or(SPANS.compute),
                accept_: story.accept.unwrap_or(SPANS.accept_),
                ..SPANS
            },
            phase: story.phase,
            deadline: u64::MAX,
            since: 1,
            finalAt: 1,
            election: TaskMarket::Election {
                view_: 1,
                word: FixedBytes::ZERO,
                drawnAt: 1,
                replaced: story.replaced,
            },
            legs: [CLINIC, LAB].iter().chain(&story.besides).map(leg).collect(),
            seats: story.elected.iter().map(seat).collect(),
            reserves: Vec::new(),
            demands: Vec::new(),
            end: story.declined.first().map_or(0, |(_, end)| *end as u8),
            through: account(story.declined.first().map_or(0, |(owner, _)| *owner)).0.into(),
        };
        let listing = |owner: &usize| {
            let is_meant =
                |listing: &Listing| story.named.iter().any(|name| *name == *listing.name);
            let mut listed = story.listed.iter();
            let found = listed.find(|(listed, listing)| listed == owner && is_meant(listing));
            let (_, listing) = found.unwrap();
            DataRegistry::Listing {
                node: listing.node.0.into(),
                name: listing.name.to_string(),
                schema: listing.schema.0.into(),
                rows: listing.rows,
                content: listing.content.0.into(),
                price: listing.price,
                policy: DataRegistry::Policy {
                    anyone: true,
                    askers: Vec::new(),
                    algorithms: listing.policy.algorithms,
                    engines: listing.policy.engines,
                    leastRows: listing.policy.least_rows,
                    leastGroup: listing.policy.least_group,
                    named: Vec::new(),
                    excluded: Vec::new(),
                    ownParty: story.has_own_party && *owner == LAB,
                    expires: 0,
                },
            }
        };
        let dataset = |owner: &usize| DataRegistry::Dataset {
            id: *owner as u64,
            owner: account(*owner).0.into(),
            version: 1,
            since: 1,
            revoked: false,
            listing: listing(owner),
        };
        let compute = COMPUTE.contains(&self.number).then_some(self.number as u64);
        Ok(Seen {
            chain_id: CHAIN,
            height: Height(9),
            time: UnixMillis(0),
            me: Who { account: account(self.number), compute },
            nodes: story.elected.iter().map(|node| (node_id(*node), key(*node))).collect(),
            datasets: [CLINIC, LAB].iter().chain(&story.besides).map(dataset).collect(),
            task,
        })
    }
}

impl Handle<Look> for Chain {
    fn handle(
        &mut self,
        Look(task): Look,
        reply: Reply<Look>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        reply.send(self.seen(task), cx);
        Ok(())
    }
}

impl Handle<Offer> for Chain {
    fn handle(
        &mut self,
        Offer(listings): Offer,
        reply: Reply<Offer>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let numbers = vec![self.number as u64; listings.len()];
        self.story().listed.extend(listings.into_iter().map(|listing| (self.number, listing)));
        reply.send(Ok(numbers), cx);
        Ok(())
    }
}

impl Handle<Decide> for Chain {
    fn handle(
        &mut self,
        Decide { decision, .. }: Decide,
        reply: Reply<Decide>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let number = self.number;
        let mut story = self.story();
        match decision {
            Decision::Allow => story.agreed.push(number),
            Decision::Confirm => story.started.push(number),
            Decision::Decline(why) => story.declined.push((number, why)),
            Decision::Able => {
                story.able += 1;
                // The chain refuses whoever accepts twice.
                if !story.unheard.contains(&number) && !story.seated.contains(&number) {
                    story.seated.push(number);
                }
            }
            Decision::Holds(held) => {
                assert!(story.said.iter().all(|(said, _)| *said != number), "kept before it spoke");
                story.held.push((number, held));
            }
            Decision::Say(say) => story.said.push((number, say)),
            Decision::Sent { to, round, message } => {
                story.sent.push((number, to, round, message));
            }
            Decision::Missing { of, round } => story.missing.push((number, of, round)),
            Decision::Received(_) => {}
        }
        story.phase = match &*story {
            story if !story.declined.is_empty() => Phase::Ended,
            story if story.agreed.len() < 2 => Phase::Consent,
            story if story.seated.len() < 3 => Phase::Accept,
            story if story.started.len() < 2 => Phase::Start,
            _ => Phase::Compute,
        } as u8;
        drop(story);
        reply.send(Ok(()), cx);
        Ok(())
    }
}

impl Handle<Sign> for Chain {
    fn handle(
        &mut self,
        Sign { task, statements }: Sign,
        reply: Reply<Sign>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let story = self.story();
        let seat = story.elected.iter().position(|node| *node == self.number).unwrap();
        let place = Place {
            chain_id: CHAIN,
            task,
            terms: Hash(story.terms),
            seat: u8::try_from(seat).unwrap(),
        };
        let is_refused =
            story.unsigned.contains(&self.number) || story.phase != Phase::Compute as u8;
        drop(story);
        let sign = |it: &Statement| {
            ed25519::Sign::sign(&NodeKey(self.number), &it.digest(&place)).unwrap().0
        };
        let signed = statements.iter().map(sign).collect();
        reply.send(if is_refused { Err(Unseen::Said(task)) } else { Ok(signed) }, cx);
        Ok(())
    }
}

impl Handle<Await> for Chain {
    fn handle(
        &mut self,
        asked: Await,
        reply: Reply<Await>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        answer(self, asked, reply, cx);
        Ok(())
    }
}

/// Blocks come now and then.
fn answer(chain: &mut Chain, asked: Await, reply: Reply<Await>, cx: &mut Cx<'_, Chain>) {
    match chain.seen(asked.task) {
        Ok(seen) if seen.task.phase < asked.phase as u8 => {
            cx.after(SOON, move |chain, cx| {
                answer(chain, asked, reply, cx);
                Ok(())
            });
        }
        seen => reply.send(seen, cx),
    }
}

/// The network, the task as it is declared, and what the chain hears.
pub(crate) fn declared(seed: u64) -> (World, Task, Shared) {
    declared_with(seed, |scenario| scenario)
}

/// The same, where something is special about the network.
pub(crate) fn declared_with(
    seed: u64,
    with: impl FnOnce(Scenario) -> Scenario,
) -> (World, Task, Shared) {
    declared_in(seed, (OPEN, task(1), algorithm::bit(algorithm::STATISTICS)), with)
}

/// The same with any task and policy, declared to do this.
pub(crate) fn declared_as(
    seed: u64,
    policy: &'static str,
    task: Task,
    algorithms: u64,
) -> (World, Task, Shared) {
    declared_in(seed, (policy, task, algorithms), |scenario| scenario)
}

fn declared_in(
    seed: u64,
    (policy, task, algorithms): (&'static str, Task, u64),
    with: impl FnOnce(Scenario) -> Scenario,
) -> (World, Task, Shared) {
    let story = Shared::default();
    let shared = Arc::clone(&story);
    let chain = move |node: &Node, number| {
        let story = Arc::clone(&shared);
        let make =
            move |_: &troupe_runtime::Build<'_>| Ok(Chain { number, story: Arc::clone(&story) });
        let spawned = node.spawn(Spec::new(make));
        spawned.accept::<Look>().accept::<Await>().accept::<Decide>().accept::<Offer>();
        spawned.accept::<Sign>();
    };
    let mut world = with(settled(seed, policy, Arc::new(chain))).run_for(Millis::secs(2));
    let mut task = Task { chain: CHAIN, number: NUMBER, ..task };
    let mut owners = task.owners.to_vec();
    for source in &mut owners {
        let (owner, dataset) = (source.id, source.dataset.clone());
        let describe = move |node: Node| async move {
            let link = node.remote::<Describe>(owner).unwrap();
            link.ask(Describe { dataset }).await.unwrap()
        };
        let described = world.call(RECEIVER, Millis::secs(5), describe).unwrap();
        let Described::As(description) = described else { panic!("{described:?}") };
        assert_ne!(description.listed, 0, "it is listed on the chain");
        source.content = description.content;
    }
    task.owners = List::new(owners).unwrap();
    let mut begun = story.lock().unwrap();
    (begun.phase, begun.terms) = (Phase::Consent as u8, task.terms().unwrap().0);
    (begun.number, begun.elected) = (NUMBER, COMPUTE.to_vec());
    begun.algorithms = algorithms;
    begun.named = task.owners.iter().map(|source| source.dataset.to_string()).collect();
    drop(begun);
    (world, task, story)
}

fn asked(world: &mut World, ask: impl AsyncFnOnce(Node) -> Accepted + Send + 'static) -> String {
    match world.call(RECEIVER, Millis::secs(9), move |node| ask(node)).unwrap() {
        Accepted::Yes => String::new(),
        Accepted::No(reason) => reason.to_string(),
    }
}

/// Both owners agree to a task.
pub(crate) fn agreed(world: &mut World, task: &Task) {
    for owner in [CLINIC, LAB] {
        assert_eq!(consent(world, owner, task), "");
    }
}

pub(crate) fn consent(world: &mut World, owner: usize, task: &Task) -> String {
    let task = Task { parties: nobody(), ..task.clone() };
    asked(world, async move |node: Node| {
        node.remote::<Consent>(node_id(owner))
            .unwrap()
            .ask(Consent(task))
            .within(WAIT)
            .await
            .unwrap()
    })
}

pub(crate) fn prepare(world: &mut World, party: usize, task: &Task) -> String {
    let task = task.clone();
    asked(world, async move |node: Node| {
        node.remote::<Prepare>(node_id(party))
            .unwrap()
            .ask(Prepare(task))
            .within(WAIT)
            .await
            .unwrap()
    })
}

pub(crate) fn contribute(world: &mut World, owner: usize, task: &Task) -> String {
    let task = task.clone();
    asked(world, async move |node: Node| {
        node.remote::<Contribute>(node_id(owner))
            .unwrap()
            .ask(Contribute(task))
            .within(WAIT)
            .await
            .unwrap()
    })
}
