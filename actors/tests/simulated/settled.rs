//! What data owners and compute parties do for a task on a chain, with an actor in place of the chain.

use crate::common::{
    CLINIC, COMPUTE, LAB, NodeKey, OPEN, RECEIVER, assert_exact, key, run, settled, task,
};
use crate::matched::stage;
use alloy_primitives::FixedBytes;
use bytes::Bytes;
use std::sync::{Arc, Mutex, MutexGuard};
use troupe_crypto::ed25519;
use troupe_learning::Task;
use troupe_learning::message::{
    Accepted, Consent, Contribute, Describe, Described, Prepare, Stage,
};
use troupe_learning::task::nobody;
use troupe_market::algorithm;
use troupe_market::call::abi::{DataRegistry, TaskMarket};
use troupe_market::data::Listing;
use troupe_market::duty::{Say, Who};
use troupe_market::message::{ACTOR, Await, Decide, Decision, Look, Offer, Seen, Sign, Unseen};
use troupe_market::statement::{Held, Place, Statement};
use troupe_market::task::{End, MAX_PUBLISHED, Phase, Posting};
use troupe_runtime::sim::{Adversary, Scenario, World, node_id};
use troupe_runtime::{Actor, BulkHeader, Cx, Fault, Handle, Node, Reply, Spec, records};
use troupe_types::{Address, Hash, Height, Millis, NodeId, UnixMillis};
use troupe_wire::List;

const CHAIN: u64 = 7;
const NUMBER: u64 = 3;
const SOON: Millis = Millis(20);
/// As long as the command waits for an answer.
const WAIT: Millis = Millis::secs(8);

/// All that the chain knows, and what was said to it.
#[derive(Default)]
pub(crate) struct Story {
    pub(crate) phase: u8,
    terms: [u8; 32],
    /// Owners that agreed, and that let the parties start.
    pub(crate) agreed: Vec<usize>,
    pub(crate) started: Vec<usize>,
    /// Owners that ended it before the start, and why.
    pub(crate) declined: Vec<(usize, End)>,
    /// Parties that took their seats.
    pub(crate) seated: Vec<usize>,
    /// The nodes that were elected.
    elected: Vec<usize>,
    listed: Vec<(usize, Listing)>,
    /// Nodes that sign nothing: they signed something else before.
    unsigned: Vec<usize>,
    pub(crate) said: Vec<(usize, Say)>,
    /// What others signed, before anything was said.
    held: Vec<(usize, Vec<Held>)>,
    /// What was sent, as it may be published, and what never came.
    sent: Vec<(usize, u8, u32, Vec<u8>)>,
    missing: Vec<(usize, u8, u32)>,
    /// The data sets that the task is on.
    named: Vec<String>,
    pub(crate) algorithms: u64,
    /// What it is on besides; and whether the laboratory's wants its own node among the parties.
    pub(crate) besides: Vec<usize>,
    pub(crate) has_own_party: bool,
    /// How many of the elected took the place of others.
    pub(crate) replaced: u8,
    /// How long they may compute, where it is not long.
    pub(crate) compute: Option<u64>,
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
        if wanted != NUMBER || story.phase == 0 {
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
            id: NUMBER,
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
            spans: TaskMarket::Spans { compute: story.compute.unwrap_or(SPANS.compute), ..SPANS },
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
            Decision::Able => story.seated.push(number),
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
fn declared_with(seed: u64, with: impl FnOnce(Scenario) -> Scenario) -> (World, Task, Shared) {
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
    begun.elected = COMPUTE.to_vec();
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

#[test]
fn a_task_is_agreed_to_computed_and_all_parties_say_the_same() {
    for seed in 0..5 {
        let (mut world, task, story) = declared(seed);
        for owner in [CLINIC, LAB] {
            assert_eq!(consent(&mut world, owner, &task), "");
        }
        assert_exact(&task, &run(&mut world, task.clone()).unwrap());
        world.run_for(Millis::secs(2));
        let story = story.lock().unwrap();
        let said = &story.said;
        let postings: Vec<Posting> = said
            .iter()
            .map(|(_, say)| match say {
                Say::Done(posting) => *posting,
                Say::GivesUp(_) => panic!("{said:?}"),
            })
            .collect();
        assert_eq!(postings.len(), 3, "{said:?}");
        assert!(postings.iter().all(|one| one.result == postings[0].result));
        assert!(postings.iter().all(|one| one.transcript == postings[0].transcript));
        let terms = task.terms().unwrap();
        assert_eq!(story.held.len(), 3);
        for (by, held) in &story.held {
            assert_eq!(held.len(), 8, "four statements of each of the others");
            for one in held {
                let seat = usize::from(one.seat);
                let (who, place) =
                    (COMPUTE[seat], Place { chain_id: CHAIN, task: NUMBER, terms, seat: one.seat });
                one.statement.verify(&place, &key(who), &one.signature).unwrap();
                assert_ne!(*by, who);
                let (_, Say::Done(posting)) = said.iter().find(|(it, _)| *it == who).unwrap()
                else {
                    panic!("{said:?}")
                };
                assert!(!posting.contradicts(seat, &one.statement));
                let lie = Posting {
                    result: troupe_types::Hash([1; 32]),
                    transcript: troupe_types::Hash([2; 32]),
                    output: troupe_types::Hash([3; 32]),
                    pairs: [troupe_types::Hash([4; 32]); 2],
                };
                assert!(lie.contradicts(seat, &one.statement), "nobody can take it back");
            }
        }
    }
}

#[test]
fn what_the_chain_does_not_say_is_not_agreed_to() {
    let (mut world, task, story) = declared(1);
    let other = Task { chain: CHAIN + 1, ..task.clone() };
    assert_eq!(consent(&mut world, CLINIC, &other), "the task is of chain 8, this is chain 7");
    let other = Task { number: NUMBER + 1, ..task.clone() };
    assert_eq!(consent(&mut world, CLINIC, &other), "there is no task 4 on the chain");
    let other = Task { number: 0, ..task.clone() };
    let refused = "this node takes part only in what its chain settles";
    assert_eq!(consent(&mut world, CLINIC, &other), refused);
    assert_eq!(contribute(&mut world, CLINIC, &other), refused);
    assert_eq!(
        prepare(&mut world, COMPUTE[0], &other),
        "this node computes only what its chain settles"
    );
    let mut longer = task;
    longer.within.computing = Millis::secs(7);
    assert_eq!(consent(&mut world, CLINIC, &longer), "the chain says something else of its terms");
    assert!(story.lock().unwrap().agreed.is_empty());
}

#[test]
fn a_seat_is_taken_and_a_start_allowed_in_its_phase_and_by_the_elected_alone() {
    let (mut world, task, story) = declared(2);
    assert_eq!(prepare(&mut world, COMPUTE[0], &task), "on the chain it is in phase 1");
    for owner in [CLINIC, LAB] {
        assert_eq!(consent(&mut world, owner, &task), "");
    }
    assert_eq!(contribute(&mut world, CLINIC, &task), "on the chain it is in phase 3");
    // The seats in another order are other parties.
    let mut turned = task.clone();
    turned.parties.rotate_left(1);
    assert_eq!(
        prepare(&mut world, COMPUTE[0], &turned),
        "the chain says something else of its parties"
    );
    assert!(story.lock().unwrap().seated.is_empty());
    for party in COMPUTE {
        assert_eq!(prepare(&mut world, party, &task), "");
    }
    assert_eq!(
        contribute(&mut world, CLINIC, &turned),
        "the chain says something else of its parties"
    );
    assert!(story.lock().unwrap().started.is_empty());
}

#[test]
fn a_party_that_is_replaced_before_the_start_makes_room_for_the_same_task_with_others() {
    let (mut world, task, story) = declared(3);
    for owner in [CLINIC, LAB] {
        assert_eq!(consent(&mut world, owner, &task), "");
    }
    assert_eq!(prepare(&mut world, COMPUTE[0], &task), "");
    assert_eq!(prepare(&mut world, COMPUTE[0], &task), "");
    let mut turned = task.clone();
    turned.parties.rotate_left(1);
    story.lock().unwrap().elected.rotate_left(1);
    story.lock().unwrap().seated.clear();
    assert_exact(&turned, &run(&mut world, turned.clone()).unwrap());
    world.run_for(Millis::secs(2));
    let said = story.lock().unwrap().said.clone();
    assert!(said.iter().all(|(_, say)| matches!(say, Say::Done(_))), "{said:?}");
}

#[test]
fn whose_owners_never_share_is_given_up_without_blaming_a_party() {
    let (mut world, task, story) = declared(4);
    for owner in [CLINIC, LAB] {
        assert_eq!(consent(&mut world, owner, &task), "");
    }
    for party in COMPUTE {
        assert_eq!(prepare(&mut world, party, &task), "");
    }
    // Before the chain says so nobody's time runs, however long that takes.
    world.run_for(Millis::secs(60));
    assert!(story.lock().unwrap().said.is_empty());
    let mut begun = story.lock().unwrap();
    (begun.phase, begun.started) = (Phase::Compute as u8, vec![CLINIC, LAB]);
    drop(begun);
    world.run_for(Millis::secs(30));
    let said = story.lock().unwrap().said.clone();
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(said.iter().all(|(_, say)| *say == Say::GivesUp(None)), "{said:?}");
}

#[test]
fn a_use_of_which_nothing_came_because_another_owner_never_started_counts_no_longer() {
    let (mut world, task, story) = declared(4);
    for owner in [CLINIC, LAB] {
        assert_eq!(consent(&mut world, owner, &task), "");
    }
    for party in COMPUTE {
        assert_eq!(prepare(&mut world, party, &task), "");
    }
    assert_eq!(contribute(&mut world, CLINIC, &task), "");
    let noted = |world: &World| records(&world.disk(CLINIC).contents("uses")).0.len();
    assert_eq!(noted(&world), 1);
    let mut late = story.lock().unwrap();
    (late.phase, late.declined) = (Phase::Ended as u8, vec![(LAB, End::NotStarted)]);
    drop(late);
    world.run_for(Millis::secs(5));
    assert_eq!(noted(&world), 2, "that it does not count");
    assert!(story.lock().unwrap().said.is_empty());
}

#[test]
fn a_party_that_signed_something_else_before_signs_nothing_and_nothing_is_revealed() {
    let (mut world, task, story) = declared(6);
    for owner in [CLINIC, LAB] {
        assert_eq!(consent(&mut world, owner, &task), "");
    }
    story.lock().unwrap().unsigned.push(COMPUTE[1]);
    assert!(run(&mut world, task).is_err());
    world.run_for(Millis::secs(30));
    let story = story.lock().unwrap();
    assert_eq!(story.said.len(), 3, "{:?}", story.said);
    for (party, say) in &story.said {
        let blamed = (*party != COMPUTE[1]).then_some(1);
        assert_eq!(*say, Say::GivesUp(blamed), "{party}");
    }
    assert!(story.held.is_empty());
}

#[test]
fn an_owner_whose_policy_forbids_the_start_ends_the_task_at_once_and_seats_are_given_back() {
    let text = format!(
        r#"{{ requesters = ["*"], allow = ["statistics"], excluded = ["{}"] }}"#,
        node_id(COMPUTE[1])
    );
    let statistics = algorithm::bit(algorithm::STATISTICS);
    let (mut world, task, story) = declared_as(5, text.leak(), task(1), statistics);
    for owner in [CLINIC, LAB] {
        assert_eq!(consent(&mut world, owner, &task), "");
    }
    assert_eq!(prepare(&mut world, COMPUTE[0], &task), "");
    // Before its parties are there nothing is about to start, whatever is asked.
    let refused = contribute(&mut world, CLINIC, &task);
    assert!(refused.contains("does not let"), "{refused}");
    world.run_for(Millis(5_500));
    assert!(story.lock().unwrap().declined.is_empty());
    for party in &COMPUTE[1..] {
        assert_eq!(prepare(&mut world, *party, &task), "");
    }
    assert!(contribute(&mut world, CLINIC, &task).contains("does not let"));
    world.run_for(Millis::secs(1));
    let told = story.lock().unwrap();
    assert_eq!(told.declined, [(CLINIC, End::Forbidden)]);
    assert!(told.started.is_empty());
    drop(told);
    for party in COMPUTE {
        let stage = stage(&mut world, party, 1);
        assert!(matches!(stage, Stage::Failed(_)), "{stage:?}");
    }
}

/// Keeps back what its node sends to another one, after some chunks.
struct Withholder {
    to: NodeId,
    left: u8,
}

impl Adversary for Withholder {
    fn streams(&mut self, to: NodeId, _: BulkHeader, chunk: Bytes) -> Option<Bytes> {
        if to == self.to {
            self.left = self.left.checked_sub(1)?;
        }
        Some(chunk)
    }
}

#[test]
fn a_message_that_never_came_is_demanded_and_the_other_party_can_show_it() {
    for (seed, left) in (0..).zip([2u8, 3, 5]) {
        let to = node_id(COMPUTE[0]);
        let withholder = Withholder { to, left };
        let (mut world, task, story) =
            declared_with(seed, |scenario| scenario.byzantine(COMPUTE[1], withholder));
        for owner in [CLINIC, LAB] {
            assert_eq!(consent(&mut world, owner, &task), "");
        }
        assert!(run(&mut world, task.clone()).is_err());
        world.run_for(Millis::secs(20));
        let story = story.lock().unwrap();
        let said: Vec<usize> = story.said.iter().map(|(who, _)| *who).collect();
        assert_eq!(said.len(), 3, "{said:?}");
        assert!(story.said.iter().all(|(_, say)| matches!(say, Say::GivesUp(_))));
        let lost = story.missing.iter().find(|(who, of, _)| (*who, *of) == (COMPUTE[0], 1));
        let (who, _, round) = *lost.unwrap_or_else(|| panic!("{:?}", story.missing));
        // Whoever waits for the one that waits may be as late; of that one it demands what was never sent.
        for (other, of, round) in story.missing.iter().filter(|(other, ..)| *other != who) {
            let seat =
                COMPUTE.iter().zip(0..).find(|(node, _)| *node == other).map(|(_, seat)| seat);
            let to = seat.unwrap();
            let mut sent = story.sent.iter();
            let was_sent = sent.any(|sent| (sent.0, sent.1, sent.2) == (who, to, *round));
            assert!(*of == 0 && !was_sent, "{:?}", story.missing);
        }
        assert!(story.said.contains(&(who, Say::GivesUp(Some(1)))));
        let shown = story
            .sent
            .iter()
            .find(|(by, to, number, _)| (*by, *to, *number) == (COMPUTE[1], 0, round));
        let (.., message) = shown.unwrap_or_else(|| panic!("no round {round}"));
        assert!(message.len() >= 32 && message.len() <= MAX_PUBLISHED);
        assert!(story.sent.iter().all(|(_, _, round, _)| *round > 0), "not the seed");
    }
}
