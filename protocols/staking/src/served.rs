//! Who validated in rounds that are over, for as long as evidence of them counts.
//!
//! Only candidates are remembered, a few words a round: whoever served has its stake frozen, and its keys kept, for longer than
//! evidence counts.

use crate::Calendar;
use crate::call::NotJudged;
use crate::office::{MAX_SEATS, Office};
use crate::params::{Param, Params};
use crate::round::first_of_period;
use crate::stake::{Profile, StakeId};
use crate::world::{Key, Stored, Table, World};
use troupe_types::Epoch;
use troupe_wire::List;

/// So many rounds are forgotten at most when one is remembered: more than one, so that none is left behind.
const AT_ONCE: usize = 4;

type Seats = List<StakeId, { MAX_SEATS as usize }>;

fn key(round: Epoch) -> Key {
    Key::new(Table::Served, round.0.to_be_bytes())
}

/// The first round of which evidence counts.
fn oldest(world: &mut impl World) -> Epoch {
    let age = Params::of(world).get(Param::MaxEvidenceAge);
    let age = u64::try_from(age).unwrap_or(u64::MAX);
    let period = Calendar::period(world).checked_sub(age);
    // A chain that is younger knows all.
    period.and_then(|period| first_of_period(world, period)).unwrap_or_default()
}

/// Remembers a round that is over, and forgets those of which evidence no longer counts.
pub(crate) fn remember(world: &mut impl World, office: &Office) {
    let seats: Vec<StakeId> = office.members.iter().map(|member| member.id).collect();
    let Ok(seats) = Seats::new(seats) else { return };
    seats.save(world, &key(office.round));
    let oldest = oldest(world);
    for _ in 0..AT_ONCE {
        let Some((first, _)) = world.next(Table::Served, None) else { return };
        if first.number(0) >= oldest.0 {
            return;
        }
        world.remove(&first);
    }
}

/// The vote key of a validator of a round, by its place in it, for evidence against it.
pub fn vote_key(world: &mut impl World, round: Epoch, place: u16) -> Result<[u8; 48], NotJudged> {
    let now = Calendar::now(world).round;
    if round > now {
        return Err(NotJudged::NotYet { round, now });
    }
    let oldest = oldest(world);
    if round < oldest {
        return Err(NotJudged::TooOld { round, oldest });
    }
    let place = usize::from(place);
    let found = match Office::of(world, round) {
        Some(office) => office.members.get(place).map(|member| member.vote_key),
        None => {
            let seats = Seats::load(world, &key(round)).unwrap_or_default();
            let id = seats.get(place).copied();
            id.and_then(|id| Profile::of(world, id)).map(|profile| profile.vote_key)
        }
    };
    let none = || NotJudged::NoEvidence(format!("nobody known has place {place} in round {round}"));
    found.ok_or_else(none)
}
