//! Restricting plans against a model that keeps lists.

use super::LAT;
use proptest::prelude::*;
use std::collections::BTreeMap;
use troupe_staking::contract::{RESTRICTING, REWARD_POOL, STAKING};
use troupe_staking::restricting::{self, Plan, Sums, audit, info};
use troupe_staking::world::{Memory, Table, World};
use troupe_types::Address;

const ACCOUNTS: u8 = 3;

#[derive(Debug, Clone)]
enum Act {
    Plan(u8, u8, Vec<(u64, u128)>),
    Lock(u8, u128),
    GiveBack(u8, u128),
    Slash(u8, u128),
    Pass(u64),
    Release(usize),
}

fn act() -> impl Strategy<Value = Act> {
    let account = 0..ACCOUNTS;
    let plans = prop::collection::vec((1u64..6, 100 * LAT..300 * LAT), 1..5);
    prop_oneof![
        3 => (account.clone(), account.clone(), plans).prop_map(|(a, b, c)| Act::Plan(a, b, c)),
        3 => (account.clone(), 0..=1_000u128).prop_map(|(a, b)| Act::Lock(a, b)),
        2 => (account.clone(), 0..=1_000u128).prop_map(|(a, b)| Act::GiveBack(a, b)),
        1 => (account, 0..=1_000u128).prop_map(|(a, b)| Act::Slash(a, b)),
        1 => (1u64..3).prop_map(Act::Pass),
        2 => (0usize..6).prop_map(Act::Release),
    ]
}

/// An account as one would write it down.
#[derive(Debug, Clone, Default)]
struct Account {
    free: u128,
    held: u128,
    locked: u128,
    owed: u128,
    releases: BTreeMap<u64, u128>,
}

impl Account {
    fn pay(&mut self) {
        let amount = self.owed.min(self.held);
        self.owed -= amount;
        self.held -= amount;
        self.free += amount;
    }

    fn slash(&mut self, mut amount: u128) {
        self.locked -= amount;
        while let Some(mut last) = self.releases.last_entry() {
            let missing = amount.min(*last.get());
            *last.get_mut() -= missing;
            amount -= missing;
            if amount == 0 {
                break;
            }
            last.remove();
        }
        self.owed -= amount;
    }
}

#[derive(Debug)]
struct Both {
    world: Memory,
    accounts: Vec<Account>,
    period: u64,
}

fn address(number: u8) -> Address {
    Address([number + 1; 20])
}

impl Both {
    fn begin() -> Self {
        let mut world = super::world();
        for number in 0..ACCOUNTS {
            world.mint(address(number), 5_000 * LAT);
        }
        let account = Account { free: 5_000 * LAT, ..Account::default() };
        let accounts = vec![account; ACCOUNTS.into()];
        let mut both = Self { world, accounts, period: 1 };
        both.pass(0);
        both
    }

    fn pass(&mut self, periods: u64) {
        self.period += periods;
        super::period(&mut self.world, self.period);
    }

    fn plan(&mut self, from: u8, to: u8, plans: &[(u64, u128)]) {
        let plan = |&(after, amount): &(u64, u128)| Plan { after, amount };
        let all: Vec<Plan> = plans.iter().map(plan).collect();
        let sum: u128 = plans.iter().map(|plan| plan.1).sum();
        let made = restricting::create(&mut self.world, address(from), address(to), &all);
        assert_eq!(made.is_ok(), self.accounts[usize::from(from)].free >= sum);
        if made.is_err() {
            return;
        }
        self.accounts[usize::from(from)].free -= sum;
        let account = &mut self.accounts[usize::from(to)];
        for (after, amount) in plans {
            *account.releases.entry(self.period + after).or_default() += amount;
        }
        account.held += sum;
        account.pay();
    }

    fn release(&mut self, most: usize) {
        let is_left = restricting::release(&mut self.world, self.period, most);
        for _ in 0..most {
            let Some((period, number)) = self.due() else { break };
            let account = &mut self.accounts[number];
            account.owed += account.releases.remove(&period).expect("it is due");
            account.pay();
        }
        // A release of which everything was slashed may stand in the queue still.
        assert!(is_left || self.due().is_none());
    }

    fn due(&self) -> Option<(u64, usize)> {
        let first = |(number, account): (usize, &Account)| {
            account.releases.keys().next().map(|period| (*period, number))
        };
        let all = self.accounts.iter().enumerate().filter_map(first);
        all.min().filter(|(period, _)| *period <= self.period)
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Plan(from, to, plans) => self.plan(from, to, &plans),
            Act::Lock(number, parts) => {
                let is_there = info(&mut self.world, address(number)).is_some();
                let account = &mut self.accounts[usize::from(number)];
                let amount = account.held / 900 * parts;
                let locked = restricting::lock(&mut self.world, address(number), amount);
                assert_eq!(locked.is_ok(), is_there && amount <= account.held);
                if locked.is_ok() {
                    account.held -= amount;
                    account.locked += amount;
                }
            }
            Act::GiveBack(number, parts) => {
                let account = &mut self.accounts[usize::from(number)];
                let amount = account.locked / 1_000 * parts;
                restricting::give_back(&mut self.world, address(number), amount);
                account.locked -= amount;
                account.held += amount;
                account.pay();
            }
            Act::Slash(number, parts) => {
                let account = &mut self.accounts[usize::from(number)];
                let amount = account.locked / 1_000 * parts;
                restricting::slashed(&mut self.world, address(number), amount);
                self.world.pay(STAKING, REWARD_POOL, amount);
                account.slash(amount);
            }
            Act::Pass(periods) => self.pass(periods),
            // Without a slash both make the same releases; with one the queue has some of nothing.
            Act::Release(most) => {
                let most = if self.world.balance(REWARD_POOL) > 0 { 1_000 } else { most };
                self.release(most);
            }
        }
    }

    fn compare(&mut self) {
        assert_eq!(self.world.broken, None);
        let mut sums = Sums::default();
        for (number, account) in (0..).zip(&self.accounts) {
            let address = address(number);
            assert_eq!(self.world.balance(address), account.free);
            sums.held += account.held;
            sums.locked += account.locked;
            let Some(info) = info(&mut self.world, address) else {
                assert_eq!(account.held + account.locked + account.owed, 0);
                continue;
            };
            assert_eq!(info.balance, account.held + account.locked);
            assert_eq!((info.owed, info.locked), (account.owed, account.locked));
            let releases = info.releases.iter().map(|release| (release.period, release.amount));
            let wanted = account.releases.iter().map(|(period, amount)| (*period, *amount));
            assert!(releases.eq(wanted.filter(|(_, amount)| *amount > 0)));
        }
        assert_eq!(audit(&mut self.world), Ok(sums));
        assert_eq!(self.world.balance(RESTRICTING), sums.held);
        assert_eq!(self.world.balance(STAKING), sums.locked);
        assert_eq!(self.world.supply(), u128::from(ACCOUNTS) * 5_000 * LAT);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_history_leaves_what_lists_would(acts in prop::collection::vec(act(), 1..80)) {
        let mut both = Both::begin();
        for act in acts {
            both.act(act);
            both.compare();
        }
        // Once everything comes back and is due, nobody is owed anything.
        for number in 0..ACCOUNTS {
            both.act(Act::GiveBack(number, 1_000));
            let rest = both.accounts[usize::from(number)].locked;
            restricting::give_back(&mut both.world, address(number), rest);
        }
        both.pass(10);
        restricting::release(&mut both.world, both.period, 10_000);
        prop_assert_eq!(audit(&mut both.world), Ok(Sums::default()));
        prop_assert_eq!(both.world.balance(RESTRICTING), 0);
        for table in [Table::Restricted, Table::Release, Table::Releases] {
            prop_assert_eq!(both.world.next(table, None), None);
        }
    }
}
