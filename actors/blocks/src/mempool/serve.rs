//! Answering what the pool is asked.

use super::{Best, Mempool, NextNonce, PoolContent, PoolStatus, Pooled};
use troupe_runtime::{Cx, Fault, Handle, Reply};

impl Handle<Best> for Mempool {
    fn handle(
        &mut self,
        Best(wanted): Best,
        reply: Reply<Best>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        reply.send(self.pool.best(&wanted), cx);
        Ok(())
    }
}

impl Handle<Pooled> for Mempool {
    fn handle(
        &mut self,
        Pooled(transaction): Pooled,
        reply: Reply<Pooled>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        reply.send(self.pool.get(&transaction).cloned(), cx);
        Ok(())
    }
}

impl Handle<PoolStatus> for Mempool {
    fn handle(
        &mut self,
        PoolStatus: PoolStatus,
        reply: Reply<PoolStatus>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        reply.send(self.pool.status(), cx);
        Ok(())
    }
}

impl Handle<PoolContent> for Mempool {
    fn handle(
        &mut self,
        PoolContent(most): PoolContent,
        reply: Reply<PoolContent>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let executable = self.pool.executable().take(most).cloned().collect();
        let queued = self.pool.queued().take(most).cloned().collect();
        reply.send((executable, queued), cx);
        Ok(())
    }
}

impl Handle<NextNonce> for Mempool {
    fn handle(
        &mut self,
        NextNonce(sender): NextNonce,
        reply: Reply<NextNonce>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        reply.send(self.pool.next_nonce(&sender), cx);
        Ok(())
    }
}
