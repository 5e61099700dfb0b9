//! What their owners do.

use super::record::{Change, Left, Node, Weighing, at_node, by_account, enter, of_account, remove};
use crate::counters::{Counters, count};
use crate::money::{pay, take};
use crate::rules::Rules;
use crate::{Error, Event, Moment};
use troupe_crypto::ed25519::{PublicKey, Signature};
use troupe_crypto::hash;
use troupe_records::World;
use troupe_types::{Address, Hash, UnixMillis};

/// The most compute nodes: elections look at all of them.
pub const MAX_NODES: u64 = 1_000;
/// The most tasks that one takes at once.
pub const MAX_CAPACITY: u32 = 1_000;

/// What is hashed first, so that no other signature of a node can stand for a registration.
const DOMAIN: &[u8] = b"troupe compute node";

/// What the key of a node signs for an account that registers it on a chain.
#[must_use]
pub fn registration(chain_id: u64, account: Address, key: &[u8; 32]) -> Hash {
    hash::keccak256_concat(&[DOMAIN, &chain_id.to_be_bytes(), &account.0, key])
}

/// Registers a compute node; its number.
pub fn register(
    world: &mut impl World,
    caller: Address,
    (key, signature): ([u8; 32], [u8; 64]),
    (capacity, stake): (u32, u128),
    now: &Moment,
) -> Result<u64, Error> {
    let rules = Rules::of(world).ok_or(Error::NoMarket)?;
    check_capacity(capacity)?;
    if stake < rules.least_stake {
        return Err(Error::Stake { got: stake, least: rules.least_stake });
    }
    let digest = registration(now.chain_id, caller, &key);
    let key = PublicKey(key);
    key.verify(&digest.0, &Signature(signature)).map_err(Error::Registration)?;
    let node = key.node_id();
    let is_taken = |world: &mut _, key| World::get(world, &key).is_some();
    if is_taken(world, of_account(caller)) || is_taken(world, at_node(&node)) {
        return Err(Error::Registered);
    }
    if Counters::now(world).registered >= MAX_NODES {
        return Err(Error::TooManyNodes { most: MAX_NODES });
    }
    take(world, caller, stake)?;
    let number = count(world, |counters| &mut counters.nodes);
    count(world, |counters| &mut counters.registered);
    let registered = Node {
        account: caller,
        node,
        key: key.0,
        stake,
        bound: 0,
        weight: 0,
        change: Some(Change { view: Counters::now(world).views, weight: stake }),
        capacity,
        busy: 0,
        since: now.height,
        left: None,
        last: UnixMillis(0),
        paid: 0,
        failed: 0,
    };
    enter(world, number, &registered);
    world.log(Event::Registered { number, account: caller, node, stake }.into());
    Ok(number)
}

/// Stakes more. It counts in elections some views later; until then no more can be added.
pub fn add(world: &mut impl World, caller: Address, amount: u128) -> Result<(), Error> {
    let rules = Rules::of(world).ok_or(Error::NoMarket)?;
    let (number, mut node) = own(world, caller)?;
    if node.left.is_some() {
        return Err(Error::Left);
    }
    if amount == 0 || amount > crate::task::MAX_AMOUNT {
        return Err(Error::Amount { got: amount });
    }
    take(world, caller, amount)?;
    node.stake = node.stake.checked_add(amount).ok_or(Error::Amount { got: amount })?;
    if !node.reweigh(&Weighing::now(world), &rules) {
        return Err(Error::Pending { views: rules.views });
    }
    node.keep(world, number);
    world.log(Event::Added { number, amount }.into());
    Ok(())
}

/// Takes more or fewer tasks from now on; none with zero.
pub fn set_capacity(world: &mut impl World, caller: Address, capacity: u32) -> Result<(), Error> {
    let (number, mut node) = own(world, caller)?;
    if capacity > 0 {
        check_capacity(capacity)?;
    }
    node.capacity = capacity;
    node.keep(world, number);
    world.log(Event::Capacity { number, capacity }.into());
    Ok(())
}

/// Takes no more tasks, for ever. What is staked can be taken back later.
pub fn leave(world: &mut impl World, caller: Address, now: &Moment) -> Result<(), Error> {
    let (number, mut node) = own(world, caller)?;
    if node.left.is_some() {
        return Err(Error::Left);
    }
    node.left = Some(Left { time: now.time, view: Counters::now(world).views });
    node.keep(world, number);
    world.log(Event::Leaving { number }.into());
    Ok(())
}

/// Takes back what is staked, once the time is over in which verdicts reach it; how much it was.
pub fn withdraw(world: &mut impl World, caller: Address, now: &Moment) -> Result<u128, Error> {
    let rules = Rules::of(world).ok_or(Error::NoMarket)?;
    let (number, node) = own(world, caller)?;
    let from = node.is_free_at(&rules).ok_or(Error::NotLeft)?;
    if now.time < from {
        return Err(Error::Bound { until: from });
    }
    remove(world, number, &node);
    pay(world, caller, node.stake);
    world.log(Event::Withdrawn { number, amount: node.stake }.into());
    Ok(node.stake)
}

fn check_capacity(got: u32) -> Result<(), Error> {
    if (1..=MAX_CAPACITY).contains(&got) {
        return Ok(());
    }
    Err(Error::Capacity { got, most: MAX_CAPACITY })
}

/// The compute node of an account.
pub(crate) fn own(world: &mut impl World, account: Address) -> Result<(u64, Node), Error> {
    let number = by_account(world, account).ok_or(Error::NoNode)?;
    let node = Node::of(world, number).ok_or(Error::NoNode)?;
    Ok((number, node))
}
