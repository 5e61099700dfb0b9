//! Data sets.

use super::abi::DataRegistry::{self, DataRegistryCalls};
use super::run::{Failure, change, kept, moment, question};
use super::{gas, view};
use crate::Error;
use crate::data::{self, Askers, Dataset, Listing, Policy};
use alloy_sol_types::SolCall;
use troupe_records::{Call, Meter, World};
use troupe_types::{Address, Hash, NodeId, UnixMillis};
use troupe_wire::{List, Text};

/// The most data sets of a page.
const PAGE: u64 = 64;

pub(super) fn answer<W: World + Meter>(
    world: &mut W,
    call: &Call<'_>,
    asked: DataRegistryCalls,
) -> Result<Vec<u8>, Failure> {
    use DataRegistryCalls as C;
    match asked {
        C::publish(asked) => {
            change(world, call, (gas::NEW.saturating_add(kept(call)), 0))?;
            let id = data::publish(world, call.caller, listing(asked.listing)?, &moment(call))?;
            Ok(DataRegistry::publishCall::abi_encode_returns(&id))
        }
        C::update(asked) => {
            change(world, call, (gas::SMALL.saturating_add(kept(call)), 0))?;
            data::update(world, call.caller, asked.id, listing(asked.listing)?)?;
            Ok(Vec::new())
        }
        C::revoke(asked) => {
            change(world, call, (gas::SMALL, 0))?;
            data::revoke(world, call.caller, asked.id)?;
            Ok(Vec::new())
        }
        C::getDataset(asked) => {
            question(world, call, 1)?;
            let found = Dataset::of(world, asked.id);
            let found = found.ok_or(Error::NoDataset { dataset: asked.id })?;
            Ok(DataRegistry::getDatasetCall::abi_encode_returns(&view::dataset(asked.id, found)))
        }
        C::getDatasets(asked) => {
            let count = asked.count.min(PAGE);
            question(world, call, count)?;
            let page = data::page(world, asked.afterId, length(count));
            let page = page.into_iter().map(|(id, one)| view::dataset(id, one)).collect();
            Ok(DataRegistry::getDatasetsCall::abi_encode_returns(&page))
        }
        C::getDatasetsOf(asked) => {
            let count = asked.count.min(PAGE);
            question(world, call, count)?;
            let owner = Address(asked.owner.into());
            let page = data::page_of(world, owner, asked.afterId, length(count));
            let page = page.into_iter().map(|(id, one)| view::dataset(id, one)).collect();
            Ok(DataRegistry::getDatasetsOfCall::abi_encode_returns(&page))
        }
    }
}

/// A small number, as lengths are.
pub(super) fn length(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// A list that is not longer than it may be.
pub(super) fn list<T, U, const MAX: usize>(
    what: &'static str,
    from: Vec<T>,
    to: impl Fn(T) -> U,
) -> Result<List<U, MAX>, Error> {
    let got = from.len();
    let too_many = |_| Error::Count { what, got, most: MAX };
    List::new(from.into_iter().map(to).collect()).map_err(too_many)
}

fn listing(asked: DataRegistry::Listing) -> Result<Listing, Error> {
    let policy = asked.policy;
    let node = |node: alloy_primitives::B256| NodeId(node.0);
    let askers = list("askers", policy.askers, |asker| Address(asker.into()))?;
    if policy.anyone && !askers.is_empty() {
        return Err(Error::Listing { what: "anyone may ask, and some are named" });
    }
    let name = Text::new(asked.name)
        .map_err(|_| Error::Listing { what: "a name of more than 64 bytes" })?;
    Ok(Listing {
        node: NodeId(asked.node.0),
        name,
        schema: Hash(asked.schema.0),
        rows: asked.rows,
        content: Hash(asked.content.0),
        price: asked.price,
        policy: Policy {
            askers: if policy.anyone { Askers::Anyone } else { Askers::Listed(askers) },
            algorithms: policy.algorithms,
            engines: policy.engines,
            least_rows: policy.leastRows,
            least_group: policy.leastGroup,
            named: list("named nodes", policy.named, node)?,
            excluded: list("excluded nodes", policy.excluded, node)?,
            is_own_party: policy.ownParty,
            expires: (policy.expires > 0).then_some(UnixMillis(policy.expires)),
        },
    })
}
