//! What restricting plans hold and what is staked of them agree, whatever happens on a chain.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use common::{CHAIN, Chain, LAT, RICH, STAKE, Secrets, account};
use proptest::prelude::*;
use troupe_staking::contract::{RESTRICTING, STAKING};
use troupe_staking::params::{Param, Params};
use troupe_staking::restricting::{self, Plan, Sums};
use troupe_staking::stake::{self, Creation, Delegation, Description, Source, Stake, StakeId};
use troupe_staking::world::{Memory, Stored, Table, World};
use troupe_staking::{Calendar, Purse};

/// What somebody does. Candidates are 1 to 9, of which the first six are founders; delegators 40 to 45.
#[derive(Debug, Clone)]
enum Act {
    Plan { who: u8, plans: Vec<(u64, u128)> },
    Create { who: u8, amount: u128 },
    Increase { who: u8, amount: u128 },
    Withdraw { who: u8 },
    Delegate { who: u8, to: u8, amount: u128, source: Source },
    Undelegate { who: u8, from: u8, amount: u128 },
    Redeem { who: u8 },
    Offend { who: u8 },
    Blocks { count: u8 },
}

fn act() -> impl Strategy<Value = Act> {
    let candidate = || 1u8..10;
    let delegator = || 40u8..46;
    let who = || prop_oneof![candidate(), delegator()];
    let amount = || (10u128..200_000).prop_map(|lats| lats * LAT);
    let source = prop_oneof![
        1 => Just(Source::Free),
        3 => Just(Source::Restricted),
        3 => Just(Source::Mixed),
        2 => Just(Source::Locked),
    ];
    let plans = prop::collection::vec((1u64..6, (100u128..120_000).prop_map(|n| n * LAT)), 1..5);
    prop_oneof![
        6 => (who(), plans).prop_map(|(who, plans)| Act::Plan { who, plans }),
        2 => (7u8..10, 100_000u128..150_000)
            .prop_map(|(who, lats)| Act::Create { who, amount: lats * LAT }),
        2 => (candidate(), amount()).prop_map(|(who, amount)| Act::Increase { who, amount }),
        1 => candidate().prop_map(|who| Act::Withdraw { who }),
        6 => (delegator(), candidate(), amount(), source)
            .prop_map(|(who, to, amount, source)| Act::Delegate { who, to, amount, source }),
        5 => (delegator(), candidate(), amount())
            .prop_map(|(who, from, amount)| Act::Undelegate { who, from, amount }),
        2 => delegator().prop_map(|who| Act::Redeem { who }),
        1 => candidate().prop_map(|who| Act::Offend { who }),
        5 => (1u8..40).prop_map(|count| Act::Blocks { count }),
    ]
}

fn of(chain: &mut Chain, number: u8) -> Option<StakeId> {
    stake::by_node(&mut chain.world, &Secrets::new(number).node())
}

/// Becomes a candidate with what plans have first.
fn create(chain: &mut Chain, number: u8, amount: u128) {
    let caller = account(number);
    let creation = Creation {
        registration: Secrets::new(number).register(caller),
        source: Source::Mixed,
        amount,
        benefit: account(100 + number),
        share: 0,
        version: troupe_staking::governance::active_version(&mut chain.world),
        description: Description::default(),
    };
    let height = chain.height;
    let _ = chain.attempt(|world| stake::create(world, caller, creation, (CHAIN, height)));
}

fn perform(chain: &mut Chain, act: &Act) {
    match act.clone() {
        Act::Plan { who, plans } => {
            let plan = |(after, amount)| Plan { after, amount };
            let plans: Vec<Plan> = plans.into_iter().map(plan).collect();
            let _ = chain.attempt(|world| {
                Ok(restricting::create(world, account(60), account(who), &plans)?)
            });
        }
        Act::Create { who, amount } => create(chain, who, amount),
        Act::Increase { who, amount } => {
            let node = Secrets::new(who).node();
            let _ = chain.attempt(|world| {
                stake::increase(world, account(who), &node, Source::Mixed, amount)
            });
        }
        Act::Withdraw { who } => {
            let node = Secrets::new(who).node();
            let _ = chain.attempt(|world| stake::withdraw(world, account(who), &node));
        }
        Act::Delegate { who, to, amount, source } => {
            let node = Secrets::new(to).node();
            let _ =
                chain.attempt(|world| stake::delegate(world, account(who), source, &node, amount));
        }
        Act::Undelegate { who, from, amount } => {
            let Some(id) = of(chain, from) else { return };
            let _ = chain.attempt(|world| stake::undelegate(world, account(who), id, amount));
        }
        Act::Redeem { who } => drop(stake::redeem(&mut chain.world, account(who))),
        Act::Offend { who } => {
            let offenders: Vec<StakeId> = of(chain, who).into_iter().collect();
            chain.block(&offenders, |_| {});
        }
        Act::Blocks { count } => {
            for _ in 0..count {
                chain.block(&[], |_| {});
            }
        }
    }
}

/// What stakes, delegations and locks have of restricting plans.
fn staked(world: &mut Memory) -> u128 {
    let mut sum = 0;
    for table in [Table::Stake, Table::Delegation, Table::Lock] {
        let mut last = None;
        while let Some((key, value)) = world.next(table, last.as_ref()) {
            let purses = if table == Table::Stake {
                let stake = Stake::read(world, &value).unwrap();
                vec![stake.own, stake.fresh]
            } else if table == Table::Delegation {
                let delegation = Delegation::read(world, &value).unwrap();
                vec![delegation.counts, delegation.fresh, delegation.fresh_held]
            } else {
                vec![Purse::read(world, &value).unwrap()]
            };
            sum += purses.iter().map(|purse| purse.restricted).sum::<u128>();
            last = Some(key);
        }
    }
    sum
}

fn check(chain: &mut Chain) -> Sums {
    chain.check();
    let sums = restricting::audit(&mut chain.world).unwrap();
    assert_eq!(sums.locked, staked(&mut chain.world));
    sums
}

/// Makes blocks until everything is due that was ever frozen or planned.
fn wait(chain: &mut Chain) {
    let now = Calendar::period(&mut chain.world);
    // A block a settlement epoch: each ends with its round.
    chain.pace = 60_000;
    chain.until_period(now + 180);
    for who in 40..46 {
        perform(chain, &Act::Redeem { who });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_history_loses_what_was_planned(acts in prop::collection::vec(act(), 1..100)) {
        let mut chain = Chain::new(6, 6);
        chain.pace = 3_000;
        for act in &acts {
            perform(&mut chain, act);
            check(&mut chain);
        }
        for who in 7..10 {
            perform(&mut chain, &Act::Withdraw { who });
        }
        for who in 40..46 {
            for (id, amount) in stake::delegations_of(&mut chain.world, account(who)) {
                chain.attempt(|world| stake::undelegate(world, account(who), id, amount)).unwrap();
            }
        }
        // Founders stay, with what they added of their plans.
        wait(&mut chain);
        let sums = check(&mut chain);
        prop_assert_eq!(sums.held, 0);
        for who in (7..10).chain(40..46) {
            prop_assert_eq!(restricting::info(&mut chain.world, account(who)), None);
        }
    }
}

#[test]
fn a_candidate_that_is_slashed_loses_of_its_plans_what_it_has_no_other_stake_for() {
    let mut chain = Chain::new(4, 4);
    let plans = vec![(1, 50_000 * LAT), (200, 50_000 * LAT)];
    perform(&mut chain, &Act::Plan { who: 7, plans });
    create(&mut chain, 7, 120_000 * LAT);
    perform(&mut chain, &Act::Increase { who: 7, amount: 20_000 * LAT });
    let id = of(&mut chain, 7).unwrap();
    let own = |chain: &mut Chain| {
        let stake = Stake::of(&mut chain.world, id).unwrap();
        let mut all = stake.own;
        all.add(stake.fresh);
        (all.free / LAT, all.restricted / LAT)
    };
    assert_eq!(own(&mut chain), (40_000, 100_000));
    chain.until_period(3);
    let info = restricting::info(&mut chain.world, account(7)).unwrap();
    assert_eq!((info.owed, info.locked), (50_000 * LAT, 100_000 * LAT));

    // It loses a half, and a half of what is left.
    let mut params = Params::of(&mut chain.world);
    params.set(Param::DoubleSignFraction, 5_000).unwrap();
    params.keep(&mut chain.world);
    chain.block(&[id], |_| {});
    check(&mut chain);
    assert_eq!(own(&mut chain), (0, 70_000));
    let info = restricting::info(&mut chain.world, account(7)).unwrap();
    assert_eq!((info.owed, info.locked), (50_000 * LAT, 70_000 * LAT));
    assert_eq!(info.releases[0].amount, 20_000 * LAT);
    chain.block(&[id], |_| {});
    let info = restricting::info(&mut chain.world, account(7)).unwrap();
    assert_eq!((info.owed, info.locked, info.releases), (35_000 * LAT, 35_000 * LAT, vec![]));
    let before = chain.world.balance(account(7));
    assert_eq!(before, RICH - 40_000 * LAT);
    wait(&mut chain);
    assert_eq!(check(&mut chain), Sums::default());
    assert_eq!(chain.world.balance(account(7)), before + 35_000 * LAT);
    assert_eq!(chain.world.balance(RESTRICTING), 0);
    assert_eq!(chain.world.balance(STAKING), 4 * STAKE);
}
