//! State tests: one transaction on a given state, judged by the state's root and the logs.
//!
//! Two things are unlike Ethereum's on this chain, and taken into account here. All of a fee is the
//! producer's, so that what Ethereum burns is taken off the producer afterwards. And there are no
//! blobs: transactions that carry some are skipped.

use crate::case::{Case, Verdict};
use crate::json::{self, fields, number_of, text};
use alloy_primitives::{Log, TxKind, U256};
use alloy_rlp::Encodable;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use troupe_chain::Transaction;
use troupe_chain::state::{Account, Changes, Code, Flat, State, StateView};
use troupe_chain::transaction::{
    AccessListItem, Fork, Recovered, Rules, TxEip1559, TxEip2930, TxLegacy, Unsigned, recover,
};
use troupe_crypto::ecdsa::SecretKey;
use troupe_crypto::hash::keccak256;
use troupe_types::{Address, Bytes, Gas, Hash, Height, UnixMillis};
use troupe_vm::{Ancestors, Env, Executor};
use troupe_wire::Sequential;

/// The forks that this chain claims in these files.
const FORKS: &[&str] = &["Cancun"];

/// The chain of these tests.
const CHAIN: u64 = 1;

/// The blocks before: the height in digits, hashed.
struct Digits;

impl Ancestors for Digits {
    fn hash(&self, height: Height) -> Option<Hash> {
        Some(keccak256(height.0.to_string()))
    }
}

pub(crate) fn run(name: &str, test: &Value, cases: &mut Vec<Case>) {
    let Some(posts) = test["post"].as_object() else { return };
    for (fork, posts) in posts {
        for (at, post) in posts.as_array().into_iter().flatten().enumerate() {
            let verdict = match FORKS.contains(&fork.as_str()) {
                true => guarded(test, post),
                false => Verdict::Skipped("another fork"),
            };
            let name = format!("{name}, {at}");
            cases.push(Case { kind: "state", fork: fork.clone(), name, verdict });
        }
    }
}

fn guarded(test: &Value, post: &Value) -> Verdict {
    match catch_unwind(AssertUnwindSafe(|| check(test, post))) {
        Ok(Ok(verdict)) => verdict,
        Ok(Err(error)) => Verdict::Failed(format!("{error:#}")),
        Err(_) => Verdict::Failed("it panicked".to_owned()),
    }
}

/// The state before.
fn before(pre: &Value) -> Result<Changes> {
    let mut changes = Changes::default();
    for (address, it) in fields(pre)? {
        let address = json::address(address)?;
        let code = Code::from(json::bytes(text(it, "code")?)?);
        let (nonce, balance) = (number_of(it, "nonce")?, number_of(it, "balance")?);
        let mut account = Account { nonce, balance, ..Account::default() };
        if !code.is_empty() {
            account.code_hash = keccak256(&code);
            changes.codes.insert(account.code_hash, code);
        }
        let mut words = BTreeMap::new();
        for (slot, word) in fields(&it["storage"])? {
            let slot = Hash(json::number(slot)?.to_be_bytes());
            words.insert(slot, json::number(word.as_str().context("no word")?)?);
        }
        words.retain(|_, word| !word.is_zero());
        if !words.is_empty() {
            changes.storage.insert(address, words);
        }
        changes.accounts.insert(address, Some(account));
    }
    Ok(changes)
}

fn env(env: &Value) -> Result<Env> {
    let seconds: u64 = number_of(env, "currentTimestamp")?;
    Ok(Env {
        chain_id: CHAIN,
        height: Height(number_of(env, "currentNumber")?),
        time: UnixMillis(seconds.checked_mul(1_000).context("later than time goes")?),
        coinbase: json::address(text(env, "currentCoinbase")?)?,
        gas_limit: Gas(number_of(env, "currentGasLimit")?),
        base_fee: number_of(env, "currentBaseFee")?,
        randomness: Hash(number_of::<U256>(env, "currentRandom")?.to_be_bytes()),
        ancestors: Arc::new(Digits),
        fork: Fork::Cancun,
        ..Env::default()
    })
}

/// One of the texts of a list.
fn one(list: &Value, at: usize) -> Result<&str> {
    list.get(at).and_then(Value::as_str).with_context(|| format!("no text at {at}"))
}

fn access_list(list: &Value) -> Result<Vec<AccessListItem>> {
    let mut items = Vec::new();
    for item in list.as_array().into_iter().flatten() {
        let address = json::address(text(item, "address")?)?.0.into();
        let mut storage_keys = Vec::new();
        for key in item["storageKeys"].as_array().into_iter().flatten() {
            let key = json::number(key.as_str().context("no key")?)?;
            storage_keys.push(key.to_be_bytes::<32>().into());
        }
        items.push(AccessListItem { address, storage_keys });
    }
    Ok(items)
}

/// The transaction that a post state is for, signed.
fn transaction(transaction: &Value, post: &Value) -> Result<Recovered> {
    let index = |name: &str| -> Result<usize> {
        let index = post["indexes"][name].as_u64().with_context(|| format!("no index `{name}`"))?;
        Ok(usize::try_from(index)?)
    };
    let data = index("data")?;
    let input = json::bytes(one(&transaction["data"], data)?)?.into();
    let gas_limit = json::small(one(&transaction["gasLimit"], index("gas")?)?)?;
    let value = json::number(one(&transaction["value"], index("value")?)?)?;
    let nonce = number_of(transaction, "nonce")?;
    let to = match text(transaction, "to")? {
        "" => TxKind::Create,
        to => TxKind::Call(json::address(to)?.0.into()),
    };
    let listed = transaction.get("accessLists").and_then(|lists| lists.get(data));
    let fields = if transaction.get("maxFeePerGas").is_some() {
        Unsigned::DynamicFee(TxEip1559 {
            chain_id: CHAIN,
            nonce,
            gas_limit,
            max_fee_per_gas: number_of(transaction, "maxFeePerGas")?,
            max_priority_fee_per_gas: number_of(transaction, "maxPriorityFeePerGas")?,
            to,
            value,
            access_list: access_list(listed.unwrap_or(&Value::Null))?.into(),
            input,
        })
    } else {
        let gas_price = number_of(transaction, "gasPrice")?;
        match listed.filter(|listed| !listed.is_null()) {
            Some(listed) => {
                let access_list = access_list(listed)?.into();
                let chain_id = CHAIN;
                let fields = TxEip2930 {
                    chain_id,
                    nonce,
                    gas_price,
                    gas_limit,
                    to,
                    value,
                    access_list,
                    input,
                };
                Unsigned::AccessList(fields)
            }
            None => {
                let chain_id = Some(CHAIN);
                let fields = TxLegacy { chain_id, nonce, gas_price, gas_limit, to, value, input };
                Unsigned::Legacy(fields)
            }
        }
    };
    let secret = SecretKey::from_bytes(&json::hash(text(transaction, "secretKey")?)?.0)?;
    Ok(recover(Arc::new(Transaction::sign(fields, &secret)?))?)
}

fn has_blobs(transaction: &Value) -> bool {
    transaction.get("blobVersionedHashes").is_some()
        || transaction.get("maxFeePerBlobGas").is_some()
}

fn check(test: &Value, post: &Value) -> Result<Verdict> {
    if has_blobs(&test["transaction"]) {
        return Ok(Verdict::Skipped("a transaction with blobs"));
    }
    let env = env(&test["env"])?;
    let (coinbase, base_fee, block_gas) = (env.coinbase, env.base_fee, env.gas_limit);

    let genesis = Hash::default();
    let before = before(&test["pre"])?;
    let mut flat = Flat::default();
    let mut state = State::new(Arc::new(flat.clone()), Height(0), genesis);
    let sealed = state.seal(genesis, before, &Sequential)?;
    let mut root = sealed.root();
    // With the storage roots that sealing found.
    flat.apply(&sealed.changes());
    let block = Hash([1; 32]);
    state.insert(block, sealed)?;

    let expected = post.get("expectException").and_then(Value::as_str);
    let rules = Rules { chain_id: CHAIN, block_gas, max_init_code: Bytes::kib(48), min_tip: 0 };
    let mut executor = Executor::new(flat.clone(), env, rules);
    let logs = match transaction(&test["transaction"], post) {
        // A transaction that cannot even be written is refused all the same.
        Err(_) if expected.is_some() => Vec::new(),
        Err(error) => return Err(error),
        Ok(transaction) => match (executor.transact(&transaction)?, expected) {
            (Ok(_), Some(reason)) => bail!("it is accepted, but {reason}"),
            (Err(reason), None) => bail!("it is refused: {reason}"),
            (Err(_), Some(_)) => Vec::new(),
            (Ok(outcome), None) => {
                let burnt = U256::from(base_fee) * U256::from(outcome.gas_used.0);
                let (mut changes, _) = executor.finish()?;
                burn(&mut changes, &flat, coinbase, burnt)?;
                let sealed = state.seal(block, changes, &Sequential)?;
                root = sealed.root();
                state.abandon(sealed);
                outcome.logs
            }
        },
    };
    let want = json::hash(text(post, "hash")?)?;
    if root != want {
        return Ok(Verdict::of("state root", &root, &want));
    }
    let want = json::hash(text(post, "logs")?)?;
    Ok(Verdict::of("hash of the logs", &hash_of(&logs), &want))
}

fn hash_of(logs: &[Log]) -> Hash {
    let mut out = Vec::new();
    logs.to_vec().encode(&mut out);
    keccak256(out)
}

/// Takes what Ethereum burns off the producer, who got it here.
fn burn(changes: &mut Changes, before: &Flat, coinbase: Address, burnt: U256) -> Result<()> {
    if burnt.is_zero() {
        return Ok(());
    }
    let account = match changes.accounts.get(&coinbase) {
        Some(account) => account.unwrap_or_default(),
        None => before.account(&coinbase)?.unwrap_or_default(),
    };
    let balance = account.balance.checked_sub(burnt).context("the producer was not paid")?;
    let account = Account { balance, ..account };
    changes.accounts.insert(coinbase, (!account.is_empty()).then_some(account));
    Ok(())
}
