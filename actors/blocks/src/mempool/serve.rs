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
        let best = self.pool.best(&wanted);
        let gas: u64 = best.iter().map(|it| it.transaction().gas_limit().0).sum();
        let bytes: usize = best.iter().map(|it| it.transaction().encoded_length()).sum();
        let is_full = gas > wanted.gas.0 / 4 * 3 || bytes > wanted.bytes.as_usize() / 4 * 3;
        reply.send(best, cx);
        if is_full {
            // There are more than one block takes, most likely.
            self.say_waiting(cx);
        }
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
