//! Data sets as their owners list them.

use super::Policy;
use bincode::{Decode, Encode};
use troupe_records::{Key, Stored, Table, World};
use troupe_types::{Address, Hash, Height, NodeId};
use troupe_wire::Text;

/// The longest name of a data set, in bytes.
pub const MAX_NAME: usize = 64;

/// What is said of a data set. The rows stay at the node.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Listing {
    /// At which node it is.
    pub node: NodeId,
    /// Under which name.
    pub name: Text<MAX_NAME>,
    /// A hash of its columns: names, types, ranges.
    pub schema: Hash,
    /// How many rows it has; none is a model.
    pub rows: u64,
    /// A hash of all that is in it.
    pub content: Hash,
    /// What one computation costs, in von.
    pub price: u128,
    /// Under which conditions it may be used.
    pub policy: Policy,
}

/// A data set. Its number stays its own.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Dataset {
    /// Whose it is.
    pub owner: Address,
    /// How often its listing was changed: who agreed to one version did not agree to another.
    pub version: u32,
    /// Since which block.
    pub since: Height,
    /// Whether its owner took it back.
    pub is_revoked: bool,
    /// What is said of it.
    pub listing: Listing,
}

impl Dataset {
    /// The data set of a number.
    pub fn of(world: &mut impl World, number: u64) -> Option<Self> {
        Self::load(world, &key(number))
    }

    pub(crate) fn keep(&self, world: &mut impl World, number: u64) {
        self.save(world, &key(number));
    }
}

fn key(number: u64) -> Key {
    Key::new(Table::Dataset, number.to_be_bytes())
}

/// The data sets after a number, so many at most.
pub fn page(world: &mut impl World, after: u64, most: usize) -> Vec<(u64, Dataset)> {
    crate::page::of(world, Table::Dataset, &after.to_be_bytes(), &[], most)
}

/// The data sets of an account after a number, so many at most.
pub fn page_of(
    world: &mut impl World,
    owner: Address,
    after: u64,
    most: usize,
) -> Vec<(u64, Dataset)> {
    let mut last = Key::of_account(Table::DatasetOf, owner, after);
    let mut found = Vec::new();
    while found.len() < most
        && let Some((key, _)) = world.next(Table::DatasetOf, Some(&last))
        && key.account() == owner
    {
        let number = key.number(20);
        found.extend(Dataset::of(world, number).map(|dataset| (number, dataset)));
        last = key;
    }
    found
}
