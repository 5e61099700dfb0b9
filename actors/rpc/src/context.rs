//! What all methods start from.

use crate::arguments::Named;
use crate::backend::{At, Backend, Found, Snapshot};
use crate::error::Error;
use crate::methods::Polls;
use crate::settings::Settings;
use crate::wanted::{Waiting, Wanted};
use std::sync::Arc;
use tokio::sync::oneshot;
use troupe_chain::block::{Block, Receipt};
use troupe_chain::state::StateView;
use troupe_chain::transaction::{Transaction, recover};
use troupe_types::{Address, Height};

/// Answers questions about a chain: typed ones from any server, and those of the JSON-RPC methods.
pub struct Api {
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) settings: Settings,
    pub(crate) polls: Polls,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Api {
    /// Whoever has the chain, and what bounds those who ask.
    pub fn new(backend: Arc<dyn Backend>, settings: Settings) -> Self {
        let polls = Polls::new(settings.filters, settings.filter_time.into());
        Self { backend, settings, polls }
    }

    /// Whoever has the chain.
    #[must_use]
    pub fn backend(&self) -> &Arc<dyn Backend> {
        &self.backend
    }

    /// What bounds those who ask.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The height of the last committed block.
    #[must_use]
    pub fn head(&self) -> Height {
        *self.backend.committed().borrow()
    }

    fn at(&self, named: Named) -> At {
        match named {
            Named::Latest | Named::Pending => At::Height(self.head()),
            Named::At(at) => at,
        }
    }

    /// A header, if there is such a block. An error where there is one and it is not kept.
    pub async fn find(&self, named: Named) -> Result<Option<Found>, Error> {
        let at = self.at(named);
        let found = self.backend.header(at).await?;
        self.unless_pruned(at, found).await
    }

    /// Tells what is not kept from what does not exist.
    async fn unless_pruned<T>(&self, at: At, found: Option<T>) -> Result<Option<T>, Error> {
        // Of a hash nobody knows what it was.
        let At::Height(height) = at else { return Ok(found) };
        if found.is_some() || height > self.head() {
            return Ok(found);
        }
        let first = self.backend.earliest().await?;
        if first.is_some_and(|first| first <= height) {
            return Ok(None);
        }
        Err(Error::Pruned { height, first })
    }

    /// A header.
    pub async fn header(&self, named: Named) -> Result<Found, Error> {
        self.find(named).await?.ok_or(Error::UnknownBlock)
    }

    /// A block, if there is one. An error where there is one and it is not kept.
    pub async fn block(&self, named: Named) -> Result<Option<Arc<Block>>, Error> {
        let at = self.at(named);
        let found = self.backend.block(at).await?;
        self.unless_pruned(at, found).await
    }

    /// The header of a block, and the state after it.
    pub(crate) async fn state(&self, named: Named) -> Result<(Found, Snapshot), Error> {
        let found = self.header(named).await?;
        let height = found.header.height;
        let snapshot = self.backend.state(height).await?.ok_or(Error::NoState { height })?;
        Ok((found, snapshot))
    }

    /// Reads something from a state: here, or where it holds nobody up.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        snapshot: Snapshot,
        read: impl FnOnce(&dyn StateView) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        match snapshot.is_far {
            true => self.heavy(move |_| read(&snapshot.view)).await?,
            false => read(&snapshot.view),
        }
    }

    /// The receipts of a block that is there: as many as it has transactions.
    pub async fn receipts(&self, block: &Block) -> Result<Arc<Vec<Receipt>>, Error> {
        let height = block.header().height;
        let receipts = self
            .backend
            .receipts(height)
            .await?
            .ok_or_else(|| Error::Internal(format!("block {height} has no receipts")))?;
        let (got, want) = (receipts.len(), block.body().transactions.len());
        if got != want {
            let text = format!("block {height} has {got} receipts for {want} transactions");
            return Err(Error::Internal(text));
        }
        Ok(receipts)
    }

    /// Does work where it holds nobody up. Work that is long asks now and then whether anybody waits for
    /// it: nobody does when the client has gone, or its time is over, which begins when its turn has come.
    pub(crate) async fn heavy<T: Send + 'static>(
        &self,
        work: impl FnOnce(Wanted) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let waiting = Waiting::default();
        let wanted = waiting.wanted();
        let (answer, answered) = oneshot::channel();
        let (begin, begun) = oneshot::channel();
        let work = move || {
            let _ = begin.send(());
            if wanted.is_wanted() {
                let _ = answer.send(work(wanted));
            }
        };
        self.backend.run(Box::new(work))?;
        // An error says that it is never done; so does the next one.
        let _ = begun.await;
        let limit = self.settings.call_time;
        let result = tokio::time::timeout(limit.into(), answered).await;
        drop(waiting);
        let result = result.map_err(|_| Error::Aborted { limit })?;
        result.map_err(|_| Error::Internal("the work ended without a result".into()))
    }

    /// Who signed committed transactions.
    pub async fn senders(
        &self,
        transactions: Vec<Arc<Transaction>>,
    ) -> Result<Vec<Address>, Error> {
        let senders = self.heavy(move |work| {
            let wanted = transactions.into_iter().take_while(|_| work.is_wanted());
            let senders =
                wanted.map(|transaction| recover(transaction).map(|recovered| recovered.sender()));
            senders.collect::<Result<Vec<_>, _>>()
        });
        Ok(senders.await??)
    }
}
