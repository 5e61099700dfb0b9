//! A chain in memory.

use alloy_primitives::{Bytes, U256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use tokio::sync::{broadcast, watch};
use troupe_chain::block::{Block, Body, Receipt, next_base_fee};
use troupe_chain::genesis::{Allocation, Term, Validator};
use troupe_chain::pool::{Limits, Pool, Sender, Status, Wanted};
use troupe_chain::search::{self, Mark, Order};
use troupe_chain::state::{AccountProof, Flat, Layered, Slot, State, StateView};
use troupe_chain::transaction::{Recovered, Rules, Transaction, recover};
use troupe_chain::{Genesis, Header, Invalid};
use troupe_consensus::{CommitProof, Evidence};
use troupe_crypto::ecdsa::SecretKey;
use troupe_rpc::{Answer, At, Backend, Chain, Found, Heavy, Place, Snapshot, Unavailable, Waiting};
use troupe_types::{Address, Bytes as Size, Epoch, Gas, Hash, Height, Millis, NodeId, UnixMillis};
use troupe_vm::{Ancestors, Env, Executor, Vm};
use troupe_wire::Sequential;

pub const CHAIN_ID: u64 = 2_206_132;

/// Logs the topic 42 when it is called without data, and reverts with the data otherwise.
pub const CONTRACT: Address = Address([0xc0; 20]);
const CODE: &str = "36600c57602a60006000a1005b36600060003736 6000fd";

pub fn secret(who: u8) -> SecretKey {
    SecretKey::from_bytes(&[who; 32]).unwrap()
}

pub fn account(who: u8) -> Address {
    Address(secret(who).public_key().address())
}

fn genesis() -> Genesis {
    let rich = Allocation { balance: U256::from(10u128.pow(21)), ..Allocation::default() };
    let code: Bytes = hex::decode(CODE.replace(' ', "")).unwrap().into();
    let storage = BTreeMap::from([(Hash([0; 32]), U256::from(77))]);
    let contract = Allocation { code, storage, ..Allocation::default() };
    let vrf = troupe_crypto::sr25519::SecretKey::from_seed(&[1; 32]).public_key().to_bytes();
    let (node, address) = (NodeId([1; 32]), Address([0xcb; 20]));
    let validator = Validator { node, key: vec![1; 32], vrf, address };
    Genesis {
        chain_id: CHAIN_ID,
        time: UnixMillis(1_700_000_000_000),
        gas_limit: Gas(30_000_000),
        base_fee: 1_000_000_000,
        base_fee_floor: 1_000_000_000,
        blocks_per_view: 10,
        election_distance: 13,
        terms: vec![Term { from: Epoch(0), validators: vec![validator] }],
        is_staked: false,
        alloc: (1..=9)
            .map(|who| (account(who), rich.clone()))
            .chain([(CONTRACT, contract)])
            .collect(),
    }
}

pub struct Memory {
    chain: Chain,
    committed: watch::Sender<Height>,
    arrivals: broadcast::Sender<Hash>,
    inner: Mutex<Inner>,
}

struct Inner {
    state: State,
    pool: Pool,
    rules: Rules,
    blocks: Vec<Arc<Block>>,
    /// Those below it are no longer there.
    first: Height,
    receipts: Vec<Arc<Vec<Receipt>>>,
    views: Vec<Layered>,
    marks: Vec<BTreeSet<Mark>>,
    places: BTreeMap<Hash, Place>,
}

struct Hashes(Vec<Hash>);

impl Ancestors for Hashes {
    fn hash(&self, height: Height) -> Option<Hash> {
        self.0.get(usize::try_from(height.0).ok()?).copied()
    }
}

impl Memory {
    pub fn new() -> Self {
        let genesis = genesis();
        let (block, changes) = genesis.build(&Sequential).unwrap();
        let before = Hash([0xff; 32]);
        let mut state =
            State::new(Arc::new(Flat::default()), Height(0), before).with_history(1_000);
        let sealed = state.seal(before, changes, &Sequential).unwrap();
        assert_eq!(sealed.root(), block.header().state_root);
        state.insert(block.hash(), sealed).unwrap();
        state.commit(block.hash()).unwrap();
        let views = vec![state.view(block.hash()).unwrap()];
        let rules = Rules {
            chain_id: CHAIN_ID,
            block_gas: genesis.gas_limit,
            max_init_code: Size::kib(48),
            min_tip: 0,
        };
        let inner = Inner {
            state,
            pool: Pool::new(Limits::default(), genesis.base_fee),
            rules,
            blocks: vec![Arc::new(block)],
            first: Height(0),
            receipts: vec![Arc::default()],
            views,
            marks: vec![BTreeSet::new()],
            places: BTreeMap::new(),
        };
        let chain = Chain {
            chain_id: CHAIN_ID,
            base_fee_floor: genesis.base_fee_floor,
            client: "troupe/test".into(),
        };
        Self {
            chain,
            committed: watch::Sender::new(Height(0)),
            arrivals: broadcast::Sender::new(16),
            inner: Mutex::new(inner),
        }
    }

    /// Leaves the blocks below a height behind.
    pub fn prune(&self, below: u64) {
        self.inner.lock().unwrap().first = Height(below);
    }

    /// Makes and commits a block of what the pool has.
    pub fn make_block(&self) -> Arc<Block> {
        let mut inner = self.inner.lock().unwrap();
        let block = inner.make_block();
        drop(inner);
        self.committed.send_replace(block.header().height);
        block
    }

    /// Lets a transaction into the pool.
    pub fn insert(&self, transaction: Transaction) -> Result<Hash, Invalid> {
        let mut inner = self.inner.lock().unwrap();
        inner.rules.check_for_pool(&transaction)?;
        let recovered = recover(transaction)?;
        let account = inner.views.last().unwrap().account(&recovered.sender()).unwrap();
        let account = account.unwrap_or_default();
        let hash = recovered.hash();
        let sender = Sender { nonce: account.nonce, balance: account.balance };
        inner.pool.insert(recovered, sender, Millis(0))?;
        drop(inner);
        let _ = self.arrivals.send(hash);
        Ok(hash)
    }

    pub fn listeners(&self) -> usize {
        self.committed.receiver_count()
    }

    fn with<T: Send + 'static>(&self, read: impl FnOnce(&mut Inner) -> T) -> Answer<'_, T> {
        let told = read(&mut self.inner.lock().unwrap());
        Box::pin(async move { Ok(told) })
    }
}

impl Inner {
    fn make_block(&mut self) -> Arc<Block> {
        let parent = Arc::clone(self.blocks.last().unwrap());
        let mut header = Header {
            parent: parent.hash(),
            height: parent.header().height.next().unwrap(),
            time: UnixMillis(parent.header().time.0 + 1_500),
            base_fee: next_base_fee(parent.header(), 1_000_000_000),
            coinbase: Address([0xcb; 20]),
            evidence_hash: Body::default().evidence_hash(),
            ..parent.header().clone()
        };
        let best = self.pool.best(&Wanted { gas: header.gas_limit, ..Wanted::default() });
        let view = self.views.last().unwrap().clone();
        let mut executor = Executor::new(
            view,
            Env::of(&header, CHAIN_ID, Arc::new(()), &Vm::default()),
            self.rules,
        );
        for transaction in &best {
            executor.transact(transaction).unwrap().unwrap();
        }
        let gas_used = executor.gas_used();
        let (changes, receipts) = executor.finish().unwrap();
        let transactions = best.iter().map(Recovered::share).collect();
        let body = Body { transactions, evidence: Vec::new() };
        let senders: Vec<Address> = best.iter().map(Recovered::sender).collect();
        let written: Vec<Address> = changes.accounts.keys().copied().collect();
        let sealed = self.state.seal(parent.hash(), changes.clone(), &Sequential).unwrap();
        header.state_root = sealed.root();
        header.transactions_root = body.transactions_root();
        troupe_vm::Executed { changes, receipts: receipts.clone(), gas_used }.write(&mut header);
        let block = Arc::new(Block::new(header, body));
        self.state.insert(block.hash(), sealed).unwrap();
        self.state.commit(block.hash()).unwrap();
        let view = self.state.view(block.hash()).unwrap();
        let mut marks = search::logged(&receipts);
        let to = block.body().transactions.iter().filter_map(|transaction| transaction.to());
        let concerned = to.chain(written);
        marks.extend(concerned.map(|account| Mark::account(&account)));
        self.marks.push(marks);
        for (index, transaction) in block.body().transactions.iter().enumerate() {
            let height = block.header().height;
            self.places.insert(transaction.hash(), Place { height, index });
        }
        let changed = senders.into_iter().map(|sender| {
            let account = view.account(&sender).unwrap().unwrap_or_default();
            (sender, Sender { nonce: account.nonce, balance: account.balance })
        });
        self.pool.refresh(changed.collect::<Vec<_>>());
        self.pool.set_base_fee(next_base_fee(block.header(), 1_000_000_000));
        self.views.push(view);
        self.blocks.push(Arc::clone(&block));
        self.receipts.push(Arc::new(receipts));
        block
    }

    fn block(&self, at: At) -> Option<&Arc<Block>> {
        let found = match at {
            At::Height(height) => self.blocks.get(usize::try_from(height.0).ok()?),
            At::Hash(hash) => self.blocks.iter().find(|block| block.hash() == hash),
        };
        found.filter(|block| block.header().height >= self.first)
    }
}

impl Backend for Memory {
    fn chain(&self) -> &Chain {
        &self.chain
    }

    fn committed(&self) -> watch::Receiver<Height> {
        self.committed.subscribe()
    }

    fn arrivals(&self) -> broadcast::Receiver<Hash> {
        self.arrivals.subscribe()
    }

    fn earliest(&self) -> Answer<'_, Option<Height>> {
        self.with(|inner| Some(inner.first))
    }

    fn header(&self, at: At) -> Answer<'_, Option<Found>> {
        self.with(|inner| {
            inner
                .block(at)
                .map(|block| Found { header: block.header().clone(), hash: block.hash() })
        })
    }

    fn block(&self, at: At) -> Answer<'_, Option<Arc<Block>>> {
        self.with(|inner| inner.block(at).cloned())
    }

    fn receipts(&self, height: Height) -> Answer<'_, Option<Arc<Vec<Receipt>>>> {
        self.with(|inner| inner.receipts.get(usize::try_from(height.0).ok()?).cloned())
    }

    fn locate(&self, transaction: Hash) -> Answer<'_, Option<Place>> {
        self.with(|inner| inner.places.get(&transaction).copied())
    }

    fn search(&self, search: search::Search) -> Answer<'_, Option<search::Found>> {
        self.with(|inner| {
            let is_under = |mark, height: &Height| {
                let at = usize::try_from(height.0).unwrap();
                inner.marks.get(at).is_some_and(|marks| marks.contains(&mark))
            };
            let found = search.run(|mark, from| {
                let above = (from.0..).take(inner.marks.len()).map(Height);
                let below = (0..=from.0).rev().map(Height);
                Ok::<_, ()>(match search.order {
                    Order::Ascending => above.into_iter().find(|at| is_under(mark, at)),
                    Order::Descending => below.into_iter().find(|at| is_under(mark, at)),
                })
            });
            found.ok()
        })
    }

    fn state(&self, height: Height) -> Answer<'_, Option<Snapshot>> {
        self.with(|inner| {
            let view = inner.views.get(usize::try_from(height.0).ok()?)?.clone();
            let hashes = inner.blocks.iter().map(|block| block.hash()).collect();
            Some(Snapshot {
                view: Arc::new(view),
                ancestors: Arc::new(Hashes(hashes)),
                vm: Vm::default(),
                is_far: false,
                ahead: None,
            })
        })
    }

    fn prove(
        &self,
        height: Height,
        address: Address,
        slots: Vec<Slot>,
    ) -> Answer<'_, Option<AccountProof>> {
        self.with(|inner| {
            let hash = inner.block(At::Height(height))?.hash();
            inner.state.prove(hash, &address, &slots).ok()
        })
    }

    fn proof(&self, at: At) -> Answer<'_, Option<CommitProof>> {
        self.with(move |inner| inner.block(at).and_then(|block| super::proof(block)))
    }

    fn validators(&self, _: Epoch) -> Answer<'_, Option<troupe_consensus::Term>> {
        Box::pin(async { Ok(None) })
    }

    fn consensus(&self) -> Answer<'_, Option<troupe_consensus::Snapshot>> {
        Box::pin(async { Ok(Some(super::snapshot())) })
    }

    fn evidence(&self) -> Answer<'_, Vec<Evidence>> {
        Box::pin(async { Ok(vec![super::evidence()]) })
    }

    fn pooled(&self, transaction: Hash) -> Answer<'_, Option<Recovered>> {
        self.with(|inner| inner.pool.get(&transaction).cloned())
    }

    fn pool_status(&self) -> Answer<'_, Status> {
        self.with(|inner| inner.pool.status())
    }

    fn pool_content(&self, most: usize) -> Answer<'_, Waiting> {
        self.with(|inner| Waiting {
            executable: inner.pool.executable().take(most).cloned().collect(),
            queued: inner.pool.queued().take(most).cloned().collect(),
        })
    }

    fn next_nonce(&self, sender: Address) -> Answer<'_, Option<u64>> {
        self.with(|inner| inner.pool.next_nonce(&sender))
    }

    fn submit(&self, envelope: Vec<u8>) -> Answer<'_, Result<Hash, Invalid>> {
        let told = Transaction::decode(&envelope).and_then(|transaction| self.insert(transaction));
        Box::pin(async move { Ok(told) })
    }

    fn suggested_tip(&self) -> Answer<'_, u128> {
        Box::pin(async { Ok(7) })
    }

    fn catching_up_to(&self) -> Option<Height> {
        None
    }

    fn peers(&self) -> usize {
        3
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "the pools of a node are not here, and a test has a few calls"
    )]
    fn run(&self, work: Heavy) -> Result<(), Unavailable> {
        tokio::task::spawn_blocking(work);
        Ok(())
    }
}
