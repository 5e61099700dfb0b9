//! What the end of a round does to proposals.

use super::open::{self, Kind};
use super::tally::{self, Electorate};
use super::version::{Upcoming, Versions};
use super::{Content, Event, Proposal, State, declare, submit};
use crate::Calendar;
use crate::params::Params;
use crate::stake::{self, StakeId};
use crate::sweep;
use crate::world::{Key, Table, World};
use troupe_types::{Epoch, Hash, UnixMillis};

/// Ends what is late enough, in the last block of a round: `calendar` is of that round, `time` of the block before. What is decided
/// holds from the next block on; a version, that is accepted here, from the round after the next one on, so that the next one
/// elects for it those who run it.
pub fn round_ended(world: &mut impl World, calendar: &Calendar, time: UnixMillis) {
    activate(world, calendar);
    let mut due = Vec::new();
    for one in open::all(world) {
        if one.kind == Kind::Version {
            see(world, one.number);
        }
        let found = Proposal::numbered(world, one.number);
        if found.is_some_and(|proposal| proposal.ends <= time) {
            due.push(one);
        }
    }
    // What drops a proposal that ends now comes before it.
    due.sort_by_key(|one| one.kind != Kind::Cancel);
    if !due.is_empty() {
        let electorate = Electorate::now(world);
        for one in due {
            end(world, calendar, &electorate, one.number);
        }
    }
    declare::look(world);
}

/// Puts a version into force whose round comes next.
fn activate(world: &mut impl World, calendar: &Calendar) {
    let mut versions = Versions::of(world);
    let Some(Upcoming { version, from, proposal: number }) = versions.upcoming else { return };
    if calendar.round.0.saturating_add(1) < from.0 {
        return;
    }
    versions.active = version;
    versions.upcoming = None;
    versions.keep(world);
    if let Some(mut proposal) = Proposal::numbered(world, number) {
        proposal.state = State::Active;
        proposal.keep(world, number);
    }
    world.log(Event::Activated { version, from }.into());
}

/// Counts the alternative validators of the settlement epoch that goes on among those who could vote on a version.
pub(super) fn see(world: &mut impl World, number: u64) {
    let period = Calendar::period(world);
    let Some(mut proposal) = Proposal::numbered(world, number) else { return };
    let is_version = matches!(proposal.content, Content::Version { .. });
    if !is_version || proposal.seen_in == period {
        return;
    }
    for StakeId(id) in stake::alternatives(world) {
        let key = Key::pair(Table::Seen, number, id);
        if world.get(&key).is_none() {
            world.put(&key, &[]);
            proposal.seen = proposal.seen.saturating_add(1);
        }
    }
    proposal.seen_in = period;
    proposal.keep(world, number);
}

/// Ends a proposal, if nobody dropped it.
fn end(world: &mut impl World, calendar: &Calendar, electorate: &Electorate, number: u64) {
    let found = Proposal::numbered(world, number);
    let Some(mut proposal) = found.filter(|one| one.state == State::Voting) else { return };
    let tally = tally::count(world, electorate, number, &proposal);
    let is_accepted = match proposal.content {
        Content::Version { .. } => tally.is_accepted_version(),
        Content::Text | Content::Param { .. } | Content::Cancel { .. } => tally.is_accepted(),
    };
    let state = match proposal.content {
        _ if !is_accepted => State::Failed,
        Content::Text => State::Passed,
        Content::Param { param, value } => {
            let mut params = Params::of(world);
            // Others may have changed since: then this one cannot be what it was to be any more.
            let is_set = params.set(param, value).is_ok();
            params.keep(world);
            if is_set { State::Passed } else { State::Failed }
        }
        Content::Cancel { target } => {
            let target = Proposal::number(world, &target);
            let is_dropped =
                target.is_some_and(|target| drop_it(world, electorate, target, proposal.id));
            if is_dropped { State::Passed } else { State::Failed }
        }
        Content::Version { version } => {
            let from = Epoch(calendar.round.0.saturating_add(2));
            let mut versions = Versions::of(world);
            versions.upcoming = Some(Upcoming { version, from, proposal: number });
            versions.looked_to = Some(0);
            versions.keep(world);
            proposal.active_from = Some(from);
            State::PreActive
        }
    };
    proposal.result = Some(tally);
    close(world, number, proposal, state);
}

/// Drops a proposal that is open; says whether it was.
fn drop_it(world: &mut impl World, electorate: &Electorate, number: u64, by: Hash) -> bool {
    let found = Proposal::numbered(world, number);
    let Some(mut target) = found.filter(|target| target.state == State::Voting) else {
        return false;
    };
    target.result = Some(tally::count(world, electorate, number, &target));
    target.canceled_by = Some(by);
    close(world, number, target, State::Canceled);
    true
}

fn close(world: &mut impl World, number: u64, mut proposal: Proposal, state: State) {
    proposal.state = state;
    open::remove(world, number);
    sweep::add(world, number);
    match state {
        // What was not accepted may be proposed again.
        State::Failed | State::Canceled => submit::free(world, &proposal.pip),
        State::Voting | State::Passed | State::PreActive | State::Active => {}
    }
    let tally = proposal.result.unwrap_or_default();
    world.log(Event::Ended { id: proposal.id, state, tally }.into());
    proposal.keep(world, number);
}
