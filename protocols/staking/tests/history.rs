//! Whatever people do, the supply is what it should be and the records agree with each other.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use common::{Chain, LAT, RICH, Secrets, account};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use troupe_staking::Calendar;
use troupe_staking::params::{Param, Params};
use troupe_staking::restricting::{self, Plan};
use troupe_staking::stake::{self, Source, StakeId};
use troupe_staking::world::World;

/// What somebody does.
#[derive(Debug, Clone)]
enum Act {
    Create { who: u8, amount: u128 },
    Increase { who: u8, amount: u128 },
    Withdraw { who: u8 },
    Delegate { who: u8, to: u8, amount: u128, is_locked: bool },
    Undelegate { who: u8, from: u8, amount: u128 },
    Redeem { who: u8 },
    Claim { who: u8 },
    Share { who: u8, share: u16 },
    Offend { who: u8 },
    Sleep { who: u8 },
    Wake,
    Param { which: usize, is_most: bool },
    Plan { who: u8, after: u64, amount: u128 },
    Blocks { count: u8 },
}

/// Candidates are 1 to 12, delegators 40 to 60.
fn act() -> impl Strategy<Value = Act> {
    let who = || 1u8..13;
    let delegator = || 40u8..61;
    let amount = || prop_oneof![(0u128..30).prop_map(|n| n * LAT), 0u128..300_000 * LAT];
    prop_oneof![
        3 => (who(), 90_000u128..400_000).prop_map(|(who, lat)| Act::Create { who, amount: lat * LAT }),
        2 => (who(), amount()).prop_map(|(who, amount)| Act::Increase { who, amount }),
        1 => who().prop_map(|who| Act::Withdraw { who }),
        8 => (delegator(), who(), amount(), any::<bool>())
            .prop_map(|(who, to, amount, is_locked)| Act::Delegate { who, to, amount, is_locked }),
        6 => (delegator(), who(), amount()).prop_map(|(who, from, amount)| Act::Undelegate { who, from, amount }),
        3 => delegator().prop_map(|who| Act::Redeem { who }),
        3 => delegator().prop_map(|who| Act::Claim { who }),
        1 => (who(), 0u16..10_000).prop_map(|(who, share)| Act::Share { who, share }),
        1 => who().prop_map(|who| Act::Offend { who }),
        1 => who().prop_map(|who| Act::Sleep { who }),
        1 => Just(Act::Wake),
        1 => (0..Param::ALL.len(), any::<bool>()).prop_map(|(which, is_most)| Act::Param { which, is_most }),
        2 => (1u8..61, 1u64..30, amount()).prop_map(|(who, after, amount)| Act::Plan { who, after, amount }),
        6 => (1u8..40).prop_map(|count| Act::Blocks { count }),
    ]
}

fn of(chain: &mut Chain, number: u8) -> Option<StakeId> {
    stake::by_node(&mut chain.world, &Secrets::new(number).node())
}

fn perform(chain: &mut Chain, act: &Act) {
    match *act {
        Act::Create { who, amount } => drop(chain.create(who, amount)),
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
        Act::Delegate { who, to, amount, is_locked } => {
            let node = Secrets::new(to).node();
            let source = if is_locked { Source::Locked } else { Source::Mixed };
            let _ =
                chain.attempt(|world| stake::delegate(world, account(who), source, &node, amount));
        }
        Act::Undelegate { who, from, amount } => {
            let Some(id) = of(chain, from) else { return };
            let _ = chain.attempt(|world| stake::undelegate(world, account(who), id, amount));
        }
        Act::Redeem { who } => drop(stake::redeem(&mut chain.world, account(who))),
        Act::Claim { who } => drop(stake::claim(&mut chain.world, account(who))),
        Act::Share { who, share } => {
            let node = Secrets::new(who).node();
            let edit = stake::Edit { share: Some(share), ..stake::Edit::default() };
            let _ = chain.attempt(|world| stake::edit(world, account(who), &node, edit));
        }
        Act::Offend { who } => {
            let offenders: Vec<StakeId> = of(chain, who).into_iter().collect();
            chain.block(&offenders, |_| {});
        }
        Act::Sleep { who } => {
            // Somebody has to make blocks.
            if let Some(id) = of(chain, who).filter(|_| chain.idle.len() < 2) {
                chain.idle.push(id);
            }
        }
        Act::Wake => chain.idle.clear(),
        Act::Param { which, is_most } => {
            let mut params = Params::of(&mut chain.world);
            let (least, most) = params.range(Param::ALL[which]).into_inner();
            params.set(Param::ALL[which], if is_most { most } else { least }).unwrap();
            params.keep(&mut chain.world);
        }
        Act::Plan { who, after, amount } => {
            // Somebody who has no part in the rest gives it.
            let plan = Plan { after, amount };
            let _ = chain.attempt(|world| {
                Ok(restricting::create(world, account(90), account(who), &[plan])?)
            });
        }
        Act::Blocks { count } => {
            for _ in 0..count {
                chain.block(&[], |_| {});
            }
        }
    }
}

fn run(acts: &[Act], checked: usize) -> Chain {
    let mut chain = Chain::new(6, 6);
    // A block of three seconds: some ten rounds make a year.
    chain.pace = 3_000;
    for some in acts.chunks(checked) {
        for act in some {
            perform(&mut chain, act);
        }
        chain.check();
    }
    chain
}

/// Everybody leaves: what was theirs comes back, but for what was slashed.
fn go_home(chain: &mut Chain) {
    for who in 1..13 {
        perform(chain, &Act::Withdraw { who });
    }
    for who in 40..61 {
        for (id, amount) in stake::delegations_of(&mut chain.world, account(who)) {
            chain.attempt(|world| stake::undelegate(world, account(who), id, amount)).unwrap();
        }
    }
    chain.check();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_history_loses_or_makes_a_von(acts in prop::collection::vec(act(), 1..120)) {
        let mut chain = run(&acts, 1);
        go_home(&mut chain);
        for who in 40..61 {
            let locked = stake::locked(&mut chain.world, account(who));
            let later: u128 = locked.later.iter().map(|(_, purse)| purse.total()).sum();
            let all = chain.world.balance(account(who)) + locked.free.total() + later;
            // Delegators are not slashed.
            let plans = restricting::info(&mut chain.world, account(who));
            let plans = plans.map_or(0, |info| info.balance);
            prop_assert!(all + plans >= RICH, "{who}: {all}");
        }
        // The same acts lead to the same records.
        let mut again = run(&acts, 100);
        go_home(&mut again);
        prop_assert_eq!(again.world, chain.world);
    }
}

#[test]
fn ten_thousand_operations() {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[0; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let acts = prop::collection::vec(act(), 10_000).new_tree(&mut runner).unwrap().current();
    let mut chain = run(&acts, 200);
    go_home(&mut chain);
    assert!(Calendar::period(&mut chain.world) > 1_000);
    assert!(chain.world.events.len() > 500);
}
