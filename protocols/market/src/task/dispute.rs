//! Messages that somebody says never came: they are published on the chain, or whoever is silent pays.

use super::work::seat_of;
use super::{Answer, Demand, Demander, MAX_OF_PARTY, PARTIES, Phase, Task, Word, due};
use crate::{Error, Event, Moment, Rules};
use troupe_crypto::hash;
use troupe_records::World;
use troupe_types::{Address, Hash};
use troupe_wire::List;

/// The longest message that can be demanded, in bytes.
pub const MAX_PUBLISHED: usize = 32_768;

/// A party says that a message of another one never came, or a receiver that of a party's results; the number of the demand.
/// It has to be published in time, encrypted as it was sent.
pub fn demand(
    world: &mut impl World,
    caller: Address,
    (number, of, round): (u64, u8, u32),
    now: &Moment,
) -> Result<u8, Error> {
    let rules = Rules::of(world).ok_or(Error::NoMarket)?;
    let mut task = super::now_in(world, number, &[Phase::Compute, Phase::Settle], now)?;
    if now.is_after(task.limit) {
        return Err(Error::TooLate { until: task.limit });
    }
    if usize::from(of) >= PARTIES {
        return Err(Error::NoSeat);
    }
    let (from, round, answers) = match task.phase {
        Phase::Compute => (by_party(world, &task, caller, of)?, round, 3),
        _ => (by_receiver(&task, caller, of)?, 0, 1),
    };
    let at = u8::try_from(task.demands.len()).map_err(|_| Error::TooManyDemands)?;
    let until = now.after(rules.answer);
    let demand = Demand { from, of, round, until, answer: Answer::Awaited };
    let mut demands = std::mem::take(&mut task.demands).into_inner();
    demands.push(demand);
    task.demands = List::new(demands).map_err(|_| Error::TooManyDemands)?;
    // Time to publish, to acknowledge, and to go on.
    let span = troupe_types::Millis(rules.answer.0.saturating_mul(answers));
    let deadline = task.deadline.max(now.after(span));
    due::set(world, number, &mut task, deadline);
    task.keep(world, number);
    world.log(Event::Demanded { task: number, demand: at, of, round, until }.into());
    Ok(at)
}

fn by_party(
    world: &mut impl World,
    task: &Task,
    caller: Address,
    of: u8,
) -> Result<Demander, Error> {
    let seat = seat_of(world, task, caller)?;
    if seat == usize::from(of) {
        return Err(Error::NoSeat);
    }
    // Who has said what came of it waits for nothing.
    if task.seats[seat].word != Word::Silent {
        return Err(Error::Twice);
    }
    let from = Demander::Party(u8::try_from(seat).unwrap_or(super::NOBODY));
    let own = task.demands.iter().filter(|demand| demand.from == from);
    if own.count() >= MAX_OF_PARTY { Err(Error::TooManyDemands) } else { Ok(from) }
}

fn by_receiver(task: &Task, caller: Address, of: u8) -> Result<Demander, Error> {
    if !task.receivers.contains(&caller) {
        return Err(Error::NoReceiver);
    }
    let from = Demander::Receiver(caller);
    let is_repeated = task.demands.iter().any(|demand| (demand.from, demand.of) == (from, of));
    if is_repeated { Err(Error::Twice) } else { Ok(from) }
}

/// The party of which it is demanded publishes a message.
pub fn publish(
    world: &mut impl World,
    caller: Address,
    (number, demand): (u64, u8),
    message: &[u8],
    now: &Moment,
) -> Result<(), Error> {
    let rules = Rules::of(world).ok_or(Error::NoMarket)?;
    let (mut task, at) = demanded(world, number, demand, now)?;
    let seat = seat_of(world, &task, caller)?;
    let asked = task.demands[at];
    if usize::from(asked.of) != seat {
        return Err(Error::NoParty);
    }
    if asked.answer != Answer::Awaited {
        return Err(Error::Twice);
    }
    if now.is_after(asked.until) {
        return Err(Error::TooLate { until: asked.until });
    }
    let (got, most) = (message.len(), MAX_PUBLISHED);
    if got > most {
        return Err(Error::TooLong { got, most });
    }
    let hash = hash::keccak256(message);
    let answer = match (asked.from, task.seats[seat].word) {
        (Demander::Party(_), _) => Answer::Published { hash, until: now.after(rules.answer) },
        (Demander::Receiver(_), Word::Posted(posting)) if posting.output == hash => Answer::Settled,
        (Demander::Receiver(_), _) => return Err(Error::Hash { got: hash }),
    };
    task.demands[at].answer = answer;
    task.keep(world, number);
    let message = message.to_vec();
    world.log(Event::Answered { task: number, demand, hash, message }.into());
    Ok(())
}

/// The party that demanded a message has it.
pub fn acknowledge(
    world: &mut impl World,
    caller: Address,
    (number, demand): (u64, u8),
    hash: Hash,
    now: &Moment,
) -> Result<(), Error> {
    let (mut task, at) = demanded(world, number, demand, now)?;
    let seat = seat_of(world, &task, caller)?;
    let asked = task.demands[at];
    let Demander::Party(from) = asked.from else { return Err(Error::NoParty) };
    if usize::from(from) != seat {
        return Err(Error::NoParty);
    }
    let Answer::Published { hash: published, until } = asked.answer else {
        return Err(Error::NotPublished);
    };
    if now.is_after(until) {
        return Err(Error::TooLate { until });
    }
    if published != hash {
        return Err(Error::Hash { got: hash });
    }
    task.demands[at].answer = Answer::Settled;
    task.keep(world, number);
    world.log(Event::Acknowledged { task: number, demand }.into());
    Ok(())
}

fn demanded(
    world: &mut impl World,
    number: u64,
    demand: u8,
    now: &Moment,
) -> Result<(Task, usize), Error> {
    let task = super::now_in(world, number, &[Phase::Compute, Phase::Settle], now)?;
    let at = usize::from(demand);
    let is_now = |demand: &Demand| {
        matches!(demand.from, Demander::Party(_)) == (task.phase == Phase::Compute)
    };
    if task.demands.get(at).is_some_and(is_now) { Ok((task, at)) } else { Err(Error::NoDemand) }
}

/// Whether a party waits for a message that another one should have published: it has nothing to say before it has that.
pub(super) fn waits(task: &Task, at: usize) -> bool {
    let is_own = |from| matches!(from, Demander::Party(seat) if usize::from(seat) == at);
    task.demands.iter().any(|demand| is_own(demand.from) && demand.answer == Answer::Awaited)
}

/// The seats whose parties kept silent, each once for every demand.
pub(super) fn silent(task: &Task) -> Vec<usize> {
    let mut silent = Vec::new();
    for demand in task.demands.iter() {
        let is_of_party = matches!(demand.from, Demander::Party(_));
        if is_of_party != (task.phase == Phase::Compute) {
            continue;
        }
        match (demand.answer, demand.from) {
            (Answer::Awaited, _) => silent.push(usize::from(demand.of)),
            (Answer::Published { .. }, Demander::Party(from)) => silent.push(usize::from(from)),
            (Answer::Published { .. }, Demander::Receiver(_)) | (Answer::Settled, _) => {}
        }
    }
    silent
}
