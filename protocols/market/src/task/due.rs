//! What waits for a time or for a view.

use super::{Phase, Task};
use troupe_records::{Key, Table, World};
use troupe_types::UnixMillis;

fn key(deadline: UnixMillis, number: u64) -> Key {
    Key::pair(Table::TaskDue, deadline.0, number)
}

fn draw_key(view: u64, number: u64) -> Key {
    Key::pair(Table::TaskDraw, view, number)
}

/// Sets a first deadline, or another one.
pub(super) fn set(world: &mut impl World, number: u64, task: &mut Task, deadline: UnixMillis) {
    world.remove(&key(task.deadline, number));
    task.deadline = deadline;
    world.put(&key(deadline, number), &[]);
}

/// Enters a phase until an instant.
pub(super) fn enter(
    world: &mut impl World,
    number: u64,
    task: &mut Task,
    (phase, until): (Phase, UnixMillis),
) {
    task.phase = phase;
    task.limit = until;
    set(world, number, task, until);
}

/// Lets it wait for a view.
pub(super) fn await_view(world: &mut impl World, number: u64, task: &mut Task, view: u64) {
    task.draw_view = view;
    world.put(&draw_key(view, number), &[]);
}

/// It waits for no view any more.
pub(super) fn forget_view(world: &mut impl World, number: u64, task: &Task) {
    world.remove(&draw_key(task.draw_view, number));
}

/// It waits for nothing any more.
pub(super) fn forget(world: &mut impl World, number: u64, task: &Task) {
    world.remove(&key(task.deadline, number));
    forget_view(world, number, task);
}

/// The first task whose deadline has passed.
pub(super) fn next(world: &mut impl World, now: UnixMillis) -> Option<u64> {
    let (key, _) = world.next(Table::TaskDue, None)?;
    (key.number(0) < now.0).then(|| key.number(8))
}

/// The first task whose view has come.
pub(super) fn next_draw(world: &mut impl World, view: u64) -> Option<u64> {
    let (key, _) = world.next(Table::TaskDraw, None)?;
    (key.number(0) <= view).then(|| key.number(8))
}
