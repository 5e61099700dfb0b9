//! Restricting plans: each rule, and any history of them.

mod model;
mod rules;

use troupe_staking::election::Weighing;
use troupe_staking::params::Params;
use troupe_staking::world::{Key, Memory, Stored, Table};
use troupe_staking::{Calendar, Constitution};
use troupe_types::{Address, Millis};

const LAT: u128 = 1_000_000_000_000_000_000;

/// A chain with settlement epochs of six hours.
fn world() -> Memory {
    let mut world = Memory::default();
    let constitution = Constitution {
        seats: 4,
        blocks_per_view: 10,
        election_distance: 20,
        weighing: Weighing::Votes,
        period: Millis::secs(6 * 3_600),
        cycle: Millis::secs(31_557_600),
        producers_percent: 50,
        developers: Address([8; 20]),
        foundation: Address([9; 20]),
        foundation_from: 10,
        voting: Millis::secs(1_209_600),
    };
    constitution.lay_down(&mut world);
    Params::new(4).keep(&mut world);
    world
}

/// Lets a settlement epoch go on.
fn period(world: &mut Memory, period: u64) {
    let calendar = Calendar { period, ..Calendar::default() };
    calendar.save(world, &Key::new(Table::Single, [2]));
}
