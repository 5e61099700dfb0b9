//! How others in the process ask for what the chain holds.

use crate::consensus::{Contradictions, Standing};
use crate::executor::{Head, Prove, StateAt};
use crate::mempool::{NextNonce, PoolContent, PoolStatus, Pooled, Submit};
use crate::offices::Offices;
use crate::storage::{Earliest, Elected, Find, HeightOf, Past, Search, StoredAt};
use crate::watch::Watch;
use troupe_runtime::{Link, Node};
use troupe_vm::Vm;

/// Links to all that answers questions about the chain. Clones are cheap.
#[derive(Debug, Clone)]
pub struct Reader {
    /// The last final block.
    pub head: Link<Head>,
    /// The state after one of the last.
    pub state: Link<StateAt>,
    /// Proofs against its root.
    pub prove: Link<Prove>,
    /// The state after any of them, where that is kept.
    pub past: Link<Past>,
    /// Final blocks.
    pub stored: Link<StoredAt>,
    /// The lowest of them.
    pub earliest: Link<Earliest>,
    /// Their heights.
    pub height_of: Link<HeightOf>,
    /// Where transactions are.
    pub find: Link<Find>,
    /// Blocks by what is in them, where that is written down.
    pub search: Link<Search>,
    /// Lets a transaction in.
    pub submit: Link<Submit>,
    /// A transaction that waits.
    pub pooled: Link<Pooled>,
    /// How many wait.
    pub pool_status: Link<PoolStatus>,
    /// Which ones wait.
    pub pool_content: Link<PoolContent>,
    /// Which nonce is next.
    pub next_nonce: Link<NextNonce>,
    /// Where consensus is.
    pub standing: Link<Standing>,
    /// Who contradicted himself.
    pub contradictions: Link<Contradictions>,
    /// Who validates when: of the last epochs.
    pub offices: Offices,
    /// And of earlier ones.
    pub elected: Link<Elected>,
    /// What happens, as it does.
    pub watch: Watch,
    /// What executions share.
    pub vm: Vm,
}

impl Reader {
    pub(crate) fn new(node: &Node, watch: Watch, vm: Vm, offices: Offices) -> Self {
        Self {
            head: node.link("executor"),
            state: node.link("executor"),
            prove: node.link("executor"),
            past: node.link("storage"),
            stored: node.link("storage"),
            earliest: node.link("storage"),
            height_of: node.link("storage"),
            find: node.link("storage"),
            search: node.link("storage"),
            submit: node.link("mempool"),
            pooled: node.link("mempool"),
            pool_status: node.link("mempool"),
            pool_content: node.link("mempool"),
            next_nonce: node.link("mempool"),
            standing: node.link("consensus"),
            contradictions: node.link("consensus"),
            offices,
            elected: node.link("storage"),
            watch,
            vm,
        }
    }
}
