//! What an owner has to do on the chain so that it lists what its node offers, from what it lists now.
//!
//! Like [duties](crate::duty) the changes are a function of what the chain shows, and each has an [id](Change::id).

use crate::call::abi::DataRegistry::{self as Registry, Dataset};
use crate::data::Listing;
use alloy_sol_types::{SolCall, SolValue};
use std::collections::BTreeSet;
use troupe_crypto::hash;
use troupe_types::{Address, Hash, NodeId};

/// What is hashed for an id.
const DOMAIN: &[u8] = b"troupe market offer v1";
/// The most data sets that a node has listed.
pub const MOST: usize = 256;

/// Something to be done on the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A data set is listed.
    Publish {
        /// What is said of it.
        listing: Listing,
        /// How many of this name there were at the node before: listed again, it is another one.
        before: u64,
    },
    /// Something else is said of it.
    Update {
        /// Its number.
        dataset: u64,
        /// What is said until now.
        version: u32,
        /// What is said from now on.
        listing: Listing,
    },
    /// It is taken back.
    Revoke {
        /// Its number.
        dataset: u64,
    },
}

/// Why nothing of an offer can be listed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// Too many data sets.
    #[error("{got} data sets, allowed are {MOST}")]
    Many {
        /// How many.
        got: usize,
    },
    /// Two of one name.
    #[error("two data sets are called {name:?}")]
    Twice {
        /// The name.
        name: String,
    },
    /// A data set that is said to be elsewhere.
    #[error("the data set {name:?} is said to be at another node")]
    Elsewhere {
        /// Its name.
        name: String,
    },
}

/// Refuses what cannot be listed as it is.
pub fn check(node: &NodeId, offered: &[Listing]) -> Result<(), Wrong> {
    let got = offered.len();
    if got > MOST {
        return Err(Wrong::Many { got });
    }
    let mut names = BTreeSet::new();
    for listing in offered {
        let name = || listing.name.to_string();
        if listing.node != *node {
            return Err(Wrong::Elsewhere { name: name() });
        }
        if !names.insert(name()) {
            return Err(Wrong::Twice { name: name() });
        }
    }
    Ok(())
}

/// What has to be done so that of the data sets of a node just these are listed. `listed` are all that its account has.
#[must_use]
pub fn changes(node: &NodeId, listed: &[Dataset], offered: &[Listing]) -> Vec<Change> {
    let mut left: Vec<&Dataset> = here(node, listed).filter(|one| !one.revoked).collect();
    let mut found = Vec::new();
    for listing in offered {
        let Some(at) = left.iter().position(|one| one.listing.name == *listing.name) else {
            let named = here(node, listed).filter(|one| one.listing.name == *listing.name);
            found.push(Change::Publish { listing: listing.clone(), before: named.count() as u64 });
            continue;
        };
        let before = left.remove(at);
        if !is_same(before, listing) {
            let (dataset, version) = (before.id, before.version);
            found.push(Change::Update { dataset, version, listing: listing.clone() });
        }
    }
    found.extend(left.into_iter().map(|one| Change::Revoke { dataset: one.id }));
    found
}

/// The numbers of what is offered, in its order; `None` while something is not listed as it is.
#[must_use]
pub fn numbers(node: &NodeId, listed: &[Dataset], offered: &[Listing]) -> Option<Vec<u64>> {
    let number = |listing: &Listing| {
        let mut now = here(node, listed).filter(|one| !one.revoked);
        now.find(|one| is_same(one, listing)).map(|one| one.id)
    };
    offered.iter().map(number).collect()
}

fn here<'a>(node: &NodeId, listed: &'a [Dataset]) -> impl Iterator<Item = &'a Dataset> {
    let node = node.0;
    listed.iter().filter(move |one| one.listing.node.0 == node)
}

fn is_same(listed: &Dataset, offered: &Listing) -> bool {
    listed.listing.abi_encode() == crate::call::listing(offered).abi_encode()
}

impl Change {
    /// What it is called, of this account and chain: the same whenever it is found.
    #[must_use]
    pub fn id(&self, chain_id: u64, account: &Address) -> Hash {
        let (kind, number, content) = match self {
            Self::Publish { listing, before } => {
                (1, *before, crate::call::listing(listing).abi_encode())
            }
            Self::Update { dataset, version, listing } => {
                let said = crate::call::listing(listing).abi_encode();
                (2, *dataset, [&version.to_be_bytes(), said.as_slice()].concat())
            }
            Self::Revoke { dataset } => (3, *dataset, Vec::new()),
        };
        hash::keccak256_concat(&[
            DOMAIN,
            &chain_id.to_be_bytes(),
            &account.0,
            &[kind],
            &number.to_be_bytes(),
            &content,
        ])
    }

    /// The call of the data registry that does it.
    #[must_use]
    pub fn call(&self) -> Vec<u8> {
        match self {
            Self::Publish { listing, .. } => {
                Registry::publishCall { listing: crate::call::listing(listing) }.abi_encode()
            }
            Self::Update { dataset, listing, .. } => {
                let listing = crate::call::listing(listing);
                Registry::updateCall { id: *dataset, listing }.abi_encode()
            }
            Self::Revoke { dataset } => Registry::revokeCall { id: *dataset }.abi_encode(),
        }
    }
}
