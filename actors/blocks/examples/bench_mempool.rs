//! What a transfer costs the actors of a chain beside its signature and its execution:
//! `cargo x bench mempool`.
//!
//! A chain of one validator with all its actors on one thread, whose CPU time is told: a transfer comes in,
//! waits, goes into a block and is settled there. Signatures are recovered, blocks executed and written in
//! threads of the pools; what those spend is told beside it.
#![expect(clippy::disallowed_macros, reason = "a benchmark reports to the terminal")]

use alloy_primitives::{TxKind, U256};
use futures_util::future::join_all;
use rustix::time::{ClockId, clock_gettime};
use std::sync::Arc;
use troupe_blocks::{Chain, Member, Placing, PoolStatus, Reader, Submit};
use troupe_chain::Genesis;
use troupe_chain::genesis::{Allocation, Term, Validator};
use troupe_chain::pool::{Limits, Status};
use troupe_chain::transaction::{NativeFields, Transaction, TxEip1559, Unsigned, recover_all};
use troupe_consensus::public_bytes;
use troupe_crypto::{Keyed, Scheme, ecdsa, sr25519};
use troupe_runtime::{Actor, Directory, Group, Node, Parts, Rule, Spec};
use troupe_storage::Boot;
use troupe_storage::index::MemoryShelf;
use troupe_types::{Address, Bytes, Epoch, Gas, Millis, NodeId, UnixMillis};
use troupe_vault::{Keeps, Opening, Vault};
use troupe_wire::{Seed, Sequential, Stream};

const SENDERS: usize = 1_000;
const EACH: u64 = 16;
const ME: NodeId = NodeId([1; 32]);

type Error = Box<dyn std::error::Error>;

/// CPU time in microseconds.
fn cpu(of: ClockId) -> f64 {
    let time = clock_gettime(of);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

struct Users {
    ecdsa: Vec<ecdsa::SecretKey>,
    native: Vec<sr25519::SecretKey>,
}

impl Users {
    fn new(luck: &mut Stream) -> Self {
        let ecdsa = (0..SENDERS).map(|_| ecdsa::SecretKey::generate(luck)).collect();
        let native = (0..SENDERS).map(|_| sr25519::SecretKey::generate(luck)).collect();
        Self { ecdsa, native }
    }

    /// By nonce, then by sender.
    fn envelopes(&self) -> Result<[Vec<Vec<u8>>; 2], Error> {
        let (mut ecdsa, mut native) = (Vec::new(), Vec::new());
        for nonce in 0..EACH {
            for secret in &self.ecdsa {
                let fields = TxEip1559 {
                    chain_id: 1,
                    nonce,
                    gas_limit: 21_000,
                    max_fee_per_gas: 1_000_000_000,
                    max_priority_fee_per_gas: 3,
                    to: TxKind::Call([9; 20].into()),
                    value: U256::from(1),
                    ..TxEip1559::default()
                };
                let signed = Transaction::sign(Unsigned::DynamicFee(fields), secret)?;
                ecdsa.push(signed.to_bytes());
            }
            for secret in &self.native {
                let fields = NativeFields {
                    chain_id: 1,
                    nonce,
                    max_tip: 3,
                    max_fee: 1_000_000_000,
                    gas_limit: Gas(21_000),
                    to: Some(Address([9; 20])),
                    value: U256::from(1),
                    input: alloy_primitives::Bytes::new(),
                    access_list: Default::default(),
                };
                native.push(Transaction::sign_native(fields, secret)?.to_bytes());
            }
        }
        Ok([ecdsa, native])
    }
}

/// Who sent the first ones: one from each sender.
fn addresses(envelopes: &[Vec<u8>]) -> Result<Vec<Address>, Error> {
    let decoded: Result<Vec<_>, _> =
        envelopes.iter().take(SENDERS).map(|one| Transaction::decode(one).map(Arc::new)).collect();
    let recovered = recover_all(decoded?, &Sequential);
    recovered.into_iter().map(|one| Ok(one?.sender())).collect()
}

fn vrf_secret() -> sr25519::SecretKey {
    sr25519::SecretKey::from_seed(&[1; 32])
}

fn genesis(rich: Vec<Address>, secret: &<Keyed as Scheme>::SecretKey) -> Result<Genesis, Error> {
    let key = public_bytes::<Keyed>(&Keyed::public_key(secret))?.0.to_vec();
    let vrf = vrf_secret().public_key().to_bytes();
    let validator = Validator { node: ME, key, vrf, address: Address([0xc0; 20]) };
    let much = Allocation { balance: U256::from(10).pow(U256::from(24)), ..Allocation::default() };
    Ok(Genesis {
        chain_id: 1,
        time: UnixMillis(1_700_000_000_000),
        gas_limit: Gas(60_000_000),
        base_fee: 10,
        base_fee_floor: 10,
        blocks_per_view: 10,
        election_distance: 35,
        terms: vec![Term { from: Epoch(0), validators: vec![validator] }],
        is_staked: false,
        alloc: rich.into_iter().map(|address| (address, much.clone())).collect(),
    })
}

struct Together(Group);

impl Placing for Together {
    fn place<A: Actor>(&self, spec: Spec<A>) -> Spec<A> {
        spec.group(&self.0)
    }
}

fn main() -> Result<(), Error> {
    let folder = std::env::temp_dir().join(format!("bench_mempool_{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let result = troupe_runtime::run(bench(&folder));
    std::fs::remove_dir_all(&folder)?;
    result
}

async fn bench(folder: &std::path::Path) -> Result<(), Error> {
    let mut luck = Seed::from_number(1).stream("bench");
    let envelopes = Users::new(&mut luck).envelopes()?;
    let mut rich = addresses(&envelopes[0])?;
    rich.extend(addresses(&envelopes[1])?);
    let secret = Keyed::generate(&mut luck);
    let node = Node::new(Parts::system(1, 1)?);
    let opening = Opening {
        disk: Arc::new(Directory::open(folder)?),
        shelf: Box::new(MemoryShelf::default()),
        boot: Boot([1; 16]),
        salt: 7,
        genesis: genesis(rich, &secret)?,
        keeps: Keeps::Recent,
    };
    let (vault, _) = Vault::open(opening, &Sequential, &mut |_| {})?;
    let member = Member::new(ME, Some(Arc::new(secret)), Some(Arc::new(vrf_secret())));
    let chain = Chain::<Keyed>::open(&node, vault, member, &mut |_| {})?;
    let together = Together(Group::new("chain", Rule::All));
    let limits = Limits { bytes: Bytes::mib(256), ..Limits::default() };
    chain.storage(&together);
    chain.mempool(limits, &together)?;
    chain.executor(&together);
    chain.consensus(&together)?;
    let reader = chain.reader();
    for (name, envelopes) in ["ECDSA", "sr25519"].into_iter().zip(envelopes) {
        let recovery = recovery(&envelopes)?;
        println!("{:<52}{recovery:>8.2} us", format!("{name}: decoding and recovery alone"));
        run(name, &node, &reader, envelopes).await?;
    }
    Ok(())
}

/// What no way of working together spares.
fn recovery(envelopes: &[Vec<u8>]) -> Result<f64, Error> {
    let before = cpu(ClockId::ThreadCPUTime);
    let count = envelopes.len().min(2_048);
    for batch in envelopes[..count].chunks(128) {
        let decoded: Result<Vec<_>, _> =
            batch.iter().map(|one| Transaction::decode(one).map(Arc::new)).collect();
        for one in recover_all(decoded?, &Sequential) {
            one?;
        }
    }
    Ok((cpu(ClockId::ThreadCPUTime) - before) / count as f64)
}

async fn run(
    name: &str,
    node: &Node,
    reader: &Reader,
    envelopes: Vec<Vec<u8>>,
) -> Result<(), Error> {
    let count = envelopes.len() as f64;
    let start = node.now().mono;
    let (thread, process) = (cpu(ClockId::ThreadCPUTime), cpu(ClockId::ProcessCPUTime));
    let mut envelopes = envelopes.into_iter().peekable();
    while envelopes.peek().is_some() {
        let some = envelopes.by_ref().take(512).map(|one| reader.submit.ask(Submit(one)));
        for answer in join_all(some).await {
            answer??;
        }
    }
    let (inside, came_in) = (cpu(ClockId::ThreadCPUTime), node.now().mono);
    while reader.pool_status.ask(PoolStatus).await? != Status::default() {
        eprintln!(
            "{:?} {:?}",
            reader.pool_status.ask(PoolStatus).await?,
            reader.head.ask(troupe_blocks::Head).await?.height
        );
        if let Some(cause) = node.stop_cause() {
            return Err(format!("the node stopped: {cause:?}").into());
        }
        node.clock().alarm(node.now().mono.plus(Millis(20))).await;
    }
    let actors = (cpu(ClockId::ThreadCPUTime) - thread) / count;
    let all = (cpu(ClockId::ProcessCPUTime) - process) / count;
    let line = |what: &str, micros: f64| {
        println!("{:<52}{micros:>8.2} us", format!("{name}: {what}"));
    };
    line("actors, until a transfer is in the pool", (inside - thread) / count);
    line("actors, until it is settled", actors);
    line("pools: recovery, execution, disk", all - actors);
    let took = |until: Millis| count / (until.since(start).0.max(1) as f64 / 1e3);
    let (let_in, settled) = (took(came_in), took(node.now().mono));
    println!("{name}: {let_in:.0} transfers a second let in, {settled:.0} settled");
    Ok(())
}
