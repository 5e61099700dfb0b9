//! A story told by this crate.

use crate::told::{Ended, Told};
use crate::world::{Act, PEOPLE, PRODUCER, Story, contract, person, secret};
use alloy_primitives::{TxKind, U256};
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_chain::Transaction;
use troupe_chain::state::{Account, Changes, Code, Flat, StateView};
use troupe_chain::transaction::{
    AccessListItem, Recovered, Rules, TxEip1559, TxLegacy, Unsigned, recover,
};
use troupe_crypto::hash::keccak256;
use troupe_types::{Address, Bytes, Gas, Hash, Height, UnixMillis};
use troupe_vm::{Ancestors, Env, Executor, Failure, Outcome};

pub(crate) const CHAIN: u64 = 1_120_260;
pub(crate) const HEIGHT: u64 = 1_000;
pub(crate) const SECONDS: u64 = 1_700_000_000;
pub(crate) const BLOCK_GAS: u64 = 30_000_000;
pub(crate) const RANDOMNESS: [u8; 32] = [0x44; 32];
/// What everybody has.
pub(crate) const RICH: u128 = 1_000_000_000_000;

/// The hash of an earlier block: its height and nothing else.
struct Heights;

impl Ancestors for Heights {
    fn hash(&self, height: Height) -> Option<Hash> {
        Some(Hash(ancestor(height.0)))
    }
}

pub(crate) fn ancestor(height: u64) -> [u8; 32] {
    keccak256(height.to_be_bytes()).0
}

fn before(story: &Story) -> Flat {
    let mut changes = Changes::default();
    for who in 0..PEOPLE {
        let account = Account { balance: U256::from(RICH), ..Account::default() };
        changes.accounts.insert(person(who), Some(account));
    }
    for (at, it) in story.contracts.iter().enumerate() {
        let code = it.bytes();
        let code_hash = keccak256(&code);
        let mut account = Account { nonce: 1, ..Account::default() };
        account.balance = U256::from(it.balance);
        if !code.is_empty() {
            account.code_hash = code_hash;
            changes.codes.insert(code_hash, Code::from(code));
        }
        let words: BTreeMap<Hash, U256> =
            it.storage.iter().map(|(at, word)| (slot(*at), *word)).collect();
        if !words.is_empty() {
            // The root is not read, only whether there is any storage.
            account.storage_root = Hash([1; 32]);
            changes.storage.insert(contract(at), words);
        }
        changes.accounts.insert(contract(at), Some(account));
    }
    let mut flat = Flat::default();
    flat.apply(&changes);
    flat
}

fn slot(at: u8) -> Hash {
    Hash(U256::from(at).to_be_bytes())
}

fn signed(act: &Act) -> Recovered {
    let to = act.to.map_or(TxKind::Create, |to| TxKind::Call(to.0.into()));
    let (value, input) = (act.value, act.data.clone().into());
    let fields = if act.is_old {
        let chain_id = Some(CHAIN);
        let (nonce, gas_price, gas_limit) = (act.nonce, act.cap, act.gas);
        Unsigned::Legacy(TxLegacy { chain_id, nonce, gas_price, gas_limit, to, value, input })
    } else {
        let listed = act.listed.iter().map(|(address, slots)| AccessListItem {
            address: address.0.into(),
            storage_keys: slots.iter().map(|at| slot(*at).0.into()).collect(),
        });
        Unsigned::DynamicFee(TxEip1559 {
            chain_id: CHAIN,
            nonce: act.nonce,
            gas_limit: act.gas,
            max_fee_per_gas: act.cap,
            max_priority_fee_per_gas: act.tip,
            to,
            value,
            access_list: listed.collect::<Vec<_>>().into(),
            input,
        })
    };
    let signed = Transaction::sign(fields, &secret(act.who)).expect("fields that can be signed");
    recover(Arc::new(signed)).expect("it was signed just now")
}

fn ended(outcome: &Outcome, is_creation: bool) -> Ended {
    let (status, output) = match &outcome.result {
        // What a creation gives is seen in the state.
        Ok(_) if is_creation => ("success", Vec::new()),
        Ok(output) => ("success", output.to_vec()),
        Err(Failure::Reverted(output)) => ("reverted", output.to_vec()),
        Err(Failure::OutOfGas | Failure::Exception(_)) => ("halted", Vec::new()),
    };
    Ended {
        status,
        output,
        gas: outcome.gas_used.0,
        made: outcome.contract.map(|address| address.0),
        logs: outcome.logs.clone(),
    }
}

pub(crate) fn tell(story: &Story) -> Told {
    let rules = Rules {
        chain_id: CHAIN,
        block_gas: Gas(BLOCK_GAS),
        max_init_code: Bytes::kib(48),
        min_tip: 0,
    };
    let env = Env {
        chain_id: CHAIN,
        height: Height(HEIGHT),
        time: UnixMillis(SECONDS * 1_000 + 999),
        coinbase: PRODUCER,
        gas_limit: Gas(BLOCK_GAS),
        base_fee: story.base_fee,
        randomness: Hash(RANDOMNESS),
        ancestors: Arc::new(Heights),
        ..Env::default()
    };
    let flat = before(story);
    let mut executor = Executor::new(flat.clone(), env, rules);
    let mut acts = Vec::new();
    for act in &story.acts {
        let outcome = executor.transact(&signed(act)).expect("the state reads");
        acts.push(outcome.ok().map(|outcome| ended(&outcome, act.to.is_none())));
    }
    let (changes, _) = executor.finish().expect("the state reads");
    let mut after = flat;
    after.apply(&changes);
    let touched = changes.accounts.keys().map(|address| address.0).collect();
    let words = changes
        .storage
        .iter()
        .flat_map(|(address, words)| words.keys().map(|at| (address.0, U256::from_be_bytes(at.0))));
    let written = words.collect();
    let other = after.clone();
    let account = Box::new(move |address: &[u8; 20]| {
        let account = other.account(&Address(*address)).expect("it reads").unwrap_or_default();
        (account.nonce, account.balance, account.code_hash.0)
    });
    let word = Box::new(move |address: &[u8; 20], at: &U256| {
        after.storage(&Address(*address), &Hash(at.to_be_bytes())).expect("it reads")
    });
    Told { acts, touched, written, account, word }
}
