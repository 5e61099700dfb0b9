//! Where a node stands in the elections of its chain.

use crate::Error;
use crate::economy::Reading;
use troupe_chain::state::StateView;
use troupe_staking::office::Office;
use troupe_staking::stake::{self, Stake, Status};
use troupe_staking::{Calendar, Constitution, governance};
use troupe_types::{Epoch, Height, NodeId};

/// Von in a LAT: a vote.
const LAT: u128 = 1_000_000_000_000_000_000;

/// Where a node stands after a block of a chain whose validators have stakes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The settlement epoch.
    pub period: u64,
    /// The round of the next block.
    pub round: Round,
    /// The round after it, once it is elected.
    pub next: Option<Round>,
    /// What the node is as a candidate, if it is one.
    pub candidate: Option<Candidate>,
    /// A version that will be in force, as people write it, and its first round.
    pub upcoming: Option<(String, Epoch)>,
    /// Whether this program knows the rules of that version.
    pub knows_upcoming: bool,
}

/// The validators of a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// Which.
    pub epoch: Epoch,
    /// Its first height.
    pub first: Height,
    /// Its last one.
    pub last: Height,
    /// Who, in the order in which they propose.
    pub nodes: Vec<NodeId>,
}

/// A candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// What happened to it.
    pub status: Status,
    /// Its votes, in whole LAT.
    pub votes: u128,
    /// Whether it may be elected in this settlement epoch.
    pub is_alternative: bool,
}

impl Round {
    fn of(office: &Office) -> Self {
        let Office { round: epoch, first, last, ref members } = *office;
        Self { epoch, first, last, nodes: members.iter().map(|member| member.node).collect() }
    }

    /// Whether a node is among its validators.
    #[must_use]
    pub fn has(&self, node: &NodeId) -> bool {
        self.nodes.contains(node)
    }

    /// How many of them were not among those of another round.
    #[must_use]
    pub fn newcomers(&self, before: &Self) -> usize {
        self.nodes.iter().filter(|node| !before.has(node)).count()
    }
}

/// Where a node stands after the block of a state; `None` on a chain without stakes.
pub fn standing<V: StateView>(view: &V, node: &NodeId) -> Result<Option<Standing>, Error> {
    let mut reading = Reading::of(view);
    let standing = look(&mut reading, node);
    reading.done(standing)
}

fn look<V: StateView>(world: &mut Reading<'_, V>, node: &NodeId) -> Option<Standing> {
    Constitution::of(world)?;
    let calendar = Calendar::now(world);
    let round = Office::of(world, calendar.round)?;
    let next = calendar.round.next().and_then(|next| Office::of(world, next));
    let candidate = stake::by_node(world, node).and_then(|id| {
        let stake = Stake::of(world, id)?;
        let (status, votes) = (stake.status, stake.votes() / LAT);
        Some(Candidate { status, votes, is_alternative: stake::is_alternative(world, id) })
    });
    let upcoming = governance::upcoming(world);
    let version = |it: governance::Upcoming| (governance::version_text(it.version), it.from);
    let known = governance::PROGRAM_VERSION >> 8;
    Some(Standing {
        period: calendar.period,
        round: Round::of(&round),
        next: next.as_ref().map(Round::of),
        candidate,
        upcoming: upcoming.map(version),
        knows_upcoming: upcoming.is_none_or(|it| it.version >> 8 <= known),
    })
}
