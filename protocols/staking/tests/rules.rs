//! One rule after the other.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use common::{CHAIN, Chain, LAT, POOL, RICH, STAKE, Secrets, account};
use troupe_staking::contract::{DELEGATE_REWARD, REWARD_POOL};
use troupe_staking::params::{Param, Params};
use troupe_staking::reward::Rewards;
use troupe_staking::stake::{self, Edit, Refused, Source, Stake, StakeId, Status};
use troupe_staking::world::World;
use troupe_staking::{Calendar, Error};
use troupe_types::Height;

fn node(number: u8) -> troupe_types::NodeId {
    Secrets::new(number).node()
}

fn delegate(chain: &mut Chain, who: u8, to: u8, amount: u128) -> Result<(), Error> {
    let to = node(to);
    chain.attempt(|world| stake::delegate(world, account(who), Source::Free, &to, amount))
}

fn undelegate(chain: &mut Chain, who: u8, id: StakeId, amount: u128) -> Result<(), Error> {
    chain.attempt(|world| stake::undelegate(world, account(who), id, amount).map(drop))
}

fn withdraw(chain: &mut Chain, who: u8) -> Result<(), Error> {
    let of = node(who);
    chain.attempt(|world| stake::withdraw(world, account(who), &of))
}

fn id(chain: &mut Chain, number: u8) -> StakeId {
    stake::by_node(&mut chain.world, &node(number)).unwrap()
}

fn of(chain: &mut Chain, number: u8) -> Stake {
    let id = id(chain, number);
    let period = Calendar::period(&mut chain.world);
    Stake::now(&mut chain.world, id, period).unwrap()
}

fn balance(chain: &mut Chain, number: u8) -> u128 {
    chain.world.balance(account(number))
}

fn set(chain: &mut Chain, param: Param, value: u128) {
    let mut params = Params::of(&mut chain.world);
    params.set(param, value).unwrap();
    params.keep(&mut chain.world);
}

fn refused(result: Result<impl std::fmt::Debug, Error>) -> Refused {
    match result.unwrap_err() {
        Error::Stake(refused) => refused,
        other => panic!("{other}"),
    }
}

#[test]
fn what_is_staked_does_not_count_before_the_next_settlement_epoch_and_goes_back_at_once() {
    let mut chain = Chain::new(4, 4);
    let created = chain.create(9, STAKE).unwrap();
    assert_eq!(of(&mut chain, 9).own.total(), 0);
    assert_eq!(of(&mut chain, 9).fresh.free, STAKE);
    assert!(!stake::is_alternative(&mut chain.world, created));
    withdraw(&mut chain, 9).unwrap();
    assert_eq!(balance(&mut chain, 9), RICH);
    assert_eq!(Stake::of(&mut chain.world, created), None);
    chain.check();

    // Again, with the same keys, and another number.
    let again = chain.create(9, STAKE).unwrap();
    assert!(again > created);
    chain.until_period(2);
    assert_eq!(of(&mut chain, 9).own.free, STAKE);
    assert!(stake::is_alternative(&mut chain.world, again));
    chain.check();
}

#[test]
fn who_served_waits_and_who_did_not_leaves_at_once_with_all_delegators() {
    let mut chain = Chain::new(4, 4);
    set(&mut chain, Param::MaxValidators, 5);
    let (winner, loser) =
        (chain.create(9, 200_000 * LAT).unwrap(), chain.create(10, STAKE).unwrap());
    // The founders have more votes than the loser.
    for founder in 1..=4 {
        delegate(&mut chain, 40, founder, 1_000 * LAT).unwrap();
    }
    for (who, to) in [(50, 9), (51, 10)] {
        delegate(&mut chain, who, to, 100 * LAT).unwrap();
    }
    chain.until_period(3);
    let alternatives = stake::alternatives(&mut chain.world);
    assert!(alternatives.contains(&winner) && !alternatives.contains(&loser));

    undelegate(&mut chain, 51, loser, 100 * LAT).unwrap();
    assert_eq!(balance(&mut chain, 51), RICH);
    withdraw(&mut chain, 10).unwrap();
    assert_eq!(balance(&mut chain, 10), RICH);

    undelegate(&mut chain, 50, winner, 100 * LAT).unwrap();
    let locked = stake::locked(&mut chain.world, account(50));
    assert_eq!(locked.free.total(), 0);
    assert_eq!(locked.later, [(3 + 56, troupe_staking::Purse { free: 100 * LAT, restricted: 0 })]);
    withdraw(&mut chain, 9).unwrap();
    assert_eq!(balance(&mut chain, 9), RICH - 200_000 * LAT);
    assert_eq!(of(&mut chain, 9).until, 3 + 168);
    assert_eq!(refused(chain.create(9, STAKE)), Refused::StakesAlready { got: account(9) });

    // What is locked may be delegated again, and is locked as long when it comes back.
    let to = node(1);
    let founder = id(&mut chain, 1);
    chain
        .attempt(|world| stake::delegate(world, account(50), Source::Locked, &to, 100 * LAT))
        .unwrap();
    assert!(stake::locked(&mut chain.world, account(50)).later.is_empty());
    undelegate(&mut chain, 50, founder, 100 * LAT).unwrap();
    assert_eq!(stake::locked(&mut chain.world, account(50)).later[0].0, 59);

    chain.pace = 20_000;
    chain.until_period(59);
    stake::redeem(&mut chain.world, account(50));
    assert!(balance(&mut chain, 50) >= RICH);
    chain.until_period(171);
    assert_eq!(balance(&mut chain, 9), RICH);
    assert_eq!(stake::by_node(&mut chain.world, &node(9)), None);
    chain.check();
}

#[test]
fn rewards_are_divided_as_the_rules_say() {
    let mut chain = Chain::new(4, 4);
    let share = Edit { share: Some(500), ..Edit::default() };
    set(&mut chain, Param::RewardChangeInterval, 2);
    chain.until_period(3);
    let to = node(1);
    chain.attempt(|world| stake::edit(world, account(1), &to, share)).unwrap();
    delegate(&mut chain, 50, 1, 300 * LAT).unwrap();
    delegate(&mut chain, 51, 1, 100 * LAT).unwrap();
    chain.until_period(4);
    // Both count from now on; a third one does not.
    delegate(&mut chain, 52, 1, 1_000_000 * LAT).unwrap();
    let rewards = Rewards::now(&mut chain.world);
    let pool = chain.world.balance(REWARD_POOL);
    assert_eq!(rewards.producers + rewards.alternatives, pool / 21);
    let before: Vec<u128> = (101..=104).map(|who| balance(&mut chain, who)).collect();
    let paid_before = chain.world.balance(DELEGATE_REWARD);
    chain.until_period(5);

    // Four founders made the same number of blocks each, in whole rounds.
    let each = rewards.producers / 4 + rewards.alternatives / 4;
    let delegators = {
        let part = |amount: u128| amount * 500 / 10_000;
        part(rewards.producers / 4) + part(rewards.alternatives / 4)
    };
    for (at, who) in (102..=104).enumerate() {
        assert_eq!(balance(&mut chain, who) - before[at + 1], each, "{who}");
    }
    assert_eq!(balance(&mut chain, 101) - before[0], each - delegators);
    assert_eq!(chain.world.balance(DELEGATE_REWARD) - paid_before, delegators);
    let earned = |chain: &mut Chain, who| {
        let all = stake::claimable(&mut chain.world, account(who));
        all.iter().map(|(_, income)| income).sum::<u128>()
    };
    let (three, one) = (earned(&mut chain, 50), earned(&mut chain, 51));
    assert!(delegators * 3 / 4 - three < 4 && delegators / 4 - one < 4, "{three} {one}");
    assert_eq!(earned(&mut chain, 52), 0);

    let before = balance(&mut chain, 50);
    assert_eq!(stake::claim(&mut chain.world, account(50)).len(), 1);
    assert_eq!(balance(&mut chain, 50) - before, three);
    assert!(stake::claim(&mut chain.world, account(50)).is_empty());
    // The third one has most of it from here on.
    chain.until_period(6);
    assert!(earned(&mut chain, 52) > 1_000 * earned(&mut chain, 50));
    chain.check();
}

#[test]
fn the_supply_grows_with_a_cycle() {
    let mut chain = Chain::new(4, 4);
    let before = troupe_staking::reward::supply(&mut chain.world);
    // A settlement epoch takes eight rounds of eight seconds, the cycle as long as 22 and a half of them.
    chain.until_period(23);
    assert_eq!(troupe_staking::reward::supply(&mut chain.world), before);
    let left = chain.world.balance(REWARD_POOL);
    assert!(left < POOL / 12, "{left}");
    chain.until_period(24);
    let issued = before * 250 / 10_000;
    assert_eq!(troupe_staking::reward::supply(&mut chain.world), before + issued);
    assert_eq!(chain.world.balance(account(201)), issued - issued * 80 / 100);
    assert_eq!(chain.world.balance(account(202)), 0);
    chain.until_period(51);
    // From the third cycle on the foundation has its half.
    let foundation = chain.world.balance(account(202));
    assert!(foundation > 0);
    chain.check();
}

#[test]
fn a_double_signature_costs_a_part_of_what_counts_and_ends_a_candidacy() {
    let mut chain = Chain::new(7, 4);
    chain.until_period(2);
    let offender = id(&mut chain, 2);
    let before = chain.world.balance(REWARD_POOL);
    chain.block(&[offender], |_| {});
    let lost = STAKE / 1_000;
    assert_eq!(of(&mut chain, 2).own.total(), STAKE - lost);
    assert!(of(&mut chain, 2).status.has(Status::DOUBLE_SIGN));
    assert_eq!(chain.world.balance(REWARD_POOL), before + lost / 2);
    assert!(!stake::rank::first(&mut chain.world, 99).contains(&offender));
    assert_eq!(
        refused(delegate(&mut chain, 50, 2, 100 * LAT)),
        Refused::NotCandidate { status: of(&mut chain, 2).status }
    );
    // It sits until its round ends, and not in the one after the next election.
    let mut elections = 0;
    while elections < 2 {
        if let Some(next) = chain.block(&[], |_| {}) {
            assert!(!next.has(offender));
            elections += 1;
        }
    }
    chain.check();
}

#[test]
fn who_makes_no_blocks_is_punished_frozen_and_comes_back() {
    let mut chain = Chain::new(7, 4);
    set(&mut chain, Param::IdleWindow, 1);
    set(&mut chain, Param::IdleFreeze, 2);
    let sleeper = id(&mut chain, 1);
    chain.idle.push(sleeper);
    let before = chain.world.balance(REWARD_POOL);
    while of(&mut chain, 1).status.is_valid() {
        chain.block(&[], |_| {});
    }
    let per_block = Rewards::now(&mut chain.world).per_block;
    let lost = (per_block * 2_500).min(STAKE);
    assert!(per_block > 0 && lost > 0);
    assert_eq!(of(&mut chain, 1).own.total(), STAKE - lost);
    assert!(chain.world.balance(REWARD_POOL) >= before);
    let period = Calendar::period(&mut chain.world);
    if STAKE - lost >= 100_000 * LAT {
        assert!(of(&mut chain, 1).status.has(Status::IDLE));
        chain.idle.clear();
        chain.until_period(period + 2);
        chain.block(&[], |_| {});
        assert!(of(&mut chain, 1).status.is_valid());
    } else {
        assert!(of(&mut chain, 1).status.has(Status::IDLE_AND_OUT));
    }
    chain.check();
}

#[test]
fn a_punishment_of_nothing_stops_nothing() {
    let mut chain = Chain::new(7, 4);
    set(&mut chain, Param::IdleWindow, 1);
    set(&mut chain, Param::IdleRewards, 0);
    chain.world.balances.insert(REWARD_POOL, 0);
    let sleeper = id(&mut chain, 1);
    chain.idle.push(sleeper);
    while of(&mut chain, 1).status.is_valid() {
        chain.block(&[], |_| {});
    }
    assert_eq!(of(&mut chain, 1).own.total(), STAKE);
    chain.until_period(4);
    troupe_staking::audit::check(&mut chain.world).unwrap();
}

#[test]
fn rounds_rotate_and_replace_a_third_at_most() {
    let mut chain = Chain::new(12, 7);
    let mut seats = 0;
    let mut seen = std::collections::BTreeSet::new();
    let mut last: Vec<StakeId> = Vec::new();
    while seats < 40 {
        let Some(next) = chain.block(&[], |_| {}) else { continue };
        seats += 1;
        assert_eq!(next.members.len(), 7);
        let now: Vec<StakeId> = next.members.iter().map(|member| member.id).collect();
        let new = now.iter().filter(|id| !last.contains(id)).count();
        assert!(last.is_empty() || new <= 2, "{new}");
        seen.extend(now.iter().copied());
        last = now;
    }
    assert_eq!(seen.len(), 12);
}

#[test]
fn candidates_are_told_apart_by_account_node_and_key() {
    let mut chain = Chain::new(4, 4);
    chain.create(9, STAKE).unwrap();
    assert_eq!(refused(chain.create(9, STAKE)), Refused::StakesAlready { got: account(9) });
    // Somebody else with the same keys: they were signed for another account.
    let creation = |who: u8, amount| stake::Creation {
        registration: Secrets::new(9).register(account(who)),
        source: Source::Free,
        amount,
        benefit: account(who),
        share: 0,
        version: 1 << 16,
        description: stake::Description::default(),
    };
    let at = (CHAIN, Height(1));
    let taken = creation(11, STAKE);
    let result = chain.attempt(|world| stake::create(world, account(11), taken, at));
    assert_eq!(refused(result), Refused::KeyTaken);
    let copied = stake::Creation {
        registration: Secrets::new(12).register(account(12)),
        ..creation(11, STAKE)
    };
    let result = chain.attempt(|world| stake::create(world, account(11), copied, at));
    assert!(matches!(refused(result), Refused::Registration(_)));

    assert_eq!(refused(delegate(&mut chain, 9, 1, 100 * LAT)), Refused::Staker { got: account(9) });
    delegate(&mut chain, 50, 1, 100 * LAT).unwrap();
    assert_eq!(refused(chain.create(50, STAKE)), Refused::Delegator { got: account(50) });
    let too_little = chain.create(12, 100_000 * LAT - 1);
    let least = 100_000 * LAT;
    assert_eq!(refused(too_little), Refused::StakeTooLow { got: least - 1, least });
    let least = 10 * LAT;
    let got = least - 1;
    assert_eq!(refused(delegate(&mut chain, 51, 1, got)), Refused::DelegateTooLow { got, least });
    let other = node(1);
    let edit = Edit::default();
    let result = chain.attempt(|world| stake::edit(world, account(9), &other, edit));
    let staker = account(1);
    assert_eq!(refused(result), Refused::NotStaker { got: account(9), staker });
    chain.check();
}
