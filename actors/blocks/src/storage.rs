//! `storage`: answers for the blocks that are final, and makes state files beside everything else.

mod messages;
mod recent;

pub(crate) use messages::Kept;
pub use messages::{Earliest, Elected, Find, HeightOf, Past, Search, StoredAt};

use crate::mempool::Pooled;
use crate::shared::Shared;
use recent::Recent;
use std::sync::{Arc, Mutex};
use troupe_ledger::term_of;
use troupe_runtime::{Actor, Cx, Fault, Handle, Link, Node, Pool, Reply};
use troupe_types::{Hash, Height};
use troupe_vault::{Archived, Marks, Stored, Vault};
use troupe_wire::{CallError, Message};

/// The most questions that wait for the disk at a time.
const MOST_READS: usize = 256;

pub(crate) struct Storage {
    shared: Arc<Shared>,
    recent: Recent,
    pool: Link<Pooled>,
    reads: usize,
    is_making: bool,
}

impl Storage {
    pub(crate) fn new(shared: Arc<Shared>, node: &Node) -> Self {
        let pool = node.link("mempool");
        Self { shared, recent: Recent::default(), pool, reads: 0, is_making: false }
    }

    /// Reads something from the disk, elsewhere. Above the limit the asker hears that nobody answered.
    fn read<M: Message>(
        &mut self,
        reply: Reply<M>,
        read: impl FnOnce(&Vault) -> Result<M::Reply, troupe_vault::Error> + Send + 'static,
        cx: &mut Cx<'_, Self>,
    ) where
        M::Reply: Send,
    {
        self.read_beside(reply, move |vault| read(&Shared::lock(vault)), cx);
    }

    /// As [`Self::read`], by whoever holds the vault only as long as he needs it.
    fn read_beside<M: Message>(
        &mut self,
        reply: Reply<M>,
        read: impl FnOnce(&Mutex<Vault>) -> Result<M::Reply, troupe_vault::Error> + Send + 'static,
        cx: &mut Cx<'_, Self>,
    ) where
        M::Reply: Send,
    {
        if self.reads >= MOST_READS {
            return;
        }
        let vault = Arc::clone(&self.shared.vault);
        let job = move || read(&vault).map_err(|error| error.to_string());
        let submitted = cx.pool(Pool::Jobs, job, |storage, answer, cx| {
            storage.reads -= 1;
            match answer {
                Ok(Ok(answer)) => {
                    reply.send(answer, cx);
                    Ok(())
                }
                Ok(Err(error)) => Err(Fault::Storage(error)),
                Err(why) => Err(Fault::Restart(format!("a read {why}"))),
            }
        });
        self.reads += usize::from(submitted.is_ok());
    }

    /// Makes a state file where one is due.
    fn make_state(&mut self, cx: &mut Cx<'_, Self>) {
        if self.is_making {
            return;
        }
        let (vault, genesis) = (Arc::clone(&self.shared.vault), self.shared.genesis);
        let job = move || make_state(&vault, genesis).map_err(|error| error.to_string());
        let submitted = cx.pool(Pool::Jobs, job, |storage, made: Result<_, CallError>, _| {
            storage.is_making = false;
            match made {
                Ok(Ok(None)) => Ok(()),
                Ok(Ok(Some(height))) => {
                    tracing::info!(%height, "state file written");
                    Ok(())
                }
                Ok(Err(error)) => Err(Fault::Storage(error)),
                Err(why) => Err(Fault::Storage(format!("a state file {why}"))),
            }
        });
        // With a full pool it is tried again after the next block.
        self.is_making = submitted.is_ok();
    }
}

/// Writes a state file if one is due, without holding up those who append.
fn make_state(vault: &Mutex<Vault>, genesis: Hash) -> Result<Option<Height>, troupe_vault::Error> {
    let begun = {
        let mut vault = Shared::lock(vault);
        let store = vault.store();
        if store.is_state_due() { store.begin_state() } else { None }
    };
    let Some(making) = begun else { return Ok(None) };
    let made = making.run(&mut |progress| {
        tracing::debug!(?progress, %genesis, "writing a state file");
    })?;
    let height = made.state().about().height;
    Shared::lock(vault).finish_state(made)?;
    Ok(Some(height))
}

impl Actor for Storage {
    const KIND: &'static str = "storage";
}

impl Handle<Kept> for Storage {
    fn handle(
        &mut self,
        Kept { committed, proof }: Kept,
        _: Reply<Kept>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let (block, receipts) = (Arc::clone(&committed.block), Arc::clone(&committed.receipts));
        self.recent.add(Stored { block, receipts, proof: Some(proof) });
        self.make_state(cx);
        Ok(())
    }
}

impl Handle<StoredAt> for Storage {
    fn handle(
        &mut self,
        StoredAt(height): StoredAt,
        reply: Reply<StoredAt>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        match self.recent.get(height) {
            Some(stored) => reply.send(Some(stored), cx),
            None => self.read(reply, move |vault| Ok(vault.stored(height)?.map(Arc::new)), cx),
        }
        Ok(())
    }
}

impl Handle<Earliest> for Storage {
    fn handle(
        &mut self,
        Earliest: Earliest,
        reply: Reply<Earliest>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.read(reply, |vault| vault.first(), cx);
        Ok(())
    }
}

impl Handle<HeightOf> for Storage {
    fn handle(
        &mut self,
        HeightOf(block): HeightOf,
        reply: Reply<HeightOf>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        match self.recent.height_of(&block) {
            Some(height) => reply.send(Some(height), cx),
            None => self.read(reply, move |vault| vault.height_of(&block), cx),
        }
        Ok(())
    }
}

impl Handle<Find> for Storage {
    fn handle(
        &mut self,
        Find(transaction): Find,
        reply: Reply<Find>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        if let Some(place) = self.recent.find(&transaction) {
            reply.send(Some(place), cx);
            return Ok(());
        }
        // One that waits is in no block, and those who wait for it ask again and again: not the disk.
        let pool = self.pool.clone();
        cx.ask(&pool, Pooled(transaction), move |storage, pooled, cx| {
            match pooled {
                Ok(Some(_)) => reply.send(None, cx),
                Ok(None) | Err(_) => {
                    storage.read(reply, move |vault| vault.find(&transaction), cx);
                }
            }
            Ok(())
        });
        Ok(())
    }
}

impl Handle<Search> for Storage {
    fn handle(
        &mut self,
        Search(search): Search,
        reply: Reply<Search>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let look = move |vault: &Mutex<Vault>| {
            let marks = Marks::of(&Shared::lock(vault), search.kind);
            marks.map(|marks| marks.search(&search)).transpose()
        };
        self.read_beside(reply, look, cx);
        Ok(())
    }
}

impl Handle<Past> for Storage {
    fn handle(
        &mut self,
        Past(height): Past,
        reply: Reply<Past>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let shared = Arc::clone(&self.shared.vault);
        self.read(reply, move |vault| Ok(Archived::of(vault, &shared, height)), cx);
        Ok(())
    }
}

impl Handle<Elected> for Storage {
    fn handle(
        &mut self,
        Elected(epoch): Elected,
        reply: Reply<Elected>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let look = move |vault: &Vault| {
            let roster = vault.roster(epoch)?;
            Ok(roster.as_ref().map(term_of).transpose()?)
        };
        self.read(reply, look, cx);
        Ok(())
    }
}
