//! How tasks end: who gets what.

use super::dispute::{silent, waits};
use super::step::has_word;
use super::{End, Ending, PARTIES, Phase, Task, Word, due, seats};
use crate::counters::Counters;
use crate::money::{divide, pay};
use crate::node::{Left, Node, Weighing};
use crate::rules::percent;
use crate::{Event, Moment, Rules};
use troupe_records::World;
use troupe_types::Address;

/// The account that nobody has: what is paid to it is gone.
const NOBODYS: Address = Address([0; 20]);

/// Why, and through whom.
type Why = (End, Option<Address>);

/// Ends a task that binds nobody's stake: the sender gets back what is held.
pub(super) fn without_parties(
    world: &mut impl World,
    number: u64,
    task: &mut Task,
    (end, through): Why,
    now: &Moment,
) {
    due::forget(world, number, task);
    let rest = std::mem::take(&mut task.escrow);
    pay(world, task.sender, rest);
    task.phase = Phase::Ended;
    task.ending = Some(Ending { end, through, time: now.time });
    task.keep(world, number);
    world.log(Event::Ended { task: number, end, through, refunded: rest }.into());
}

/// Ends a task and frees what its parties bound to it.
pub(super) fn with_parties(
    world: &mut impl World,
    number: u64,
    task: &mut Task,
    why: Why,
    now: &Moment,
) {
    for seat in task.seats.iter_mut().filter(|seat| seat.has_accepted) {
        let Some(mut node) = Node::of(world, seat.node) else {
            world.broken("a party that left while it computes");
            continue;
        };
        node.bound = node.bound.saturating_sub(std::mem::take(&mut seat.bond));
        node.busy = node.busy.saturating_sub(1);
        node.last = now.time;
        if why.0 == End::Paid {
            node.paid = node.paid.saturating_add(1);
        }
        node.keep(world, seat.node);
    }
    without_parties(world, number, task, why, now);
}

/// Ends a task whose word is known and whose parties do not compute, whoever is to blame. A part of the fee is lost, so that nobody
/// tries elections for nothing: each party that has accepted gets its share of it, and that of a seat nobody has taken is nobody's.
/// Owners get nothing of it, for whoever tries elections may be one.
pub(super) fn abandoned(
    world: &mut impl World,
    number: u64,
    task: &mut Task,
    why: Why,
    now: &Moment,
) {
    let rules = Rules::of(world).unwrap_or_default();
    let share = percent(task.fee, rules.abandoned_percent) / PARTIES as u128;
    for at in 0..PARTIES {
        let seat = task.seats.get(at).filter(|seat| seat.has_accepted);
        let node = seat.and_then(|seat| Node::of(world, seat.node));
        task.escrow = task.escrow.saturating_sub(share);
        pay(world, node.map_or(NOBODYS, |node| node.account), share);
    }
    with_parties(world, number, task, why, now);
}

/// Pays parties and owners; what is left goes back.
fn paid(world: &mut impl World, number: u64, task: &mut Task, now: &Moment) {
    let share = task.fee / PARTIES as u128;
    for at in 0..task.seats.len() {
        if let Some(node) = Node::of(world, task.seats[at].node) {
            task.escrow = task.escrow.saturating_sub(share);
            pay(world, node.account, share);
        }
    }
    for at in 0..task.legs.len() {
        let leg = task.legs[at];
        task.escrow = task.escrow.saturating_sub(leg.price);
        pay(world, leg.owner, leg.price);
    }
    with_parties(world, number, task, (End::Paid, None), now);
}

/// Takes up to an amount of what a party bound to a task, for the owners of its data.
fn forfeit(world: &mut impl World, number: u64, task: &mut Task, at: usize, most: u128) {
    let seat = &mut task.seats[at];
    let lost = seat.bond.min(most);
    let who = seat.node;
    let Some(mut node) = Node::of(world, who) else { return };
    seat.bond = seat.bond.saturating_sub(lost);
    node.bound = node.bound.saturating_sub(lost);
    node.stake = node.stake.saturating_sub(lost);
    node.failed = node.failed.saturating_add(1);
    let rules = Rules::of(world).unwrap_or_default();
    // If another change is still to count, the next one will tell.
    let _ = node.reweigh(&Weighing::now(world), &rules);
    node.keep(world, who);
    divide(world, &task.owners(), lost);
    world.log(Event::Forfeited { task: number, node: who, amount: lost }.into());
}

/// The deadline of a task has passed.
pub(super) fn overdue(world: &mut impl World, number: u64, now: &Moment) {
    let Some(mut task) = Task::of(world, number) else {
        return world.broken("a deadline of no task");
    };
    match task.phase {
        Phase::Consent => {
            let late = task.legs.iter().find(|leg| !leg.is_authorised).map(|leg| leg.owner);
            without_parties(world, number, &mut task, (End::NoConsent, late), now);
        }
        // It waits for its turn.
        Phase::Draw if has_word(world, &task) => {
            let rules = Rules::of(world).unwrap_or_default();
            due::set(world, number, &mut task, now.after(rules.draw));
            task.keep(world, number);
        }
        Phase::Draw => without_parties(world, number, &mut task, (End::NoWord, None), now),
        Phase::Accept => seats::replace(world, number, task, now),
        Phase::Start => {
            let late = task.legs.iter().find(|leg| !leg.is_confirmed).map(|leg| leg.owner);
            abandoned(world, number, &mut task, (End::NotStarted, late), now);
        }
        Phase::Compute => computed(world, number, task, now),
        Phase::Settle => paid(world, number, &mut task, now),
        Phase::Ended => world.broken("a deadline of a task that is over"),
    }
}

/// Ends a task that a party gives up.
pub(super) fn aborted(world: &mut impl World, number: u64, mut task: Task, now: &Moment) {
    let by =
        task.seats.iter().find(|seat| matches!(seat.word, Word::Gave { .. })).map(|it| it.node);
    let through = by.and_then(|node| Node::of(world, node)).map(|node| node.account);
    with_parties(world, number, &mut task, (End::Aborted, through), now);
}

/// Not all parties have said in time what came of it.
fn computed(world: &mut impl World, number: u64, mut task: Task, now: &Moment) {
    if task.seats.iter().all(|seat| seat.word != Word::Silent) {
        // Nobody showed that who gives up had signed it.
        return aborted(world, number, task, now);
    }
    let unanswered = unanswered(world, number, &mut task);
    let mut through = None;
    for at in 0..task.seats.len() {
        if task.seats[at].word == Word::Silent && !waits(&task, at) {
            let bond = task.seats[at].bond;
            forfeit(world, number, &mut task, at, bond);
            let node = Node::of(world, task.seats[at].node);
            through = through.or(node.map(|node| node.account));
        }
    }
    let why = match unanswered {
        Some(through) => (End::Unanswered, Some(through)),
        None => (End::Stalled, through),
    };
    with_parties(world, number, &mut task, why, now);
}

/// Who kept silent in a dispute loses its small bond, once for each time; the first of them.
fn unanswered(world: &mut impl World, number: u64, task: &mut Task) -> Option<Address> {
    let silent = silent(task);
    let rules = Rules::of(world).unwrap_or_default();
    for at in &silent {
        forfeit(world, number, task, *at, rules.small_bond);
    }
    let first = task.seats.get(*silent.first()?)?;
    Node::of(world, first.node).map(|node| node.account)
}

/// A proof that a party contradicted itself: it loses its bond and a part of what else it staked, and
/// is expelled. A part of that is for who shows
/// it, the rest for the owners of the data. A task that goes on is over. What is lost.
pub(super) fn punish(
    world: &mut impl World,
    number: u64,
    (mut task, at): (Task, usize),
    reporter: Address,
    now: &Moment,
) -> u128 {
    let rules = Rules::of(world).unwrap_or_default();
    let seat = &mut task.seats[at];
    let who = seat.node;
    let Some(mut node) = Node::of(world, who) else { return 0 };
    seat.is_punished = true;
    let held = std::mem::take(&mut seat.bond);
    let free = node.free();
    // The bond of a task that is over is a part of what is free again.
    let bond = if task.phase == Phase::Ended { rules.bond.min(free) } else { 0 };
    let part = percent(free.saturating_sub(bond), rules.slashed_percent);
    let lost = held.saturating_add(bond).saturating_add(part).min(node.stake);
    node.stake = node.stake.saturating_sub(lost);
    node.bound = node.bound.saturating_sub(held);
    node.failed = node.failed.saturating_add(1);
    let view = Counters::now(world).views;
    node.left = node.left.or(Some(Left { time: now.time, view }));
    let account = node.account;
    node.keep(world, who);
    let reward = percent(lost, rules.reporter_percent);
    pay(world, reporter, reward);
    divide(world, &task.owners(), lost.saturating_sub(reward));
    world.log(Event::Slashed { task: number, node: who, amount: lost, reporter }.into());
    if task.phase == Phase::Ended {
        task.keep(world, number);
    } else {
        with_parties(world, number, &mut task, (End::Caught, Some(account)), now);
    }
    lost
}
