//! The pool against a model that sorts everything anew at every step.

mod common;

use alloy_primitives::{TxKind, U256};
use common::{CHAIN, address, secret};
use core::cmp::Reverse;
use proptest::prelude::*;
use std::collections::BTreeMap;
use troupe_chain::Invalid;
use troupe_chain::pool::{Inserted, Limits, Pool, Sender, Wanted};
use troupe_chain::transaction::{Recovered, Transaction, TxEip1559, Unsigned, recover};
use troupe_types::{Address, Bytes, Gas, Hash, Millis};

#[derive(Debug, Clone, Copy)]
struct Draft {
    who: u8,
    nonce: u64,
    cap: u128,
    tip: u128,
    value: u64,
    input: usize,
}

impl Default for Draft {
    fn default() -> Self {
        Self { who: 1, nonce: 0, cap: 100, tip: 10, value: 0, input: 0 }
    }
}

fn make(draft: Draft) -> Recovered {
    let fields = TxEip1559 {
        chain_id: CHAIN,
        nonce: draft.nonce,
        gas_limit: 30_000,
        max_fee_per_gas: draft.cap.max(draft.tip),
        max_priority_fee_per_gas: draft.tip,
        to: TxKind::Call([9; 20].into()),
        value: U256::from(draft.value),
        input: vec![0; draft.input].into(),
        ..TxEip1559::default()
    };
    let signed = Transaction::sign(Unsigned::DynamicFee(fields), &secret(draft.who));
    recover(signed.expect("a small transaction")).expect("our own signature")
}

fn rich(nonce: u64) -> Sender {
    Sender { nonce, balance: U256::from(1u64 << 40) }
}

fn who(n: u8) -> Address {
    address(&secret(n))
}

/// What a sender's transaction pays, as a number that orders: nothing counts below a payer's zero.
fn worth(transaction: &Recovered, base_fee: u64) -> (bool, u128) {
    match transaction.transaction().effective_tip(base_fee) {
        Some(tip) => (true, tip),
        None => (false, transaction.transaction().max_fee()),
    }
}

#[derive(Debug, Clone)]
struct Waiting {
    transaction: Recovered,
    arrival: usize,
}

/// The pool's rules without any index.
#[derive(Debug, Clone, Default)]
struct Model {
    senders: BTreeMap<Address, (Sender, BTreeMap<u64, Waiting>)>,
    arrivals: usize,
}

impl Model {
    fn executable(&self, sender: &Address) -> usize {
        let Some((state, waiting)) = self.senders.get(sender) else { return 0 };
        let mut spent = U256::ZERO;
        let mut count = 0;
        while let Some(next) = waiting.get(&(state.nonce + count as u64)) {
            spent += next.transaction.transaction().cost();
            if spent > state.balance {
                break;
            }
            count += 1;
        }
        count
    }

    /// Whose last transaction goes first, in words of the documentation.
    fn victim(&self, limits: &Limits, base_fee: u64) -> Option<(Address, u64)> {
        let tails = self.senders.iter().filter_map(|(address, (_, waiting))| {
            let (nonce, last) = waiting.last_key_value()?;
            let executable = self.executable(address);
            let class = match executable == waiting.len() {
                false => 0,
                true if executable > limits.executable => 1,
                true => 2,
            };
            let all = waiting.values().map(|one| &one.transaction);
            let worst = all.map(|one| worth(one, base_fee)).min()?;
            // Caps and tips are minimised apart: a cap below the base fee weighs as the least cap.
            let cap = waiting.values().map(|one| one.transaction.transaction().max_fee()).min()?;
            let worst = if worst.0 { worst } else { (false, cap) };
            let key = (class, worst, Reverse(waiting.len()), Reverse(last.arrival), *address);
            Some((key, (*address, *nonce)))
        });
        tails.min().map(|(_, victim)| victim)
    }

    fn count(&self) -> usize {
        self.senders.values().map(|(_, waiting)| waiting.len()).sum()
    }

    fn bytes(&self) -> u64 {
        let all = self.senders.values().flat_map(|(_, waiting)| waiting.values());
        all.map(|one| one.transaction.size().0).sum()
    }

    fn remove(&mut self, (address, nonce): (Address, u64)) -> Option<Hash> {
        let (_, waiting) = self.senders.get_mut(&address)?;
        let gone = waiting.remove(&nonce)?;
        if waiting.is_empty() {
            self.senders.remove(&address);
        }
        Some(gone.transaction.hash())
    }

    fn refresh(&mut self, limits: &Limits, address: Address, state: Sender) {
        let Some((known, waiting)) = self.senders.get_mut(&address) else { return };
        *known = state;
        waiting.retain(|nonce, one| {
            *nonce >= state.nonce && one.transaction.transaction().cost() <= state.balance
        });
        if waiting.is_empty() {
            self.senders.remove(&address);
        }
        self.trim(limits, address);
    }

    /// Drops a sender's last ones until its queue is short enough.
    fn trim(&mut self, limits: &Limits, address: Address) -> Vec<u64> {
        let mut gone = Vec::new();
        loop {
            let Some((_, waiting)) = self.senders.get(&address) else { return gone };
            if waiting.len() - self.executable(&address) <= limits.queued {
                return gone;
            }
            let Some(last) = waiting.keys().next_back().copied() else { return gone };
            gone.push(last);
            self.remove((address, last));
        }
    }

    /// Whether it is in afterwards.
    fn insert(&mut self, limits: &Limits, base_fee: u64, new: &Recovered, state: Sender) -> bool {
        let (address, nonce) = (new.sender(), new.transaction().nonce());
        if nonce < state.nonce || new.transaction().cost() > state.balance {
            return false;
        }
        self.refresh(limits, address, state);
        let known = self.senders.get(&address).and_then(|(_, waiting)| waiting.get(&nonce));
        if let Some(old) = known.map(|old| old.transaction.clone()) {
            let raised = |new: u128, old: u128| new > old && new >= old * 110 / 100;
            let (a, b) = (new.transaction(), old.transaction());
            if !raised(a.max_fee(), b.max_fee()) || !raised(a.max_tip(), b.max_tip()) {
                return false;
            }
            if self.bytes() - old.size().0 + new.size().0 > limits.bytes.0 {
                return false;
            }
        }
        let before = self.clone();
        let arrival = self.arrivals;
        self.arrivals += 1;
        let waiting = Waiting { transaction: new.clone(), arrival };
        let entry = self.senders.entry(address).or_insert((state, BTreeMap::new()));
        entry.1.insert(nonce, waiting);
        let mut is_in = !self.trim(limits, address).contains(&nonce);
        if !is_in {
            // Refused by its own sender's limits: nothing else changed.
            let arrivals = self.arrivals;
            *self = Self { arrivals, ..before };
            return false;
        }
        while self.count() > limits.transactions || self.bytes() > limits.bytes.0 {
            let Some(victim) = self.victim(limits, base_fee) else { break };
            is_in &= self.remove(victim) != Some(new.hash());
        }
        is_in
    }

    fn best(&self, base_fee: u64, wanted: &Wanted) -> Vec<Hash> {
        let mut at: BTreeMap<Address, u64> = self
            .senders
            .iter()
            .map(|(address, (state, _))| {
                let next = wanted.next.get(address).copied().unwrap_or(0);
                (*address, state.nonce.max(next))
            })
            .collect();
        let (mut gas, mut best) = (wanted.gas.0, Vec::new());
        while wanted.count == 0 || best.len() < wanted.count {
            let racers = at.iter().filter_map(|(address, nonce)| {
                let (state, waiting) = &self.senders[address];
                let end = state.nonce + self.executable(address) as u64;
                let one = waiting.get(nonce).filter(|_| *nonce < end)?;
                let worth = worth(&one.transaction, base_fee);
                worth.0.then_some((worth, Reverse(one.arrival), *address))
            });
            let Some((_, _, winner)) = racers.max() else { break };
            let one = &self.senders[&winner].1[&at[&winner]];
            if gas < one.transaction.transaction().gas_limit().0 {
                break;
            }
            gas -= one.transaction.transaction().gas_limit().0;
            best.push(one.transaction.hash());
            *at.get_mut(&winner).expect("a racer") += 1;
        }
        best
    }
}

#[derive(Debug, Clone)]
enum Step {
    Insert(Draft, Sender),
    Refresh(u8, Sender),
    BaseFee(u64),
    Best(u64, usize, u8, u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    // Balances pay for one to four transactions, so that money runs out in the middle.
    let state = (0u64..4, prop_oneof![Just(1u64 << 40), 2_000_000u64..12_000_000])
        .prop_map(|(nonce, balance)| Sender { nonce, balance: U256::from(balance) });
    let draft = (1u8..5, 0u64..9, 20u128..100, 1u128..40, 0u64..1_000, 0usize..60);
    let draft = draft.prop_map(|(who, nonce, cap, tip, value, input)| Draft {
        who,
        nonce,
        cap,
        tip,
        value,
        input,
    });
    let step = prop_oneof![
        12 => (draft, state.clone()).prop_map(|(draft, state)| Step::Insert(draft, state)),
        2 => (1u8..5, state).prop_map(|(who, state)| Step::Refresh(who, state)),
        2 => (0u64..110).prop_map(Step::BaseFee),
        2 => (0u64..300_000, 0usize..9, 1u8..5, 0u64..5)
            .prop_map(|(gas, count, who, next)| Step::Best(gas, count, who, next)),
    ];
    proptest::collection::vec(step, 1..60)
}

fn hashes<'a>(all: impl Iterator<Item = &'a Recovered>) -> Vec<Hash> {
    all.map(Recovered::hash).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]
    #[test]
    fn the_pool_holds_chooses_and_drops_what_the_model_does(
        steps in steps(),
        executable in 1usize..5,
        queued in 0usize..4,
        transactions in 3usize..14,
        bytes in 400u64..3_000,
    ) {
        let limits = Limits {
            executable,
            queued,
            transactions,
            bytes: Bytes(bytes),
            ..Limits::default()
        };
        let mut base_fee = 20;
        let mut pool = Pool::new(limits, base_fee);
        let mut model = Model::default();
        for step in steps {
            match step {
                Step::Insert(draft, state) => {
                    let new = make(draft);
                    if pool.contains(&new.hash()) {
                        let again = pool.insert(new, state, Millis(0));
                        prop_assert_eq!(again, Err(Invalid::AlreadyKnown));
                        continue;
                    }
                    let want = model.insert(&limits, base_fee, &new, state);
                    let got = pool.insert(new, state, Millis(0));
                    prop_assert_eq!(got.is_ok(), want, "{:?}", got);
                }
                Step::Refresh(n, state) => {
                    model.refresh(&limits, who(n), state);
                    pool.refresh([(who(n), state)]);
                }
                Step::BaseFee(fee) => {
                    base_fee = fee;
                    pool.set_base_fee(fee);
                }
                Step::Best(gas, count, n, next) => {
                    let next = BTreeMap::from([(who(n), next)]);
                    let wanted = Wanted { gas: Gas(gas), count, next, ..Wanted::default() };
                    let got = hashes(pool.best(&wanted).iter());
                    prop_assert_eq!(got, model.best(base_fee, &wanted));
                }
            }
            prop_assert_eq!(pool.check(), Ok(()));
            let status = pool.status();
            prop_assert_eq!(status.executable + status.queued, model.count());
            for (address, (_, waiting)) in &model.senders {
                let (front, back) = pool.of(address);
                prop_assert_eq!(front.len(), model.executable(address));
                let got = hashes(front.into_iter().chain(back));
                prop_assert_eq!(got, hashes(waiting.values().map(|one| &one.transaction)));
            }
        }
    }
}

#[test]
fn refusals_have_ethereums_texts() {
    let limits = Limits { executable: 2, queued: 1, transactions: 4, ..Limits::default() };
    let mut pool = Pool::new(limits, 20);
    let insert = |pool: &mut Pool, draft: Draft, state: Sender| {
        pool.insert(make(draft), state, Millis(0)).map_err(|error| error.to_string())
    };
    let draft = Draft::default();
    assert!(insert(&mut pool, draft, rich(0)).is_ok_and(|done| done.is_executable));
    assert_eq!(insert(&mut pool, draft, rich(0)).unwrap_err(), "already known");
    let other = Draft { value: 1, ..draft };
    let refused = insert(&mut pool, other, rich(0)).unwrap_err();
    assert_eq!(refused, "replacement transaction underpriced");
    let refused = insert(&mut pool, other, rich(1)).unwrap_err();
    assert_eq!(refused, "nonce too low: next nonce 1, tx nonce 0");
    let poor = Sender { nonce: 0, balance: U256::from(2_999_999) };
    assert_eq!(
        insert(&mut pool, draft_with(draft, 7), poor).unwrap_err(),
        "insufficient funds for gas * price + value: balance 2999999, tx cost 3000000, overshot 1"
    );
    for nonce in [1, 3] {
        insert(&mut pool, draft_with(draft, nonce), rich(0)).unwrap();
    }
    assert_eq!(pool.status().queued, 1, "one is missing before it");
    let refused = insert(&mut pool, draft_with(draft, 4), rich(0)).unwrap_err();
    assert_eq!(refused, "account limit exceeded: 3 pooled, limit 3");
    // Full: what waits for others goes first, then what pays least.
    insert(&mut pool, Draft { who: 2, ..draft }, rich(0)).unwrap();
    let future = Draft { who: 3, nonce: 9, tip: 1, ..draft };
    let refused = insert(&mut pool, future, rich(0)).unwrap_err();
    assert_eq!(refused, "future transaction tries to replace pending");
    let done = insert(&mut pool, Draft { who: 4, tip: 1, ..draft }, rich(0)).unwrap();
    assert_eq!(done.evicted.len(), 1, "the queued one went");
    let refused = insert(&mut pool, Draft { who: 5, tip: 1, value: 1, ..draft }, rich(0));
    assert_eq!(refused.unwrap_err(), "transaction underpriced: gas tip cap 1, minimum needed 2");
    // All others have no more than they are promised: no price buys a third place.
    let refused = insert(&mut pool, Draft { tip: 50, ..draft_with(draft, 2) }, rich(0));
    assert_eq!(refused.unwrap_err(), "txpool is full");
    assert_eq!(pool.check(), Ok(()));
}

#[test]
fn a_sender_may_have_more_than_it_is_promised_until_others_come() {
    let limits = Limits { executable: 2, transactions: 8, ..Limits::default() };
    let mut pool = Pool::new(limits, 20);
    for nonce in 0..8 {
        let one = make(Draft { nonce, tip: 30, ..Draft::default() });
        assert!(pool.insert(one, rich(0), Millis(0)).unwrap().is_executable);
    }
    // Six others come who pay less, and it keeps its two.
    for n in 2..8 {
        let one = make(Draft { who: n, tip: 1, ..Draft::default() });
        let evicted = pool.insert(one, rich(0), Millis(0)).unwrap().evicted;
        assert_eq!(evicted.iter().map(Recovered::sender).collect::<Vec<_>>(), [who(1)]);
        assert_eq!(pool.check(), Ok(()));
    }
    assert_eq!(pool.of(&who(1)).0.len(), 2);
    // Now only a better price makes room.
    let cheap = make(Draft { who: 8, tip: 1, ..Draft::default() });
    assert!(pool.insert(cheap, rich(0), Millis(0)).is_err());
    let dear = make(Draft { who: 8, tip: 2, ..Draft::default() });
    assert!(pool.insert(dear, rich(0), Millis(0)).is_ok());
}

fn draft_with(draft: Draft, nonce: u64) -> Draft {
    Draft { nonce, ..draft }
}

#[test]
fn a_replacement_pays_a_tenth_more_in_both_fees() {
    let mut pool = Pool::new(Limits::default(), 20);
    let old = make(Draft::default());
    pool.insert(old.clone(), rich(0), Millis(0)).unwrap();
    for (cap, tip, wins) in [(110, 10, false), (109, 11, false), (110, 11, true)] {
        let new = make(Draft { cap, tip, ..Draft::default() });
        let outcome = pool.insert(new, rich(0), Millis(0));
        let replaced = outcome.ok().and_then(|done: Inserted| done.replaced);
        assert_eq!(replaced, wins.then(|| old.clone()), "{cap} {tip}");
    }
    assert_eq!(pool.status().executable, 1);
}

#[test]
fn a_gap_keeps_what_follows_waiting_until_it_is_filled() {
    let mut pool = Pool::new(Limits::default(), 20);
    for nonce in [2, 1] {
        let done = pool.insert(make(Draft { nonce, ..Draft::default() }), rich(0), Millis(0));
        assert!(!done.unwrap().is_executable);
    }
    assert!(pool.best(&Wanted { gas: Gas(1 << 30), ..Wanted::default() }).is_empty());
    let done = pool.insert(make(Draft::default()), rich(0), Millis(0));
    assert!(done.unwrap().is_executable);
    assert_eq!(pool.next_nonce(&who(1)), Some(3));
    assert_eq!((pool.executable().count(), pool.queued().count()), (3, 0));
}

#[test]
fn a_block_takes_its_transactions_out_and_touches_no_other_sender() {
    let mut pool = Pool::new(Limits::default(), 20);
    for n in 1..4 {
        for nonce in 0..3 {
            pool.insert(make(Draft { who: n, nonce, ..Draft::default() }), rich(0), Millis(0))
                .unwrap();
        }
    }
    let broke = Sender { nonce: 0, balance: U256::from(1) };
    let gone = pool.refresh([(who(1), rich(2)), (who(2), broke), (who(9), rich(0))]);
    assert_eq!(gone.len(), 5);
    assert_eq!(pool.of(&who(1)).0.len(), 1);
    assert_eq!(pool.of(&who(2)).0.len(), 0);
    assert_eq!(pool.of(&who(3)).0.len(), 3);
    assert_eq!(pool.check(), Ok(()));
}

#[test]
fn queued_transactions_expire_with_their_senders_silence_and_executable_ones_do_not() {
    let limits = Limits { lifetime: Millis(1_000), ..Limits::default() };
    let mut pool = Pool::new(limits, 20);
    assert_eq!(pool.next_expiry(), None);
    for (n, nonce, at) in [(1, 0, 0), (1, 5, 100), (2, 5, 50), (3, 0, 0)] {
        pool.insert(make(Draft { who: n, nonce, ..Draft::default() }), rich(0), Millis(at))
            .unwrap();
    }
    assert_eq!(pool.next_expiry(), Some(Millis(1_050)));
    assert_eq!(pool.expire(Millis(1_049)).len(), 0);
    assert_eq!(pool.expire(Millis(1_050)).len(), 1);
    assert_eq!(pool.expire(Millis(5_000)).len(), 1);
    assert_eq!((pool.status().executable, pool.status().queued), (2, 0));
    assert_eq!((pool.next_expiry(), pool.check()), (None, Ok(())));
}

#[test]
fn one_sender_with_many_goes_before_many_with_one() {
    let limits = Limits { transactions: 6, ..Limits::default() };
    let mut pool = Pool::new(limits, 20);
    for nonce in 0..3 {
        pool.insert(make(Draft { who: 1, nonce, ..Draft::default() }), rich(0), Millis(0)).unwrap();
    }
    for n in 2..7 {
        pool.insert(make(Draft { who: n, tip: 11, ..Draft::default() }), rich(0), Millis(0))
            .unwrap();
    }
    let left: Vec<usize> = (1..7).map(|n| pool.of(&who(n)).0.len()).collect();
    assert_eq!(left, [1, 1, 1, 1, 1, 1]);
    // Of the sender with three, the lowest nonce is what is left.
    assert_eq!(pool.of(&who(1)).0[0].transaction().nonce(), 0);
}

#[test]
fn a_sender_in_uncommitted_blocks_goes_on_where_they_end() {
    let mut pool = Pool::new(Limits::default(), 20);
    for nonce in 0..4 {
        pool.insert(make(Draft { nonce, ..Draft::default() }), rich(0), Millis(0)).unwrap();
    }
    let next = BTreeMap::from([(who(1), 2)]);
    let best = pool.best(&Wanted { gas: Gas(1 << 30), next, ..Wanted::default() });
    let nonces: Vec<u64> = best.iter().map(|one| one.transaction().nonce()).collect();
    assert_eq!(nonces, [2, 3]);
}

#[test]
fn a_transaction_that_does_not_fit_leaves_room_for_others() {
    let mut pool = Pool::new(Limits::default(), 20);
    let large = make(Draft { who: 1, tip: 20, input: 900, ..Draft::default() });
    let small = make(Draft { who: 2, ..Draft::default() });
    for one in [&large, &small] {
        pool.insert(one.clone(), rich(0), Millis(0)).unwrap();
    }
    let wanted = Wanted { gas: Gas(1 << 30), bytes: Bytes(500), ..Wanted::default() };
    assert_eq!(hashes(pool.best(&wanted).iter()), [small.hash()]);
}

/// A seed found it: the first one of a sender, long in a block, hid what follows it.
#[test]
fn a_first_one_below_the_base_fee_hides_nothing_once_it_is_in_a_block() {
    let mut pool = Pool::new(Limits::default(), 20);
    for (nonce, cap) in [(0, 20), (1, 57)] {
        let one = make(Draft { nonce, cap, tip: 1, ..Draft::default() });
        pool.insert(one, rich(0), Millis(0)).unwrap();
    }
    pool.set_base_fee(21);
    let wanted = Wanted { gas: Gas(1 << 30), ..Wanted::default() };
    assert_eq!(pool.best(&wanted), []);
    let next = BTreeMap::from([(who(1), 1)]);
    assert_eq!(pool.best(&Wanted { next, ..wanted }).len(), 1);
}
