//! Things to format in tests.

use alloy_primitives::{Log, LogData, TxKind, U256};
use std::sync::Arc;
use troupe_chain::Header;
use troupe_chain::block::{Block, Body, Receipt};
use troupe_chain::transaction::{
    AccessList, AccessListItem, Kind, Native, NativeFields, Transaction, TxEip1559, TxEip2930,
    TxLegacy, Unsigned,
};
use troupe_crypto::{ecdsa, sr25519};
use troupe_types::{Address, Gas, Hash, Height, UnixMillis};

fn secret() -> ecdsa::SecretKey {
    ecdsa::SecretKey::from_bytes(&[7; 32]).unwrap()
}

pub(crate) fn legacy() -> Transaction {
    let fields = TxLegacy {
        chain_id: Some(100),
        nonce: 3,
        gas_price: 20,
        gas_limit: 21_000,
        to: TxKind::Call([9; 20].into()),
        value: U256::from(1_000),
        ..TxLegacy::default()
    };
    Transaction::sign(Unsigned::Legacy(fields), &secret()).unwrap()
}

pub(crate) fn access_list() -> Transaction {
    let item = AccessListItem { address: [8; 20].into(), storage_keys: vec![[1; 32].into()] };
    let fields = TxEip2930 {
        chain_id: 100,
        gas_price: 20,
        gas_limit: 60_000,
        access_list: AccessList(vec![item]),
        ..TxEip2930::default()
    };
    Transaction::sign(Unsigned::AccessList(fields), &secret()).unwrap()
}

pub(crate) fn dynamic_fee() -> Transaction {
    let fields = TxEip1559 {
        chain_id: 100,
        gas_limit: 21_000,
        max_fee_per_gas: 30,
        max_priority_fee_per_gas: 2,
        to: TxKind::Call([9; 20].into()),
        input: vec![0xfe].into(),
        ..TxEip1559::default()
    };
    Transaction::sign(Unsigned::DynamicFee(fields), &secret()).unwrap()
}

pub(crate) fn native() -> Transaction {
    let secret = sr25519::SecretKey::from_seed(&[7; 32]);
    let fields = NativeFields {
        chain_id: 100,
        nonce: 0,
        max_tip: 2,
        max_fee: 30,
        gas_limit: Gas(21_000),
        to: Some(Address([9; 20])),
        value: U256::from(5),
        input: Vec::new().into(),
        access_list: AccessList::default(),
    };
    Transaction::Native(Native::sign(fields, &secret))
}

pub(crate) fn block() -> Block {
    let transactions = [legacy(), access_list(), dynamic_fee(), native()];
    let transactions = transactions.into_iter().map(Arc::new).collect();
    let header = Header {
        parent: Hash([1; 32]),
        transactions_root: Hash([3; 32]),
        state_root: Hash([4; 32]),
        receipts_root: Hash([5; 32]),
        coinbase: Address([6; 20]),
        height: Height(7),
        gas_limit: Gas(30_000_000),
        gas_used: Gas(21_000),
        time: UnixMillis(101_999),
        extra: vec![0xab, 0xcd],
        base_fee: 10,
        ..Header::default()
    };
    Block::new(header, Body { transactions, evidence: Vec::new() })
}

pub(crate) fn receipts() -> Vec<Receipt> {
    let log = |topic: u8| Log {
        address: [2; 20].into(),
        data: LogData::new_unchecked(vec![[topic; 32].into()], vec![topic].into()),
    };
    let receipt = |kind, is_success, gas, logs| Receipt {
        kind,
        is_success,
        cumulative_gas: Gas(gas),
        logs,
        effective_price: 12,
        contract: None,
    };
    let mut receipts = vec![
        receipt(Kind::Legacy, true, 21_000, vec![log(1)]),
        receipt(Kind::AccessList, true, 71_000, vec![log(2), log(3)]),
        receipt(Kind::DynamicFee, false, 92_000, Vec::new()),
        receipt(Kind::Native, true, 113_000, vec![log(4)]),
    ];
    receipts[1].contract = Some(Address([0xcc; 20]));
    receipts
}
