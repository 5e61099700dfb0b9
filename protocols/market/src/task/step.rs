//! What tasks do when it is time.

use super::{Phase, Task, due, finish, seats};
use crate::counters::Counters;
use crate::{Error, Moment, Rules, node};
use troupe_records::World;
use troupe_types::Hash;

/// A task that is in one of some phases, in time.
pub(super) fn now_in(
    world: &mut impl World,
    number: u64,
    phases: &[Phase],
    now: &Moment,
) -> Result<Task, Error> {
    let task = Task::of(world, number).ok_or(Error::NoTask { task: number })?;
    if !phases.contains(&task.phase) {
        return Err(Error::Phase { got: task.phase });
    }
    if now.is_after(task.deadline) {
        return Err(Error::TooLate { until: task.deadline });
    }
    Ok(task)
}

/// Ends phases whose deadline has passed, so many at most.
pub(crate) fn pass(world: &mut impl World, now: &Moment, most: usize) {
    for _ in 0..most {
        let Some(number) = due::next(world, now.time) else { return };
        finish::overdue(world, number, now);
    }
}

/// Whether the view has come whose word elects the parties of a task: somebody may know them.
pub(super) fn has_word(world: &mut impl World, task: &Task) -> bool {
    task.draw_view <= Counters::now(world).views
}

/// Elects the parties of tasks whose view has come, so many at most. Each is elected by the word of the view that it waited for,
/// also where it is its turn later: whoever declares many tasks has no choice among words.
pub(crate) fn draw(world: &mut impl World, word: Hash, now: &Moment, most: usize) {
    let view = Counters::now(world).views;
    let Some(rules) = Rules::of(world) else { return };
    let mut nodes = None;
    for _ in 0..most {
        let Some((due, number)) = due::next_draw(world, view) else { break };
        let word = if due == view { Some(word) } else { due::word(world, due) };
        let Some(word) = word else { return world.broken("an election without a word") };
        let Some(task) = Task::of(world, number) else {
            return world.broken("an election for no task");
        };
        // Elections change no node.
        let nodes = nodes.get_or_insert_with(|| node::all(world));
        let lot = seats::Lot { word, view: due };
        seats::draw(world, (number, task), (&rules, nodes), lot, now);
    }
    due::keep_word(world, view, word);
}
