//! How bytes of one actor get to disk: one sync after the other, in the urgent pool.

use crate::node::Node;
use crate::outbox::Writes;
use crate::pool::{Job, Pool};
use std::future::Future;
use std::sync::{Arc, OnceLock};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use troupe_types::Millis;
use troupe_wire::CallError;

/// How soon a write is offered again to a pool that is full.
const AGAIN: Millis = Millis(1);

#[derive(Debug, Clone)]
pub(crate) struct Writer {
    /// Held while bytes are on their way, so that no rebuild reads a file being written.
    lock: Arc<Semaphore>,
    /// The first failure. There is none after it: the actor never writes again.
    failure: Arc<OnceLock<String>>,
}

impl Default for Writer {
    fn default() -> Self {
        Self { lock: Arc::new(Semaphore::new(1)), failure: Arc::default() }
    }
}

impl Writer {
    /// Writes all of it, whatever becomes of the actor; the handle completes when it is durable or
    /// has failed.
    pub(crate) fn start(&self, node: &Node, writes: Writes) -> JoinHandle<()> {
        let (node, writer) = (node.clone(), self.clone());
        // Taken here and not in the task, which may begin only after others looked.
        let free = Arc::clone(&self.lock).try_acquire_owned();
        tokio::task::spawn_local(async move {
            let permit = match free {
                Ok(permit) => Some(permit),
                Err(_) => Arc::clone(&writer.lock).acquire_owned().await.ok(),
            };
            if let Err(error) = write(&node, writes).await {
                // A second one changes nothing.
                let _ = writer.failure.set(error);
            }
            drop(permit);
        })
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.lock.available_permits() > 0
    }

    /// Completes when no bytes are on their way.
    pub(crate) fn idle(&self) -> impl Future<Output = ()> + 'static {
        let lock = Arc::clone(&self.lock);
        async move { drop(lock.acquire_owned().await) }
    }

    pub(crate) fn failure(&self) -> Option<String> {
        self.failure.get().cloned()
    }
}

async fn write(node: &Node, writes: Writes) -> Result<(), String> {
    let Some(disk) = node.disk().cloned() else {
        return Err("this node has no disk".to_owned());
    };
    let (done, is_done) = tokio::sync::oneshot::channel();
    let mut job: Job = Box::new(move || {
        let outcome = writes.iter().try_for_each(|(file, bytes)| disk.append(file, bytes));
        // The event loop may have ended meanwhile.
        drop(done.send(outcome.map_err(|error| error.to_string())));
    });
    let (pool, clock) = (node.pool(Pool::Urgent), node.clock());
    // A full pool delays a write; it never loses one.
    loop {
        match pool.submit(job) {
            Ok(()) => break,
            Err(refused) if refused.why == CallError::Busy => job = refused.job,
            Err(refused) => return Err(format!("the pool is {}", refused.why)),
        }
        clock.alarm(clock.mono().plus(AGAIN)).await;
    }
    is_done.await.unwrap_or_else(|_| Err("the write was dropped".to_owned()))
}
