//! Showing what the result of a task is.

use super::{End, Task};
use crate::Error;
use troupe_evidence::{Opened, Opening};
use troupe_records::World;

/// What the results of a receiver are, where that is what all parties of a paid task posted.
pub fn opened(
    world: &mut impl World,
    number: u64,
    opening: &Opening,
) -> Result<Vec<Opened>, Error> {
    let task = Task::of(world, number).ok_or(Error::NoTask { task: number })?;
    let (got, results) = opening.check()?;
    let is_paid = task.ending.is_some_and(|ending| ending.end == End::Paid);
    let posted = |word: super::Word| word.done().is_some_and(|(result, _)| result == got);
    if !is_paid || !task.seats.iter().all(|seat| posted(seat.word)) {
        return Err(Error::NotPosted { got });
    }
    Ok(results)
}
