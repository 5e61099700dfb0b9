//! The same by revm.

use crate::token::{self, GAS, Token, holder};
use crate::{ACCOUNTS, BLOCK};
use alloy_primitives::{Bytes, U256};
use revm::bytecode::Bytecode;
use revm::context::{BlockEnv, CfgEnv, Context, TxEnv};
use revm::database::{CacheDB, EmptyDB};
use revm::primitives::hardfork::SpecId;
use revm::primitives::{Address, TxKind};
use revm::state::AccountInfo;
use revm::{ExecuteCommitEvm, MainBuilder, MainContext};

type State = CacheDB<EmptyDB>;

fn contract(state: &mut State, at: Address, code: Bytes) {
    let info = AccountInfo { nonce: 1, ..AccountInfo::default() };
    state.insert_account_info(at, info.with_code(Bytecode::new_raw(code)));
}

pub(crate) fn state(looping: ([u8; 20], Bytes)) -> State {
    let mut state = State::new(EmptyDB::new());
    for who in 0..ACCOUNTS {
        let balance = U256::from(10).pow(U256::from(24));
        let info = AccountInfo { balance, ..AccountInfo::default() };
        state.insert_account_info(holder(who).0.into(), info);
    }
    contract(&mut state, looping.0.into(), looping.1);
    for token in Token::ALL {
        contract(&mut state, token.at().0.into(), token.code());
        for who in 0..ACCOUNTS {
            let slot = U256::from_be_bytes(token.slot(holder(who)).0);
            state
                .insert_account_storage(token.at().0.into(), slot, U256::from(1_000_000))
                .expect("it lies in memory");
        }
    }
    state
}

pub(crate) fn run(state: State, transactions: Vec<TxEnv>) -> u64 {
    let block = BlockEnv { gas_limit: 200_000_000, basefee: 7, ..BlockEnv::default() };
    let mut cfg = CfgEnv::new_with_spec(SpecId::PRAGUE);
    cfg.tx_gas_limit_cap = Some(u64::MAX);
    let context = Context::mainnet().with_db(state).with_block(block).with_cfg(cfg);
    let mut evm = context.build_mainnet();
    let mut used = 0;
    for transaction in transactions {
        let result = evm.transact_commit(transaction).expect("it fits");
        assert!(result.is_success());
        used += result.tx_gas_used();
    }
    used
}

fn transaction(who: u64, to: [u8; 20], gas_limit: u64, data: Vec<u8>) -> TxEnv {
    TxEnv {
        tx_type: 2,
        caller: holder(who).0.into(),
        gas_limit,
        gas_price: 100,
        gas_priority_fee: Some(1),
        kind: TxKind::Call(to.into()),
        data: data.into(),
        chain_id: Some(1),
        ..TxEnv::default()
    }
}

pub(crate) fn transfers(token: Token) -> Vec<TxEnv> {
    (0..BLOCK).map(|n| transaction(n, token.at().0, GAS, token::input(n))).collect()
}

pub(crate) fn looping(at: [u8; 20]) -> Vec<TxEnv> {
    vec![transaction(0, at, 100_000_000, Vec::new())]
}
