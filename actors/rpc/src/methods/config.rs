//! What the chain is made of, for those who compare it with others.

use crate::arguments::Named;
use crate::backend::At;
use crate::context::Api;
use crate::encode::{data, quantity};
use crate::error::Error;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use troupe_types::{Address, Height};
use troupe_vm::Env;

/// What EIP-7910 calls the precompiled contracts, from address 1 on.
const NAMES: [&str; 17] = [
    "ECREC",
    "SHA256",
    "RIPEMD160",
    "ID",
    "MODEXP",
    "BN254_ADD",
    "BN254_MUL",
    "BN254_PAIRING",
    "BLAKE2F",
    "KZG_POINT_EVALUATION",
    "BLS12_G1ADD",
    "BLS12_G1MSM",
    "BLS12_G2ADD",
    "BLS12_G2MSM",
    "BLS12_PAIRING_CHECK",
    "BLS12_MAP_FP_TO_G1",
    "BLS12_MAP_FP2_TO_G2",
];

/// One set of rules, from the genesis block on: no fork is planned. There are no blobs, and no contracts that Ethereum
/// keeps for its own ends.
// EIP-7910
pub(super) async fn config(api: Arc<Api>) -> Result<Value, Error> {
    let genesis = api.header(Named::At(At::Height(Height::ZERO))).await?;
    let current = json!({
        "activationTime": 0,
        "blobSchedule": { "baseFeeUpdateFraction": 0, "max": 0, "target": 0 },
        "chainId": quantity(api.backend.chain().chain_id),
        "forkId": data(checksum(&genesis.hash.0).to_be_bytes()),
        "precompiles": precompiles(),
        "systemContracts": {},
    });
    Ok(json!({ "current": current, "next": null, "last": null }))
}

fn precompiles() -> Value {
    let env = Env::default();
    let named = (1u8..).zip(NAMES).map(|(number, name)| {
        let mut address = [0; 20];
        address[19] = number;
        (name, Address(address))
    });
    let there = named.filter(|(_, address)| env.is_precompiled(address));
    Value::Object(
        there.map(|(name, address)| (name.into(), data(address).into())).collect::<Map<_, _>>(),
    )
}

/// CRC-32 of what a chain begins with: the forks that follow would be added to it.
// EIP-6122; the polynomial is IEEE 802.3's, bits reversed
fn checksum(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    };
    !bytes.iter().fold(!0, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_is_told_from_others_by_its_checksum() {
        // The check value of CRC-32, and Frontier's fork hash of mainnet: EIP-2124.
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
        let mainnet = "d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3";
        assert_eq!(checksum(&hex::decode(mainnet).unwrap()), 0xfc64_ec04);
    }

    #[test]
    fn every_precompiled_contract_has_its_name() {
        let told = precompiles();
        assert_eq!(told.as_object().unwrap().len(), NAMES.len());
        assert_eq!(told["MODEXP"], format!("0x{:040x}", 5));
        assert_eq!(told["BLS12_MAP_FP2_TO_G2"], format!("0x{:040x}", 0x11));
    }
}
