//! The chain of a job, over JSON-RPC, from whoever pays for it with a key of its own.

use super::failure::told;
use crate::devnet::Record;
use crate::economy::{Refusal, logs};
use crate::exit::{ExitCode, Failure, Outcome};
use crate::rpc::{self, Client, data, quantity};
use crate::tx;
use alloy_primitives::U256;
use futures_util::future::BoxFuture;
use serde_json::json;
use std::fmt;
use std::time::Duration;
use troupe_chain::transaction::{Draft, Signer};
use troupe_jobs::{Class, Error, Log, Receipt};
use troupe_types::Address;

/// How long one answer, or a transaction, may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// So much more gas is allowed than was needed a moment ago, in percent.
const SPARE: u64 = 20;

/// A chain and whoever pays for jobs on it.
pub(super) struct Chain {
    client: Client,
    /// Nobody, for those who only look.
    signer: Option<Signer>,
    id: u64,
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chain({} at {})", self.id, self.client.url())
    }
}

impl Chain {
    /// The chain of a network.
    pub(super) async fn join(record: &Record, signer: Option<Signer>) -> Outcome<Self> {
        let url = record.rpc.first().ok_or_else(|| {
            let text = "no node of this network has a chain that is known of; --rpc names one";
            Failure::new(ExitCode::Unreachable, text)
        })?;
        let client = Client::new(url, PATIENCE)?;
        let id = client.chain_id().await?;
        Ok(Self { client, signer, id })
    }

    fn signer(&self) -> Result<&Signer, Error> {
        self.signer.as_ref().ok_or_else(|| {
            let text = "missing, wants the key file of the account that it is about";
            Error::about(Class::Usage, "--from", text)
        })
    }

    /// Calls a contract, and waits until that is final.
    async fn call(&self, to: Address, input: Vec<u8>, value: U256) -> Result<Receipt, Error> {
        let signer = self.signer()?;
        let from = signer.address();
        let asked = json!({
            "from": data(from), "to": data(to), "value": quantity(value), "input": data(&input),
        });
        let gas = self.client.estimate(asked).await.map_err(refused)?;
        let fees = self.client.fees().await.map_err(refused)?;
        let draft = Draft {
            chain_id: self.id,
            nonce: self.client.nonce(from).await.map_err(refused)?,
            to: Some(to),
            value,
            input: input.into(),
            gas_limit: gas.saturating_add(gas / 100 * SPARE),
            max_fee: fees.max_fee(),
            max_tip: fees.tip,
        };
        let signed = signer.sign(draft).map_err(|error| told(tx::unsigned(error)))?;
        self.client.send_raw(&signed.to_bytes()).await.map_err(refused)?;
        let receipt = self.client.await_receipt(signed.hash(), PATIENCE).await.map_err(refused)?;
        if receipt.is_success {
            let logs = logs(&receipt.json, to).map(|(topics, data)| Log { topics, data });
            return Ok(Receipt { height: receipt.block, logs: logs.collect() });
        }
        let text = format!("reverted in block {}", receipt.block);
        Err(Error::about(Class::Reverted, data(receipt.hash), text))
    }
}

/// What a node, or a contract, answers when it says no.
fn refused(error: rpc::Error) -> Error {
    match Refusal::of(&error) {
        Some(refusal) => {
            let failed = Error::new(Class::Refused, &refusal);
            let Refusal { code, reason } = refusal;
            Error { refusal: Some(troupe_jobs::Refusal { code, reason }), ..failed }
        }
        None => told(error.into()),
    }
}

impl troupe_jobs::Chain for Chain {
    fn id(&self) -> u64 {
        self.id
    }

    fn payer(&self) -> Result<Address, Error> {
        self.signer().map(Signer::address)
    }

    fn ask(&self, to: Address, input: Vec<u8>) -> BoxFuture<'_, Result<Vec<u8>, Error>> {
        let asked = json!({ "to": data(to), "input": data(input) });
        Box::pin(async move { self.client.question(asked, "latest").await.map_err(refused) })
    }

    fn send(
        &self,
        to: Address,
        input: Vec<u8>,
        value: u128,
    ) -> BoxFuture<'_, Result<Receipt, Error>> {
        Box::pin(self.call(to, input, U256::from(value)))
    }
}
