//! Whether the records agree with each other and with the money. For tests, and for whoever suspects a state.

use crate::contract::TASKS;
use crate::counters::Counters;
use crate::node::{self, Node};
use crate::task::{self, Callback, Phase, Task};
use std::collections::{BTreeMap, BTreeSet};
use troupe_records::{Table, World};

/// What does not agree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The market holds something else than stakes and deposits.
    #[error("the market holds {got} von, stakes and deposits are {want}")]
    Balance {
        /// What it holds.
        got: u128,
        /// What the records say.
        want: u128,
    },
    /// Something of a compute node is not what tasks say.
    #[error("compute node {node}: {what} is {got}, tasks say {want}")]
    Node {
        /// Its number.
        node: u64,
        /// What.
        what: &'static str,
        /// What it is.
        got: u128,
        /// What it should be.
        want: u128,
    },
    /// Something of a task is not as it should be.
    #[error("task {task}: {what}")]
    Task {
        /// Its number.
        task: u64,
        /// What.
        what: &'static str,
    },
}

/// Goes through all nodes and tasks.
pub fn check(world: &mut impl World) -> Result<(), Fault> {
    let nodes = node::page(world, 0, usize::MAX);
    let tasks = task::page(world, 0, usize::MAX);
    let mut want = 0u128;
    let mut bound = BTreeMap::<u64, (u128, u128)>::new();
    for (number, task) in &tasks {
        let tip = Callback::of(world, *number).map_or(0, |callback| callback.tip);
        want = want.saturating_add(task.escrow).saturating_add(tip);
        check_task(*number, task)?;
        for seat in task.seats.iter().filter(|_| task.phase != Phase::Ended) {
            let sum = bound.entry(seat.node).or_default();
            sum.0 = sum.0.saturating_add(seat.bond);
            sum.1 = sum.1.saturating_add(u128::from(seat.has_accepted));
        }
    }
    for (number, node) in &nodes {
        want = want.saturating_add(node.stake);
        check_node(*number, node, bound.remove(number).unwrap_or_default())?;
    }
    let counted = Counters::now(world).registered;
    if counted != nodes.len() as u64 {
        let (got, want) = (counted.into(), nodes.len() as u128);
        return Err(Fault::Node { node: 0, what: "how many there are", got, want });
    }
    let got = world.balance(TASKS);
    if got != want {
        return Err(Fault::Balance { got, want });
    }
    check_due(world, &tasks)
}

fn check_node(number: u64, node: &Node, (bound, busy): (u128, u128)) -> Result<(), Fault> {
    let fault = |what, got, want| Err(Fault::Node { node: number, what, got, want });
    if node.bound != bound {
        return fault("what is bound", node.bound, bound);
    }
    if u128::from(node.busy) != busy {
        return fault("how many tasks it has", node.busy.into(), busy);
    }
    if node.bound > node.stake {
        return fault("more is bound than staked: what", node.bound, node.stake);
    }
    Ok(())
}

fn check_task(number: u64, task: &Task) -> Result<(), Fault> {
    let fault = |what| Err(Fault::Task { task: number, what });
    if (task.phase == Phase::Ended) != task.ending.is_some() {
        return fault("it is over without an end, or the other way round");
    }
    if task.phase == Phase::Ended && task.escrow > 0 {
        return fault("something is held for a task that is over");
    }
    if task.phase == Phase::Ended && task.seats.iter().any(|seat| seat.bond > 0) {
        return fault("something is bound to a task that is over");
    }
    Ok(())
}

/// Whether every task that goes on waits for its deadline, and nothing else does.
fn check_due(world: &mut impl World, tasks: &[(u64, Task)]) -> Result<(), Fault> {
    let mut keys = |table| {
        let mut last = None;
        let mut found = BTreeSet::new();
        while let Some((key, _)) = world.next(table, last.as_ref()) {
            found.insert((key.number(0), key.number(8)));
            last = Some(key);
        }
        found
    };
    let (due, draws) = (keys(Table::TaskDue), keys(Table::TaskDraw));
    let views = Counters::now(world).views;
    let on = tasks.iter().filter(|(_, task)| task.phase != Phase::Ended);
    let want: BTreeSet<_> = on.map(|(number, task)| (task.deadline.0, *number)).collect();
    if let Some((_, task)) = due.symmetric_difference(&want).next() {
        return Err(Fault::Task { task: *task, what: "its deadline is not the one it waits for" });
    }
    let waiting = tasks.iter().filter(|(_, task)| task.phase == Phase::Draw);
    let want: BTreeSet<_> = waiting.map(|(number, task)| (task.draw_view, *number)).collect();
    for (view, task) in &want {
        if *view < views && task::word(world, *view).is_none() {
            return Err(Fault::Task { task: *task, what: "the word that it waits for is gone" });
        }
    }
    match draws.symmetric_difference(&want).next() {
        Some((_, task)) => {
            Err(Fault::Task { task: *task, what: "its view is not the one it waits for" })
        }
        None => Ok(()),
    }
}
