//! Which programs nodes run, as they say.
//!
//! What counts for the rank and for the election of a candidate is the version in force, or the one that will be: a newer one is
//! remembered until it is accepted.

use super::open::{self, Kind};
use super::version::{Versions, are_alike};
use super::{Content, Event, Proposal, Refused, ballot};
use crate::Calendar;
use crate::stake::{StakeId, rank};
use crate::world::{Key, Stored, Table, World};
use troupe_types::{Address, NodeId};

/// So many are looked at in the end of a round.
const AT_ONCE: usize = 500;

/// Says which version the node of a candidate runs, by the account that staked for it.
pub fn declare(
    world: &mut impl World,
    from: Address,
    node: &NodeId,
    version: u32,
) -> Result<(), Refused> {
    let (id, _) = ballot::own(world, from, node)?;
    let versions = Versions::of(world);
    let open = open::all(world);
    let open = open::only(&open, Kind::Version).copied();
    let proposed = open.and_then(|open| Proposal::numbered(world, open.number));
    if let Some((open, proposal)) = open.zip(proposed)
        && let Content::Version { version: proposed } = proposal.content
    {
        let has_voted = ballot::of(world, open.number, id).is_some();
        let is_active = are_alike(version, versions.active) && !has_voted;
        if is_active {
            set(world, id, version);
        } else if are_alike(version, proposed) {
            remember(world, id, version);
        } else {
            return Err(Refused::Declared { got: version, want: proposed });
        }
    } else {
        let want = versions.wanted();
        if !are_alike(version, want) {
            return Err(Refused::Declared { got: version, want });
        }
        set(world, id, version);
    }
    world.log(Event::Declared { node: *node, version }.into());
    Ok(())
}

/// Says that a candidate, a new one, runs a newer program than the one in force.
pub(crate) fn declared(world: &mut impl World, id: StakeId, version: u32) {
    if are_alike(version, Versions::of(world).wanted()) {
        set(world, id, version);
    } else {
        remember(world, id, version);
    }
}

/// Remembers what a node runs until it counts.
pub(super) fn remember(world: &mut impl World, id: StakeId, version: u32) {
    version.save(world, &key(id));
}

fn set(world: &mut impl World, id: StakeId, version: u32) {
    world.remove(&key(id));
    let period = Calendar::period(world);
    let _ = rank::change(world, id, period, |stake| stake.version = version);
}

/// Lets a version that was accepted count for those who said that they run it, so many at once.
pub(super) fn look(world: &mut impl World) {
    let mut versions = Versions::of(world);
    let Some(mut looked_to) = versions.looked_to else { return };
    let wanted = versions.wanted();
    for _ in 0..AT_ONCE {
        let Some((found, value)) = world.next(Table::Version, Some(&key(StakeId(looked_to))))
        else {
            versions.looked_to = None;
            return versions.keep(world);
        };
        looked_to = found.number(0);
        let Some(version) = u32::read(world, &value) else { return };
        if are_alike(version, wanted) {
            set(world, StakeId(looked_to), version);
        } else if version < wanted {
            world.remove(&found);
        }
    }
    versions.looked_to = Some(looked_to);
    versions.keep(world);
}

fn key(id: StakeId) -> Key {
    Key::new(Table::Version, id.0.to_be_bytes())
}
