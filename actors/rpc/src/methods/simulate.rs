//! Blocks that nobody proposes: `eth_simulateV1`.
//!
//! Where its state root would be such a block has zeros: the state is not hashed for it. A block that says no time is
//! a second later than the one before.
// execution-apis, eth_simulateV1

mod blocks;
mod chain;
mod transfers;
mod wish;

use crate::arguments::Arguments;
use crate::context::Api;
use crate::error::{Error, Refused};
use crate::wanted::View;
use chain::Chain;
use serde_json::Value;
use std::sync::Arc;
use wish::Wish;

/// Simulates blocks above one of the last.
pub(super) async fn simulate(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let wish = Wish::read(arguments.required("payload")?)?;
    let (base, snapshot) = api.state(arguments.block()?).await?;
    let blocks = blocks::in_order(wish.blocks, &base.header)?;
    let (chain, settings) = (api.backend.chain().clone(), &api.settings);
    let (budget, most) = (settings.call_gas, settings.response.as_usize());
    let style = wish.style;
    let work = move |wanted| {
        let mut told = Vec::with_capacity(blocks.len());
        let mut size = 0;
        let view = View::new(snapshot, wanted);
        let mut chain = Chain::new(chain, base, view, budget, style);
        for block in blocks {
            let block = chain.simulate(block)?;
            size += block.to_string().len();
            if size > most {
                return Err(Error::Limit { what: "bytes of blocks", limit: most as u64 });
            }
            told.push(block);
        }
        Ok(Value::Array(told))
    };
    match api.heavy(work).await {
        Err(Error::Aborted { limit }) => Err(Refused::Aborted { limit }.into()),
        ended => ended?,
    }
}
