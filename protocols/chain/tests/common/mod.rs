//! Keys and transactions for tests.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test file uses a part of this"
)]

use alloy_primitives::{TxKind, U256};
use troupe_chain::Transaction;
use troupe_chain::transaction::{Native, NativeFields, Rules, TxEip1559, Unsigned};
use troupe_crypto::ecdsa::SecretKey;
use troupe_crypto::sr25519;
use troupe_types::{Address, Bytes, Gas};

pub const CHAIN: u64 = 1_120_260;

pub fn rules() -> Rules {
    Rules { chain_id: CHAIN, block_gas: Gas(30_000_000), max_init_code: Bytes::kib(48), min_tip: 1 }
}

pub fn secret(who: u8) -> SecretKey {
    SecretKey::from_bytes(&[who; 32]).unwrap()
}

pub fn address(secret: &SecretKey) -> Address {
    Address(secret.public_key().address())
}

pub fn native_address(secret: &sr25519::SecretKey) -> Address {
    Native::address_of(&secret.public_key().to_bytes())
}

/// A transfer of one von.
pub fn dynamic(secret: &SecretKey, nonce: u64, tip: u128) -> Transaction {
    dynamic_with(secret, nonce, tip, Vec::new())
}

pub fn dynamic_with(secret: &SecretKey, nonce: u64, tip: u128, input: Vec<u8>) -> Transaction {
    let fields = TxEip1559 {
        chain_id: CHAIN,
        nonce,
        gas_limit: 21_000 + 16 * input.len() as u64,
        max_fee_per_gas: 1_000 + tip,
        max_priority_fee_per_gas: tip,
        to: TxKind::Call([0x11; 20].into()),
        value: U256::from(1),
        access_list: Default::default(),
        input: input.into(),
    };
    Transaction::sign(Unsigned::DynamicFee(fields), secret).unwrap()
}

pub fn native(secret: &sr25519::SecretKey, nonce: u64, tip: u128) -> Transaction {
    native_with(secret, nonce, tip, Vec::new())
}

pub fn native_with(
    secret: &sr25519::SecretKey,
    nonce: u64,
    tip: u128,
    input: Vec<u8>,
) -> Transaction {
    let fields = NativeFields {
        chain_id: CHAIN,
        nonce,
        max_tip: tip,
        max_fee: 1_000 + tip,
        gas_limit: Gas(21_000 + 16 * input.len() as u64),
        to: Some(Address([0x11; 20])),
        value: U256::from(1),
        input: input.into(),
        access_list: Default::default(),
    };
    Transaction::sign_native(fields, secret).unwrap()
}
