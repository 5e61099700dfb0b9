//! Votes that are not yet a certificate.
//!
//! Nothing is checked until there may be a quorum; then all votes for one statement are checked at
//! once. A vote that comes from its own voter is kept apart from one that somebody relays, so that
//! nobody can take another's place with a bad one.

use crate::message::Vote;
use crate::{Kind, Place, Signature, Signers, Statement};
use std::collections::BTreeMap;
use troupe_types::NodeId;

/// Contradicting votes of one voter that are kept for one index of a view.
const PER_VOTER: usize = 2;

/// Bad votes of one voter for one statement after which no more are taken.
const MAX_BAD: u8 = 2;

/// A vote as it came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cast {
    pub(crate) signature: Signature,
    pub(crate) from: NodeId,
    /// It came from the voter itself.
    pub(crate) is_direct: bool,
}

/// The votes for one statement.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ballot {
    pub(crate) cast: BTreeMap<u16, Cast>,
    /// What is in the check that is under way. A better vote may take a place meanwhile.
    pub(crate) checking: Option<Vec<(u16, Signature)>>,
    /// How many bad votes there were of each voter: finding one costs more than making it.
    pub(crate) bad: BTreeMap<u16, u8>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Pool {
    ballots: BTreeMap<(Place, u32), BTreeMap<Statement, Ballot>>,
}

/// What adding a vote led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Added {
    /// It is in.
    New,
    /// It was there, or there is no room for it.
    Known,
    /// It is in, and the voter voted for this too.
    Contradicts(Statement, Signature),
}

impl Pool {
    pub(crate) fn add(&mut self, vote: &Vote, from: NodeId, is_direct: bool) -> Added {
        let statement = vote.statement();
        let slot = self.ballots.entry((vote.place, vote.index)).or_default();
        let others = slot.iter().filter(|(other, _)| **other != statement);
        let contradicted: Vec<(Statement, Signature)> = others
            .filter_map(|(other, ballot)| Some((*other, ballot.cast.get(&vote.voter)?.signature)))
            .collect();
        if contradicted.len() >= PER_VOTER {
            return Added::Known;
        }
        let cast = Cast { signature: vote.signature, from, is_direct };
        let ballot = slot.entry(statement).or_default();
        let bad = ballot.bad.get(&vote.voter).copied().unwrap_or(0);
        match ballot.cast.get(&vote.voter) {
            _ if bad >= MAX_BAD => return Added::Known,
            Some(before) if before.is_direct || !is_direct => return Added::Known,
            Some(before) if before.signature == cast.signature => return Added::Known,
            Some(_) | None => ballot.cast.insert(vote.voter, cast),
        };
        match contradicted.first() {
            Some((other, signature)) => Added::Contradicts(*other, *signature),
            None => self.at_height(&statement, vote.voter),
        }
    }

    /// What a voter said of the same height for another index of the view: once for each of both is all
    /// that a validator votes.
    fn at_height(&self, statement: &Statement, voter: u16) -> Added {
        let Statement { place, height, index, .. } = *statement;
        let others = self.ballots.range((place, 0)..=(place, u32::MAX)).map(|(_, slot)| slot);
        let same = others.flatten().filter(|(it, _)| it.height == height && it.index != index);
        let cast = |ballot: &Ballot| ballot.cast.get(&voter).map(|cast| cast.signature);
        let mut said = same.filter_map(|(it, ballot)| Some((*it, cast(ballot)?)));
        said.next().map_or(Added::New, |(it, signature)| Added::Contradicts(it, signature))
    }

    pub(crate) fn ballot(&mut self, statement: &Statement) -> Option<&mut Ballot> {
        self.ballots.get_mut(&(statement.place, statement.index))?.get_mut(statement)
    }

    /// Whether votes for a statement are being checked.
    pub(crate) fn is_checking(&self, statement: &Statement) -> bool {
        let slot = self.ballots.get(&(statement.place, statement.index));
        let ballot = slot.and_then(|slot| slot.get(statement));
        ballot.is_some_and(|ballot| ballot.checking.is_some())
    }

    /// Votes for a statement that somebody lacks.
    pub(crate) fn missing(&self, statement: &Statement, known: Signers) -> Vec<Vote> {
        let slot = self.ballots.get(&(statement.place, statement.index));
        let Some(ballot) = slot.and_then(|slot| slot.get(statement)) else { return Vec::new() };
        let lacking = ballot.cast.iter().filter(|(voter, _)| !known.contains(**voter));
        lacking.map(|(voter, cast)| vote(statement, *voter, cast.signature)).collect()
    }

    /// Whose votes for a statement are here.
    pub(crate) fn known(&self, statement: &Statement) -> Signers {
        let slot = self.ballots.get(&(statement.place, statement.index));
        let ballot = slot.and_then(|slot| slot.get(statement));
        ballot.map(|ballot| ballot.cast.keys().copied().collect()).unwrap_or_default()
    }

    /// Forgets the votes for an index that has its certificate.
    pub(crate) fn close(&mut self, statement: &Statement) {
        self.ballots.remove(&(statement.place, statement.index));
    }

    pub(crate) fn forget_before(&mut self, place: Place) {
        self.ballots = self.ballots.split_off(&(place, 0));
    }

    /// How many votes are held.
    pub(crate) fn len(&self) -> usize {
        self.ballots.values().flat_map(BTreeMap::values).map(|ballot| ballot.cast.len()).sum()
    }
}

/// A vote without the certificate of the parent.
pub(crate) fn vote(statement: &Statement, voter: u16, signature: Signature) -> Vote {
    debug_assert_eq!(statement.kind, Kind::Vote, "only votes are pooled");
    let Statement { place, height, index, hash, .. } = *statement;
    Vote { place, height, index, hash, voter, signature, parent: None }
}
