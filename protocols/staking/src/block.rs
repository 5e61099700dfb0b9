//! What a block does before its first transaction and after its last one.

use crate::office::Office;
use crate::stake::StakeId;
use crate::world::World;
use crate::{
    Calendar, Constitution, due, governance, produced, restricting, round, settle, slash, sweep,
};
use troupe_types::{Address, Epoch, Hash, Height, UnixMillis, View};

/// So many stakes, plans, rewards and votes that are over are looked at in the end of a block, of each.
const AT_ONCE: usize = 250;

/// What the rules want to know of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// How far from the genesis block.
    pub height: Height,
    /// Its round.
    pub round: Epoch,
    /// Its view.
    pub view: View,
    /// Who gets its fees.
    pub coinbase: Address,
    /// When the block before was made.
    pub parent_time: UnixMillis,
    /// Its random output.
    pub output: Hash,
}

/// What comes before the first transaction: who made the block, and who is punished. Each offender is one whose offence was
/// shown and not punished before.
pub fn begin(world: &mut impl World, facts: &Facts, offenders: &[StakeId]) {
    match Office::of(world, facts.round) {
        Some(office) => produced::count(world, &office, facts.view),
        None => world.broken("a round without validators"),
    }
    for id in offenders {
        let _ = slash::double_sign(world, *id, facts.coinbase);
    }
}

/// What comes after the last transaction. Gives the validators of the next round, if the block elects them.
pub fn end(world: &mut impl World, facts: &Facts) -> Option<Office> {
    let constitution = Constitution::of(world)?;
    let office = Office::of(world, facts.round)?;
    let mut elected = None;
    if round::is_election(&constitution, office.last, facts.height) {
        let before = facts.round.0.checked_sub(1).map(Epoch);
        if let Some(before) = before.and_then(|before| Office::of(world, before)) {
            slash::idle(world, &before);
        }
        elected = round::elect(world, &constitution, &office, facts.output);
        if elected.is_none() {
            world.broken("nobody was elected");
        }
    }
    if facts.height == office.last {
        end_round(world, &constitution, &office, facts);
    }
    settle::work(world, &constitution, AT_ONCE);
    let period = Calendar::period(world);
    let _ = due::work(world, period, AT_ONCE);
    let _ = restricting::release(world, period, AT_ONCE);
    sweep::work(world, AT_ONCE);
    elected
}

fn end_round(world: &mut impl World, constitution: &Constitution, office: &Office, facts: &Facts) {
    let mut calendar = Calendar::now(world);
    let is_settling = settle::is_going_on(world);
    produced::close_round(world, office, calendar.period + u64::from(is_settling));
    governance::round_ended(world, &calendar, facts.parent_time);
    calendar.round = Epoch(calendar.round.0.saturating_add(1));
    let passed = facts.parent_time.0.saturating_sub(calendar.began.0);
    calendar.keep(world);
    if passed >= constitution.period.0 && !is_settling {
        settle::begin(world, &calendar, facts.parent_time);
    }
}
