//! Who validates in a round.

use crate::served;
use crate::stake::{Profile, Stake, StakeId};
use crate::world::{Key, Stored, Table, World};
use bincode::{Decode, Encode};
use troupe_types::{Address, Epoch, Height, NodeId};
use troupe_wire::List;
use troupe_wire::{Limit, codec};

/// The most validators of a round: so many fit into a record.
pub const MAX_SEATS: u32 = 43;
/// The validators of so many rounds before the last one are kept as they were: blocks carry evidence of the round before at most.
const KEPT: u64 = 3;

/// A validator of a round, with the keys that it has in it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Member {
    /// The candidate.
    pub id: StakeId,
    /// Its node.
    pub node: NodeId,
    /// Its public key for votes.
    pub vote_key: [u8; 48],
    /// Its public key for random words.
    pub vrf_key: [u8; 32],
    /// Who gets the fees of its blocks.
    pub address: Address,
    /// In how many rounds it has been without a break, this one counted.
    pub rounds: u32,
}

/// The validators of a round, in the order in which they propose.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Office {
    /// The round: a term of consensus.
    pub round: Epoch,
    /// Its first height.
    pub first: Height,
    /// Its last one.
    pub last: Height,
    /// Who.
    pub members: List<Member, { MAX_SEATS as usize }>,
}

fn key(round: Epoch) -> Key {
    Key::new(Table::Office, round.0.to_be_bytes())
}

impl Office {
    /// Where the validators of a round are kept.
    #[must_use]
    pub fn key(round: Epoch) -> Key {
        key(round)
    }

    /// Reads what is kept there.
    #[must_use]
    pub fn decode(record: &[u8]) -> Option<Self> {
        codec::decode(record, Limit::KiB16).ok()
    }

    /// That of a round: one of the last, or the next one once it is elected.
    pub fn of(world: &mut impl World, round: Epoch) -> Option<Self> {
        Self::load(world, &key(round))
    }

    pub(crate) fn keep(&self, world: &mut impl World) {
        self.save(world, &key(self.round));
        if let Some(old) = self.round.0.checked_sub(KEPT + 1).map(Epoch)
            && let Some(office) = Self::of(world, old)
        {
            world.remove(&key(old));
            served::remember(world, &office);
        }
    }

    /// Who proposes in a view.
    #[must_use]
    pub fn proposer(&self, view: troupe_types::View) -> Option<&Member> {
        let count = self.members.len() as u64;
        let at = view.0.checked_rem(count)?;
        self.members.get(usize::try_from(at).ok()?)
    }

    /// Whether a candidate is among them.
    #[must_use]
    pub fn has(&self, id: StakeId) -> bool {
        self.members.iter().any(|member| member.id == id)
    }
}

impl Member {
    /// A candidate as a validator; `None` where nothing is known of it.
    pub(crate) fn of(world: &mut impl World, id: StakeId, rounds: u32) -> Option<Self> {
        let stake = Stake::of(world, id)?;
        let Profile { vote_key, vrf_key, .. } = Profile::of(world, id)?;
        let Stake { node, benefit: address, .. } = stake;
        Some(Self { id, node, vote_key, vrf_key, address, rounds })
    }
}
