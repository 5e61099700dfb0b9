//! Starting the actors of a validator, and what they share.

use crate::consensus::Consensus;
use crate::error::Error;
use crate::executor::Build as BuildBlock;
use crate::executor::{Commit, Execute, Executor, Head, Look};
use crate::mempool::{Best, Mempool, Settled, Submit, Waiting};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use troupe_chain::Recovered;
use troupe_chain::transaction::Rules;
use troupe_consensus::message::{Answer, Certified, Changed, Fetch, GiveUp, Propose, Status, Vote};
use troupe_consensus::{Keys, Machine, Settings, Term, public_bytes};
use troupe_crypto::Scheme;
use troupe_ledger::{Known, Worker};
use troupe_runtime::{Fault, Group, Link, Node, Rule, Spec};
use troupe_types::{Bytes, Hash, NodeId};
use troupe_vault::{Restored, Vault};
use troupe_wire::Sequential;

/// What the actors of one validator share.
pub(crate) struct Shared {
    /// Used by one job at a time.
    pub(crate) vault: Arc<Mutex<Vault>>,
    pub(crate) signers: Signers,
    pub(crate) rules: Rules,
    pub(crate) base_fee_floor: u64,
}

impl Shared {
    pub(crate) fn lock(vault: &Mutex<Vault>) -> MutexGuard<'_, Vault> {
        vault.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who signed the transactions in the pool: found out once, read where blocks are executed.
#[derive(Clone, Default)]
pub(crate) struct Signers(Arc<Mutex<BTreeMap<Hash, Recovered>>>);

impl Signers {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Hash, Recovered>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn learn(&self, recovered: Recovered) {
        self.lock().insert(recovered.hash(), recovered);
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    pub(crate) fn forget(&self, hashes: impl Iterator<Item = Hash>) {
        let mut known = self.lock();
        for hash in hashes {
            known.remove(&hash);
        }
    }
}

impl Known for Signers {
    fn transaction(&self, hash: &Hash) -> Option<Recovered> {
        self.lock().get(hash).cloned()
    }

    fn is_evidence(&self, _: &[u8]) -> bool {
        false
    }
}

/// What one restoring of the vault leaves for each of the two that need it.
#[derive(Default)]
struct Halves {
    ledger: Option<troupe_ledger::Ledger>,
    /// With the terms whose keys it needs.
    machine: Option<(Machine, Vec<Term>)>,
}

/// Makes ledger and machine anew from the vault, for whoever of the two is built first.
#[derive(Clone)]
struct Restore {
    shared: Arc<Shared>,
    settings: Settings,
    halves: Arc<Mutex<Halves>>,
}

impl Restore {
    fn halves(&self) -> Result<MutexGuard<'_, Halves>, Fault> {
        Ok(self.halves.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn restore(&self, halves: &mut Halves) -> Result<(), Fault> {
        let stop = |error: &dyn std::fmt::Display| Fault::Storage(error.to_string());
        let restored = Shared::lock(&self.shared.vault).restore(&Sequential, &mut |_| {});
        let Restored { mut ledger, records } = restored.map_err(|error| stop(&error))?;
        let anchor = ledger.anchor().map_err(|error| stop(&error))?;
        let terms = anchor.terms.clone();
        let machine = Machine::new(self.settings, anchor, records).map_err(|error| stop(&error))?;
        *halves = Halves { ledger: Some(ledger), machine: Some((machine, terms)) };
        Ok(())
    }

    fn ledger(&self) -> Result<troupe_ledger::Ledger, Fault> {
        let mut halves = self.halves()?;
        if halves.ledger.is_none() {
            self.restore(&mut halves)?;
        }
        halves.ledger.take().ok_or_else(|| Fault::Restart("no ledger was restored".to_owned()))
    }

    fn machine(&self) -> Result<(Machine, Vec<Term>), Fault> {
        let mut halves = self.halves()?;
        if halves.machine.is_none() {
            self.restore(&mut halves)?;
        }
        halves.machine.take().ok_or_else(|| Fault::Restart("no machine was restored".to_owned()))
    }
}

/// A validator that runs on a node.
#[derive(Debug, Clone)]
pub struct Validator {
    /// Takes transactions.
    pub submit: Link<Submit>,
    /// Tells the last final block.
    pub head: Link<Head>,
}

impl Validator {
    /// Starts the actors on a node. Without a secret key it follows and signs nothing.
    pub fn start<S: Scheme>(
        node: &Node,
        me: NodeId,
        mut vault: Vault,
        secret: Option<S::SecretKey>,
    ) -> Result<Self, Error> {
        let public = secret.as_ref().map(|secret| public_bytes::<S>(&S::public_key(secret)));
        let Restored { mut ledger, records } = vault.restore(&Sequential, &mut |_| {})?;
        let settings = Settings::new(vault.chain(), me, public.transpose()?);
        let anchor = ledger.anchor().map_err(troupe_vault::Error::from)?;
        let terms = anchor.terms.clone();
        // A key that is none is found here, and not when an actor is built.
        learn::<S>(&terms)?;
        let rules = *ledger.rules();
        let base_fee = ledger.next_base_fee();
        let base_fee_floor = vault.genesis().base_fee_floor;
        let machine = Machine::new(settings, anchor, records)?;
        let shared = Arc::new(Shared {
            vault: Arc::new(Mutex::new(vault)),
            signers: Signers::default(),
            rules,
            base_fee_floor,
        });
        let halves = Halves { ledger: Some(ledger), machine: Some((machine, terms)) };
        let halves = Arc::new(Mutex::new(halves));
        let restore = Restore { shared: Arc::clone(&shared), settings, halves };

        let group = Group::new("validator", Rule::All);
        let (looks, waits) = (node.link::<Look>("executor"), node.link::<Waiting>("consensus"));
        let its = Arc::clone(&shared);
        let mempool = Spec::new(move |_| {
            Ok(Mempool::new(Arc::clone(&its), base_fee, looks.clone(), waits.clone()))
        });
        let mempool = node.spawn(mempool.group(&group));
        mempool.accept::<Submit>().accept::<Best>().accept::<Settled>();

        let (best, settled) = (node.link::<Best>("mempool"), node.link::<Settled>("mempool"));
        let (its, from) = (Arc::clone(&shared), restore.clone());
        let executor = Spec::new(move |_| {
            let worker = Worker::new(from.ledger()?, its.signers.clone(), Sequential);
            Executor::new(Arc::clone(&its), worker, best.clone(), settled.clone())
        });
        let executor = node.spawn(executor.group(&group));
        executor.accept::<BuildBlock>().accept::<Execute>().accept::<Commit>();
        executor.accept::<Look>().accept::<Head>();

        let secret = secret.map(Arc::new);
        let genesis = settings.genesis;
        let its_node = node.clone();
        let consensus = Spec::new(move |_| {
            let (machine, terms) = restore.machine()?;
            let keys = learn::<S>(&terms).map_err(|error| Fault::Fatal(error.to_string()))?;
            let parts = crate::consensus::Parts {
                shared: Arc::clone(&shared),
                node: its_node.clone(),
                me,
                genesis,
                secret: secret.clone(),
                keys: Arc::new(keys),
            };
            Ok(Consensus::<S>::new(parts, machine))
        });
        let consensus = node.spawn(consensus.group(&group));
        consensus.accept::<Waiting>();
        consensus.serve::<Propose>()?.serve::<Vote>()?.serve::<Certified>()?;
        consensus.serve::<GiveUp>()?.serve::<Changed>()?.serve::<Status>()?;
        consensus.serve::<Fetch>()?.serve::<Answer>()?;
        Ok(Self { submit: node.link("mempool"), head: node.link("executor") })
    }
}

fn learn<S: Scheme>(terms: &[Term]) -> Result<Keys<S>, troupe_consensus::Error> {
    let mut keys = Keys::default();
    for term in terms {
        keys.learn(term)?;
    }
    Ok(keys)
}

/// Bytes of messages that may wait for the machine.
pub(crate) const WAITING: Bytes = Bytes::mib(32);
