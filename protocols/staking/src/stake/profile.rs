//! Who a candidate is.

use super::{Refused, StakeId};
use crate::world::{Key, Stored, Table, World};
use bincode::{Decode, Encode};

/// What a candidate says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct Description {
    /// Its name elsewhere, of at most 70 bytes: where a picture of it is found.
    pub external_id: String,
    /// Its name, of at most 30 bytes.
    pub name: String,
    /// Its home page, of at most 140 bytes.
    pub website: String,
    /// More, of at most 280 bytes.
    pub details: String,
}

impl Description {
    /// Refuses what is too long.
    // PlatON-Go 1.5.0, x/staking
    pub(super) fn check(&self) -> Result<(), Refused> {
        let fields = [
            ("external id", &self.external_id, 70),
            ("name", &self.name, 30),
            ("website", &self.website, 140),
            ("details", &self.details, 280),
        ];
        for (field, text, most) in fields {
            let got = text.len();
            if got > most {
                return Err(Refused::Description { field, got, most });
            }
        }
        Ok(())
    }
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
