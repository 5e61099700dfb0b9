//! Streams that follow the chain, from any height on and without a gap.
//!
//! A stream is asked for its next message when the client has room for it: what a client does not read is not read
//! from the disk either, and nothing waits for it in memory.

use crate::chain::fits;
use crate::proto::chain::{
    BlockDetail, SubscribeBlocksResponse, SubscribeLogsResponse,
    SubscribePendingTransactionsResponse,
};
use crate::status::of;
use crate::told::{bytes, id};
use crate::{blocks, told};
use futures_util::{StreamExt, stream};
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tonic::Status;
use troupe_door::{Closing, NOT_FOUND, STOPPING};
use troupe_rpc::{Api, At, Filter, Named};
use troupe_types::{Bytes, Hash, Height};

/// Messages for one client.
pub(crate) type Stream<T> = Pin<Box<dyn futures_util::Stream<Item = Result<T, Status>> + Send>>;

/// After so many blocks without logs a client is told how far it is.
const QUIET: u64 = 1_000;
/// After so many blocks others get their turn.
const STRIDE: u64 = 32;

/// One client on its way through the chain.
pub(crate) struct Follow {
    api: Arc<Api>,
    committed: watch::Receiver<Height>,
    closing: Closing,
    /// The next height.
    next: u64,
    most: Bytes,
    is_over: bool,
}

impl Follow {
    /// From a height on, or from the block after the last one. Nothing that becomes final after this is missed.
    pub(crate) fn new(api: Arc<Api>, closing: Closing, from: Option<u64>, most: Bytes) -> Self {
        let committed = api.backend().committed();
        let next = from.unwrap_or_else(|| committed.borrow().0.saturating_add(1));
        Self { api, committed, closing, next, most, is_over: false }
    }

    /// Waits until the next block is final.
    async fn height(&mut self) -> Result<Height, Status> {
        loop {
            if self.closing.is_closing() {
                return Err(STOPPING.status("the node stops"));
            }
            if self.committed.borrow_and_update().0 >= self.next {
                return Ok(Height(self.next));
            }
            tokio::select! {
                changed = self.committed.changed() => {
                    changed.map_err(|_| STOPPING.status("the chain is closed"))?;
                }
                () = self.closing.wait() => {}
            }
        }
    }

    fn unknown(&self) -> Status {
        NOT_FOUND.status(format!("block {} is not known here, or no longer", self.next))
    }

    async fn block(&mut self, detail: BlockDetail) -> Result<SubscribeBlocksResponse, Status> {
        let named = Named::At(At::Height(self.height().await?));
        let block = self.api.block(named).await.map_err(|error| of(&error))?;
        let block = block.ok_or_else(|| self.unknown())?;
        let told = blocks::detailed(&self.api, block, detail).await?;
        self.next = self.next.saturating_add(1);
        fits(SubscribeBlocksResponse { block: Some(told) }, self.most)
    }

    async fn wanted(&mut self, filter: &Filter) -> Result<SubscribeLogsResponse, Status> {
        let mut quiet = 0;
        loop {
            let named = Named::At(At::Height(self.height().await?));
            let found = self.api.find(named).await.map_err(|error| of(&error))?;
            let found = found.ok_or_else(|| self.unknown())?;
            let logs = self.api.logs_of(filter, &found).await.map_err(|error| of(&error))?;
            self.next = self.next.saturating_add(1);
            quiet += 1;
            if !logs.is_empty() || quiet >= QUIET {
                let logs = logs.into_iter().map(told::log).collect();
                return fits(SubscribeLogsResponse { block: Some(id(&found)), logs }, self.most);
            }
            if quiet.is_multiple_of(STRIDE) {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Every block.
    pub(crate) fn blocks(self, detail: BlockDetail) -> Stream<SubscribeBlocksResponse> {
        let all = stream::unfold(self, move |mut follow| async move {
            if follow.is_over {
                return None;
            }
            let told = follow.block(detail).await;
            follow.is_over = told.is_err();
            Some((told, follow))
        });
        all.boxed()
    }

    /// The logs that a filter wants.
    pub(crate) fn logs(self, filter: Filter) -> Stream<SubscribeLogsResponse> {
        let all = stream::unfold((self, filter), |(mut follow, filter)| async move {
            if follow.is_over {
                return None;
            }
            let told = follow.wanted(&filter).await;
            follow.is_over = told.is_err();
            Some((told, (follow, filter)))
        });
        all.boxed()
    }
}

/// Transactions that the pool lets in; those that come too fast are left out.
pub(crate) fn arrivals(
    arrivals: broadcast::Receiver<Hash>,
    closing: Closing,
) -> Stream<SubscribePendingTransactionsResponse> {
    let all = stream::unfold(Some((arrivals, closing)), |state| async move {
        let (mut arrivals, closing) = state?;
        loop {
            let arrived = tokio::select! {
                arrived = arrivals.recv() => arrived,
                () = closing.wait() => Err(RecvError::Closed),
            };
            match arrived {
                Ok(hash) => {
                    let told = SubscribePendingTransactionsResponse { hash: bytes(hash) };
                    return Some((Ok(told), Some((arrivals, closing))));
                }
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => {
                    return Some((Err(STOPPING.status("the node stops")), None));
                }
            }
        }
    });
    all.boxed()
}
