//! What only the node's owner is told.

use crate::arguments::Named;
use crate::backend::{At, Operator};
use crate::context::Api;
use crate::encode::data;
use crate::error::Error;
use jsonrpsee::RpcModule;
use jsonrpsee::server::RegisterMethodError;
use jsonrpsee::types::ErrorObjectOwned;
use serde_json::{Value, json};
use std::sync::Arc;
use troupe_types::Height;

/// The methods of [`Operator`]. They are never registered where others listen.
pub(crate) fn register_operator(
    module: &mut RpcModule<Api>,
    operator: Arc<dyn Operator>,
) -> Result<(), RegisterMethodError> {
    let asked = Arc::clone(&operator);
    module.register_async_method("admin_nodeInfo", move |_, api, _| {
        let operator = Arc::clone(&asked);
        async move { node(&api, &*operator).await.map_err(ErrorObjectOwned::from) }
    })?;
    let asked = Arc::clone(&operator);
    module.register_method("admin_peers", move |_, _, _| peers(&*asked))?;
    module.register_method("admin_datadir", move |_, _, _| operator.data())?;
    Ok(())
}

async fn node(api: &Api, operator: &dyn Operator) -> Result<Value, Error> {
    let about = operator.about();
    let genesis = api.header(Named::At(At::Height(Height::ZERO))).await?;
    let head = api.header(Named::Latest).await?;
    let chain = api.backend.chain();
    Ok(json!({
        "id": data(about.id.0),
        "name": chain.client,
        "epoch": about.epoch,
        "listenAddr": about.listens,
        "rpc": api.settings.listen.to_string(),
        "protocols": {
            "troupe": {
                "network": chain.chain_id,
                "genesis": data(genesis.hash),
                "head": data(head.hash),
                "number": head.header.height.0,
                "syncing": api.backend.catching_up_to().map(|height| height.0),
            },
        },
    }))
}

fn peers(operator: &dyn Operator) -> Value {
    let told = operator.peers().into_iter().map(|peer| {
        json!({
            "id": data(peer.id.0),
            "epoch": peer.epoch,
            "role": peer.role,
            "version": peer.version,
        })
    });
    told.collect()
}
