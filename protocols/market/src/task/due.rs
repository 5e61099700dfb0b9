//! What waits for a time or for a view.

use super::{Phase, Task};
use troupe_records::{Key, Stored, Table, World};
use troupe_types::{Hash, UnixMillis};

fn key(deadline: UnixMillis, number: u64) -> Key {
    Key::pair(Table::TaskDue, deadline.0, number)
}

fn draw_key(view: u64, number: u64) -> Key {
    Key::pair(Table::TaskDraw, view, number)
}

fn word_key(view: u64) -> Key {
    Key::new(Table::TaskWord, view.to_be_bytes())
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

/// The first task whose view has come, and that view.
pub(super) fn next_draw(world: &mut impl World, view: u64) -> Option<(u64, u64)> {
    let (key, _) = world.next(Table::TaskDraw, None)?;
    (key.number(0) <= view).then(|| (key.number(0), key.number(8)))
}

/// The last view before which all elections are done.
pub(crate) fn elected_before(world: &mut impl World, view: u64) -> u64 {
    next_draw(world, view).map_or(view, |(waiting, _)| waiting)
}

/// The word of a view that has passed, for which some still wait.
pub(crate) fn word(world: &mut impl World, view: u64) -> Option<Hash> {
    Hash::load(world, &word_key(view))
}

/// Keeps the word of the view that goes on as long as somebody waits to be elected by it, and no word for nobody.
pub(super) fn keep_word(world: &mut impl World, view: u64, word: Hash) {
    let waiting = world.next(Table::TaskDraw, Some(&draw_key(view, 0)));
    if waiting.is_some_and(|(key, _)| key.number(0) == view) {
        word.save(world, &word_key(view));
    }
    let first = next_draw(world, view).map_or(u64::MAX, |(waiting, _)| waiting);
    while let Some((key, _)) = world.next(Table::TaskWord, None) {
        if key.number(0) >= first {
            return;
        }
        world.remove(&key);
    }
}
