//! What owners of data agree to: twice, and until the start they may change their mind.

use super::step::has_word;
use super::{End, Phase, Task, declare, due, finish};
use crate::counters::Counters;
use crate::{Error, Event, Moment, Rules};
use troupe_records::World;
use troupe_types::Address;

/// An owner allows a task to use all of its data sets in it. With the last one the task is final.
pub fn authorise(
    world: &mut impl World,
    caller: Address,
    number: u64,
    now: &Moment,
) -> Result<(), Error> {
    let rules = Rules::of(world).ok_or(Error::NoMarket)?;
    let mut task = super::now_in(world, number, &[Phase::Consent], now)?;
    for at in own(&task, caller)? {
        check_again(world, &task, at, now)?;
        let leg = &mut task.legs[at];
        if leg.is_authorised {
            return Err(Error::Twice);
        }
        leg.is_authorised = true;
    }
    world.log(Event::Authorised { task: number, owner: caller }.into());
    if task.legs.iter().all(|leg| leg.is_authorised) {
        task.final_at = now.height;
        let view = Counters::now(world).views.saturating_add(rules.views);
        due::enter(world, number, &mut task, (Phase::Draw, now.after(rules.draw)));
        due::await_view(world, number, &mut task, view);
        world.log(Event::Final { task: number, view }.into());
    }
    task.keep(world, number);
    Ok(())
}

/// An owner does not allow it any more. A task that is final is over then.
pub fn revoke(
    world: &mut impl World,
    caller: Address,
    number: u64,
    now: &Moment,
) -> Result<(), Error> {
    let until_start = [Phase::Consent, Phase::Draw, Phase::Accept, Phase::Start];
    let mut task = super::now_in(world, number, &until_start, now)?;
    let own = own(&task, caller)?;
    if !own.iter().all(|at| task.legs[*at].is_authorised) {
        return Err(Error::NotAuthorised);
    }
    world.log(Event::AuthorisationRevoked { task: number, owner: caller }.into());
    let why = (End::Revoked, Some(caller));
    match task.phase {
        Phase::Consent => {
            for at in own {
                task.legs[at].is_authorised = false;
            }
            task.keep(world, number);
        }
        // Nobody could know the word when this was sent.
        Phase::Draw if !has_word(world, &task) => {
            finish::without_parties(world, number, &mut task, why, now);
        }
        Phase::Draw
        | Phase::Accept
        | Phase::Start
        | Phase::Compute
        | Phase::Settle
        | Phase::Ended => {
            finish::abandoned(world, number, &mut task, why, now);
        }
    }
    Ok(())
}

/// An owner ends a task that is about to start, and says why. It costs what taking back an authorisation then costs.
pub fn decline(
    world: &mut impl World,
    caller: Address,
    number: u64,
    why: End,
    now: &Moment,
) -> Result<(), Error> {
    if !why.is_declined() {
        return Err(Error::Reason { got: why as u8 });
    }
    let mut task = super::now_in(world, number, &[Phase::Start], now)?;
    own(&task, caller)?;
    finish::abandoned(world, number, &mut task, (why, Some(caller)), now);
    Ok(())
}

/// An owner knows the parties, and lets them start. What it authorised is checked again.
pub fn confirm(
    world: &mut impl World,
    caller: Address,
    number: u64,
    now: &Moment,
) -> Result<(), Error> {
    let mut task = super::now_in(world, number, &[Phase::Start], now)?;
    for at in own(&task, caller)? {
        check_again(world, &task, at, now)?;
        let leg = &mut task.legs[at];
        if leg.is_confirmed {
            return Err(Error::Twice);
        }
        leg.is_confirmed = true;
    }
    world.log(Event::Confirmed { task: number, owner: caller }.into());
    if task.legs.iter().all(|leg| leg.is_confirmed) {
        let until = now.after(task.spans.compute);
        due::enter(world, number, &mut task, (Phase::Compute, until));
        world.log(Event::Started { task: number }.into());
    }
    task.keep(world, number);
    Ok(())
}

/// Which of the data sets are an account's.
fn own(task: &Task, owner: Address) -> Result<Vec<usize>, Error> {
    let all = task.legs.iter().enumerate();
    let own: Vec<usize> = all.filter(|(_, leg)| leg.owner == owner).map(|(at, _)| at).collect();
    if own.is_empty() { Err(Error::NoOwner) } else { Ok(own) }
}

/// Whether a data set is what it was when the task was declared, and may still be used.
fn check_again(world: &mut impl World, task: &Task, at: usize, now: &Moment) -> Result<(), Error> {
    let was = task.legs[at];
    let is = declare::leg(world, task, was.dataset, now)?;
    if (is.version, is.owner) != (was.version, was.owner) {
        return Err(Error::Changed { dataset: was.dataset });
    }
    Ok(())
}
