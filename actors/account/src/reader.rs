//! Asking contracts, and following what they log.

use crate::Error;
use alloy_primitives::{Bytes as Input, U256};
use std::sync::Arc;
use tokio::sync::watch;
use troupe_chain::errand::{Found, Head};
use troupe_rpc::{Api, Asked, At, Backend, Fees, Filter, FoundLog, Named, Settings};
use troupe_runtime::Link;
use troupe_types::{Address, Gas, Hash, Height, Millis, UnixMillis};
use troupe_vm::CallRequest;
use troupe_wire::{Lane, Message};

/// What a question to a contract may use.
const GAS: Gas = Gas(10_000_000);

/// Asks whoever answers for the chain.
#[derive(Debug, Clone)]
pub struct Reader(pub(crate) Arc<Api>);

/// Told to whoever follows a contract: what it logged in a block. Blocks come in order, each once; those in which it logged
/// nothing do not come.
#[derive(Debug, Clone)]
pub struct Happened {
    /// The block.
    pub height: Height,
    /// What was logged there, in order.
    pub logs: Vec<FoundLog>,
}

impl Message for Happened {
    type Reply = ();
    const NAME: &'static str = "happened";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::MAX;
}

impl Reader {
    /// Over whoever answers for the chain.
    #[must_use]
    pub fn new(backend: Arc<dyn Backend>) -> Self {
        Self(Arc::new(Api::new(backend, Settings::default())))
    }

    /// The height of the last committed block.
    #[must_use]
    pub fn head(&self) -> Height {
        self.0.head()
    }

    /// The height of the last committed block, and every later one as it comes.
    #[must_use]
    pub fn heads(&self) -> watch::Receiver<Height> {
        self.0.backend().committed()
    }

    /// Whether there was a block, and no later one is known of.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.head() > Height::ZERO && self.0.backend().catching_up_to().is_none()
    }

    /// The number that transactions sign.
    #[must_use]
    pub fn chain_id(&self) -> u64 {
        self.0.backend().chain().chain_id
    }

    /// The height and the time of the last committed block.
    pub async fn last(&self) -> Result<(Height, UnixMillis), Error> {
        let header = self.0.header(Named::Latest).await?.header;
        Ok((header.height, header.time))
    }

    /// What an account has after the last committed block, in von.
    pub async fn balance(&self, of: Address) -> Result<U256, Error> {
        let (_, account) = self.0.account(of, Named::Latest).await?;
        Ok(account.map_or(U256::ZERO, |account| account.balance))
    }

    /// What gas costs in the next block with a tip that gets a transaction into one of the next blocks, in von.
    pub async fn gas_price(&self) -> Result<u128, Error> {
        let base_fee = u128::from(self.0.next_base_fee().await?);
        Ok(base_fee.saturating_add(self.0.suggested_tip().await?))
    }

    /// What a contract answers on the state after the last committed block.
    pub async fn ask(&self, contract: Address, input: Vec<u8>) -> Result<Vec<u8>, Error> {
        let request = CallRequest {
            to: Some(contract),
            input: Input::from(input),
            gas: GAS,
            ..CallRequest::default()
        };
        self.call(request).await
    }

    /// What a call of `whom.1` by `whom.0`, paying `value` von, would come to on the state after the last committed block.
    pub async fn rehearse(
        &self,
        (from, to): (Address, Address),
        input: Vec<u8>,
        value: u128,
    ) -> Result<Vec<u8>, Error> {
        let request = CallRequest {
            from,
            to: Some(to),
            value: U256::from(value),
            input: Input::from(input),
            gas: GAS,
            ..CallRequest::default()
        };
        self.call(request).await
    }

    /// What a contract logged for a transaction in a block.
    pub async fn logged(
        &self,
        contract: Address,
        height: Height,
        transaction: Hash,
    ) -> Result<Vec<FoundLog>, Error> {
        let filter = Filter { addresses: vec![contract], ..Filter::default() };
        let mut logs = self.logs(&filter, height).await?;
        logs.retain(|found| found.place.transaction == transaction);
        Ok(logs)
    }

    async fn call(&self, request: CallRequest) -> Result<Vec<u8>, Error> {
        let asked =
            Asked { request, gas: Some(GAS), nonce: None, fees: Fees::default(), chain_id: None };
        Ok(self.0.call(asked, Named::Latest).await?.to_vec())
    }

    /// Tells of everything that a contract logs from the block after `after` on, for as long as it is polled. A block that cannot
    /// be had, or is not taken, is tried again with the next one: nothing is left out.
    pub async fn follow(self, contract: Address, after: Height, to: Link<Happened>) {
        let filter = Filter { addresses: vec![contract], ..Filter::default() };
        let mut heads = self.0.backend().committed();
        let mut next = Height(after.0.saturating_add(1));
        loop {
            let head = *heads.borrow_and_update();
            while next <= head {
                match self.logs(&filter, next).await {
                    Ok(logs) if logs.is_empty() => {}
                    Ok(logs) => {
                        let happened = Happened { height: next, logs };
                        if let Err(refused) = to.tell(happened) {
                            tracing::debug!(height = %next, why = %refused.why, "told again later");
                            break;
                        }
                    }
                    Err(error) => {
                        tracing::debug!(height = %next, %error, "logs could not be had");
                        break;
                    }
                }
                next = Height(next.0.saturating_add(1));
            }
            if heads.changed().await.is_err() {
                return;
            }
        }
    }

    /// What an account's next transaction has to know.
    pub(crate) async fn now(&self, me: Address) -> Result<Head, Error> {
        let (found, account) = self.0.account(me, Named::Latest).await?;
        let nonce = account.map_or(0, |account| account.nonce);
        let base_fee = u128::from(self.0.next_base_fee().await?);
        let tip = self.0.suggested_tip().await?;
        Ok(Head { height: found.header.height, nonce, base_fee, tip })
    }

    /// Which of these transactions are in a block.
    pub(crate) async fn sent(&self, height: Height, hashes: &[Hash]) -> Result<Vec<Found>, Error> {
        let block = self.0.block(Named::At(At::Height(height))).await?;
        let block = block.ok_or(Error::NotKept(height))?;
        let all = block.body().transactions.iter().enumerate();
        let mine: Vec<(usize, Hash)> = all
            .map(|(index, transaction)| (index, transaction.hash()))
            .filter(|(_, hash)| hashes.contains(hash))
            .collect();
        if mine.is_empty() {
            return Ok(Vec::new());
        }
        let receipts = self.0.receipts(&block).await?;
        let found = mine.into_iter().map(|(at, hash)| {
            let receipt = receipts.get(at).ok_or(Error::Torn(height))?;
            // Far fewer than 2^32 in a block.
            let index = u32::try_from(at).unwrap_or(u32::MAX);
            let before = at.checked_sub(1).and_then(|before| receipts.get(before));
            let before = before.map_or(0, |before| before.cumulative_gas.0);
            let gas_used = Gas(receipt.cumulative_gas.0.saturating_sub(before));
            Ok(Found { hash, index, has_succeeded: receipt.is_success, gas_used })
        });
        found.collect()
    }

    async fn logs(&self, filter: &Filter, height: Height) -> Result<Vec<FoundLog>, Error> {
        let header = self.0.header(Named::At(At::Height(height))).await?;
        Ok(self.0.logs_of(filter, &header).await?)
    }
}
