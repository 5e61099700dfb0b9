//! What parties say of a computation.

use super::{End, PARTIES, Phase, Posting, Task, Word, due, finish};
use crate::node::{self, Node};
use crate::{Error, Event, Moment};
use troupe_records::World;
use troupe_types::Address;

/// A party says what came of it. When all say the same, receivers may look at it.
pub fn post(
    world: &mut impl World,
    caller: Address,
    number: u64,
    posting: Posting,
    now: &Moment,
) -> Result<(), Error> {
    let (task, at) = silent(world, caller, number, now)?;
    world.log(Event::Posted { task: number, party: caller, posting }.into());
    say(world, (number, task), (at, Word::Posted(posting)), now);
    Ok(())
}

/// A party gives up, and may say through whom. Without a proof nobody is punished for that.
pub fn give_up(
    world: &mut impl World,
    caller: Address,
    number: u64,
    blamed: Option<u8>,
    now: &Moment,
) -> Result<(), Error> {
    let (task, at) = silent(world, caller, number, now)?;
    if blamed.is_some_and(|seat| usize::from(seat) >= PARTIES || usize::from(seat) == at) {
        return Err(Error::NoSeat);
    }
    world.log(Event::Gave { task: number, party: caller, blamed }.into());
    say(world, (number, task), (at, Word::Gave { blamed }), now);
    Ok(())
}

/// The seat of a party that has said nothing yet.
fn silent(
    world: &mut impl World,
    caller: Address,
    number: u64,
    now: &Moment,
) -> Result<(Task, usize), Error> {
    let task = super::now_in(world, number, &[Phase::Compute], now)?;
    let at = seat_of(world, &task, caller)?;
    if task.seats[at].word == Word::Silent { Ok((task, at)) } else { Err(Error::Twice) }
}

/// The seat of the compute node of an account.
pub(super) fn seat_of(
    world: &mut impl World,
    task: &Task,
    account: Address,
) -> Result<usize, Error> {
    let (node, _) = node::own(world, account)?;
    task.seat_of(node).ok_or(Error::NoParty)
}

fn say(
    world: &mut impl World,
    (number, mut task): (u64, Task),
    (at, word): (usize, Word),
    now: &Moment,
) {
    task.seats[at].word = word;
    let words: Vec<Word> = task.seats.iter().map(|seat| seat.word).collect();
    if words.contains(&Word::Silent) {
        return task.keep(world, number);
    }
    let given_up = words.iter().position(|word| matches!(word, Word::Gave { .. }));
    if let Some(at) = given_up {
        let through = Node::of(world, task.seats[at].node).map(|node| node.account);
        return finish::with_parties(world, number, &mut task, (End::Aborted, through), now);
    }
    if !words.windows(2).all(|two| agree(&two[0], &two[1])) {
        return finish::with_parties(world, number, &mut task, (End::Disagreed, None), now);
    }
    let until = now.after(task.spans.settle);
    due::enter(world, number, &mut task, (Phase::Settle, until));
    task.keep(world, number);
    world.log(Event::Agreed { task: number }.into());
}

fn agree(one: &Word, other: &Word) -> bool {
    let (Word::Posted(one), Word::Posted(other)) = (one, other) else { return false };
    (one.result, one.transcript) == (other.result, other.transcript)
}
