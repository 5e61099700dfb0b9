//! The proposals that are voted on.

use super::{Content, Proposal, Refused};
use crate::stake::StakeId;
use crate::world::{Key, Stored, Table, World};
use bincode::{Decode, Encode};
use troupe_types::Hash;

const KEY: Key = Key::new(Table::Open, []);

/// The most texts that are voted on at once, each of another node: whoever delegates has to look at all of them.
pub const MAX_TEXTS: usize = 16;

/// What a proposal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(super) enum Kind {
    Text,
    Version,
    Param,
    Cancel,
}

/// A proposal that is voted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(super) struct Open {
    pub(super) number: u64,
    pub(super) id: Hash,
    pub(super) kind: Kind,
    pub(super) proposer: StakeId,
}

impl Kind {
    pub(super) const fn of(content: &Content) -> Self {
        match content {
            Content::Text => Self::Text,
            Content::Version { .. } => Self::Version,
            Content::Param { .. } => Self::Param,
            Content::Cancel { .. } => Self::Cancel,
        }
    }
}

/// All of them, the oldest first.
pub(super) fn all(world: &mut impl World) -> Vec<Open> {
    Vec::load(world, &KEY).unwrap_or_default()
}

/// The one of a kind of which there is one at most.
pub(super) fn only(all: &[Open], kind: Kind) -> Option<&Open> {
    all.iter().find(|open| open.kind == kind)
}

pub(super) fn add(world: &mut impl World, open: Open) {
    let mut all = all(world);
    all.push(open);
    all.save(world, &KEY);
}

pub(super) fn remove(world: &mut impl World, number: u64) {
    let mut all = all(world);
    all.retain(|open| open.number != number);
    if all.is_empty() {
        world.remove(&KEY);
    } else {
        all.save(world, &KEY);
    }
}

/// A proposal that one may vote on, and its number.
pub(super) fn find(world: &mut impl World, id: &Hash) -> Result<(u64, Proposal), Refused> {
    let number = Proposal::number(world, id);
    let proposal = Proposal::of(world, id);
    let (number, proposal) = number.zip(proposal).ok_or(Refused::Unknown { id: *id })?;
    if proposal.state != super::State::Voting {
        return Err(Refused::Closed { id: *id, state: proposal.state });
    }
    Ok((number, proposal))
}
