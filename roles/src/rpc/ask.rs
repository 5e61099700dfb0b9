//! The questions by name.

use super::client::Client;
use super::error::Error;
use super::receipt::{Receipt, fixed};
use super::text::{bytes, data, large, number};
use alloy_primitives::U256;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use troupe_types::{Address, Hash};

/// How long to wait before a receipt is asked for again: at first, and at last.
const SOON: Duration = Duration::from_millis(20);
const LATE: Duration = Duration::from_millis(200);

/// What a transaction has to pay, in von per gas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fees {
    /// The base fee of the last block.
    pub(crate) base: u128,
    /// The tip that the node suggests.
    pub(crate) tip: u128,
}

/// A block without its transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) height: u64,
    pub(crate) hash: Hash,
    /// Since the epoch, in seconds.
    pub(crate) time: u64,
    /// In von per gas.
    pub(crate) base_fee: u128,
    pub(crate) gas_used: u64,
    pub(crate) gas_limit: u64,
    pub(crate) transactions: usize,
}

impl Fees {
    /// What a transaction offers so that it is still good when blocks are full for a while: six full
    /// blocks double the base fee. EIP-1559
    pub(crate) fn max_fee(self) -> u128 {
        self.base.saturating_mul(2).saturating_add(self.tip)
    }
}

impl Client {
    /// The number that transactions sign.
    pub(crate) async fn chain_id(&self) -> Result<u64, Error> {
        let method = "eth_chainId";
        self.read(method, number(&self.call(method, json!([])).await?))
    }

    /// The height of the last committed block.
    pub(crate) async fn block_number(&self) -> Result<u64, Error> {
        let method = "eth_blockNumber";
        self.read(method, number(&self.call(method, json!([])).await?))
    }

    /// The nonce of the next transaction, after what waits in the pool.
    pub(crate) async fn nonce(&self, of: Address) -> Result<u64, Error> {
        let method = "eth_getTransactionCount";
        self.read(method, number(&self.call(method, json!([data(of), "pending"])).await?))
    }

    /// What an account has, in von.
    pub(crate) async fn balance(&self, of: Address) -> Result<U256, Error> {
        let method = "eth_getBalance";
        self.read(method, large(&self.call(method, json!([data(of), "latest"])).await?))
    }

    /// What a transaction pays now.
    pub(crate) async fn fees(&self) -> Result<Fees, Error> {
        let block = "eth_getBlockByNumber";
        let suggested = "eth_maxPriorityFeePerGas";
        let asked = [(block, json!(["latest", false])), (suggested, json!([]))];
        let [head, tip] = self.all(asked).await?;
        let base = self.read(block, head.get("baseFeePerGas").and_then(price))?;
        Ok(Fees { base, tip: self.read(suggested, price(&tip))? })
    }

    /// Hands in a signed transaction.
    pub(crate) async fn send_raw(&self, envelope: &[u8]) -> Result<Hash, Error> {
        let method = "eth_sendRawTransaction";
        let told = self.call(method, json!([data(envelope)])).await?;
        self.read(method, fixed(&told).map(Hash))
    }

    /// What a call would give.
    pub(crate) async fn question(&self, call: Value, block: &str) -> Result<Vec<u8>, Error> {
        let method = "eth_call";
        self.read(method, bytes(&self.call(method, json!([call, block])).await?))
    }

    /// The gas that a transaction would need.
    pub(crate) async fn estimate(&self, call: Value) -> Result<u64, Error> {
        let method = "eth_estimateGas";
        self.read(method, number(&self.call(method, json!([call])).await?))
    }

    /// What became of a transaction, once it is committed.
    pub(crate) async fn receipt(&self, of: Hash) -> Result<Option<Receipt>, Error> {
        match self.call("eth_getTransactionReceipt", json!([data(of)])).await? {
            Value::Null => Ok(None),
            told => Receipt::parse(told)
                .map(Some)
                .map_err(|field| self.malformed(&format!("a receipt without a good {field}"))),
        }
    }

    /// Waits until a transaction is committed, asking less and less often.
    pub(crate) async fn await_receipt(
        &self,
        of: Hash,
        patience: Duration,
    ) -> Result<Receipt, Error> {
        let until = Instant::now() + patience;
        let mut pause = SOON;
        loop {
            if let Some(receipt) = self.receipt(of).await? {
                return Ok(receipt);
            }
            if Instant::now() >= until {
                return Err(Error::TimedOut { url: self.url(), after: patience });
            }
            tokio::time::sleep(pause).await;
            pause = LATE.min(pause.mul_f64(1.3));
        }
    }

    /// The last committed block.
    pub(crate) async fn head(&self) -> Result<Header, Error> {
        let method = "eth_getBlockByNumber";
        let told = self.call(method, json!(["latest", false])).await?;
        self.read(method, Header::parse(&told))
    }

    fn read<T>(&self, method: &str, value: Option<T>) -> Result<T, Error> {
        value.ok_or_else(|| self.malformed(&format!("no answer to {method}")))
    }
}

impl Header {
    /// Reads a block as `eth_getBlockByNumber` gives it.
    pub(crate) fn parse(told: &Value) -> Option<Self> {
        let count = |name: &str| number(told.get(name)?);
        Some(Self {
            height: count("number")?,
            hash: Hash(fixed(told.get("hash")?)?),
            time: count("timestamp")?,
            base_fee: price(told.get("baseFeePerGas")?)?,
            gas_used: count("gasUsed")?,
            gas_limit: count("gasLimit")?,
            transactions: told.get("transactions")?.as_array()?.len(),
        })
    }
}

fn price(told: &Value) -> Option<u128> {
    u128::try_from(large(told)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::{Memory, account, secret, serve, settings};
    use crate::rpc::Told;
    use alloy_primitives::TxKind;
    use std::sync::Arc;
    use troupe_chain::Transaction;
    use troupe_chain::transaction::{TxEip1559, Unsigned};

    const PATIENCE: Duration = Duration::from_secs(10);
    const TO: Address = Address([0xdd; 20]);

    async fn start() -> (Client, Arc<Memory>, troupe_rpc::Server) {
        let (server, memory) = serve(settings()).await;
        let client = Client::new(&format!("http://{}", server.address()), PATIENCE).unwrap();
        (client, memory, server)
    }

    async fn transfer(client: &Client) -> Transaction {
        let fees = client.fees().await.unwrap();
        let fields = TxEip1559 {
            chain_id: client.chain_id().await.unwrap(),
            nonce: client.nonce(account(1)).await.unwrap(),
            gas_limit: 21_000,
            max_fee_per_gas: fees.max_fee(),
            max_priority_fee_per_gas: fees.tip,
            to: TxKind::Call(TO.0.into()),
            value: U256::from(5),
            ..TxEip1559::default()
        };
        Transaction::sign(Unsigned::DynamicFee(fields), &secret(1)).unwrap()
    }

    #[tokio::test]
    async fn a_transfer_is_sent_and_its_receipt_waited_for() {
        let (client, memory, _server) = start().await;
        let transaction = transfer(&client).await;
        let hash = client.send_raw(&transaction.to_bytes()).await.unwrap();
        assert_eq!(hash, transaction.hash());
        assert_eq!(client.nonce(account(1)).await, Ok(1));
        assert_eq!(client.receipt(hash).await, Ok(None));
        let (receipt, ()) = tokio::join!(client.await_receipt(hash, PATIENCE), async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            memory.make_block();
        });
        let receipt = receipt.unwrap();
        assert!(receipt.is_success);
        assert_eq!((receipt.block, receipt.index, receipt.gas_used), (1, 0, 21_000));
        assert_eq!((receipt.from, receipt.to), (account(1), Some(TO)));
        assert_eq!(client.balance(TO).await, Ok(U256::from(5)));
        let head = client.head().await.unwrap();
        assert_eq!((head.height, head.hash, head.transactions), (1, receipt.block_hash, 1));
        assert_eq!(client.block_number().await, Ok(1));
    }

    #[tokio::test]
    async fn a_refusal_is_in_the_server_s_own_words() {
        let (client, memory, _server) = start().await;
        let transaction = transfer(&client).await;
        client.send_raw(&transaction.to_bytes()).await.unwrap();
        memory.make_block();
        let error = client.send_raw(&transaction.to_bytes()).await.unwrap_err();
        assert_eq!(error.to_string(), "nonce too low: next nonce 1, tx nonce 0");
        let error = client.call("eth_nonsense", json!([])).await.unwrap_err();
        let Error::Refused(Told { code, .. }) = error else { panic!("{error}") };
        assert_eq!(code, -32_601);
        let asked = [("eth_chainId", json!([])), ("eth_nonsense", json!([]))];
        let answers = client.batch(&asked).await.unwrap();
        assert!(answers[0].is_ok() && answers[1].is_err());
    }

    #[tokio::test]
    async fn a_batch_above_the_limit_goes_in_parts() {
        let (client, memory, _server) = start().await;
        memory.make_block();
        let asked: Vec<_> = (0..250).map(|_| ("eth_blockNumber", json!([]))).collect();
        let answers = client.batch(&asked).await.unwrap();
        assert_eq!(answers.len(), 250);
        assert!(answers.iter().all(|answer| *answer == Ok(json!("0x1"))));
    }

    #[tokio::test]
    async fn a_connection_that_was_closed_is_opened_again() {
        let (client, _memory, server) = start().await;
        client.chain_id().await.unwrap();
        let address = server.address();
        server.stop().await;
        assert!(matches!(client.chain_id().await, Err(Error::Unreachable { .. })));
        let again = troupe_rpc::Settings { listen: address, ..settings() };
        let (_server, _memory) = serve(again).await;
        client.chain_id().await.unwrap();
    }

    #[tokio::test]
    async fn a_receipt_that_does_not_come_is_given_up() {
        let (client, _memory, _server) = start().await;
        let waited = client.await_receipt(Hash([1; 32]), Duration::from_millis(30)).await;
        assert!(matches!(waited, Err(Error::TimedOut { .. })));
    }

    #[test]
    fn fees_leave_room_for_full_blocks() {
        assert_eq!(Fees { base: 10, tip: 3 }.max_fee(), 23);
        assert_eq!(Fees { base: u128::MAX, tip: 3 }.max_fee(), u128::MAX);
    }
}
