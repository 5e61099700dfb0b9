//! `light`: follows final headers, for as long as the process lives.

use crate::backend::Light;
use crate::client::Client;
use std::fmt;
use std::sync::Arc;
use troupe_crypto::Scheme;
use troupe_gateway::{Bench, Placing};
use troupe_rpc::{Backend, Chain};
use troupe_runtime::{Actor, Cx, Fault, Node, Pool, Spec};
use troupe_types::Height;

struct Following<S: Scheme> {
    client: Arc<Client<S>>,
    report: Arc<dyn Fn(Height) + Send + Sync>,
}

impl<S: Scheme> fmt::Debug for Following<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Following({:?})", self.client)
    }
}

/// Starts the actor. `report` is told of each head.
pub fn start<S: Scheme>(
    node: &Node,
    client: &Arc<Client<S>>,
    report: Arc<dyn Fn(Height) + Send + Sync>,
    placing: &impl Placing,
) {
    let client = Arc::clone(client);
    let spec = Spec::new(move |_| {
        Ok(Following { client: Arc::clone(&client), report: Arc::clone(&report) })
    });
    node.spawn(placing.place(spec));
}

impl<S: Scheme> Actor for Following<S> {
    const KIND: &'static str = "light";

    fn started(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let (mut heads, report) = (self.client.committed.subscribe(), Arc::clone(&self.report));
        cx.task(async move {
            while heads.changed().await.is_ok() {
                let head = *heads.borrow_and_update();
                report(head);
            }
        });
        cx.task(Arc::clone(&self.client).follow());
        Ok(())
    }
}

impl<S: Scheme> Client<S> {
    /// What Ethereum's clients are answered from.
    pub fn backend(self: &Arc<Self>, chain: Chain) -> Arc<dyn Backend> {
        let bench = Bench::new(Arc::clone(self.node.pool(Pool::Jobs)));
        Arc::new(Light::new(Arc::clone(self), chain, bench))
    }
}
