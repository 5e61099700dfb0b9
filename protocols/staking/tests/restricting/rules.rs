//! Restricting plans, rule by rule.

use super::{LAT, period};
use troupe_staking::Error;
use troupe_staking::contract::{RESTRICTING, REWARD_POOL, STAKING};
use troupe_staking::restricting::{
    self, Event, Info, MAX_ENTRIES, Plan, Refused, Release, available, create, info,
};
use troupe_staking::world::{Memory, Table, World};
use troupe_types::Address;

const EMPLOYER: Address = Address([1; 20]);
const WORKER: Address = Address([2; 20]);
const OTHER: Address = Address([3; 20]);

fn world() -> Memory {
    let mut world = super::world();
    period(&mut world, 10);
    world.mint(EMPLOYER, 1_000_000 * LAT);
    world
}

fn plan(after: u64, lats: u128) -> Plan {
    Plan { after, amount: lats * LAT }
}

fn release(period: u64, lats: u128) -> Release {
    Release { period, amount: lats * LAT }
}

fn balance(world: &mut Memory, of: Address) -> u128 {
    world.balance(of) / LAT
}

/// What an account has of its plans: all, owed, locked, and the releases to come.
fn state(world: &mut Memory) -> (u128, u128, u128, Vec<Release>) {
    assert_eq!(world.broken, None);
    restricting::audit(world).expect("sound plans");
    let Info { balance, owed, locked, releases } = info(world, WORKER).expect("it has a plan");
    (balance / LAT, owed / LAT, locked / LAT, releases)
}

/// Slashes as whoever slashes does: the LAT go to the reward pool.
fn slash(world: &mut Memory, lats: u128) {
    restricting::slashed(world, WORKER, lats * LAT);
    world.pay(STAKING, REWARD_POOL, lats * LAT);
}

#[test]
fn a_plan_is_released_at_the_ends_of_its_settlement_epochs() {
    let mut world = world();
    create(&mut world, EMPLOYER, WORKER, &[plan(1, 100), plan(3, 200), plan(3, 300)]).unwrap();
    assert_eq!(state(&mut world), (600, 0, 0, vec![release(11, 100), release(13, 500)]));
    assert_eq!(balance(&mut world, RESTRICTING), 600);
    assert!(!restricting::release(&mut world, 10, 100));
    assert_eq!(balance(&mut world, WORKER), 0);
    assert!(!restricting::release(&mut world, 11, 100));
    assert_eq!(balance(&mut world, WORKER), 100);
    let paid = Event::Paid { account: WORKER, amount: 100 * LAT, owed: 0 };
    assert_eq!(world.events.last(), Some(&paid.into()));
    assert!(!restricting::release(&mut world, 13, 100));
    assert_eq!(balance(&mut world, WORKER), 600);
    assert_eq!(info(&mut world, WORKER), None);
    // Nothing stays behind but what was there before.
    assert_eq!(world.records.len(), 3);
    assert_eq!(world.supply(), 1_000_000 * LAT);
}

#[test]
fn a_refusal_names_the_bound_and_has_the_code_of_platon() {
    let mut world = world();
    let mut refused = |from, plans: &[Plan]| {
        let refused = create(&mut world, from, WORKER, plans).unwrap_err();
        (Error::from(refused.clone()).code(), refused)
    };
    let most = 120 * 31_557_600 / (6 * 3_600);
    let got = refused(EMPLOYER, &[plan(0, 100)]);
    assert_eq!(got, (304_001, Refused::After { got: 0, most }));
    let got = refused(EMPLOYER, &[plan(most + 1, 100)]);
    assert_eq!(got, (304_001, Refused::After { got: most + 1, most }));
    assert_eq!(refused(EMPLOYER, &[]), (304_002, Refused::Plans { got: 0, most: 36 }));
    let got = refused(EMPLOYER, &[plan(1, 100); 37]);
    assert_eq!(got, (304_002, Refused::Plans { got: 37, most: 36 }));
    let got = refused(OTHER, &[plan(1, 100)]);
    assert_eq!(got, (304_004, Refused::Funds { got: 0, want: 100 * LAT }));
    let got = refused(EMPLOYER, &[plan(1, 100), plan(1, 99)]);
    assert_eq!(got, (304_014, Refused::TooLow { got: 99 * LAT, least: 100 * LAT }));
    assert_eq!(refused(EMPLOYER, &[plan(1, 0)]).0, 304_011);
    let all = [Plan { after: 1, amount: u128::MAX }; 2];
    assert_eq!(refused(EMPLOYER, &all).0, 304_004);
    create(&mut world, EMPLOYER, WORKER, &[plan(most, 100)]).unwrap();
    assert_eq!(state(&mut world).3, [release(10 + most, 100)]);

    let refused = restricting::lock(&mut world, OTHER, 1).unwrap_err();
    assert_eq!((refused.code(), refused.to_string().as_str()), (304_005, &*unknown()));
    let refused = restricting::lock(&mut world, WORKER, 101 * LAT).unwrap_err();
    assert_eq!(refused, Refused::Available { got: 100 * LAT, want: 101 * LAT });
    assert_eq!(refused.code(), 304_013);
}

fn unknown() -> String {
    format!("{OTHER} has no restricting plan")
}

#[test]
fn what_is_due_while_it_is_staked_is_paid_when_the_stake_comes_back() {
    let mut world = world();
    create(&mut world, EMPLOYER, WORKER, &[plan(1, 100), plan(2, 100)]).unwrap();
    restricting::lock(&mut world, WORKER, 150 * LAT).unwrap();
    assert_eq!(available(&mut world, WORKER), 50 * LAT);
    assert_eq!(balance(&mut world, STAKING), 150);
    restricting::release(&mut world, 11, 100);
    assert_eq!(state(&mut world), (150, 50, 150, vec![release(12, 100)]));
    assert_eq!(balance(&mut world, WORKER), 50);
    restricting::give_back(&mut world, WORKER, 30 * LAT);
    assert_eq!(state(&mut world), (120, 20, 120, vec![release(12, 100)]));
    assert_eq!(balance(&mut world, WORKER), 80);
    restricting::give_back(&mut world, WORKER, 120 * LAT);
    assert_eq!(state(&mut world), (100, 0, 0, vec![release(12, 100)]));
    assert_eq!(balance(&mut world, WORKER), 100);
}

#[test]
fn a_slash_takes_from_the_last_releases_first_and_leaves_no_debt_that_is_never_paid() {
    let mut world = world();
    create(&mut world, EMPLOYER, WORKER, &[plan(1, 100), plan(2, 100), plan(3, 100)]).unwrap();
    restricting::lock(&mut world, WORKER, 300 * LAT).unwrap();
    slash(&mut world, 150);
    assert_eq!(state(&mut world), (150, 0, 150, vec![release(11, 100), release(12, 50)]));
    restricting::release(&mut world, 13, 2);
    assert_eq!(state(&mut world), (150, 150, 150, vec![]));
    restricting::release(&mut world, 13, 2);
    slash(&mut world, 100);
    assert_eq!(state(&mut world), (50, 50, 50, vec![]));
    restricting::give_back(&mut world, WORKER, 50 * LAT);
    assert_eq!((info(&mut world, WORKER), balance(&mut world, WORKER)), (None, 50));
    assert_eq!(world.supply(), 1_000_000 * LAT);
}

#[test]
fn a_later_plan_does_not_bear_what_was_slashed_before() {
    let mut world = world();
    create(&mut world, EMPLOYER, WORKER, &[plan(1, 100), plan(2, 100)]).unwrap();
    restricting::lock(&mut world, WORKER, 200 * LAT).unwrap();
    slash(&mut world, 120);
    create(&mut world, EMPLOYER, WORKER, &[plan(9, 500)]).unwrap();
    let releases = vec![release(11, 80), release(19, 500)];
    assert_eq!(state(&mut world), (580, 0, 80, releases));
    restricting::release(&mut world, 18, 100);
    assert_eq!(balance(&mut world, WORKER), 80);
}

#[test]
fn many_releases_spread_over_blocks_the_oldest_first() {
    let mut world = world();
    for account in 0..90 {
        let account = Address([100 + account; 20]);
        create(&mut world, EMPLOYER, account, &[plan(1, 100), plan(2, 100)]).unwrap();
    }
    let mut blocks = 1;
    while restricting::release(&mut world, 12, 50) {
        assert_eq!(balance(&mut world, RESTRICTING), 18_000 - blocks * 5_000);
        let oldest = world.next(Table::Releases, None).unwrap().0.number(0);
        assert_eq!(oldest, if blocks == 1 { 11 } else { 12 });
        blocks += 1;
    }
    assert_eq!((blocks, balance(&mut world, RESTRICTING)), (4, 0));
    assert_eq!(restricting::audit(&mut world), Ok(restricting::Sums::default()));
}

#[test]
fn an_account_waits_for_so_many_releases_and_no_more() {
    let mut world = world();
    let mut after = 0;
    let mut many = |count: u64| -> Vec<Plan> {
        let first = after + 1;
        after += count;
        (first..=after).map(|after| plan(after, 100)).collect()
    };
    for _ in 0..MAX_ENTRIES / 32 {
        create(&mut world, EMPLOYER, WORKER, &many(32)).unwrap();
    }
    let mut tried = world.clone();
    let refused = create(&mut tried, EMPLOYER, WORKER, &many(1)).unwrap_err();
    let full = Refused::TooMany { account: WORKER, got: MAX_ENTRIES + 1, most: MAX_ENTRIES };
    assert_eq!((refused.code(), refused), (304_016, full));
    // What falls into a settlement epoch that it waits for is no other release.
    create(&mut world, EMPLOYER, WORKER, &[plan(5, 100)]).unwrap();
    restricting::release(&mut world, 11, 1);
    create(&mut world, EMPLOYER, WORKER, &many(1)).unwrap();
    assert_eq!(state(&mut world).3.len() as u64, MAX_ENTRIES);
}

#[test]
fn more_than_was_locked_comes_never_back() {
    let mut world = world();
    create(&mut world, EMPLOYER, WORKER, &[plan(1, 100)]).unwrap();
    restricting::lock(&mut world, WORKER, 10 * LAT).unwrap();
    let acts: [fn(&mut Memory, Address, u128); 2] = [
        |world, account, amount| restricting::give_back(world, account, amount),
        |world, account, amount| restricting::slashed(world, account, amount),
    ];
    for act in acts {
        let mut tried = world.clone();
        act(&mut tried, WORKER, 11 * LAT);
        assert!(tried.broken.is_some());
        assert_eq!(tried.balances, world.balances);
    }
}
