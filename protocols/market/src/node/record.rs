//! Compute nodes.

use crate::counters::Counters;
use crate::rules::Rules;
use crate::task;
use bincode::{Decode, Encode};
use troupe_records::{Key, Stored, Table, World};
use troupe_types::{Address, Height, NodeId, UnixMillis};

/// Another weight from a view on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Change {
    /// In which view it was asked for, of all views of the chain with blocks.
    pub view: u64,
    /// The weight.
    pub weight: u128,
}

/// That a node takes no more tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Left {
    /// Since when.
    pub time: UnixMillis,
    /// Since which view.
    pub view: u64,
}

/// A compute node. Amounts are in von.
///
/// Its weight in elections follows its stake, but late: a change counts in elections of views that come more than
/// [`Rules::views`] later. Whoever changes something does not know the words of these.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Node {
    /// Whose it is: one account has one.
    pub account: Address,
    /// What it runs as.
    pub node: NodeId,
    /// Ed25519: the key of its certificate, with which it signs what it states in a computation.
    pub key: [u8; 32],
    /// What is staked.
    pub stake: u128,
    /// What of it is bound to tasks; never more than the stake.
    pub bound: u128,
    /// What counts in elections, but for a change.
    pub weight: u128,
    /// What will count instead.
    pub change: Option<Change>,
    /// How many tasks it takes at once.
    pub capacity: u32,
    /// In how many it is a party.
    pub busy: u32,
    /// Since which block.
    pub since: Height,
    /// Whether it left, or was expelled.
    pub left: Option<Left>,
    /// When its last task ended.
    pub last: UnixMillis,
    /// How many tasks it was paid for.
    pub paid: u32,
    /// How often it lost something: it stalled, kept silent or was caught.
    pub failed: u32,
}

/// When a stake is weighed anew.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weighing {
    /// The view.
    view: u64,
    /// All elections before this view are done: nobody asks any more what a stake was then.
    elected: u64,
}

impl Weighing {
    pub(crate) fn now(world: &mut impl World) -> Self {
        let view = Counters::now(world).views;
        Self { view, elected: task::elected_before(world, view) }
    }
}

impl Node {
    /// The compute node of a number.
    pub fn of(world: &mut impl World, number: u64) -> Option<Self> {
        Self::load(world, &key(number))
    }

    pub(crate) fn keep(&self, world: &mut impl World, number: u64) {
        self.save(world, &key(number));
    }

    /// What is bound to nothing.
    #[must_use]
    pub const fn free(&self) -> u128 {
        self.stake.saturating_sub(self.bound)
    }

    /// What counts in an election of a view.
    #[must_use]
    pub fn weight_in(&self, view: u64, rules: &Rules) -> u128 {
        let counts = |since: u64| view > since.saturating_add(rules.views);
        if self.left.is_some_and(|left| counts(left.view)) {
            return 0;
        }
        match self.change {
            Some(change) if counts(change.view) => change.weight,
            Some(_) | None => self.weight,
        }
    }

    /// Lets the stake count from later on; `false` where another change is still to count.
    pub(crate) fn reweigh(&mut self, now: &Weighing, rules: &Rules) -> bool {
        let &Weighing { view, elected } = now;
        if let Some(change) = self.change {
            if elected <= change.view.saturating_add(rules.views) {
                return false;
            }
            self.weight = change.weight;
        }
        self.change = Some(Change { view, weight: self.stake });
        true
    }

    /// Whether it can take one more task.
    #[must_use]
    pub const fn is_ready(&self, rules: &Rules) -> bool {
        self.left.is_none()
            && self.stake >= rules.least_stake
            && self.free() >= rules.bond
            && self.busy < self.capacity
    }

    /// When its stake may be taken back: `None` while it has not left or is in a task.
    #[must_use]
    pub fn is_free_at(&self, rules: &Rules) -> Option<UnixMillis> {
        let left = self.left.filter(|_| self.busy == 0)?;
        Some(UnixMillis(left.time.max(self.last).0.saturating_add(rules.unbonding.0)))
    }
}

fn key(number: u64) -> Key {
    Key::new(Table::Compute, number.to_be_bytes())
}

pub(super) fn of_account(account: Address) -> Key {
    Key::new(Table::ComputeOf, account.0)
}

/// A key has 29 bytes at most: two nodes whose names begin with the same 29 do not exist, and who asks compares the rest.
pub(super) fn at_node(node: &NodeId) -> Key {
    let [name @ .., _, _, _] = node.0;
    Key::new::<29>(Table::ComputeAt, name)
}

/// The number of the compute node of an account.
pub fn by_account(world: &mut impl World, account: Address) -> Option<u64> {
    u64::load(world, &of_account(account))
}

/// The number of the compute node that runs as a node.
pub fn by_node(world: &mut impl World, node: &NodeId) -> Option<u64> {
    let number = u64::load(world, &at_node(node))?;
    Node::of(world, number).filter(|found| found.node == *node).map(|_| number)
}

/// The compute nodes after a number, so many at most.
pub fn page(world: &mut impl World, after: u64, most: usize) -> Vec<(u64, Node)> {
    crate::page::of(world, Table::Compute, &after.to_be_bytes(), &[], most)
}

/// All of them, in the order of their numbers: there is a most.
pub(crate) fn all(world: &mut impl World) -> Vec<(u64, Node)> {
    let most = Counters::now(world).registered;
    page(world, 0, usize::try_from(most).unwrap_or(usize::MAX))
}

pub(super) fn enter(world: &mut impl World, number: u64, node: &Node) {
    node.keep(world, number);
    number.save(world, &of_account(node.account));
    number.save(world, &at_node(&node.node));
}

pub(super) fn remove(world: &mut impl World, number: u64, node: &Node) {
    world.remove(&key(number));
    world.remove(&of_account(node.account));
    world.remove(&at_node(&node.node));
    let mut counters = Counters::now(world);
    counters.registered = counters.registered.saturating_sub(1);
    counters.keep(world);
}
