//! A market, and everybody in it.

use crate::{common, receiver};
use alloy_sol_types::SolCall;
use common::{Process, account, secret};
use ed25519_dalek::{Signer as _, SigningKey};
use std::sync::{Arc, Mutex};
use troupe_account::{Reader, Source, Submit, Submitted};
use troupe_chain::errand::{Errand, Limits, Outcome};
use troupe_chain::transaction::Signer;
use troupe_crypto::Error;
use troupe_crypto::ed25519::{PublicKey, Sign, Signature};
use troupe_ledger::found_market;
use troupe_market::Rules;
use troupe_market::call::abi::TaskMarket as Market;
use troupe_market::contract::TASKS;
use troupe_market::data::{Askers, Listing, Policy};
use troupe_market::message::{Await, Decide, Decision, Look, Offer, Seen, Unseen};
use troupe_market::task::{Phase, Posting};
use troupe_market_actor::{Opening, Register};
use troupe_runtime::{Directory, Node, Parts, StopCause};
use troupe_types::{Address, Gas, Hash, Millis, NodeId};
use troupe_wire::{List, Text};

pub(crate) const RULES: Rules = Rules {
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
    least_fee: 300,
    least_span: Millis(1_000),
};
/// How long every phase takes at most where nothing else is said.
pub(crate) const SPAN: u64 = 60_000;
pub(crate) const OWNER: u8 = 1;
pub(crate) const SENDER: u8 = 5;
/// Who computes: as many as seats, and one more.
pub(crate) const COMPUTE: [u8; 4] = [2, 3, 4, 6];
/// Who would like to, and has nothing.
pub(crate) const POOR: u8 = 40;

/// A contract that declares tasks, and keeps what it is told of them.
pub(crate) const DECLARES: Address = Address([0xd1; 20]);

pub(crate) struct Key(SigningKey);

impl Sign for Key {
    fn public_key(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    fn sign(&self, digest: &Hash) -> Result<Signature, Error> {
        Ok(Signature(self.0.sign(&digest.0).to_bytes()))
    }
}

pub(crate) fn node_key(who: u8) -> Key {
    Key(SigningKey::from_bytes(&[who; 32]))
}

pub(crate) fn node_id(who: u8) -> NodeId {
    node_key(who).public_key().node_id()
}

/// A process of somebody, and its folder, which outlives it.
pub(crate) struct Peer {
    pub(crate) who: u8,
    pub(crate) node: Node,
    pub(crate) folder: Arc<tempfile::TempDir>,
    pub(crate) health: Arc<Mutex<Option<Result<(), String>>>>,
}

impl Peer {
    pub(crate) fn start(chain: &Process, who: u8) -> Self {
        Self::begin(chain, who, Arc::new(tempfile::tempdir().unwrap()))
    }

    pub(crate) fn begin(chain: &Process, who: u8, folder: Arc<tempfile::TempDir>) -> Self {
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
        let register = Register { stake: 2_000, capacity: 2 };
        let opening = Opening {
            account: account(who),
            node: node_id(who),
            key: Arc::new(node_key(who)),
            register: (COMPUTE.contains(&who) || who == POOR).then_some(register),
            report: Arc::new(move |how| *told.lock().unwrap() = Some(how)),
        };
        troupe_market_actor::start(&node, opening, source(chain), |spec| spec).unwrap();
        Self { who, node, folder, health }
    }

    pub(crate) async fn end(self) -> Arc<tempfile::TempDir> {
        self.node.stop(StopCause::Asked);
        let drained = self.node.drain(Millis::secs(10)).await;
        assert!(drained.unfinished.is_empty(), "{drained:?}");
        self.folder
    }

    pub(crate) async fn restart(self, chain: &Process) -> Self {
        let who = self.who;
        Self::begin(chain, who, self.end().await)
    }

    pub(crate) async fn is_ready(&self, chain: &Process) {
        while *self.health.lock().unwrap() != Some(Ok(())) {
            chain.wait(20).await;
        }
    }

    pub(crate) async fn look(&self, task: u64) -> Result<Seen, Unseen> {
        self.node.link::<Look>("market").ask(Look(task)).await.unwrap()
    }

    pub(crate) async fn wait(&self, task: u64, phase: Phase) -> Seen {
        let asked = self.node.link::<Await>("market").ask(Await { task, phase }).await;
        asked.unwrap().unwrap()
    }

    pub(crate) async fn decide(&self, task: u64, decision: Decision) {
        let told = self.node.link::<Decide>("market").ask(Decide { task, decision }).await;
        told.unwrap().unwrap();
    }

    pub(crate) async fn offer(&self, listings: Vec<Listing>) -> Result<Vec<u64>, Unseen> {
        self.node.link::<Offer>("market").ask(Offer(listings)).await.unwrap()
    }

    /// Something that its account does besides; whether it succeeded.
    pub(crate) async fn call(&self, number: u8, value: u128, call: impl SolCall) -> bool {
        self.call_at(TASKS, number, value, call).await
    }

    /// The same, of a contract.
    pub(crate) async fn call_at(
        &self,
        to: Address,
        number: u8,
        value: u128,
        call: impl SolCall,
    ) -> bool {
        let input = List::new(call.abi_encode()).unwrap();
        let id = Hash([number; 32]);
        let errand = Errand { id, to, value, input, gas_limit: Gas(1_000_000) };
        let answer = self.node.link::<Submit>("account").ask(Submit(errand)).await.unwrap();
        let Submitted::Over(Outcome::Included { has_succeeded, .. }) = answer else {
            panic!("{answer:?}")
        };
        has_succeeded
    }
}

pub(crate) fn listing(name: &str, price: u128) -> Listing {
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

pub(crate) fn posting(seat: u8) -> Posting {
    let pair = |other: u8| Hash([10 + seat + other; 32]);
    let others: Vec<u8> = (0..3).filter(|other| *other != seat).collect();
    Posting {
        result: Hash([7; 32]),
        transcript: Hash([8; 32]),
        output: Hash([20 + seat; 32]),
        pairs: [pair(others[0]), pair(others[1])],
    }
}

pub(crate) fn chain() -> Process {
    Process::with_more(|mut genesis| {
        let code = receiver::contract(TASKS, &receiver::KEEP);
        genesis.alloc.entry(DECLARES).or_default().code = code.into();
        found_market(genesis, &RULES)
    })
}

/// A market with data, somebody who wants to know something, and nodes that have registered by themselves.
pub(crate) struct Town {
    pub(crate) chain: Process,
    pub(crate) owner: Peer,
    pub(crate) sender: Peer,
    pub(crate) nodes: Vec<Peer>,
    pub(crate) dataset: u64,
}

impl Town {
    pub(crate) async fn new() -> Self {
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

    fn declaration(&self, number: u8, spans: [u64; 5]) -> Market::Declaration {
        let [consent, accept_, start, compute, settle] = spans;
        Market::Declaration {
            terms: [number; 32].into(),
            datasets: vec![self.dataset],
            algorithms: 1,
            engine: 0,
            leastRows: 10,
            leastGroup: 5,
            receivers: vec![account(SENDER).0.into()],
            excluded: vec![],
            after_: 0,
            fee: 300,
            prices: 100,
            spans: Market::Spans { consent, accept_, start, compute, settle },
        }
    }

    pub(crate) async fn declare(&self, number: u8, spans: [u64; 5]) -> u64 {
        let declaration = self.declaration(number, spans);
        assert!(self.sender.call(number, 400, Market::declareCall { declaration }).await);
        u64::from(number)
    }

    /// The same by a contract, which wants to be told.
    pub(crate) async fn declare_by_contract(
        &self,
        number: u8,
        spans: [u64; 5],
        callback: Market::Callback,
    ) -> u64 {
        let (value, declaration) = (400 + callback.tip, self.declaration(number, spans));
        let call = Market::declareWithCall { declaration, callback };
        assert!(self.sender.call_at(DECLARES, number, value, call).await);
        u64::from(number)
    }

    /// What the chain answers to a question about the market.
    pub(crate) async fn told<C: SolCall>(&self, call: C) -> C::Return {
        let source =
            troupe_gateway::source(&self.chain.about, &self.chain.reader, &self.chain.node);
        let reader = Reader::new(source.backend);
        let asked = async { reader.ask(TASKS, call.abi_encode()).await.unwrap() };
        let answer = tokio::select! { () = source.beside => unreachable!(), it = asked => it };
        C::abi_decode_returns(&answer).unwrap()
    }

    /// What a compute node has staked.
    pub(crate) async fn stake(&self, id: u64) -> u128 {
        self.told(Market::getNodeCall { id }).await.stake
    }

    /// Those who have the seats, in their order.
    pub(crate) async fn parties(&self, task: u64) -> Vec<&Peer> {
        let seen = self.sender.wait(task, Phase::Accept).await;
        let of = |id: &NodeId| self.nodes.iter().find(|peer| node_id(peer.who) == *id).unwrap();
        seen.nodes.iter().map(|(id, _)| of(id)).collect()
    }

    /// Everybody decides to do a task, until its parties may start.
    pub(crate) async fn allowed(&self, task: u64) {
        self.owner.decide(task, Decision::Allow).await;
        for party in self.parties(task).await {
            party.decide(task, Decision::Able).await;
        }
        self.owner.wait(task, Phase::Start).await;
        self.owner.decide(task, Decision::Confirm).await;
    }

    /// A task whose parties compute: who has its seats, and what the chain says.
    pub(crate) async fn computing(&self, number: u8, spans: [u64; 5]) -> (Vec<u8>, Seen) {
        let task = self.declare(number, spans).await;
        self.allowed(task).await;
        let seats = self.parties(task).await.iter().map(|party| party.who).collect();
        (seats, self.sender.wait(task, Phase::Compute).await)
    }

    pub(crate) async fn end(self) {
        for peer in self.nodes.into_iter().chain([self.owner, self.sender]) {
            peer.end().await;
        }
        self.chain.end().await;
    }
}
