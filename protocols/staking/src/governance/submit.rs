//! Proposing.

use super::open::{self, Kind, Open};
use super::proposal::head;
use super::{Content, Event, MAX_TEXTS, Proposal, Refused, State, Sums, ballot, end, version};
use crate::params::{Param, Params};
use crate::world::{Key, Stored, Table, World};
use crate::{Constitution, Error};
use troupe_crypto::hash::keccak256;
use troupe_types::{Address, Hash, Height, Millis, NodeId, UnixMillis};
use troupe_wire::Text;

/// The longest PIP id, in bytes.
pub const LONGEST_PIP: usize = 128;
/// So many characters of what is refused are said.
const LONGEST_ECHO: usize = 64;
/// The shortest vote that one asks for.
const SHORTEST: Millis = Millis(1);

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// A text.
    Text,
    /// A newer program.
    Version {
        /// Its version.
        version: u32,
        /// How long the vote takes.
        voting: Millis,
    },
    /// Another value of a parameter.
    Param {
        /// Which.
        param: Param,
        /// What it is to be.
        value: u128,
    },
    /// To drop a proposal.
    Cancel {
        /// Which.
        target: Hash,
        /// How long the vote takes.
        voting: Millis,
    },
}

/// A proposal as it comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// What it is called: a hash that no other proposal has.
    pub id: Hash,
    /// The node of the alternative validator that proposes.
    pub node: NodeId,
    /// The number of the text that it is about.
    pub pip: String,
    /// What is asked for.
    pub request: Request,
}

/// Where the chain is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The block.
    pub height: Height,
    /// When the block before was made.
    pub time: UnixMillis,
}

impl Request {
    /// The parameter of a name and its value, as they are written.
    pub fn param(module: &str, key: &str, value: &str) -> Result<Self, Refused> {
        let unknown = || Refused::Param { name: short(&format!("{module}/{key}")) };
        let param = Param::named(module, key).ok_or_else(unknown)?;
        // Other ways to write the same number would let two proposals look different.
        let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        let parsed = value.parse().ok().filter(|_| is_number);
        let value = parsed.ok_or_else(|| Refused::Value { got: short(value) })?;
        Ok(Self::Param { param, value })
    }

    /// How long a vote of so many rounds takes, with a block a second: for those who think in rounds.
    // PlatON-Go 1.5.0, x/xutil, estimates alike
    #[must_use]
    pub fn rounds(constitution: &Constitution, rounds: u64) -> Millis {
        let blocks = u64::from(constitution.seats) * u64::from(constitution.blocks_per_view);
        Millis(rounds.saturating_mul(blocks).saturating_mul(1_000))
    }

    const fn content(self) -> Content {
        match self {
            Self::Text => Content::Text,
            Self::Version { version, .. } => Content::Version { version },
            Self::Param { param, value } => Content::Param { param, value },
            Self::Cancel { target, .. } => Content::Cancel { target },
        }
    }
}

/// What of somebody's text is repeated to him.
fn short(text: &str) -> String {
    text.chars().take(LONGEST_ECHO).collect()
}

/// Proposes something for an alternative validator, by the account that staked for it.
pub fn submit(
    world: &mut impl World,
    from: Address,
    submission: Submission,
    now: Moment,
) -> Result<(), Error> {
    let Submission { id, node, pip, request } = submission;
    if Proposal::number(world, &id).is_some() {
        return Err(Refused::Exists { id }.into());
    }
    let no_pip = Refused::Pip { got: pip.len(), most: LONGEST_PIP };
    let pip = Text::new(pip).ok().filter(|pip| !pip.is_empty()).ok_or(no_pip)?;
    let pip_key = pip_key(&pip);
    if world.get(&pip_key).is_some() {
        return Err(Refused::PipTaken { pip: pip.to_string() }.into());
    }
    let proposer = ballot::alternative(world, from, &node)?;
    let open = open::all(world);
    let voting = match request {
        Request::Text => {
            check_text(&open, proposer)?;
            longest(world)
        }
        Request::Version { version, voting } => {
            check_alone(world, &open)?;
            let active = version::active_version(world);
            if version >> 8 <= active >> 8 {
                return Err(Refused::NotNewer { got: version, active }.into());
            }
            let most = longest(world);
            check_length(voting, most)?
        }
        Request::Param { param, value } => {
            check_alone(world, &open)?;
            check_param(world, param, value)?;
            longest(world)
        }
        Request::Cancel { target, voting } => check_cancel(world, &open, &target, voting, now)?,
    };
    let content = request.content();
    let proposal = Proposal {
        id,
        pip,
        proposer,
        node,
        content,
        height: now.height,
        submitted: now.time,
        ends: UnixMillis(now.time.0.saturating_add(voting.0)),
        state: State::Voting,
        result: None,
        canceled_by: None,
        active_from: None,
        sums: Sums::default(),
        seen: 0,
        seen_in: 0,
    };
    let number = proposal.enter(world);
    number.save(world, &pip_key);
    open::add(world, Open { number, id, kind: Kind::of(&content), proposer });
    end::see(world, number);
    world.log(Event::Submitted { id, node }.into());
    Ok(())
}

/// Makes a PIP id free for another proposal.
pub(super) fn free(world: &mut impl World, pip: &str) {
    world.remove(&pip_key(pip));
}

fn pip_key(pip: &str) -> Key {
    Key::new(Table::Pip, *head(&keccak256(pip)))
}

/// The longest vote.
fn longest(world: &mut impl World) -> Millis {
    let constitution = Constitution::of(world);
    if constitution.is_none() {
        world.broken("there is no constitution");
    }
    constitution.map_or(SHORTEST, |constitution| constitution.voting)
}

fn check_length(got: Millis, most: Millis) -> Result<Millis, Refused> {
    if got < SHORTEST {
        return Err(Refused::TooShort { got, least: SHORTEST });
    }
    if got > most {
        return Err(Refused::TooLong { got, most });
    }
    Ok(got)
}

fn check_text(open: &[Open], proposer: crate::stake::StakeId) -> Result<(), Refused> {
    let texts = open.iter().filter(|open| open.kind == Kind::Text);
    let got = texts.clone().count();
    if let Some(own) = texts.clone().find(|open| open.proposer == proposer) {
        return Err(Refused::TextOpen { open: own.id });
    }
    if got >= MAX_TEXTS { Err(Refused::TooMany { got }) } else { Ok(()) }
}

/// What rules all nodes is voted on one after the other.
fn check_alone(world: &mut impl World, open: &[Open]) -> Result<(), Refused> {
    if let Some(open) = open::only(open, Kind::Version) {
        return Err(Refused::VersionOpen { open: open.id });
    }
    if let Some(open) = open::only(open, Kind::Param) {
        return Err(Refused::ParamOpen { open: open.id });
    }
    match version::upcoming(world) {
        Some(upcoming) => Err(Refused::VersionUpcoming { version: upcoming.version }),
        None => Ok(()),
    }
}

fn check_param(world: &mut impl World, param: Param, value: u128) -> Result<(), Error> {
    let mut params = Params::of(world);
    if params.get(param) == value {
        return Err(Refused::Same { param, value }.into());
    }
    params.set(param, value)
}

/// A proposal is dropped before it ends, or not at all.
fn check_cancel(
    world: &mut impl World,
    open: &[Open],
    target: &Hash,
    voting: Millis,
    now: Moment,
) -> Result<Millis, Refused> {
    if let Some(open) = open::only(open, Kind::Cancel) {
        return Err(Refused::CancelOpen { open: open.id });
    }
    let id = *target;
    let proposal = Proposal::of(world, target).ok_or(Refused::TargetUnknown { id })?;
    match proposal.content {
        Content::Version { .. } | Content::Param { .. } => {}
        Content::Text | Content::Cancel { .. } => return Err(Refused::TargetKind { id }),
    }
    if proposal.state != State::Voting {
        return Err(Refused::TargetClosed { id, state: proposal.state });
    }
    let left = proposal.ends.0.saturating_sub(now.time.0);
    check_length(voting, Millis(left.saturating_sub(1)))
}
