//! What owners do.

use super::{Dataset, Listing};
use crate::counters::count;
use crate::{Error, Event, Moment, algorithm};
use troupe_records::{Key, Table, World};
use troupe_types::Address;

/// Lists a data set; its number.
pub fn publish(
    world: &mut impl World,
    owner: Address,
    listing: Listing,
    now: &Moment,
) -> Result<u64, Error> {
    check(&listing)?;
    let number = count(world, |counters| &mut counters.datasets);
    let dataset = Dataset { owner, version: 1, since: now.height, is_revoked: false, listing };
    dataset.keep(world, number);
    world.put(&Key::of_account(Table::DatasetOf, owner, number), &[]);
    world.log(Event::Published { dataset: number, owner, node: dataset.listing.node }.into());
    Ok(number)
}

/// Says something else of it. Tasks that are under way end, for their owners agreed to something else.
pub fn update(
    world: &mut impl World,
    caller: Address,
    number: u64,
    listing: Listing,
) -> Result<(), Error> {
    check(&listing)?;
    let mut dataset = own(world, caller, number)?;
    dataset.version = dataset.version.checked_add(1).ok_or(Error::Revoked { dataset: number })?;
    dataset.listing = listing;
    dataset.keep(world, number);
    world.log(Event::Updated { dataset: number, version: dataset.version }.into());
    Ok(())
}

/// Takes it back for ever.
pub fn revoke(world: &mut impl World, caller: Address, number: u64) -> Result<(), Error> {
    let mut dataset = own(world, caller, number)?;
    dataset.is_revoked = true;
    dataset.keep(world, number);
    world.log(Event::Revoked { dataset: number }.into());
    Ok(())
}

fn check(listing: &Listing) -> Result<(), Error> {
    if listing.name.is_empty() {
        return Err(Error::Listing { what: "it has no name" });
    }
    // A model has none.
    if listing.rows == 0 && listing.policy.algorithms & !algorithm::OF_MODELS != 0 {
        return Err(Error::Listing { what: "it has no rows, and may be more than applied" });
    }
    if listing.price > crate::task::MAX_AMOUNT {
        return Err(Error::Listing { what: "a price above 2^100 von" });
    }
    listing.policy.check()
}

fn own(world: &mut impl World, caller: Address, number: u64) -> Result<Dataset, Error> {
    let dataset = Dataset::of(world, number).ok_or(Error::NoDataset { dataset: number })?;
    if dataset.owner != caller {
        return Err(Error::NotOwner { dataset: number });
    }
    if dataset.is_revoked {
        return Err(Error::Revoked { dataset: number });
    }
    Ok(dataset)
}
