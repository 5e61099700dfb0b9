//! What parties say of a computation.

use super::misconduct::Signed;
use super::{End, PARTIES, Phase, Posting, Task, Word, due, finish};
use crate::node::{self, Node};
use crate::statement::{Kind, NOBODY, Place, Statement};
use crate::{Error, Event, Moment, Rules};
use troupe_records::World;
use troupe_types::{Address, Hash};

/// A party says what came of it. When all say the same, it is settled.
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
    let Some(at) = words.iter().position(|word| word.done().is_none()) else {
        if !words.windows(2).all(|two| two[0].done() == two[1].done()) {
            return finish::with_parties(world, number, &mut task, (End::Disagreed, None), now);
        }
        let until = now.after(task.spans.settle);
        due::enter(world, number, &mut task, (Phase::Settle, until));
        task.keep(world, number);
        return world.log(Event::Agreed { task: number }.into());
    };
    // Whoever has posted has what the others signed of it, and may show that.
    if agreed_without(&task, at).is_some() {
        let rules = Rules::of(world).unwrap_or_default();
        let until = task.deadline.min(now.after(rules.answer));
        due::set(world, number, &mut task, until);
        return task.keep(world, number);
    }
    finish::aborted(world, number, task, now);
}

/// What two parties posted alike, of a task whose third one has posted nothing.
fn agreed_without(task: &Task, at: usize) -> Option<(Hash, Hash)> {
    let (before, after) =
        (task.seats.get((at + 1) % PARTIES)?, task.seats.get((at + 2) % PARTIES)?);
    let silent = task.seats.get(at).filter(|seat| seat.word.done().is_none());
    silent.and(before.word.done()).filter(|said| after.word.done() == Some(*said))
}

/// Shows what a party signed that has given up since, or says nothing: with what two others posted alike, that counts as if it had
/// posted it. A party that could end a task after all have signed would have what it computed for nothing.
pub fn show(
    world: &mut impl World,
    (number, seat): (u64, u8),
    (result, transcript): (&Signed, &Signed),
    now: &Moment,
) -> Result<(), Error> {
    let task = super::now_in(world, number, &[Phase::Compute], now)?;
    let at = usize::from(seat);
    let party = task.seats.get(at).ok_or(Error::NoSeat)?;
    let posted = agreed_without(&task, at).ok_or(Error::NotAgreed)?;
    let general = |kind, hash| Statement { kind, peer: NOBODY, round: 0, part: 0, hash };
    if result.0 != general(Kind::Result, posted.0)
        || transcript.0 != general(Kind::Transcript, posted.1)
    {
        return Err(Error::NotAgreed);
    }
    let node = Node::of(world, party.node).ok_or(Error::NoNode)?;
    let place = Place { chain_id: now.chain_id, task: number, terms: task.terms, seat };
    for (statement, signature) in [result, transcript] {
        statement.verify(&place, &node.key, signature).map_err(Error::Signature)?;
    }
    world.log(Event::Signed { task: number, party: node.account }.into());
    let (result, transcript) = posted;
    say(world, (number, task), (at, Word::Signed { result, transcript }), now);
    Ok(())
}
