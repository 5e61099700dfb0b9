//! Transactions.

use crate::encode::{count, data, data_or_null, quantity, wide};
use alloy_primitives::Signature;
use serde_json::{Value, json};
use troupe_chain::Header;
use troupe_chain::block::Block;
use troupe_chain::transaction::Transaction;
use troupe_types::{Address, Hash, Height, UnixMillis};

/// Where a committed transaction is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mined {
    block: Hash,
    height: Height,
    index: usize,
    /// The block's, in von per gas.
    base_fee: u64,
    time: UnixMillis,
}

impl Mined {
    /// The place of a block's transaction.
    pub(crate) fn of(block: &Block, index: usize) -> Self {
        let Header { height, base_fee, time, .. } = *block.header();
        Self { block: block.hash(), height, index, base_fee, time }
    }
}

/// A transaction; one that waits in the pool is in no block.
pub(crate) fn transaction(
    transaction: &Transaction,
    sender: Address,
    mined: Option<Mined>,
) -> Value {
    // What it pays; the most it pays where that is not known yet.
    let price = mined.and_then(|mined| transaction.effective_price(mined.base_fee));
    let mut told = json!({
        "hash": data(transaction.hash()),
        "type": quantity(transaction.kind().byte()),
        "nonce": quantity(transaction.nonce()),
        "from": data(sender),
        "to": data_or_null(transaction.to()),
        "value": wide(transaction.value()),
        "gas": quantity(transaction.gas_limit().0),
        "gasPrice": quantity(price.unwrap_or_else(|| transaction.max_fee())),
        "input": data(transaction.input()),
        "blockHash": data_or_null(mined.map(|mined| mined.block)),
        "blockNumber": mined.map(|mined| quantity(mined.height.0)),
        "blockTimestamp": mined.map(|mined| quantity(mined.time.0 / 1_000)),
        "transactionIndex": mined.map(|mined| count(mined.index)),
    });
    if let Some(chain_id) = transaction.chain_id() {
        told["chainId"] = quantity(chain_id).into();
    }
    match transaction {
        Transaction::Legacy(signed) => {
            let parity = u128::from(signed.signature().v());
            // EIP-155
            let v = transaction.chain_id().map_or(27, |id| 35 + 2 * u128::from(id)) + parity;
            add_signature(&mut told, signed.signature(), v);
        }
        Transaction::AccessList(signed) => {
            add_typed_signature(&mut told, signed.signature());
        }
        Transaction::DynamicFee(signed) => {
            add_typed_signature(&mut told, signed.signature());
            add_fees(&mut told, transaction);
        }
        Transaction::Native(native) => {
            // Clients want three numbers, and check their ranges; theirs cannot hold this signature.
            for zero in ["v", "r", "s", "yParity"] {
                told[zero] = "0x0".into();
            }
            told["sr25519Key"] = data(native.key()).into();
            told["sr25519Signature"] = data(native.signature().0).into();
            add_fees(&mut told, transaction);
        }
    }
    if !matches!(transaction, Transaction::Legacy(_)) {
        let items = transaction.access_list().iter().map(|item| {
            let keys: Vec<String> = item.storage_keys.iter().map(data).collect();
            json!({ "address": data(item.address), "storageKeys": keys })
        });
        told["accessList"] = items.collect();
    }
    told
}

/// A transaction that nobody signed.
pub(crate) fn unsigned(unsigned: &Transaction, sender: Address, mined: Option<Mined>) -> Value {
    let mut told = transaction(unsigned, sender, mined);
    // A legacy signature of zeros would say the chain, or that there is none.
    told["v"] = "0x0".into();
    told
}

fn add_fees(told: &mut Value, transaction: &Transaction) {
    told["maxFeePerGas"] = quantity(transaction.max_fee()).into();
    told["maxPriorityFeePerGas"] = quantity(transaction.max_tip()).into();
}

fn add_typed_signature(told: &mut Value, signature: &Signature) {
    let parity = u128::from(signature.v());
    add_signature(told, signature, parity);
    told["yParity"] = quantity(parity).into();
}

fn add_signature(told: &mut Value, signature: &Signature, v: u128) {
    told["v"] = quantity(v).into();
    told["r"] = wide(signature.r()).into();
    told["s"] = wide(signature.s()).into();
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use proptest::prelude::*;

    const SENDER: Address = Address([0xaa; 20]);

    proptest! {
        #[test]
        fn v_says_chain_and_parity(chain_id in 1..u64::MAX / 4) {
            let fields = troupe_chain::transaction::TxLegacy {
                chain_id: Some(chain_id),
                ..Default::default()
            };
            let secret = troupe_crypto::ecdsa::SecretKey::from_bytes(&[5; 32]).unwrap();
            let signed =
                Transaction::sign(troupe_chain::transaction::Unsigned::Legacy(fields), &secret)
                    .unwrap();
            let told = transaction(&signed, SENDER, None);
            let v = crate::encode::read_wide(told["v"].as_str().unwrap()).unwrap();
            prop_assert_eq!((v - alloy_primitives::U256::from(35)) >> 1, alloy_primitives::U256::from(chain_id));
        }
    }

    #[test]
    fn a_waiting_transaction_is_in_no_block() {
        let legacy = sample::legacy();
        let Transaction::Legacy(signed) = &legacy else { panic!("another type") };
        let told = transaction(&legacy, SENDER, None);
        let v = 235 + u64::from(signed.signature().v());
        let literal = json!({
            "hash": data(legacy.hash()),
            "type": "0x0",
            "nonce": "0x3",
            "from": format!("0x{}", "aa".repeat(20)),
            "to": format!("0x{}", "09".repeat(20)),
            "value": "0x3e8",
            "gas": "0x5208",
            "gasPrice": "0x14",
            "input": "0x",
            "blockHash": null,
            "blockNumber": null,
            "blockTimestamp": null,
            "transactionIndex": null,
            "chainId": "0x64",
            "v": quantity(v),
            "r": wide(signed.signature().r()),
            "s": wide(signed.signature().s()),
        });
        assert_eq!(told, literal);
    }

    #[test]
    fn a_committed_one_says_what_it_paid() {
        let mined = Mined {
            block: Hash([3; 32]),
            height: Height(7),
            index: 2,
            base_fee: 10,
            time: UnixMillis(101_999),
        };
        let told = transaction(&sample::dynamic_fee(), SENDER, Some(mined));
        assert_eq!(told["type"], "0x2");
        assert_eq!(told["gasPrice"], "0xc");
        assert_eq!(told["maxFeePerGas"], "0x1e");
        assert_eq!(told["maxPriorityFeePerGas"], "0x2");
        assert_eq!(
            (&told["blockNumber"], &told["blockTimestamp"]),
            (&json!("0x7"), &json!("0x65"))
        );
        assert_eq!(told["transactionIndex"], "0x2");
        assert_eq!(told["blockHash"], format!("0x{}", "03".repeat(32)));
        assert_eq!(told["accessList"], json!([]));
        assert_eq!(told["yParity"], told["v"]);
        assert_eq!(told["input"], "0xfe");
    }

    #[test]
    fn an_access_list_is_told() {
        let told = transaction(&sample::access_list(), SENDER, None);
        let (address, key) = (format!("0x{}", "08".repeat(20)), format!("0x{}", "01".repeat(32)));
        assert_eq!(told["accessList"], json!([{ "address": address, "storageKeys": [key] }]));
        assert_eq!(told["to"], Value::Null);
        assert_eq!(told.get("maxFeePerGas"), None);
    }

    #[test]
    fn a_native_one_has_fields_of_its_own_besides_all_others() {
        let told = transaction(&sample::native(), SENDER, None);
        assert_eq!(told["type"], "0x78");
        assert_eq!(told["s"], "0x0");
        assert_eq!(told["maxFeePerGas"], "0x1e");
        assert_eq!(told["sr25519Key"].as_str().unwrap().len(), 2 + 64);
        assert_eq!(told["sr25519Signature"].as_str().unwrap().len(), 2 + 128);
    }
}
