//! Owners and compute nodes before a chain of one validator: real actors, disks and clocks.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

#[path = "../../gateway/tests/common/mod.rs"]
mod common;

use alloy_sol_types::SolCall;
use common::{CHAIN_ID, Process, account, secret, sent};
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::json;
use std::sync::{Arc, Mutex};
use troupe_account::{Reader, Source, Submit, Submitted};
use troupe_chain::errand::{Errand, Limits, Outcome};
use troupe_chain::transaction::Signer;
use troupe_crypto::ed25519::{PublicKey, Sign, Signature};
use troupe_crypto::{Error, hash};
use troupe_ledger::found_market;
use troupe_market::Rules;
use troupe_market::call::abi::TaskMarket as Market;
use troupe_market::contract::TASKS;
use troupe_market::data::{Askers, Listing, Policy};
use troupe_market::duty::{Say, Whom, seat_of};
use troupe_market::message::{Await, Decide, Decision, Look, Offer, Seen, Unseen};
use troupe_market::statement::{Held, Kind, NOBODY, Place, Statement};
use troupe_market::task::{End, Phase, Posting};
use troupe_market_actor::{Opening, Register};
use troupe_runtime::{Directory, Node, Parts, StopCause, run};
use troupe_types::{Gas, Hash, Millis, NodeId};
use troupe_wire::{List, Text};

const RULES: Rules = Rules {
    least_stake: 1_000,
    bond: 100,
    small_bond: 10,
    unbonding: Millis(10_000),
    answer: Millis(2_000),
    draw: Millis(60_000),
    views: 2,
    slashed_percent: 30,
    reporter_percent: 10,
    abandoned_percent: 10,
};
/// How long every phase takes at most where nothing else is said.
const SPAN: u64 = 60_000;
const OWNER: u8 = 1;
const SENDER: u8 = 5;
/// Who computes: as many as seats, and one more.
const COMPUTE: [u8; 4] = [2, 3, 4, 6];
/// Who would like to, and has nothing.
const POOR: u8 = 40;

struct Key(SigningKey);

impl Sign for Key {
    fn public_key(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    fn sign(&self, digest: &Hash) -> Result<Signature, Error> {
        Ok(Signature(self.0.sign(&digest.0).to_bytes()))
    }
}

fn node_key(who: u8) -> Key {
    Key(SigningKey::from_bytes(&[who; 32]))
}

fn node_id(who: u8) -> NodeId {
    node_key(who).public_key().node_id()
}

/// A process of somebody, and its folder, which outlives it.
struct Peer {
    who: u8,
    node: Node,
    folder: Arc<tempfile::TempDir>,
    health: Arc<Mutex<Option<Result<(), String>>>>,
}

impl Peer {
    fn start(chain: &Process, who: u8) -> Self {
        Self::begin(chain, who, Arc::new(tempfile::tempdir().unwrap()))
    }

    fn begin(chain: &Process, who: u8, folder: Arc<tempfile::TempDir>) -> Self {
        let disk = Arc::new(Directory::open(folder.path().to_owned()).unwrap());
        let node = Node::new(Parts { disk: Some(disk), ..Parts::system(1, 1).unwrap() });
        let source = |chain: &Process| {
            let (about, reader, home) =
                (chain.about.clone(), chain.reader.clone(), chain.node.clone());
            move |_: &Node| {
                let made = troupe_gateway::source(&about, &reader, &home);
                Source { backend: made.backend, beside: made.beside }
            }
        };
        let signer = Arc::new(Signer::Ethereum(secret(who)));
        let limits = Limits { patience: Millis(200), ..Limits::default() };
        let opening = troupe_account::Opening { signer, limits };
        troupe_account::start(&node, opening, source(chain), |spec| spec);
        let health: Arc<Mutex<Option<Result<(), String>>>> = Arc::default();
        let told = Arc::clone(&health);
        let register = Register { stake: 2_000, capacity: 2, key: Arc::new(node_key(who)) };
        let opening = Opening {
            account: account(who),
            node: node_id(who),
            register: (COMPUTE.contains(&who) || who == POOR).then_some(register),
            report: Arc::new(move |how| *told.lock().unwrap() = Some(how)),
        };
        troupe_market_actor::start(&node, opening, source(chain), |spec| spec).unwrap();
        Self { who, node, folder, health }
    }

    async fn end(self) -> Arc<tempfile::TempDir> {
        self.node.stop(StopCause::Asked);
        let drained = self.node.drain(Millis::secs(10)).await;
        assert!(drained.unfinished.is_empty(), "{drained:?}");
        self.folder
    }

    async fn restart(self, chain: &Process) -> Self {
        let who = self.who;
        Self::begin(chain, who, self.end().await)
    }

    async fn is_ready(&self, chain: &Process) {
        while *self.health.lock().unwrap() != Some(Ok(())) {
            chain.wait(20).await;
        }
    }

    async fn look(&self, task: u64) -> Result<Seen, Unseen> {
        self.node.link::<Look>("market").ask(Look(task)).await.unwrap()
    }

    async fn wait(&self, task: u64, phase: Phase) -> Seen {
        let asked = self.node.link::<Await>("market").ask(Await { task, phase }).await;
        asked.unwrap().unwrap()
    }

    async fn decide(&self, task: u64, decision: Decision) {
        let told = self.node.link::<Decide>("market").ask(Decide { task, decision }).await;
        told.unwrap().unwrap();
    }

    async fn offer(&self, listings: Vec<Listing>) -> Result<Vec<u64>, Unseen> {
        self.node.link::<Offer>("market").ask(Offer(listings)).await.unwrap()
    }

    /// Something that its account does besides; whether it succeeded.
    async fn call(&self, number: u8, value: u128, call: impl SolCall) -> bool {
        let input = List::new(call.abi_encode()).unwrap();
        let id = Hash([number; 32]);
        let errand = Errand { id, to: TASKS, value, input, gas_limit: Gas(1_000_000) };
        let answer = self.node.link::<Submit>("account").ask(Submit(errand)).await.unwrap();
        let Submitted::Over(Outcome::Included { has_succeeded, .. }) = answer else {
            panic!("{answer:?}")
        };
        has_succeeded
    }
}

fn listing(name: &str, price: u128) -> Listing {
    Listing {
        node: node_id(OWNER),
        name: Text::cut(name),
        schema: Hash([1; 32]),
        rows: 100,
        content: Hash([2; 32]),
        price,
        policy: Policy {
            askers: Askers::Anyone,
            algorithms: 1,
            engines: 1,
            least_rows: 0,
            least_group: 0,
            named: List::default(),
            excluded: List::default(),
            is_own_party: false,
            expires: None,
        },
    }
}

fn output(seat: u8) -> Vec<u8> {
    vec![seat; 300]
}

fn posting(seat: u8) -> Posting {
    let pair = |other: u8| Hash([10 + seat + other; 32]);
    let others: Vec<u8> = (0..3).filter(|other| *other != seat).collect();
    Posting {
        result: Hash([7; 32]),
        transcript: Hash([8; 32]),
        output: hash::keccak256(output(seat)),
        pairs: [pair(others[0]), pair(others[1])],
    }
}

fn chain() -> Process {
    Process::with_more(|genesis| found_market(genesis, &RULES))
}

/// A market with data, somebody who wants to know something, and nodes that have registered by themselves.
struct Town {
    chain: Process,
    owner: Peer,
    sender: Peer,
    nodes: Vec<Peer>,
    dataset: u64,
}

impl Town {
    async fn new() -> Self {
        let chain = chain();
        let owner = Peer::start(&chain, OWNER);
        let sender = Peer::start(&chain, SENDER);
        let nodes: Vec<Peer> = COMPUTE.map(|who| Peer::start(&chain, who)).into();
        let dataset = owner.offer(vec![listing("rows", 50)]).await.unwrap()[0];
        for node in &nodes {
            node.is_ready(&chain).await;
        }
        // Stakes count late.
        chain.wait(600).await;
        Self { chain, owner, sender, nodes, dataset }
    }

    async fn declare(&self, number: u8, spans: [u64; 5]) -> u64 {
        let [consent, accept_, start, compute, settle] = spans;
        let declaration = Market::Declaration {
            terms: [number; 32].into(),
            datasets: vec![self.dataset],
            algorithms: 1,
            engine: 0,
            leastRows: 10,
            leastGroup: 5,
            receivers: vec![account(SENDER).0.into()],
            excluded: vec![],
            fee: 300,
            prices: 100,
            spans: Market::Spans { consent, accept_, start, compute, settle },
        };
        assert!(self.sender.call(number, 400, Market::declareCall { declaration }).await);
        u64::from(number)
    }

    /// What a compute node has staked.
    async fn stake(&self, id: u64) -> u128 {
        let source =
            troupe_gateway::source(&self.chain.about, &self.chain.reader, &self.chain.node);
        let reader = Reader::new(source.backend);
        let asked = async {
            let answer = reader.ask(TASKS, Market::getNodeCall { id }.abi_encode()).await.unwrap();
            Market::getNodeCall::abi_decode_returns(&answer).unwrap().stake
        };
        tokio::select! { () = source.beside => unreachable!(), it = asked => it }
    }

    /// Those who have the seats, in their order.
    async fn parties(&self, task: u64) -> Vec<&Peer> {
        let seen = self.sender.wait(task, Phase::Accept).await;
        let of = |id: &NodeId| self.nodes.iter().find(|peer| node_id(peer.who) == *id).unwrap();
        seen.nodes.iter().map(|(id, _)| of(id)).collect()
    }

    /// A task whose parties compute: who has its seats, and what the chain says.
    async fn computing(&self, number: u8, spans: [u64; 5]) -> (Vec<u8>, Seen) {
        let task = self.declare(number, spans).await;
        self.owner.decide(task, Decision::Allow).await;
        let parties = self.parties(task).await;
        for party in &parties {
            party.decide(task, Decision::Able).await;
        }
        self.owner.wait(task, Phase::Start).await;
        self.owner.decide(task, Decision::Confirm).await;
        let seats = parties.iter().map(|party| party.who).collect();
        (seats, self.sender.wait(task, Phase::Compute).await)
    }

    async fn end(self) {
        for peer in self.nodes.into_iter().chain([self.owner, self.sender]) {
            peer.end().await;
        }
        self.chain.end().await;
    }
}

#[test]
fn a_task_is_done_and_paid_when_everybody_decides_and_nobody_sends_anything() {
    run(async {
        let town = Town::new().await;
        let task = town.declare(1, [SPAN, SPAN, SPAN, SPAN, 4_000]).await;
        let seen = town.owner.wait(task, Phase::Consent).await;
        assert_eq!(
            (seen.chain_id, seen.me.account, seen.me.compute),
            (CHAIN_ID, account(OWNER), None)
        );
        assert_eq!(seen.datasets[0].id, town.dataset);
        assert!(seen.height.0 > 0 && seen.time.0 > 0);
        town.owner.decide(task, Decision::Allow).await;
        let parties = town.parties(task).await;
        for (seat, party) in (0..).zip(&parties) {
            party.decide(task, Decision::Able).await;
            let seen = party.look(task).await.unwrap();
            assert_eq!(seat_of(&seen.task, &seen.me), Some(seat));
            assert_eq!(seen.nodes[usize::from(seat)].1, node_key(party.who).public_key().0);
        }
        let idle = town.nodes.iter().find(|node| parties.iter().all(|it| it.who != node.who));
        // It has no part in it, and whatever it decides does nothing.
        idle.unwrap().decide(task, Decision::Able).await;
        town.owner.wait(task, Phase::Start).await;
        town.owner.decide(task, Decision::Confirm).await;
        for (seat, party) in (0..).zip(&parties) {
            party.wait(task, Phase::Compute).await;
            let (to, message) = (Whom::Receiver(account(SENDER)), output(seat));
            party.decide(task, Decision::Sent { to, round: 0, message }).await;
            party.decide(task, Decision::Say(Say::Done(posting(seat)))).await;
        }
        town.sender.wait(task, Phase::Settle).await;
        let demand = Market::demandCall { task, of_: 1, round: 0 };
        assert!(town.sender.call(99, 0, demand).await, "a receiver wants to have it on the chain");
        let over = town.sender.wait(task, Phase::Ended).await;
        assert_eq!(over.task.end, End::Paid as u8, "what was demanded was published");
        let idle = town.chain.call("eth_getTransactionCount", {
            json!([format!("0x{}", account(idle.unwrap().who)), "latest"])
        });
        assert_eq!(idle.await, "0x1", "it has registered and done nothing else");
        town.end().await;
    });
}

#[test]
fn a_party_that_was_away_says_what_it_has_said_and_one_that_has_forgotten_gives_up() {
    run(async {
        let mut town = Town::new().await;
        let task = town.declare(1, [SPAN; 5]).await;
        town.owner.decide(task, Decision::Allow).await;
        let seats: Vec<u8> = town.parties(task).await.iter().map(|party| party.who).collect();
        for party in town.parties(task).await {
            party.decide(task, Decision::Able).await;
        }
        town.owner.wait(task, Phase::Start).await;
        let at = |town: &Town, who: u8| town.nodes.iter().position(|it| it.who == who).unwrap();
        // One has said everything when it goes, one nothing. Both come back.
        let (said, forgot) = (at(&town, seats[0]), at(&town, seats[1]));
        town.nodes[said].decide(task, Decision::Say(Say::Done(posting(0)))).await;
        for place in [said, forgot] {
            let peer = town.nodes.remove(place);
            let peer = peer.restart(&town.chain).await;
            town.nodes.insert(place, peer);
        }
        town.owner.decide(task, Decision::Confirm).await;
        let seen = loop {
            let seen = town.sender.look(task).await.unwrap();
            if seen.task.seats.iter().filter(|seat| seat.word != 0).count() == 2 {
                break seen;
            }
            town.chain.wait(50).await;
        };
        let words: Vec<u8> = seen.task.seats.iter().map(|seat| seat.word).collect();
        assert_eq!(words, [1, 2, 0], "done, given up, and silent who still computes");
        // It hears of that and gives up as well.
        let third = &town.nodes[at(&town, seats[2])];
        third.decide(task, Decision::Say(Say::GivesUp(None))).await;
        let over = town.sender.wait(task, Phase::Ended).await;
        assert_eq!(over.task.end, End::Aborted as u8);
        assert!(over.task.seats.iter().all(|seat| !seat.punished));
        town.end().await;
    });
}

#[test]
fn what_the_chain_refuses_is_tried_again_and_done_once_it_may_be() {
    run(async {
        let town = Town::new().await;
        let task = town.declare(1, [SPAN; 5]).await;
        town.owner.decide(task, Decision::Allow).await;
        let parties = town.parties(task).await;
        let party = parties[0];
        assert!(party.call(90, 0, Market::setCapacityCall { capacity: 0 }).await);
        party.decide(task, Decision::Able).await;
        let nonce = async || {
            let asked = json!([format!("0x{}", account(party.who)), "latest"]);
            town.chain.call("eth_getTransactionCount", asked).await
        };
        while nonce().await != "0x3" {
            town.chain.wait(20).await;
        }
        assert!(!party.look(task).await.unwrap().task.seats[0].accepted, "refused");
        assert!(party.call(91, 0, Market::setCapacityCall { capacity: 1 }).await);
        while !town.sender.look(task).await.unwrap().task.seats[0].accepted {
            town.chain.wait(50).await;
        }
        town.end().await;
    });
}

#[test]
fn an_end_without_a_log_is_noticed_and_ends_what_was_decided() {
    run(async {
        let town = Town::new().await;
        let missing = town.owner.look(70).await;
        assert_eq!(missing.unwrap_err(), Unseen::NoTask(70));
        let task = town.declare(1, [SPAN, SPAN, 2_000, SPAN, SPAN]).await;
        town.owner.decide(task, Decision::Allow).await;
        for party in town.parties(task).await {
            party.decide(task, Decision::Able).await;
        }
        let over = town.owner.wait(task, Phase::Compute).await;
        assert_eq!(over.task.end, End::NotStarted as u8, "nobody has confirmed it");
        // Too late, and of no effect.
        town.owner.decide(task, Decision::Confirm).await;
        let another = town.declare(2, [1_500, SPAN, SPAN, SPAN, SPAN]).await;
        let over = town.owner.wait(another, Phase::Ended).await;
        assert_eq!(over.task.end, End::NoConsent as u8);
        town.end().await;
    });
}

/// What a party states of how a task ends, if it is honest.
fn held(seen: &Seen, seat: u8, who: u8) -> Held {
    let (kind, hash) = (Kind::Result, posting(seat).result);
    let statement = Statement { kind, peer: NOBODY, round: 0, part: 0, hash };
    let terms = Hash(seen.task.terms.0);
    let place = Place { chain_id: seen.chain_id, task: seen.task.id, terms, seat };
    let signature = node_key(who).sign(&statement.digest(&place)).unwrap().0;
    Held { seat, statement, signature }
}

#[test]
fn whoever_posts_something_else_than_it_signed_is_slashed_by_the_others_alone() {
    run(async {
        let mut town = Town::new().await;
        // The liar speaks first, and last: then the task is over by its word.
        for (number, is_first) in [(1, true), (2, false)] {
            let (seats, seen) = town.computing(number, [SPAN; 5]).await;
            let task = seen.task.id;
            let of = |town: &Town, seat: usize| {
                town.nodes.iter().position(|it| it.who == seats[seat]).unwrap()
            };
            let lie = Posting { result: Hash([99; 32]), ..posting(2) };
            let words = [Say::Done(posting(0)), Say::Done(posting(1)), Say::Done(lie)];
            let signed = [0u8, 1, 2].map(|seat| held(&seen, seat, seats[usize::from(seat)]));
            let first = &town.nodes[of(&town, 0)];
            let others = |seat: usize| {
                signed.into_iter().filter(move |held| usize::from(held.seat) != seat).collect()
            };
            first.decide(task, Decision::Holds(others(0))).await;
            // What it holds it has again after it was away.
            let at = of(&town, 0);
            let back = town.nodes.remove(at).restart(&town.chain).await;
            back.decide(task, Decision::Able).await;
            town.nodes.insert(at, back);
            // Who is caught at once ends the task before the others have spoken.
            let order: &[usize] = if is_first { &[2] } else { &[0, 1, 2] };
            for seat in order.iter().copied() {
                let party = &town.nodes[of(&town, seat)];
                party.decide(task, Decision::Say(words[seat])).await;
                while party.look(task).await.unwrap().task.seats[seat].word == 0 {
                    town.chain.wait(20).await;
                }
            }
            let over = town.sender.wait(task, Phase::Ended).await;
            let end = if is_first { End::Caught } else { End::Disagreed };
            assert_eq!(over.task.end, end as u8);
            let over = loop {
                let seen = town.sender.look(task).await.unwrap();
                if seen.task.seats[2].punished {
                    break seen;
                }
                town.chain.wait(50).await;
            };
            let punished: Vec<bool> = over.task.seats.iter().map(|it| it.punished).collect();
            assert_eq!(punished, [false, false, true]);
            assert!(over.task.seats.iter().all(|seat| seat.bond == 0));
        }
        town.end().await;
    });
}

#[test]
fn a_message_that_never_came_is_shown_and_whoever_shows_nothing_pays_for_it() {
    run(async {
        let mut town = Town::new().await;
        for (number, answers) in [(1, true), (2, false)] {
            let (seats, seen) = town.computing(number, [SPAN, SPAN, SPAN, 12_000, SPAN]).await;
            let task = seen.task.id;
            let stakes = async |town: &Town| {
                let mut stakes = Vec::new();
                for seat in &seen.task.seats {
                    stakes.push(town.stake(seat.id).await);
                }
                stakes
            };
            let before = stakes(&town).await;
            let at = |town: &Town, seat: usize| {
                town.nodes.iter().position(|it| it.who == seats[seat]).unwrap()
            };
            let gives_up = |through| Decision::Say(Say::GivesUp(Some(through)));
            for seat in [1, 2] {
                let party = &town.nodes[at(&town, seat)];
                let (to, message) = (Whom::Party(0), vec![9; 20_000]);
                if seat == 1 && answers {
                    party.decide(task, Decision::Sent { to, round: 7, message }).await;
                }
                party.decide(task, gives_up(0)).await;
                while party.look(task).await.unwrap().task.seats[seat].word != 2 {
                    town.chain.wait(20).await;
                }
            }
            if !answers {
                // It has spoken, and is gone.
                let place = at(&town, 1);
                town.nodes.remove(place).end().await;
            }
            let waits = &town.nodes[at(&town, 0)];
            waits.decide(task, Decision::Missing { of: 1, round: 7 }).await;
            waits.decide(task, gives_up(1)).await;
            let over = town.sender.wait(task, Phase::Ended).await;
            let end = if answers { End::Aborted } else { End::Unanswered };
            assert_eq!(over.task.end, end as u8);
            let [demand] = &over.task.demands[..] else { panic!("{:?}", over.task.demands.len()) };
            assert_eq!((demand.from, demand.of_, demand.round), (0, 1, 7));
            let lost = if answers { 0 } else { RULES.small_bond };
            let after = stakes(&town).await;
            assert_eq!(after, [before[0], before[1] - lost, before[2]]);
        }
        town.end().await;
    });
}

#[test]
fn a_node_waits_for_its_stake_and_registers_once() {
    run(async {
        let chain = chain();
        let peer = Peer::start(&chain, POOR);
        let reason = loop {
            let health = peer.health.lock().unwrap().clone();
            if let Some(Err(reason)) = health {
                break reason;
            }
            chain.wait(20).await;
        };
        assert!(reason.contains("it has 0 von"), "{reason}");
        // The stake, and a little more than what is left for fees.
        let value = 200_000_000_000_000_000;
        chain.call("eth_sendRawTransaction", json!([sent(7, 0, account(POOR), value)])).await;
        peer.is_ready(&chain).await;
        let source = troupe_gateway::source(&chain.about, &chain.reader, &chain.node);
        let reader = Reader::new(source.backend);
        let of = Market::getNodeOfCall { account: account(POOR).0.into() };
        let registered = async {
            let answer = reader.ask(TASKS, of.abi_encode()).await.unwrap();
            Market::getNodeOfCall::abi_decode_returns(&answer).unwrap()
        };
        let registered =
            tokio::select! { () = source.beside => unreachable!(), it = registered => it };
        assert_eq!((registered.stake, registered.capacity), (2_000, 2));
        assert_eq!(registered.node.0, node_id(POOR).0);
        let peer = peer.restart(&chain).await;
        peer.is_ready(&chain).await;
        chain.wait(1_500).await;
        let asked = json!([format!("0x{}", account(POOR)), "latest"]);
        assert_eq!(chain.call("eth_getTransactionCount", asked).await, "0x1");
        peer.end().await;
        chain.end().await;
    });
}

#[test]
fn what_is_offered_is_listed_changed_and_taken_back() {
    run(async {
        let chain = chain();
        let owner = Peer::start(&chain, OWNER);
        let first = owner.offer(vec![listing("rows", 1), listing("more", 2)]).await.unwrap();
        assert_eq!(first, [1, 2]);
        let offered = vec![listing("more", 2), listing("rows", 1)];
        assert_eq!(owner.offer(offered.clone()).await.unwrap(), [2, 1], "nothing to do");
        let owner = owner.restart(&chain).await;
        assert_eq!(owner.offer(offered).await.unwrap(), [2, 1]);
        let nonce = async |chain: &Process| {
            let asked = json!([format!("0x{}", account(OWNER)), "latest"]);
            chain.call("eth_getTransactionCount", asked).await
        };
        assert_eq!(nonce(&chain).await, "0x2");
        // One with another price, one gone, one new.
        let offered = vec![listing("other", 5), listing("rows", 9)];
        assert_eq!(owner.offer(offered).await.unwrap(), [3, 1]);
        assert_eq!(nonce(&chain).await, "0x5");
        // What comes back is another one; what changes back is changed.
        assert_eq!(owner.offer(vec![listing("more", 2)]).await.unwrap(), [4]);
        assert_eq!(owner.offer(vec![listing("rows", 1)]).await.unwrap(), [5]);
        for wrong in [
            vec![listing("rows", 1), listing("rows", 2)],
            vec![Listing { node: NodeId([9; 32]), ..listing("rows", 1) }],
        ] {
            assert!(matches!(owner.offer(wrong).await, Err(Unseen::Refused(_))));
        }
        let nothing = Listing { rows: 0, ..listing("empty", 1) };
        let refused = owner.offer(vec![nothing]).await;
        assert!(matches!(refused, Err(Unseen::Refused(_))), "{refused:?}");
        assert_eq!(
            owner.offer(vec![listing("rows", 1)]).await.unwrap(),
            [6],
            "it was taken back by an offer without it, though that could not be listed"
        );
        owner.end().await;
        chain.end().await;
    });
}
