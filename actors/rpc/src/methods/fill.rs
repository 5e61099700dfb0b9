//! What a transaction leaves out: who makes one for somebody else to sign asks for it.

use super::asked::Asked;
use super::call::Stage;
use super::estimate::needed;
use crate::arguments::{Arguments, Named};
use crate::context::Api;
use crate::encode::data;
use crate::error::Error;
use crate::format;
use serde_json::{Value, json};
use std::sync::Arc;

/// Fields that a transaction has only in a block.
const OF_BLOCKS: [&str; 4] = ["blockHash", "blockNumber", "blockTimestamp", "transactionIndex"];

// execution-apis, eth_fillTransaction; what is left out becomes what geth puts there
pub(super) async fn fill(api: Arc<Api>, mut arguments: Arguments) -> Result<Value, Error> {
    let mut asked = Asked::read(arguments.required("transaction")?)?;
    let chain_id = api.backend.chain().chain_id;
    asked.check(chain_id)?;
    let sender = asked.sender();
    fill_fees(&api, &mut asked).await?;
    let nonce = match asked.nonce {
        Some(nonce) => nonce,
        None => next_nonce(&api, &asked).await?,
    };
    if asked.request.to.is_none() && asked.request.input.is_empty() {
        return Err(Error::Failed("contract creation without any data provided".into()));
    }
    asked.request.gas = match asked.gas {
        Some(gas) => gas,
        None => needed(&api, Stage::plain(&api, Named::Latest).await?, asked.clone()).await?,
    };
    let transaction = asked.transaction(chain_id, nonce);
    let mut told = format::unsigned(&transaction, sender, None);
    if let Value::Object(fields) = &mut told {
        fields.retain(|name, _| !OF_BLOCKS.contains(&name.as_str()));
    }
    Ok(json!({ "raw": data(transaction.to_bytes()), "tx": told }))
}

async fn next_nonce(api: &Api, asked: &Asked) -> Result<u64, Error> {
    let (_, snapshot) = api.state(Named::Latest).await?;
    let sender = asked.sender();
    let account = api.read(snapshot, move |state| Ok(state.account(&sender)?)).await?;
    let account = account.unwrap_or_default();
    let pooled = api.backend.next_nonce(asked.sender()).await?;
    Ok(pooled.unwrap_or(0).max(account.nonce))
}

async fn fill_fees(api: &Api, asked: &mut Asked) -> Result<(), Error> {
    let fees = &mut asked.fees;
    if let Some(price) = fees.price {
        let text = "gasPrice must be non-zero after london fork";
        return if price == 0 { Err(Error::Failed(text.into())) } else { Ok(()) };
    }
    let tip = match fees.tip {
        Some(tip) => tip,
        None => api.backend.suggested_tip().await?,
    };
    let cap = match fees.cap {
        Some(cap) => cap,
        None => {
            // Room for a base fee that rises.
            let base = api.header(Named::Latest).await?.header.base_fee;
            tip.saturating_add(u128::from(base).saturating_mul(2))
        }
    };
    if cap == 0 {
        return Err(Error::Failed("maxFeePerGas must be non-zero".into()));
    }
    if cap < tip {
        let text = format!("maxFeePerGas ({cap}) < maxPriorityFeePerGas ({tip})");
        return Err(Error::Failed(text));
    }
    (fees.cap, fees.tip) = (Some(cap), Some(tip));
    Ok(())
}
