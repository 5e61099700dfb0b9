//! Transactions tried out side by side, before it is known what the ones before them leave.
//!
//! Every attempt remembers what it read. Where the same is there when its turn comes, the transaction
//! would do what the attempt did, so that is what counts; otherwise it is executed in its place. So the
//! result is that of one after the other, whatever was tried.
//!
//! To remember and to compare costs as much as executing a payment or a transfer of a token twice. So only what may
//! take long is tried: what may use much gas.

use crate::env::Env;
use crate::error::Error;
use crate::executor::{Executor, Outcome};
use crate::journal::{Touch, Touched};
use alloy_primitives::U256;
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_chain::state::{Account, Code, ReadError, Slot, StateView, next_over};
use troupe_chain::transaction::{Recovered, Rules, intrinsic_gas};
use troupe_types::{Address, Gas, Hash};
use troupe_wire::Fork;

/// A transaction that may use so much gas beside its fixed price is worth trying.
const WORTH: Gas = Gas(50_000);
/// So many transactions are tried in one piece of work.
const PIECE: usize = 32;

/// A transaction tried out on a state of which some may be different when its turn comes.
#[derive(Debug)]
pub struct Attempt {
    pub(crate) transaction: Hash,
    pub(crate) outcome: Outcome,
    pub(crate) touched: Touched,
}

/// Transactions of one sender, and their places.
type Group<'t> = Vec<(usize, &'t Recovered)>;

/// Tries transactions on a state; those of one sender follow each other. `None` for one that had no place
/// there, or could not be tried.
pub(crate) fn attempt_all<V: StateView + Clone + Send + Sync + 'static>(
    view: &V,
    env: &Env,
    rules: Rules,
    transactions: &[Recovered],
    fork: &impl Fork,
) -> Vec<Option<Attempt>> {
    let pieces = pieces(transactions);
    if pieces.is_empty() {
        return Vec::new();
    }
    let tried = fork.map(pieces, |groups| {
        let mut tried = Vec::new();
        for group in groups {
            attempt_group(view, env, rules, &group, &mut tried);
        }
        tried
    });
    let mut attempts: Vec<Option<Attempt>> = transactions.iter().map(|_| None).collect();
    for (place, attempt) in tried.into_iter().flatten() {
        attempts[place] = Some(attempt);
    }
    attempts
}

/// Whether trying it can save more than it costs.
fn is_worth_it(transaction: &Recovered) -> bool {
    let transaction = transaction.transaction();
    let free = transaction.gas_limit().0.saturating_sub(intrinsic_gas(transaction).0);
    free >= WORTH.0
}

fn pieces(transactions: &[Recovered]) -> Vec<Vec<Group<'_>>> {
    let mut groups: BTreeMap<Address, Group<'_>> = BTreeMap::new();
    let tried = transactions.iter().enumerate().filter(|(_, one)| is_worth_it(one));
    for (place, transaction) in tried {
        groups.entry(transaction.sender()).or_default().push((place, transaction));
    }
    let mut pieces: Vec<Vec<Group<'_>>> = Vec::new();
    let mut room = 0;
    for group in groups.into_values() {
        let size = group.len();
        match pieces.last_mut() {
            Some(piece) if room >= size => piece.push(group),
            _ => {
                pieces.push(vec![group]);
                room = PIECE;
            }
        }
        room = room.saturating_sub(size);
    }
    pieces
}

/// Tries one after the other until one has no place.
fn attempt_group<V: StateView + Clone + Send + 'static>(
    view: &V,
    env: &Env,
    rules: Rules,
    group: &[(usize, &Recovered)],
    tried: &mut Vec<(usize, Attempt)>,
) {
    let mut after = After { below: view.clone(), left: Arc::default() };
    for (place, transaction) in group {
        let executor = Executor::new(after.clone(), env.clone(), rules);
        let Ok(Some((outcome, touched))) = attempt(executor, transaction) else { return };
        Arc::make_mut(&mut after.left).take(&touched);
        tried.push((*place, Attempt { transaction: transaction.hash(), outcome, touched }));
    }
}

fn attempt<V: StateView + Send + 'static>(
    mut executor: Executor<V>,
    transaction: &Recovered,
) -> Result<Option<(Outcome, Touched)>, Error> {
    let Ok(outcome) = executor.transact(transaction)? else { return Ok(None) };
    Ok(executor.into_journal().touched()?.map(|touched| (outcome, touched)))
}

/// A state after some transactions that were tried on it.
#[derive(Clone)]
struct After<V> {
    below: V,
    left: Arc<Left>,
}

#[derive(Clone, Default)]
struct Left {
    accounts: BTreeMap<Address, Account>,
    words: BTreeMap<(Address, Slot), U256>,
    codes: BTreeMap<Hash, Code>,
}

impl Left {
    fn take(&mut self, touched: &Touched) {
        let accounts = touched.accounts.iter().filter(|(_, Touch { seen, left })| seen != left);
        self.accounts.extend(accounts.map(|(address, touch)| (*address, touch.left)));
        let words = touched.words.iter().filter(|(_, Touch { seen, left })| seen != left);
        self.words.extend(words.map(|(key, touch)| (*key, touch.left)));
        let codes = touched.programs.iter();
        self.codes.extend(codes.map(|(hash, program)| (*hash, program.code().clone())));
    }
}

impl<V: StateView> StateView for After<V> {
    fn account(&self, address: &Address) -> Result<Option<Account>, ReadError> {
        match self.left.accounts.get(address) {
            Some(account) => Ok((!account.is_empty()).then_some(*account)),
            None => self.below.account(address),
        }
    }

    fn storage(&self, address: &Address, slot: &Slot) -> Result<U256, ReadError> {
        match self.left.words.get(&(*address, *slot)) {
            Some(word) => Ok(*word),
            None => self.below.storage(address, slot),
        }
    }

    fn next_word(
        &self,
        address: &Address,
        after: Option<&Slot>,
    ) -> Result<Option<(Slot, U256)>, ReadError> {
        let written = |after: Option<&Slot>| {
            let first = (*address, after.copied().unwrap_or_default());
            let mut words = self.left.words.range(first..).map(|((of, slot), _)| (of, slot));
            let next = words.find(|(_, slot)| after.is_none_or(|after| *slot > after));
            next.filter(|(of, _)| *of == address).map(|(_, slot)| *slot)
        };
        let below = |after: Option<&Slot>| self.below.next_word(address, after);
        next_over(self, address, after, written, below)
    }

    fn code(&self, hash: &Hash) -> Result<Code, ReadError> {
        match self.left.codes.get(hash) {
            Some(code) => Ok(code.clone()),
            None => self.below.code(hash),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use troupe_chain::state::{Changes, Flat};
    use troupe_chain::transaction::{Transaction, TxLegacy, Unsigned, recover};
    use troupe_crypto::ecdsa::SecretKey;
    use troupe_types::{Bytes, Gas};
    use troupe_wire::Sequential;

    const RULES: Rules =
        Rules { chain_id: 7, block_gas: Gas(30_000_000), max_init_code: Bytes(1_024), min_tip: 0 };

    fn secret(who: u8) -> SecretKey {
        SecretKey::from_bytes(&[who; 32]).expect("a key")
    }

    fn pay(who: u8, nonce: u64, to: [u8; 20]) -> Recovered {
        with_gas(pay_fields(nonce, to), who, 100_000)
    }

    fn with_gas(fields: TxLegacy, who: u8, gas_limit: u64) -> Recovered {
        let fields = TxLegacy { gas_limit, ..fields };
        let signed = Transaction::sign(Unsigned::Legacy(fields), &secret(who)).expect("a payment");
        recover(Arc::new(signed)).expect("signed")
    }

    fn pay_fields(nonce: u64, to: [u8; 20]) -> TxLegacy {
        TxLegacy {
            chain_id: Some(7),
            nonce,
            gas_price: 5,
            to: alloy_primitives::TxKind::Call(to.into()),
            value: U256::from(3),
            ..TxLegacy::default()
        }
    }

    /// Which attempts counted: they are marked with gas that nothing uses.
    fn counted(transactions: &[Recovered], coinbase: Address) -> Vec<bool> {
        let mut changes = Changes::default();
        for who in 1..=4 {
            let address = Address(secret(who).public_key().address());
            let balance = U256::from(10u64.pow(9));
            changes.accounts.insert(address, Some(Account { balance, ..Account::default() }));
        }
        let mut state = Flat::default();
        state.apply(&changes);
        let env = Env { chain_id: 7, coinbase, gas_limit: Gas(30_000_000), ..Env::default() };
        let mut executor = Executor::new(state, env, RULES);
        let attempts = executor.attempt(transactions, &Sequential);
        let mut counted = Vec::new();
        for (transaction, mut attempt) in transactions.iter().zip(attempts) {
            if let Some(attempt) = &mut attempt {
                attempt.outcome.gas_used = Gas(1);
            }
            let outcome = executor.accept(transaction, attempt).expect("readable").expect("fits");
            counted.push(outcome.gas_used == Gas(1));
        }
        counted
    }

    #[test]
    fn what_cannot_take_long_is_not_tried() {
        let least = 21_000 + WORTH.0;
        let tried = |gas| !pieces(&[with_gas(pay_fields(0, [5; 20]), 1, gas)]).is_empty();
        assert_eq!([21_000, least - 1, least].map(tried), [false, false, true]);
    }

    #[test]
    fn attempts_count_unless_somebody_before_touched_the_same() {
        let coinbase = Address([0xcb; 20]);
        let (one, two) = (secret(1).public_key().address(), secret(2).public_key().address());
        let apart = [pay(1, 0, [5; 20]), pay(2, 0, [6; 20]), pay(1, 1, [7; 20])];
        assert_eq!(counted(&apart, coinbase), [true; 3], "one after the other of one sender");
        let crossed = [pay(1, 0, two), pay(2, 0, one), pay(3, 0, [9; 20]), pay(4, 0, [9; 20])];
        assert_eq!(counted(&crossed, coinbase), [true, false, true, false]);
        let own = [pay(1, 0, [5; 20]), pay(2, 0, [6; 20])];
        assert_eq!(counted(&own, Address(one)), [false, true], "it earns what it pays");
    }
}
