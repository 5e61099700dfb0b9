//! A chain of one validator with a gateway before it: real actors, disk, clock and sockets.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    missing_debug_implementations,
    reason = "each test uses its part, and a test may panic"
)]

#[path = "../../../../protocols/ledger/tests/common/staked.rs"]
pub mod staked;

#[expect(clippy::disallowed_methods, reason = "a client outside has a clock of its own")]
#[path = "../../../rpc/tests/common/client.rs"]
pub mod client;

use alloy_primitives::{Bytes, TxKind, U256};
use client::Http;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use troupe_blocks::{Chain, Member, Placing, Reader};
use troupe_chain::Genesis;
use troupe_chain::genesis::{Allocation, Term, Validator};
use troupe_chain::pool::Limits;
use troupe_chain::transaction::{Transaction, TxEip1559, Unsigned};
use troupe_consensus::{Evidence, Kind, Place, Statement, public_bytes, sign};
use troupe_crypto::ecdsa::SecretKey;
use troupe_crypto::{Keyed, Scheme};
use troupe_gateway::{About, Phase};
use troupe_ledger::STAKING;
use troupe_rpc::{Operator, Settings};
use troupe_runtime::{Actor, Directory, Drained, Group, Node, Parts, Rule, Spec, StopCause};
use troupe_storage::Boot;
use troupe_storage::index::MemoryShelf;
use troupe_types::{Address, Epoch, Gas, Hash, Height, Millis, NodeId, UnixMillis};
use troupe_vault::{Keeps, Opening, Vault};
use troupe_wire::{Seed, Sequential};

pub const CHAIN_ID: u64 = 77;
pub const PAYEE: Address = Address([9; 20]);
/// Returns the hash of the block before.
pub const LOOKS_BACK: Address = Address([0xb0; 20]);
const LOOKS_BACK_CODE: &str = "600143034060005260206000f3";
/// Tells in a log what the staking contract has.
pub const TELLS: Address = Address([0xb1; 20]);
const ME: NodeId = NodeId([1; 32]);

pub fn secret(who: u8) -> SecretKey {
    SecretKey::from_bytes(&[who; 32]).unwrap()
}

pub fn account(who: u8) -> Address {
    Address(secret(who).public_key().address())
}

fn validator_secret() -> <Keyed as Scheme>::SecretKey {
    Keyed::generate(&mut Seed::from_number(0).stream("validator"))
}

fn vrf_secret() -> troupe_crypto::sr25519::SecretKey {
    troupe_crypto::sr25519::SecretKey::from_seed(&[1; 32])
}

fn genesis() -> Genesis {
    let key = public_bytes::<Keyed>(&Keyed::public_key(&validator_secret())).unwrap().0.to_vec();
    let vrf = vrf_secret().public_key().to_bytes();
    let validator = Validator { node: ME, key, vrf, address: Address([0xc0; 20]) };
    let rich = Allocation { balance: U256::from(10u128.pow(24)), ..Allocation::default() };
    let code: Bytes = hex::decode(LOOKS_BACK_CODE).unwrap().into();
    let contract = Allocation { code, ..Allocation::default() };
    let rich = (1..=10).map(|who| (account(who), rich.clone()));
    Genesis {
        chain_id: CHAIN_ID,
        time: UnixMillis(1_700_000_000_000),
        gas_limit: Gas(30_000_000),
        base_fee: 10,
        base_fee_floor: 10,
        blocks_per_view: 10,
        election_distance: 13,
        terms: vec![Term { from: Epoch(0), validators: vec![validator] }],
        is_staked: false,
        alloc: rich.chain([(LOOKS_BACK, contract)]).collect(),
    }
}

/// The same where the validator is elected by its stake, in rounds of nine blocks.
fn staked_genesis() -> Genesis {
    let founder = staked::founder::<Keyed>(0, ME, &validator_secret(), &vrf_secret());
    let plain = genesis();
    let telling = Allocation { code: telling_code(), ..Allocation::default() };
    let alloc = plain.alloc.into_iter().chain([(TELLS, telling)]).collect();
    staked::staked(Genesis { alloc, ..plain }, 1, vec![founder])
}

/// `BALANCE` of the staking contract, as the data of a `LOG0`.
fn telling_code() -> Bytes {
    [&[0x73][..], &STAKING.0, &[0x31, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xa0]].concat().into()
}

pub fn transfer(who: u8, nonce: u64) -> String {
    sent(who, nonce, PAYEE, 1)
}

/// A transaction to somebody.
pub fn sent(who: u8, nonce: u64, to: Address, value: u64) -> String {
    let fields = TxEip1559 {
        chain_id: CHAIN_ID,
        nonce,
        gas_limit: 60_000,
        max_fee_per_gas: 1_000,
        max_priority_fee_per_gas: 3,
        to: TxKind::Call(to.0.into()),
        value: U256::from(value),
        ..TxEip1559::default()
    };
    let signed = Transaction::sign(Unsigned::DynamicFee(fields), &secret(who)).unwrap();
    format!("0x{}", hex::encode(signed.to_bytes()))
}

/// The one validator votes for two blocks of one height, in the first view of an epoch.
pub fn contradiction(chain: &Hash, epoch: u64) -> Evidence {
    let vote = |hash| {
        let (kind, place) = (Kind::Vote, Place::new(epoch, 0));
        let (height, hash) = (Height(3), Hash([hash; 32]));
        let statement = Statement { kind, place, height, index: 2, hash, certified: None };
        (statement, sign::<Keyed>(&validator_secret(), &statement, chain).unwrap())
    };
    Evidence::new(0, vote(1), vote(2)).unwrap()
}

#[derive(Clone)]
pub struct Together(pub Group);

impl Placing for Together {
    fn place<A: Actor>(&self, spec: Spec<A>) -> Spec<A> {
        spec.group(&self.0)
    }
}

/// Which actors of the chain there are behind the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behind {
    All,
    Nobody,
}

pub struct Process {
    pub node: Node,
    pub http: Http,
    pub together: Together,
    pub phases: Arc<Mutex<Vec<Phase>>>,
    pub folder: tempfile::TempDir,
    pub about: About,
    pub reader: Reader,
}

struct Owner;

impl Operator for Owner {
    fn about(&self) -> troupe_rpc::About {
        troupe_rpc::About { id: ME, epoch: 1, listens: "127.0.0.1:9000".into() }
    }

    fn peers(&self) -> Vec<troupe_rpc::Neighbour> {
        Vec::new()
    }

    fn data(&self) -> String {
        "here".into()
    }
}

impl Process {
    /// Call it within an event loop.
    pub fn start(behind: Behind) -> Self {
        Self::after(behind, |_| {})
    }

    /// A process that keeps every state, of a chain in a hurry.
    pub fn archive() -> Self {
        Self::with_more(|genesis| genesis)
    }

    /// The same with a stake, after another process that left something in its vault.
    pub fn staked_archive(leave: impl FnOnce(&mut Vault)) -> Self {
        let hurry = |member: &mut Member<Keyed>| {
            (member.pace, member.heartbeat) = (Millis(5), Millis(10));
        };
        Self::with(staked_genesis(), (Behind::All, Keeps::States), leave, hurry)
    }

    /// A process that keeps every state, of a chain in a hurry on which a genesis begins something more.
    pub fn with_more(more: impl FnOnce(Genesis) -> Genesis) -> Self {
        let hurry = |member: &mut Member<Keyed>| {
            (member.pace, member.heartbeat) = (Millis(5), Millis(10));
        };
        Self::with(more(genesis()), (Behind::All, Keeps::States), |_| {}, hurry)
    }

    /// A process after another one that left something in its vault.
    pub fn after(behind: Behind, leave: impl FnOnce(&mut Vault)) -> Self {
        Self::with(genesis(), (behind, Keeps::Recent), leave, |_| {})
    }

    fn with(
        genesis: Genesis,
        (behind, keeps): (Behind, Keeps),
        leave: impl FnOnce(&mut Vault),
        change: impl FnOnce(&mut Member<Keyed>),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let node = Node::new(Parts::system(2, 1).unwrap());
        let opening = Opening {
            disk: Arc::new(Directory::open(folder.path()).unwrap()),
            shelf: Box::new(MemoryShelf::default()),
            boot: Boot([1; 16]),
            salt: 7,
            genesis,
            keeps,
        };
        let (mut vault, _) = Vault::open(opening, &Sequential, &mut |_| {}).unwrap();
        leave(&mut vault);
        let mut member =
            Member::new(ME, Some(Arc::new(validator_secret())), Some(Arc::new(vrf_secret())));
        change(&mut member);
        let chain = Chain::<Keyed>::open(&node, vault, member, &mut |_| {}).unwrap();
        let together = Together(Group::new("chain", Rule::All));
        if behind == Behind::All {
            chain.storage(&together);
            chain.mempool(Limits::default(), &together).unwrap();
            chain.executor(&together);
            chain.consensus(&together).unwrap();
        }
        let phases: Arc<Mutex<Vec<Phase>>> = Arc::default();
        let told = Arc::clone(&phases);
        let listen = SocketAddr::from(([127, 0, 0, 1], free_port()));
        let about = About {
            patience: if behind == Behind::All { Millis::secs(5) } else { Millis(200) },
            peers: Arc::new(|| 3),
            local: Some((folder.path().join("troupe.ipc"), Arc::new(Owner))),
            report: Arc::new(move |phase| told.lock().unwrap().push(phase)),
            ..About::new(
                troupe_rpc::Chain {
                    chain_id: CHAIN_ID,
                    base_fee_floor: 10,
                    client: "troupe/test".into(),
                },
                Settings { listen, ..Settings::default() },
            )
        };
        troupe_gateway::start(&node, chain.reader(), about.clone(), &together).unwrap();
        let (http, reader) = (Http(listen), chain.reader());
        Self { node, http, together, phases, folder, about, reader }
    }

    pub async fn call(&self, method: &str, params: Value) -> Value {
        self.http.call(method, params).await
    }

    /// The receipt of a transaction, as soon as there is one.
    pub async fn receipt(&self, hash: &Value) -> Value {
        loop {
            let receipt = self.call("eth_getTransactionReceipt", json!([hash])).await;
            if !receipt.is_null() {
                return receipt;
            }
            self.wait(20).await;
        }
    }

    pub async fn wait(&self, millis: u64) {
        self.node.clock().alarm(self.node.now().mono.plus(Millis(millis))).await;
    }

    pub async fn end(&self) -> Drained {
        self.node.stop(StopCause::Asked);
        self.node.drain(Millis::secs(10)).await
    }
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
