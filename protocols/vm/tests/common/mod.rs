//! Accounts, transactions and a state for tests.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test file uses a part of this"
)]

use alloy_primitives::{TxKind, U256};
use troupe_chain::Transaction;
use troupe_chain::state::{Account, Changes, Flat};
use troupe_chain::transaction::{Recovered, Rules, TxEip1559, Unsigned, recover};
use troupe_crypto::ecdsa::SecretKey;
use troupe_types::{Address, Bytes, Gas};
use troupe_vm::Env;

pub const CHAIN: u64 = 1_120_260;
pub const COINBASE: Address = Address([0xcb; 20]);
pub const BASE_FEE: u64 = 7;
pub const LAT: u128 = 1_000_000_000_000_000_000;

pub fn rules() -> Rules {
    Rules { chain_id: CHAIN, block_gas: Gas(30_000_000), max_init_code: Bytes::kib(48), min_tip: 1 }
}

pub fn env() -> Env {
    Env {
        chain_id: CHAIN,
        coinbase: COINBASE,
        gas_limit: Gas(30_000_000),
        base_fee: BASE_FEE,
        ..Env::default()
    }
}

pub fn secret(who: u8) -> SecretKey {
    SecretKey::from_bytes(&[who; 32]).unwrap()
}

pub fn account(who: u8) -> Address {
    Address(secret(who).public_key().address())
}

/// A state in which accounts 1 to `count` have a thousand LAT each.
pub fn rich(count: u8) -> Flat {
    let mut changes = Changes::default();
    for who in 1..=count {
        let balance = U256::from(1_000 * LAT);
        changes.accounts.insert(account(who), Some(Account { balance, ..Account::default() }));
    }
    let mut flat = Flat::default();
    flat.apply(&changes);
    flat
}

/// A transaction of account `who`.
#[derive(Clone)]
pub struct Wish {
    pub who: u8,
    pub nonce: u64,
    pub to: Option<Address>,
    pub value: u128,
    pub gas: u64,
    pub tip: u128,
    pub cap: u128,
    pub input: Vec<u8>,
}

impl Wish {
    pub fn pay(who: u8, nonce: u64, to: Address, value: u128) -> Self {
        let cap = 100;
        Self { who, nonce, to: Some(to), value, gas: 21_000, tip: 2, cap, input: Vec::new() }
    }

    pub fn call(who: u8, nonce: u64, to: Address, input: &[u8]) -> Self {
        Self { gas: 500_000, input: input.to_vec(), ..Self::pay(who, nonce, to, 0) }
    }

    pub fn create(who: u8, nonce: u64, init_code: &[u8]) -> Self {
        let pay = Self::pay(who, nonce, Address::default(), 0);
        Self { gas: 1_000_000, to: None, input: init_code.to_vec(), ..pay }
    }

    pub fn sign(self) -> Recovered {
        let fields = TxEip1559 {
            chain_id: CHAIN,
            nonce: self.nonce,
            gas_limit: self.gas,
            max_fee_per_gas: self.cap,
            max_priority_fee_per_gas: self.tip,
            to: self.to.map_or(TxKind::Create, |to| TxKind::Call(to.0.into())),
            value: U256::from(self.value),
            access_list: Default::default(),
            input: self.input.into(),
        };
        let signed = Transaction::sign(Unsigned::DynamicFee(fields), &secret(self.who)).unwrap();
        recover(std::sync::Arc::new(signed)).unwrap()
    }
}

/// Init code that makes a contract of this code: copies what follows it and returns it.
pub fn deploy(code: &[u8]) -> Vec<u8> {
    let length = u8::try_from(code.len()).unwrap();
    // PUSH1 length, DUP1, PUSH1 11, PUSH1 0, CODECOPY, PUSH1 0, RETURN
    let mut init = vec![0x60, length, 0x80, 0x60, 11, 0x60, 0, 0x39, 0x60, 0, 0xf3];
    init.extend(code);
    init
}
