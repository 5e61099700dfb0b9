//! A story told by revm.

use crate::ours::{BLOCK_GAS, CHAIN, HEIGHT, RANDOMNESS, RICH, SECONDS, ancestor};
use crate::told::{Ended, Told};
use crate::world::{Act, PEOPLE, PRODUCER, Story, contract, person};
use alloy_primitives::U256;
use revm::bytecode::Bytecode;
use revm::context::result::{EVMError, ExecutionResult, Output};
use revm::context::transaction::{AccessList, AccessListItem};
use revm::context::{BlockEnv, CfgEnv, Context, TxEnv};
use revm::context_interface::block::BlobExcessGasAndPrice;
use revm::database::{CacheDB, EmptyDB};
use revm::primitives::hardfork::SpecId;
use revm::primitives::{Address, B256, TxKind};
use revm::state::AccountInfo;
use revm::{Database, DatabaseRef, ExecuteCommitEvm, MainBuilder, MainContext};
use std::convert::Infallible;

type State = CacheDB<EmptyDB>;

fn before(story: &Story) -> State {
    let mut state = State::new(EmptyDB::new());
    for height in HEIGHT.saturating_sub(256)..HEIGHT {
        state.cache.block_hashes.insert(U256::from(height), ancestor(height).into());
    }
    for who in 0..PEOPLE {
        let info = AccountInfo { balance: U256::from(RICH), ..AccountInfo::default() };
        state.insert_account_info(person(who).0.into(), info);
    }
    for (at, it) in story.contracts.iter().enumerate() {
        let mut info = AccountInfo { nonce: 1, ..AccountInfo::default() };
        info.balance = U256::from(it.balance);
        let code = Bytecode::new_raw(it.bytes().into());
        let mut info = info.with_code(code);
        info.code_hash = info.code.as_ref().map(Bytecode::hash_slow).unwrap_or_default();
        let address: Address = contract(at).0.into();
        state.insert_account_info(address, info);
        for (slot, word) in &it.storage {
            state.insert_account_storage(address, U256::from(*slot), *word).expect("memory");
        }
    }
    state
}

fn transaction(act: &Act) -> TxEnv {
    let listed = act.listed.iter().map(|(address, slots)| AccessListItem {
        address: address.0.into(),
        storage_keys: slots.iter().map(|at| B256::from(U256::from(*at))).collect(),
    });
    TxEnv {
        tx_type: if act.is_old { 0 } else { 2 },
        caller: person(act.who).0.into(),
        gas_limit: act.gas,
        gas_price: act.cap,
        gas_priority_fee: (!act.is_old).then_some(act.tip),
        kind: act.to.map_or(TxKind::Create, |to| TxKind::Call(to.0.into())),
        value: act.value,
        data: act.data.clone().into(),
        nonce: act.nonce,
        chain_id: Some(CHAIN),
        access_list: AccessList(listed.collect()),
        ..TxEnv::default()
    }
}

fn ended(result: ExecutionResult) -> Ended {
    let gas = result.tx_gas_used();
    match result {
        ExecutionResult::Success { logs, output, .. } => {
            let (output, made) = match output {
                Output::Call(output) => (output.to_vec(), None),
                Output::Create(_, made) => (Vec::new(), made.map(|address| address.0.0)),
            };
            Ended { status: "success", output, gas, made, logs }
        }
        ExecutionResult::Revert { output, .. } => {
            let output = output.to_vec();
            Ended { status: "reverted", output, gas, made: None, logs: Vec::new() }
        }
        ExecutionResult::Halt { .. } => {
            Ended { status: "halted", output: Vec::new(), gas, made: None, logs: Vec::new() }
        }
    }
}

pub(crate) fn tell(story: &Story) -> Told {
    let mut state = before(story);
    let mut acts = Vec::new();
    let block = BlockEnv {
        number: U256::from(HEIGHT),
        beneficiary: PRODUCER.0.into(),
        timestamp: U256::from(SECONDS),
        gas_limit: BLOCK_GAS,
        basefee: story.base_fee,
        difficulty: U256::ZERO,
        prevrandao: Some(RANDOMNESS.into()),
        blob_excess_gas_and_price: Some(BlobExcessGasAndPrice {
            excess_blob_gas: 0,
            blob_gasprice: 1,
        }),
        ..BlockEnv::default()
    };
    for act in &story.acts {
        let mut cfg = CfgEnv::new_with_spec(SpecId::PRAGUE);
        cfg.chain_id = CHAIN;
        let context =
            Context::mainnet().with_db(&mut state).with_block(block.clone()).with_cfg(cfg);
        let result = context.build_mainnet().transact_commit(transaction(act));
        let result: Result<ExecutionResult, EVMError<Infallible>> = result;
        let ended = match result {
            Ok(result) => Some(ended(result)),
            Err(EVMError::Transaction(_)) => None,
            Err(other) => panic!("revm is broken: {other:?}"),
        };
        if let Some(ended) = &ended {
            pay(&mut state, u128::from(story.base_fee) * u128::from(ended.gas));
        }
        acts.push(ended);
    }
    let touched = state.cache.accounts.keys().map(|address| address.0.0).collect();
    let words = state
        .cache
        .accounts
        .iter()
        .flat_map(|(address, account)| account.storage.keys().map(|at| (address.0.0, *at)));
    let written = words.collect();
    let other = state.clone();
    let account = Box::new(move |address: &[u8; 20]| {
        let info = other.basic_ref(address.into()).expect("memory").unwrap_or_default();
        (info.nonce, info.balance, info.code_hash.0)
    });
    let word = Box::new(move |address: &[u8; 20], at: &U256| {
        state.storage_ref(address.into(), *at).expect("memory")
    });
    Told { acts, touched, written, account, word }
}

/// Ethereum burns the base fee; with us all of a fee is the producer's.
fn pay(state: &mut State, fee: u128) {
    let producer: Address = PRODUCER.0.into();
    let mut info = state.basic(producer).expect("memory").unwrap_or_default();
    info.balance += U256::from(fee);
    if fee > 0 {
        state.insert_account_info(producer, info);
    }
}
