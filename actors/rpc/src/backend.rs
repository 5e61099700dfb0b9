//! What the server asks of whoever has the chain.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::{broadcast, watch};
use troupe_chain::block::{Block, Receipt};
use troupe_chain::pool::Status;
use troupe_chain::search;
use troupe_chain::state::{AccountProof, Slot, StateView};
use troupe_chain::{Header, Invalid, Recovered};
use troupe_consensus::{CommitProof, Evidence, Term};
use troupe_types::{Address, Epoch, Hash, Height, NodeId};
use troupe_vm::{Ancestors, CallRequest, Vm};

/// An answer that may take a while.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Unavailable>> + Send + 'a>>;

/// Work that takes long: executing, recovering, proving. It hands on its own result.
pub type Heavy = Box<dyn FnOnce() + Send>;

/// An answer that could not be had, though there may be one: a store that failed, a mailbox that is full.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not available now: {reason}")]
pub struct Unavailable {
    /// Why, for the log and the client.
    pub reason: String,
}

/// What is the same for all blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The number that transactions sign.
    pub chain_id: u64,
    /// The least base fee, in von per gas.
    pub base_fee_floor: u64,
    /// The name and version of this software, for `web3_clientVersion`.
    pub client: String,
}

/// Which block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// The one at a height.
    Height(Height),
    /// The one with a hash.
    Hash(Hash),
}

/// A committed header and its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The header.
    pub header: Header,
    /// Its hash.
    pub hash: Hash,
}

/// Where a transaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// In the committed block at this height.
    pub height: Height,
    /// Its place there, from 0.
    pub index: usize,
}

/// The state after a block, held while a request needs it.
#[derive(Clone)]
pub struct Snapshot {
    /// The state.
    pub view: Arc<dyn StateView + Send + Sync>,
    /// The blocks before.
    pub ancestors: Arc<dyn Ancestors + Send + Sync>,
    /// What executions of this process share.
    pub vm: Vm,
    /// Where reads are slow: whoever can have what a call will read there before it reads it.
    pub ahead: Option<Arc<dyn Ahead>>,
    /// Whether a read waits for a disk or for others: then nobody reads it in the loop of the server.
    pub is_far: bool,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Snapshot")
    }
}

/// What looking ahead takes; it has no result.
pub type Looked<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Whoever can find out what a call will read. Where that fails nothing is lost but time.
pub trait Ahead: Send + Sync + 'static {
    /// Has it there.
    fn look_ahead<'a>(&'a self, request: &'a CallRequest) -> Looked<'a>;
}

/// Transactions that wait.
#[derive(Debug, Clone, Default)]
pub struct Waiting {
    /// Those that can go into a block as things are.
    pub executable: Vec<Recovered>,
    /// The others.
    pub queued: Vec<Recovered>,
}

/// A node as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Its name in the network.
    pub id: NodeId,
    /// Which start of it this is.
    pub epoch: u64,
    /// Where it listens for others, as they are told.
    pub listens: String,
}

/// A node that is connected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// Its name in the network.
    pub id: NodeId,
    /// Which start of it this is.
    pub epoch: u64,
    /// What it is listed as; `None` for a stranger.
    pub role: Option<String>,
    /// The version of what is spoken.
    pub version: String,
}

/// Whoever knows the node itself, for its owner's eyes.
pub trait Operator: Send + Sync + 'static {
    /// The node.
    fn about(&self) -> About;

    /// Whom it is connected to at this moment.
    fn peers(&self) -> Vec<Neighbour>;

    /// The folder of its data.
    fn data(&self) -> String;
}

/// Whoever has the chain. Only committed blocks count; `None` is for what is not there, or no longer.
pub trait Backend: Send + Sync + 'static {
    /// What is the same for all blocks.
    fn chain(&self) -> &Chain;

    /// The height of the last committed block, and every later one as it comes.
    fn committed(&self) -> watch::Receiver<Height>;

    /// Hashes of transactions that the pool let in, as they come. Some may be missed.
    fn arrivals(&self) -> broadcast::Receiver<Hash>;

    /// The lowest block that is kept; `None` where that cannot be said.
    fn earliest(&self) -> Answer<'_, Option<Height>> {
        Box::pin(async { Ok(None) })
    }

    /// A committed header.
    fn header(&self, at: At) -> Answer<'_, Option<Found>>;

    /// A committed block.
    fn block(&self, at: At) -> Answer<'_, Option<Arc<Block>>>;

    /// The receipts of a committed block, one for each transaction.
    fn receipts(&self, height: Height) -> Answer<'_, Option<Arc<Vec<Receipt>>>>;

    /// Where a committed transaction is.
    fn locate(&self, transaction: Hash) -> Answer<'_, Option<Place>>;

    /// Committed blocks by what is in them, and maybe others. `None` where that is not written down.
    fn search(&self, search: search::Search) -> Answer<'_, Option<search::Found>>;

    /// The state after a committed block, if it is one of the last.
    fn state(&self, height: Height) -> Answer<'_, Option<Snapshot>>;

    /// A proof against the state root of a committed block, if it is one of the last. At most
    /// [`Settings::proved_slots`](crate::Settings::proved_slots) slots are asked for.
    fn prove(
        &self,
        height: Height,
        address: Address,
        slots: Vec<Slot>,
    ) -> Answer<'_, Option<AccountProof>>;

    /// Why a committed block is final; `None` for the genesis block.
    fn proof(&self, at: At) -> Answer<'_, Option<CommitProof>>;

    /// The validators of an epoch; `None` where they are not known.
    fn validators(&self, epoch: Epoch) -> Answer<'_, Option<Term>>;

    /// What this node's part in consensus is doing; `None` for a node that has none.
    fn consensus(&self) -> Answer<'_, Option<troupe_consensus::Snapshot>>;

    /// Contradictions of validators that this node holds proof of.
    fn evidence(&self) -> Answer<'_, Vec<Evidence>>;

    /// A transaction in the pool.
    fn pooled(&self, transaction: Hash) -> Answer<'_, Option<Recovered>>;

    /// How full the pool is.
    fn pool_status(&self) -> Answer<'_, Status>;

    /// What waits in the pool: at most so many, by sender and nonce.
    fn pool_content(&self, most: usize) -> Answer<'_, Waiting>;

    /// The nonce after a sender's executable transactions; `None` for one who has none in the pool.
    fn next_nonce(&self, sender: Address) -> Answer<'_, Option<u64>>;

    /// Lets a transaction into the pool, from its envelope; gives its hash.
    fn submit(&self, envelope: Vec<u8>) -> Answer<'_, Result<Hash, Invalid>>;

    /// The tip that gets a transaction into one of the next blocks, in von per gas.
    fn suggested_tip(&self) -> Answer<'_, u128>;

    /// The height that this node is catching up to; `None` where it is not behind.
    fn catching_up_to(&self) -> Option<Height>;

    /// How many peers there are.
    fn peers(&self) -> usize;

    /// Runs work where it holds nobody up, one after the other or side by side. Refused when too much
    /// waits already.
    fn run(&self, work: Heavy) -> Result<(), Unavailable>;
}
