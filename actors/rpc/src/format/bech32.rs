//! Addresses as PlatON's clients write them.

use serde_json::Value;
use troupe_types::Address;

/// The fields that hold an address, in whatever is told.
const ADDRESSES: [&str; 5] = ["address", "contractAddress", "from", "miner", "to"];

/// Writes every address of an answer in Bech32.
pub(crate) fn in_bech32(told: &mut Value) {
    match told {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if ADDRESSES.contains(&name.as_str()) => {
                        if let Ok(address) = text.parse::<Address>() {
                            *text = address.to_bech32();
                        }
                    }
                    value => in_bech32(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(in_bech32),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::{receipt, sample, transaction};
    use super::*;
    use serde_json::json;

    #[test]
    fn addresses_change_their_form_and_nothing_else_does() {
        let hex = |byte: &str| format!("0x{}", byte.repeat(20));
        let bech32 = |byte: u8| Address([byte; 20]).to_bech32();
        let sender = Address([0xaa; 20]);
        let block = sample::block();
        let plain = receipt(&block, &sample::receipts(), 1, sender).unwrap();
        let mut told = plain.clone();
        in_bech32(&mut told);
        assert_eq!((&plain["from"], &told["from"]), (&json!(hex("aa")), &json!(bech32(0xaa))));
        assert_eq!(told["contractAddress"], bech32(0xcc));
        assert_eq!(told["logs"][0]["address"], bech32(2));
        assert_eq!(told["to"], Value::Null);
        for same in ["transactionHash", "blockHash", "logsBloom", "effectiveGasPrice"] {
            assert_eq!(told[same], plain[same]);
        }
        let mut told = transaction(&sample::access_list(), sender, None);
        in_bech32(&mut told);
        assert_eq!(told["accessList"][0]["address"], bech32(8));
        assert_eq!(told["accessList"][0]["storageKeys"][0], format!("0x{}", "01".repeat(32)));
    }
}
