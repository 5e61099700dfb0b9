//! The chain of one process, and how its actors are started.

use crate::consensus::{
    Accusing, Consensus, Contradictions, Parts, Reported, Said, Standing, Synced,
};
use crate::elector::{Decided, Elector};
use crate::error::Error;
use crate::executor::{
    Accuse, Build as BuildBlock, Commit, Execute, Executor, Head, Import, Look, Prove, StateAt,
};
use crate::insight::Insight;
use crate::mempool::{
    Again, Best, Mempool, NextNonce, PoolContent, PoolStatus, Pooled, Settled, Submit, Waiting,
};
use crate::metrics::Metrics;
use crate::offices::Offices;
use crate::pen::Pen;
use crate::reader::Reader;
use crate::restore::{Halves, Restore, Voter};
use crate::shared::{Shared, Signers};
use crate::storage::{Earliest, Elected, Find, HeightOf, Kept, Past, Search, Storage, StoredAt};
use crate::sync::{Advanced, Nudge, Parts as SyncParts, Syncing};
use crate::watch::Watch;
use std::fmt;
use std::sync::{Arc, Mutex};
use troupe_chain::message::{Announce, Pull, Push};
use troupe_chain::pool::Limits;
use troupe_chain::transaction::Rules;
use troupe_chain::{light, message as sync};
use troupe_consensus::message::{Answer, Certified, Changed, Fetch, GiveUp, Propose, Status, Vote};
use troupe_consensus::{Keys, Settings, Term, public_bytes};
use troupe_crypto::{Scheme, sr25519};
use troupe_ledger::machine;
use troupe_runtime::{Actor, Fault, Node, Spec};
use troupe_types::{Millis, NodeId};
use troupe_vault::Vault;
use troupe_vm::Vm;

/// Where an actor is put: its queue, its group, its thread. All actors of a chain belong into one group
/// whose rule is [`All`](troupe_runtime::Rule::All): they restart together, from the vault.
pub trait Placing {
    /// Puts it there.
    fn place<A: Actor>(&self, spec: Spec<A>) -> Spec<A>;
}

/// Who this process is on the chain, and how fast it goes.
pub struct Member<S: Scheme> {
    /// The process.
    pub node: NodeId,
    /// Its validator key; without one it follows and signs nothing.
    pub secret: Option<Arc<S::SecretKey>>,
    /// Its key for random words; without it it makes no blocks.
    pub vrf: Option<Arc<sr25519::SecretKey>>,
    /// Who signs where the key is not in this process; `secret` is not used then.
    pub pen: Option<Arc<dyn Pen>>,
    /// The least time between two blocks under load.
    pub pace: Millis,
    /// How long an idle chain waits for the next block.
    pub heartbeat: Millis,
    /// How many whole views it watches before it signs, if its key never signed here; 0 for none.
    pub watch: u32,
}

impl<S: Scheme> Member<S> {
    /// A member with the usual pace.
    #[must_use]
    pub fn new(
        node: NodeId,
        secret: Option<Arc<S::SecretKey>>,
        vrf: Option<Arc<sr25519::SecretKey>>,
    ) -> Self {
        let Settings { pace, heartbeat, watch, .. } = Settings::new(Default::default(), node, None);
        Self { node, secret, vrf, pen: None, pace, heartbeat, watch }
    }
}

impl<S: Scheme> fmt::Debug for Member<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Member({})", self.node.short())
    }
}

/// The chain of one process. Made once; its actors are started one by one, in the order of a manifest.
pub struct Chain<S: Scheme> {
    node: Node,
    me: NodeId,
    secret: Option<Arc<S::SecretKey>>,
    pen: Option<Arc<dyn Pen>>,
    shared: Arc<Shared>,
    restore: Restore,
    base_fee: u64,
}

impl<S: Scheme> fmt::Debug for Chain<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chain({})", self.shared.genesis)
    }
}

impl<S: Scheme> Chain<S> {
    /// Restores the chain that a vault holds.
    pub fn open(
        node: &Node,
        mut vault: Vault,
        member: Member<S>,
        progress: &mut dyn FnMut(troupe_chain::state::Progress),
    ) -> Result<Self, Error> {
        let Member { node: me, secret, vrf, pen, pace, heartbeat, watch } = member;
        let public = match &pen {
            Some(pen) => Some(pen.key()),
            None => {
                let secret = secret.as_ref();
                secret.map(|secret| public_bytes::<S>(&S::public_key(secret))).transpose()?
            }
        };
        let mut restored = vault.restore(&node.forks(), progress)?;
        let ledger = &mut restored.ledger;
        let offices = Offices::new(ledger.terms().clone());
        let (rules, base_fee) = (*ledger.rules(), ledger.next_base_fee());
        let height = ledger.head().block.header().height;
        let settings = Settings {
            pace,
            heartbeat,
            watch,
            blocks_per_view: u32::try_from(vault.genesis().blocks_per_view).unwrap_or(u32::MAX),
            ..Settings::new(vault.chain(), me, public)
        };
        let vm = machine::<S>(Vm::default(), vault.genesis(), vault.chain());
        let signers = Signers::default();
        let shared = Arc::new(Shared {
            rules,
            base_fee_floor: vault.genesis().base_fee_floor,
            genesis: vault.chain(),
            election_distance: vault.genesis().election_distance,
            vault: Arc::new(Mutex::new(vault)),
            insight: Insight::new::<S>(signers.clone(), vrf),
            signers,
            offices,
            watch: Watch::new(height),
            metrics: Metrics::register(node)?,
        });
        shared.metrics.begun(height);
        let halves = Halves::new(restored, settings)?;
        // A key that is none is found here, and not when an actor is built.
        learn::<S>(halves.terms())?;
        let restore = Restore::new(Arc::clone(&shared), settings, node.forks(), halves, vm);
        Ok(Self { node: node.clone(), me, secret, pen, shared, restore, base_fee })
    }

    /// With what executions share. To be called before any actor is started.
    #[must_use]
    pub fn with_vm(mut self, vm: Vm) -> Self {
        let vault = Shared::lock(&self.shared.vault);
        self.restore.vm = machine::<S>(vm, vault.genesis(), vault.chain());
        drop(vault);
        self
    }

    /// Ends it, once its actors have ended, so that the next start finds the index as it is. Refused while
    /// somebody still reads; nothing is lost without it.
    pub fn close(&self) -> Result<(), Error> {
        self.restore.clear();
        Ok(Shared::lock(&self.shared.vault).close()?)
    }

    /// What is asked of every transaction.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.shared.rules
    }

    /// The least base fee, in von per gas.
    #[must_use]
    pub fn base_fee_floor(&self) -> u64 {
        self.shared.base_fee_floor
    }

    /// How others in the process ask for what it holds.
    #[must_use]
    pub fn reader(&self) -> Reader {
        let (watch, vm) = (self.shared.watch.clone(), self.restore.vm.clone());
        Reader::new(&self.node, watch, vm, self.shared.offices.clone())
    }

    /// Starts `storage`.
    pub fn storage(&self, placing: &impl Placing) {
        let shared = Arc::clone(&self.shared);
        let spec = Spec::new(move |build| Ok(Storage::new(Arc::clone(&shared), build.node)));
        let spawned = self.node.spawn(placing.place(spec));
        spawned.accept::<Kept>().accept::<StoredAt>().accept::<HeightOf>().accept::<Find>();
        spawned.accept::<Search>().accept::<Elected>();
        spawned.accept::<Past>().accept::<Earliest>();
    }

    /// Starts `mempool`.
    pub fn mempool(&self, limits: Limits, placing: &impl Placing) -> Result<(), Error> {
        let (shared, me, base_fee) = (Arc::clone(&self.shared), self.me, self.base_fee);
        let spec = Spec::new(move |build| {
            Ok(Mempool::new(Arc::clone(&shared), build.node, me, limits, base_fee))
        });
        let spawned = self.node.spawn(placing.place(spec));
        spawned.accept::<Submit>().accept::<Best>().accept::<Settled>();
        spawned.accept::<Pooled>().accept::<PoolStatus>().accept::<PoolContent>();
        spawned.accept::<NextNonce>().accept::<Again>();
        spawned.serve::<Push>()?.serve::<Announce>()?.serve::<Pull>()?;
        Ok(())
    }

    /// Starts `executor`.
    pub fn executor(&self, placing: &impl Placing) {
        let (shared, restore) = (Arc::clone(&self.shared), self.restore.clone());
        let spec = Spec::new(move |build| {
            let (ledger, evidence) = restore.ledger()?;
            Executor::new(Arc::clone(&shared), build.node, ledger, evidence)
        });
        let spawned = self.node.spawn(placing.place(spec));
        spawned.accept::<BuildBlock>().accept::<Execute>().accept::<Commit>();
        spawned.accept::<Import>().accept::<Look>().accept::<Accuse>();
        spawned.accept::<Head>().accept::<StateAt>().accept::<Prove>();
    }

    /// Starts `elector`.
    pub fn elector(&self, placing: &impl Placing) {
        let (shared, me) = (Arc::clone(&self.shared), self.me);
        let spec = Spec::new(move |build| Elector::new(Arc::clone(&shared), build.node, me));
        self.node.spawn(placing.place(spec)).accept::<Decided>();
    }

    /// Starts `consensus`.
    pub fn consensus(&self, placing: &impl Placing) -> Result<(), Error> {
        let (shared, restore) = (Arc::clone(&self.shared), self.restore.clone());
        let (me, secret, pen) = (self.me, self.secret.clone(), self.pen.clone());
        let spec = Spec::new(move |build| {
            let Voter { machine, terms, evidence } = restore.voter()?;
            let keys = learn::<S>(&terms).map_err(|error| Fault::Fatal(error.to_string()))?;
            let parts = Parts {
                shared: Arc::clone(&shared),
                node: build.node.clone(),
                me,
                secret: secret.clone(),
                pen: pen.clone(),
                keys: Arc::new(keys),
            };
            Ok(Consensus::<S>::new(parts, machine, evidence))
        });
        let spawned = self.node.spawn(placing.place(spec));
        spawned.accept::<Waiting>().accept::<Accusing>().accept::<Synced>();
        spawned.accept::<Reported>().accept::<Said>();
        spawned.accept::<Standing>().accept::<Contradictions>();
        spawned.serve::<Propose>()?.serve::<Vote>()?.serve::<Certified>()?;
        spawned.serve::<GiveUp>()?.serve::<Changed>()?.serve::<Status>()?;
        spawned.serve::<Fetch>()?.serve::<Answer>()?;
        Ok(())
    }

    /// Starts `sync`.
    pub fn sync(&self, placing: &impl Placing) -> Result<(), Error> {
        let (shared, me, vm) = (Arc::clone(&self.shared), self.me, self.restore.vm.clone());
        let spec = Spec::new(move |build| {
            let (shared, node) = (Arc::clone(&shared), build.node.clone());
            let parts = SyncParts { shared, node, me, vm: vm.clone() };
            Ok(Syncing::<S>::new(parts))
        });
        let spawned = self.node.spawn(placing.place(spec));
        spawned.accept::<Advanced>().accept::<Nudge>();
        spawned.serve::<sync::Inquire>()?.serve::<sync::Fetch>()?.serve::<sync::Follow>()?;
        spawned.serve::<light::AskHeader>()?.serve::<light::AskElection>()?;
        spawned.serve::<light::AskAccount>()?.serve::<light::AskCode>()?;
        spawned.serve::<light::AskReceipts>()?.serve::<light::AskPlace>()?;
        spawned.serve::<light::AskHeaders>()?.serve::<light::AskAccounts>()?;
        spawned.serve::<light::AskTouched>()?.serve::<light::AskElections>()?;
        Ok(())
    }
}

fn learn<S: Scheme>(terms: &[Term]) -> Result<Keys<S>, troupe_consensus::Error> {
    let mut keys = Keys::default();
    for term in terms {
        keys.learn(term)?;
    }
    Ok(keys)
}
