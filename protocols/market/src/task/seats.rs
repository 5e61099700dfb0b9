//! Who computes: electing parties, accepting, and taking the place of who does not.

use super::{End, PARTIES, Phase, RESERVES, Seat, Task, due, finish};
use crate::data::{Dataset, Policy};
use crate::election::{Candidate, elect};
use crate::node::{self, Node};
use crate::{Error, Event, Moment, Rules};
use troupe_records::World;
use troupe_types::{Address, Hash, NodeId};
use troupe_wire::List;

/// How many are drawn: those of them that cannot take a task now are passed over.
const DRAWN: usize = 4 * (PARTIES + RESERVES);

/// The word of an election and the view it is of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lot {
    pub(super) word: Hash,
    pub(super) view: u64,
}

/// Elects the parties of a task, or ends it. `nodes` are all compute nodes in the order of their numbers.
///
/// Who may be elected, and with which weight, nobody can change any more once he may know the word. What still changes is who
/// is ready: whoever is not leaves its place to the next one in an order that stays, and wins nothing by it.
pub(super) fn draw(
    world: &mut impl World,
    (number, mut task): (u64, Task),
    (rules, nodes): (&Rules, &[(u64, Node)]),
    lot: Lot,
    now: &Moment,
) {
    due::forget_view(world, number, &task);
    let policies = match policies(world, &task) {
        Ok(policies) => policies,
        Err(owner) => {
            let why = (End::Revoked, Some(owner));
            return finish::abandoned(world, number, &mut task, why, now);
        }
    };
    let seats = match task.after {
        0 => elected(&task, number, (rules, nodes), &policies, lot),
        earlier => seated(&task, &seats_of(world, earlier), (rules, nodes), &policies),
    };
    let Some(seats) = seats else {
        return finish::abandoned(world, number, &mut task, (End::NoParties, None), now);
    };
    (task.seats, task.reserves) = seats;
    task.drawn = Some((lot.word, now.height));
    let until = now.after(task.spans.accept);
    due::enter(world, number, &mut task, (Phase::Accept, until));
    task.keep(world, number);
    world.log(Event::Drawn { task: number, word: lot.word }.into());
}

/// The policies of the data sets of a task, with the nodes they are at; or an owner who has changed one since.
fn policies(world: &mut impl World, task: &Task) -> Result<Vec<(NodeId, Policy)>, Address> {
    let mut policies = Vec::with_capacity(task.legs.len());
    for leg in task.legs.iter() {
        let dataset = Dataset::of(world, leg.dataset).ok_or(leg.owner)?;
        if dataset.is_revoked || dataset.version != leg.version {
            return Err(leg.owner);
        }
        policies.push((dataset.listing.node, dataset.listing.policy));
    }
    Ok(policies)
}

/// The nodes that had the seats of a task.
fn seats_of(world: &mut impl World, number: u64) -> Vec<u64> {
    let task = Task::of(world, number);
    task.map_or_else(Vec::new, |task| task.seats.iter().map(|seat| seat.node).collect())
}

/// Parties and reserves.
type Seats = (List<Seat, PARTIES>, List<u64, RESERVES>);

/// The parties of an earlier task, whose places nobody else can take; `None` where one cannot take it now, or may not.
fn seated(
    task: &Task,
    earlier: &[u64],
    (rules, nodes): (&Rules, &[(u64, Node)]),
    policies: &[(NodeId, Policy)],
) -> Option<Seats> {
    let node = |number: &u64| {
        let at = nodes.binary_search_by_key(number, |(number, _)| *number).ok()?;
        Some(&nodes[at].1)
    };
    let parties = earlier.iter().map(node).collect::<Option<Vec<_>>>()?;
    let may = |party: &&Node| {
        party.is_ready(rules)
            && !task.is_involved(party.account)
            && policies.iter().all(|(_, policy)| policy.admits(&party.node))
    };
    let has_own = |(at, policy): &(NodeId, Policy)| {
        !policy.is_own_party || parties.iter().any(|party| party.node == *at)
    };
    if parties.len() != PARTIES || !parties.iter().all(may) || !policies.iter().all(has_own) {
        return None;
    }
    let seats = earlier.iter().map(|party| Seat::empty(*party, true)).collect();
    Some((List::new(seats).ok()?, List::default()))
}

/// The parties that a word elects, and reserves; `None` where there are not enough.
fn elected(
    task: &Task,
    number: u64,
    (rules, nodes): (&Rules, &[(u64, Node)]),
    policies: &[(NodeId, Policy)],
    lot: Lot,
) -> Option<Seats> {
    let is_admitted = |node: &Node| policies.iter().all(|(_, policy)| policy.admits(&node.node));
    let mut seats: Vec<Seat> = Vec::with_capacity(PARTIES);
    for (at, _) in policies.iter().filter(|(_, policy)| policy.is_own_party) {
        let (own, node) = nodes.iter().find(|(_, node)| node.node == *at)?;
        if !is_admitted(node) || !node.is_ready(rules) {
            return None;
        }
        if seats.iter().all(|seat| seat.node != *own) {
            seats.push(Seat::empty(*own, true));
        }
    }
    let (mut candidates, mut without) = (Vec::new(), 0u128);
    for (candidate, node) in nodes {
        let is_seated = seats.iter().any(|seat| seat.node == *candidate);
        if is_seated || !is_admitted(node) || task.is_involved(node.account) {
            continue;
        }
        let stake = node.weight_in(lot.view, rules);
        if task.excluded.contains(&node.node) {
            without = without.saturating_add(stake);
        } else {
            candidates.push(Candidate { number: *candidate, stake });
        }
    }
    let with = candidates.iter().fold(0u128, |sum, one| sum.saturating_add(one.stake));
    // A sender that could exclude more than half would choose the parties by that.
    if without > with {
        return None;
    }
    let is_ready = |number: &u64| {
        let at = nodes.binary_search_by_key(number, |(number, _)| *number);
        at.is_ok_and(|at| nodes[at].1.is_ready(rules))
    };
    let elected = elect(&lot.word, number, &candidates, DRAWN);
    let mut ready = elected.into_iter().filter(is_ready);
    let open = PARTIES.checked_sub(seats.len())?;
    seats.extend(ready.by_ref().take(open).map(|node| Seat::empty(node, false)));
    if seats.len() != PARTIES {
        return None;
    }
    let reserves = ready.take(RESERVES).collect();
    Some((List::new(seats).ok()?, List::new(reserves).ok()?))
}

/// A party takes its seat, and binds a part of its stake.
pub fn accept(
    world: &mut impl World,
    caller: Address,
    number: u64,
    now: &Moment,
) -> Result<(), Error> {
    let rules = Rules::of(world).ok_or(Error::NoMarket)?;
    let mut task = super::now_in(world, number, &[Phase::Accept], now)?;
    let (node_number, mut node) = node::own(world, caller)?;
    let at = task.seat_of(node_number).ok_or(Error::NoParty)?;
    if task.seats[at].has_accepted {
        return Err(Error::Twice);
    }
    if !node.is_ready(&rules) {
        return Err(Error::NotReady);
    }
    let seat = &mut task.seats[at];
    (seat.has_accepted, seat.bond) = (true, rules.bond);
    node.bound = node.bound.saturating_add(rules.bond);
    node.busy = node.busy.saturating_add(1);
    node.keep(world, node_number);
    world.log(Event::Accepted { task: number, node: node_number }.into());
    if task.seats.iter().all(|seat| seat.has_accepted) {
        let until = now.after(task.spans.start);
        due::enter(world, number, &mut task, (Phase::Start, until));
    }
    task.keep(world, number);
    Ok(())
}

/// The time to accept is over: others are asked, or the task is over.
pub(super) fn replace(world: &mut impl World, number: u64, mut task: Task, now: &Moment) {
    let Some(rules) = Rules::of(world) else { return };
    for at in 0..task.seats.len() {
        if task.seats[at].has_accepted {
            continue;
        }
        let before = task.seats[at].node;
        let next = if task.seats[at].is_own { None } else { reserve(world, &mut task, &rules) };
        let Some(next) = next else {
            let through = Node::of(world, before).map(|node| node.account);
            let end = (End::NotAccepted, through);
            return finish::abandoned(world, number, &mut task, end, now);
        };
        task.seats[at].node = next;
        task.replaced = task.replaced.saturating_add(1);
        world.log(Event::Replaced { task: number, before, node: next }.into());
    }
    let until = now.after(task.spans.accept);
    due::enter(world, number, &mut task, (Phase::Accept, until));
    task.keep(world, number);
}

/// The next one that can take a seat.
fn reserve(world: &mut impl World, task: &mut Task, rules: &Rules) -> Option<u64> {
    let mut left = std::mem::take(&mut task.reserves).into_inner().into_iter();
    let is_ready = |next: &u64| Node::of(world, *next).is_some_and(|node| node.is_ready(rules));
    let next = left.find(is_ready);
    // Fewer than there were.
    task.reserves = List::new(left.collect()).unwrap_or_default();
    next
}
