//! What a client of a chain does: signs transfers, sends them, asks for receipts.

use crate::network::{Network, until};
use alloy_primitives::{TxKind, U256};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use troupe_chain::transaction::{Transaction, TxEip1559, Unsigned};
use troupe_crypto::ecdsa::SecretKey;
use troupe_types::Address;

/// An account of the network's own.
pub(crate) struct Account {
    secret: SecretKey,
    chain_id: u64,
}

impl Network {
    /// Its funded accounts.
    pub(crate) fn accounts(&self) -> Vec<Account> {
        let record = self.record();
        let chain_id = record["chain_id"].as_u64().expect("a chain id");
        let accounts = record["accounts"].as_array().expect("accounts").iter();
        accounts
            .map(|account| {
                let key = account["private_key"].as_str().expect("a key");
                let bytes = hex::decode(key.trim_start_matches("0x")).expect("hexadecimal");
                let secret = SecretKey::from_bytes(&bytes.try_into().expect("32 bytes"));
                Account { secret: secret.expect("a secret key"), chain_id }
            })
            .collect()
    }

    /// The URLs of its RPC servers.
    pub(crate) fn rpc(&self) -> Vec<String> {
        let record = self.record();
        let urls = record["rpc"].as_array().expect("rpc").iter();
        urls.map(|url| url.as_str().expect("a URL").to_owned()).collect()
    }
}

impl Account {
    /// One of a validator's own: who staked for it.
    pub(crate) fn of(network: &Network, key: &[u8; 32]) -> Self {
        let chain_id = network.record()["chain_id"].as_u64().expect("a chain id");
        Self { secret: SecretKey::from_bytes(key).expect("a secret key"), chain_id }
    }

    /// Its address.
    pub(crate) fn address(&self) -> Address {
        Address(self.secret.public_key().address())
    }

    /// A transfer of one von, signed, as its envelope; and its hash.
    pub(crate) fn transfer(&self, nonce: u64, to: Address) -> (String, String) {
        self.call(nonce, to, 1, Vec::new())
    }

    /// A call that pays, signed, as its envelope; and its hash.
    pub(crate) fn call(
        &self,
        nonce: u64,
        to: Address,
        value: u128,
        input: Vec<u8>,
    ) -> (String, String) {
        let fields = TxEip1559 {
            chain_id: self.chain_id,
            nonce,
            gas_limit: if input.is_empty() { 21_000 } else { 1_000_000 },
            max_fee_per_gas: 100_000_000_000,
            max_priority_fee_per_gas: 1_000_000_000,
            to: TxKind::Call(to.0.into()),
            value: U256::from(value),
            input: input.into(),
            ..TxEip1559::default()
        };
        let signed = Transaction::sign(Unsigned::DynamicFee(fields), &self.secret);
        let signed = signed.expect("it is well formed");
        let envelope = format!("0x{}", hex::encode(signed.to_bytes()));
        (envelope, format!("0x{}", hex::encode(signed.hash().0)))
    }
}

/// Asks a server; `None` where nobody answers, or not in time.
pub(crate) fn ask(url: &str, method: &str, params: Value) -> Option<Result<Value, String>> {
    let host = url.strip_prefix("http://")?.trim_end_matches('/');
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
    let mut stream = TcpStream::connect(host).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let length = body.len();
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .ok()?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while reader.read_line(&mut line).ok()? > 2 {
        line.clear();
    }
    let mut answer = String::new();
    reader.read_to_string(&mut answer).ok()?;
    let answer: Value = serde_json::from_str(&answer).ok()?;
    match answer.get("error") {
        Some(error) => Some(Err(error["message"].as_str().unwrap_or("no message").to_owned())),
        None => Some(Ok(answer["result"].clone())),
    }
}

/// The height that a server is at.
pub(crate) fn height(url: &str) -> Option<u64> {
    let answer = ask(url, "eth_blockNumber", json!([]))?.ok()?;
    u64::from_str_radix(answer.as_str()?.trim_start_matches("0x"), 16).ok()
}

/// The receipt of a transaction, if it is final there.
pub(crate) fn receipt(url: &str, hash: &str) -> Option<Value> {
    let answer = ask(url, "eth_getTransactionReceipt", json!([hash]))?.ok()?;
    (!answer.is_null()).then_some(answer)
}

/// Sends an envelope to whoever takes it, and again where it is lost, until a server has its receipt.
pub(crate) fn settle(urls: &[String], envelope: &str, hash: &str, first: usize) -> Value {
    let mut turn = first;
    let mut patience = 0;
    until("a transfer is final", || {
        if patience == 0 {
            let _ = ask(&urls[turn % urls.len()], "eth_sendRawTransaction", json!([envelope]));
            patience = 100;
        }
        patience -= 1;
        turn += usize::from(patience == 0);
        let found = receipt(&urls[turn % urls.len()], hash);
        if found.is_none() {
            std::thread::sleep(Duration::from_millis(20));
        }
        found
    })
}
