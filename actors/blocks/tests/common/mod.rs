//! Nodes of a chain in a simulated world.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]
#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]

pub mod signer;
#[path = "../../../../protocols/ledger/tests/common/staked.rs"]
pub mod staked;

use alloy_primitives::{TxKind, U256};
use signer::Signer;
use std::sync::Arc;
use troupe_blocks::{Chain, Head, Headed, Member, Placing, Standing, StoredAt, Submit};
use troupe_chain::Genesis;
use troupe_chain::genesis::{Allocation, Term, Validator};
use troupe_chain::pool::Limits;
use troupe_chain::state::StateView;
use troupe_chain::transaction::{Transaction, TxEip1559, Unsigned};
use troupe_consensus::{Snapshot, public_bytes};
use troupe_crypto::ecdsa::SecretKey;
use troupe_crypto::{Keyed, Scheme};
use troupe_runtime::sim::{Scenario, Stage, World, node_id};
use troupe_runtime::{Actor, Error, Group, Node, Rule, Spec};
use troupe_storage::Boot;
use troupe_storage::index::MemoryShelf;
use troupe_types::{Address, Epoch, Gas, Hash, Height, Millis, UnixMillis};
use troupe_vault::{Keeps, Opening, Stored, Vault};
use troupe_wire::{Seed, Sequential};

pub const PAYEE: Address = Address([9; 20]);

pub fn secret(who: u8) -> SecretKey {
    SecretKey::from_bytes(&[who; 32]).unwrap()
}

pub fn validator_secret(at: usize) -> <Keyed as Scheme>::SecretKey {
    Keyed::generate(&mut Seed::from_number(at as u64).stream("validator"))
}

/// The secret of a node's random words.
pub fn vrf_secret(at: usize) -> troupe_crypto::sr25519::SecretKey {
    troupe_crypto::sr25519::SecretKey::from_seed(&node_id(at).0)
}

/// A chain with these nodes as validators from these epochs on.
pub fn genesis(terms: &[(u64, &[usize])]) -> Genesis {
    let validator = |at: &usize| Validator {
        node: node_id(*at),
        key: public_bytes::<Keyed>(&Keyed::public_key(&validator_secret(*at))).unwrap().0.to_vec(),
        vrf: vrf_secret(*at).public_key().to_bytes(),
        address: Address([0xc0 + u8::try_from(*at).unwrap(); 20]),
    };
    let rich = Allocation { balance: U256::from(10).pow(U256::from(24)), ..Allocation::default() };
    let account = |who| Address(secret(who).public_key().address());
    let term = |(from, nodes): &(u64, &[usize])| Term {
        from: Epoch(*from),
        validators: nodes.iter().map(validator).collect(),
    };
    Genesis {
        chain_id: 1,
        time: UnixMillis(946_684_800_000),
        gas_limit: Gas(30_000_000),
        base_fee: 10,
        base_fee_floor: 10,
        blocks_per_view: 10,
        election_distance: 13,
        terms: terms.iter().map(term).collect(),
        is_staked: false,
        alloc: (1..=9).map(|who| (account(who), rich.clone())).collect(),
    }
}

/// A chain whose validators stakes elect among these. Who is away for a while is elected again.
pub fn staked_genesis(plain: Genesis, candidates: usize) -> Genesis {
    let founder =
        |at| staked::founder::<Keyed>(at, node_id(at), &validator_secret(at), &vrf_secret(at));
    staked::staked_patiently(plain, staked::SEATS, (0..candidates).map(founder).collect())
}

struct Together(Group);

impl Placing for Together {
    fn place<A: Actor>(&self, spec: Spec<A>) -> Spec<A> {
        spec.group(&self.0)
    }
}

/// A chain in a world, and how its nodes are made.
#[derive(Clone)]
pub struct Town {
    pub genesis: Genesis,
    pub heartbeat: Millis,
    pub limits: Limits,
    /// How many whole views validators without a history watch.
    pub watch: u32,
    /// A node that has the key of another one.
    pub twin: Option<(usize, usize)>,
    /// A node whose key is elsewhere.
    pub signer: Option<(usize, Arc<Signer>)>,
    shelves: Arc<Vec<MemoryShelf>>,
}

impl Town {
    pub fn new(genesis: Genesis, nodes: usize) -> Self {
        let shelves = Arc::new((0..nodes).map(|_| MemoryShelf::default()).collect());
        let (limits, watch, twin) = (Limits::default(), 0, None);
        let signer = None;
        Self { genesis, heartbeat: Millis(250), limits, watch, twin, signer, shelves }
    }

    /// The hash of its genesis block.
    pub fn chain(&self) -> Hash {
        self.genesis.build(&Sequential).unwrap().0.hash()
    }

    fn start(&self, stage: &Stage<'_>, has_key: bool) -> Result<(), Error> {
        let at = stage.number();
        let opening = Opening {
            disk: stage.node().disk().cloned().unwrap(),
            shelf: Box::new(self.shelves[at].clone()),
            boot: Boot([1; 16]),
            salt: 7,
            genesis: self.genesis.clone(),
            keeps: Keeps::Recent,
        };
        let start = || -> Result<(), troupe_blocks::Error> {
            let (vault, _) = Vault::open(opening, &Sequential, &mut |_| {})?;
            let whose = self.twin.filter(|(node, _)| *node == at).map_or(at, |(_, whose)| whose);
            let secret = has_key.then(|| Arc::new(validator_secret(whose)));
            let (heartbeat, watch) = (self.heartbeat, self.watch);
            let usual = Member::new(node_id(at), secret, Some(Arc::new(vrf_secret(whose))));
            let pen = self.signer.as_ref().filter(|(node, _)| *node == at);
            let pen = pen.map(|(_, signer)| signer.pen(stage.node()));
            let member = Member { heartbeat, watch, pen, ..usual };
            let chain = Chain::<Keyed>::open(stage.node(), vault, member, &mut |_| {})?;
            let together = Together(Group::new("chain", Rule::All));
            chain.storage(&together);
            chain.executor(&together);
            chain.mempool(self.limits, &together)?;
            chain.consensus(&together)?;
            chain.sync(&together)
        };
        start().map_err(|error| Error::Thread(error.to_string()))
    }

    /// So many nodes with keys, and then so many without. Who ends stays away until the story says otherwise.
    pub fn scenario(&self, seed: u64, with_key: usize, without: usize) -> Scenario {
        let (these, those) = (self.clone(), self.clone());
        let scenario =
            Scenario::seed(seed).nodes(with_key).run_actors(move |stage| these.start(stage, true));
        if without == 0 {
            return scenario;
        }
        scenario.nodes(without).run_actors(move |stage| those.start(stage, false))
    }
}

pub fn transfer(who: u8, nonce: u64) -> Vec<u8> {
    let fields = TxEip1559 {
        chain_id: 1,
        nonce,
        gas_limit: 21_000,
        max_fee_per_gas: 1_000,
        max_priority_fee_per_gas: 3,
        to: TxKind::Call(PAYEE.0.into()),
        value: U256::from(1),
        ..TxEip1559::default()
    };
    let signed = Transaction::sign(Unsigned::DynamicFee(fields), &secret(who)).unwrap();
    let mut bytes = Vec::new();
    signed.encode(&mut bytes);
    bytes
}

/// Some nodes hear of a transaction.
pub fn submit(world: &mut World, nodes: impl IntoIterator<Item = usize>, who: u8, nonce: u64) {
    for at in nodes {
        let envelope = transfer(who, nonce);
        // A node that is down hears of it from nobody here.
        let _ = world.call(at, Millis::secs(5), |node: Node| async move {
            node.link::<Submit>("mempool").ask(Submit(envelope)).await
        });
    }
}

pub fn head(world: &mut World, at: usize) -> Option<Headed> {
    let asked = world.call(at, Millis::secs(5), |node: Node| async move {
        node.link::<Head>("executor").ask(Head).await
    });
    asked.and_then(Result::ok)
}

/// How high a node is; 0 for one that is down.
pub fn height(world: &mut World, at: usize) -> u64 {
    head(world, at).map_or(0, |head| head.height.0)
}

/// What the payee has in a node's last final state.
pub fn received(headed: &Headed) -> u64 {
    let account = headed.state.account(&PAYEE).unwrap().unwrap_or_default();
    account.balance.try_into().unwrap()
}

/// A final block that a node keeps.
pub fn stored(world: &mut World, at: usize, height: u64) -> Option<Arc<Stored>> {
    let asked = world.call(at, Millis::secs(5), move |node: Node| async move {
        node.link::<StoredAt>("storage").ask(StoredAt(Height(height))).await
    });
    asked.and_then(Result::ok).flatten()
}

/// Where consensus is at a node.
pub fn standing(world: &mut World, at: usize) -> Option<Box<Snapshot>> {
    let asked = world.call(at, Millis::secs(5), |node: Node| async move {
        node.link::<Standing>("consensus").ask(Standing).await
    });
    asked.and_then(Result::ok)
}

/// Runs until something is so; how long it took.
pub fn until(
    world: &mut World,
    most: Millis,
    what: &str,
    mut is_so: impl FnMut(&mut World) -> bool,
) -> Millis {
    let began = world.now();
    loop {
        if is_so(world) {
            return world.now().since(began);
        }
        let (seed, stops) = (world.seed(), world.stops().to_vec());
        assert!(
            world.now().since(began) < most,
            "seed {seed}: not {what} after {most}, stops {stops:?}"
        );
        world.run_for(Millis(20));
    }
}
