//! Who a candidate is.

use super::{Refused, StakeId};
use crate::world::{Key, Stored, Table, World};
use bincode::{Decode, Encode};
use troupe_wire::Text;

/// What a candidate says of itself.
// PlatON-Go 1.5.0, x/staking
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct Description {
    /// Its name elsewhere: where a picture of it is found.
    pub external_id: Text<70>,
    /// Its name.
    pub name: Text<30>,
    /// Its home page.
    pub website: Text<140>,
    /// More.
    pub details: Text<280>,
}

impl Description {
    /// External id, name, website and details. Refuses what is too long.
    pub fn new(texts: [String; 4]) -> Result<Self, Refused> {
        let mut description = Self::default();
        description.change(texts.map(Some))?;
        Ok(description)
    }

    /// Changes those of them that are given.
    pub(super) fn change(&mut self, texts: [Option<String>; 4]) -> Result<(), Refused> {
        let [external_id, name, website, details] = texts;
        change("external id", &mut self.external_id, external_id)?;
        change("name", &mut self.name, name)?;
        change("website", &mut self.website, website)?;
        change("details", &mut self.details, details)
    }
}

fn change<const MAX: usize>(
    field: &'static str,
    text: &mut Text<MAX>,
    new: Option<String>,
) -> Result<(), Refused> {
    let Some(new) = new else { return Ok(()) };
    let got = new.len();
    *text = Text::new(new).map_err(|_| Refused::Description { field, got, most: MAX })?;
    Ok(())
}

/// What seldom changes of a candidate.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Profile {
    /// Its public key for votes.
    pub vote_key: [u8; 48],
    /// Its public key for random words.
    pub vrf_key: [u8; 32],
    /// What it says of itself.
    pub description: Description,
}

impl Profile {
    /// That of a candidate.
    pub fn of(world: &mut impl World, id: StakeId) -> Option<Self> {
        Self::load(world, &key(id))
    }

    pub(super) fn keep(&self, world: &mut impl World, id: StakeId) {
        self.save(world, &key(id));
    }

    pub(super) fn forget(world: &mut impl World, id: StakeId) {
        world.remove(&key(id));
    }
}

fn key(id: StakeId) -> Key {
    Key::new(Table::Profile, id.0.to_be_bytes())
}
