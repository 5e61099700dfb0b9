//! Messages that somebody says never came: they are published on the chain, or whoever is silent pays.

use super::work::seat_of;
use super::{Answer, Demand, MAX_OF_PARTY, PARTIES, Phase, Task, Word, due};
use crate::{Error, Event, Moment, Rules};
use troupe_crypto::hash;
use troupe_records::World;
use troupe_types::{Address, Hash};
use troupe_wire::List;

/// The longest message that can be demanded, in bytes.
pub const MAX_PUBLISHED: usize = 32_768;
/// A demand gives so many times as long as an answer takes: to publish, to acknowledge, and to go on.
const ANSWERS: u64 = 3;

/// A party says that a message of another one never came; the number of the demand. It has to be published in time, encrypted as
/// it was sent.
pub fn demand(
    world: &mut impl World,
    caller: Address,
    (number, of, round): (u64, u8, u32),
    now: &Moment,
) -> Result<u8, Error> {
    let rules = Rules::of(world).ok_or(Error::NoMarket)?;
    let mut task = super::now_in(world, number, &[Phase::Compute], now)?;
    if now.is_after(task.limit) {
        return Err(Error::TooLate { until: task.limit });
    }
    if usize::from(of) >= PARTIES {
        return Err(Error::NoSeat);
    }
    let from = by_party(world, &task, caller, of)?;
    let at = u8::try_from(task.demands.len()).map_err(|_| Error::TooManyDemands)?;
    let until = now.after(rules.answer);
    let demand = Demand { from, of, round, until, answer: Answer::Awaited };
    let mut demands = std::mem::take(&mut task.demands).into_inner();
    demands.push(demand);
    task.demands = List::new(demands).map_err(|_| Error::TooManyDemands)?;
    let span = troupe_types::Millis(rules.answer.0.saturating_mul(ANSWERS));
    let deadline = task.deadline.max(now.after(span));
    due::set(world, number, &mut task, deadline);
    task.keep(world, number);
    world.log(Event::Demanded { task: number, demand: at, of, round, until }.into());
    Ok(at)
}

/// The seat of whoever may demand something of another one.
fn by_party(world: &mut impl World, task: &Task, caller: Address, of: u8) -> Result<u8, Error> {
    let seat = seat_of(world, task, caller)?;
    if seat == usize::from(of) {
        return Err(Error::NoSeat);
    }
    // Who has said what came of it waits for nothing.
    if task.seats[seat].word != Word::Silent {
        return Err(Error::Twice);
    }
    let from = u8::try_from(seat).unwrap_or(super::NOBODY);
    let own = task.demands.iter().filter(|demand| demand.from == from);
    if own.count() >= MAX_OF_PARTY { Err(Error::TooManyDemands) } else { Ok(from) }
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
    task.demands[at].answer = Answer::Published { hash, until: now.after(rules.answer) };
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
    if usize::from(asked.from) != seat {
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
    let task = super::now_in(world, number, &[Phase::Compute], now)?;
    let at = usize::from(demand);
    if at < task.demands.len() { Ok((task, at)) } else { Err(Error::NoDemand) }
}

/// Whether a party waits for a message that another one should have published: it has nothing to say before it has that.
pub(super) fn waits(task: &Task, at: usize) -> bool {
    let is_own = |demand: &Demand| usize::from(demand.from) == at;
    task.demands.iter().any(|demand| is_own(demand) && demand.answer == Answer::Awaited)
}

/// The seats whose parties kept silent, each once for every demand.
pub(super) fn silent(task: &Task) -> Vec<usize> {
    let of_one = |demand: &Demand| match demand.answer {
        Answer::Awaited => Some(usize::from(demand.of)),
        Answer::Published { .. } => Some(usize::from(demand.from)),
        Answer::Settled => None,
    };
    task.demands.iter().filter_map(of_one).collect()
}
