//! Who is in office when.

use crate::Error;
use std::collections::BTreeMap;
use troupe_chain::Genesis;
use troupe_chain::block::Roster;
use troupe_chain::genesis::Validator as Seat;
use troupe_consensus::{PublicKey, Term, Validator, ValidatorSet};
use troupe_types::{Address, Epoch, Height, NodeId, View};

/// The first epoch; the genesis block belongs to none.
const FIRST: Epoch = Epoch(1);

/// So many sets are kept before the last one that was learned.
const KEPT: u64 = 8;

/// The validator sets of a chain: of one whose genesis schedules them, all; of one whose stakes elect them, the first or
/// the last ones that were learned.
#[derive(Debug, Clone)]
pub struct Terms {
    genesis: Genesis,
    known: BTreeMap<Epoch, Office>,
}

#[derive(Debug, Clone)]
struct Office {
    roster: Roster,
    term: Term,
}

impl Office {
    fn new(roster: Roster) -> Result<Self, Error> {
        let term = term_of(&roster)?;
        Ok(Self { roster, term })
    }
}

impl Terms {
    /// Reads what the genesis says; refuses a first set that is none.
    pub fn new(genesis: Genesis) -> Result<Self, Error> {
        let first = Office::new(genesis.roster(FIRST, Height(1)))?;
        Ok(Self { genesis, known: BTreeMap::from([(FIRST, first)]) })
    }

    /// Whether stakes elect all but the first.
    #[must_use]
    pub const fn is_staked(&self) -> bool {
        self.genesis.is_staked
    }

    /// Takes over a set that a final block has elected. Nothing is learned where the genesis says it all.
    pub fn learn(&mut self, roster: Roster) -> Result<(), Error> {
        if self.is_staked() {
            let oldest = Epoch(roster.epoch.0.saturating_sub(KEPT));
            self.known.insert(roster.epoch, Office::new(roster)?);
            self.known = self.known.split_off(&oldest);
        }
        Ok(())
    }

    /// The term that a height belongs to; the first one for the genesis block.
    pub fn at(&mut self, height: Height) -> Result<&Term, Error> {
        let height = height.max(Height(1));
        while !self.is_staked()
            && let Some(newest) = self.known.last_key_value()
            && newest.1.term.last < height
        {
            self.extend()?;
        }
        let mut terms = self.known.values().map(|office| &office.term);
        terms.find(|term| term.holds(height)).ok_or(Error::UnknownTerm { height })
    }

    fn office(&mut self, epoch: Epoch) -> Result<&Office, Error> {
        let epoch = epoch.max(FIRST);
        while !self.is_staked() && !self.known.contains_key(&epoch) {
            self.extend()?;
        }
        self.known.get(&epoch).ok_or(Error::UnknownValidators { epoch })
    }

    /// The term of an epoch.
    pub fn of(&mut self, epoch: Epoch) -> Result<&Term, Error> {
        Ok(&self.office(epoch)?.term)
    }

    /// The validators of an epoch, as headers name them.
    pub fn roster(&mut self, epoch: Epoch) -> Result<Roster, Error> {
        Ok(self.office(epoch)?.roster.clone())
    }

    /// The epoch that the block at a height elects the validators of, if it is an election block.
    pub fn election_at(&mut self, height: Height) -> Result<Option<Epoch>, Error> {
        let distance = self.genesis.election_distance;
        let term = self.at(height)?;
        let is_election = term.last.0.checked_sub(distance) == Some(height.0);
        Ok(term.epoch.next().filter(|_| is_election))
    }

    /// What is known in the state of a block: its own term, the one before, and the next one once that
    /// is elected.
    pub fn known_at(&mut self, height: Height) -> Result<Vec<Term>, Error> {
        let term = self.at(height)?.clone();
        let is_elected = height.0.saturating_add(self.genesis.election_distance) >= term.last.0;
        let before = term.epoch.0.checked_sub(1).map(Epoch).filter(|it| *it >= FIRST);
        let next = term.epoch.next().filter(|_| is_elected);
        let mut terms = Vec::new();
        for epoch in before.into_iter().chain([term.epoch]).chain(next) {
            terms.push(self.of(epoch)?.clone());
        }
        Ok(terms)
    }

    /// Who gets the fees of the blocks of a view.
    pub fn coinbase(&mut self, epoch: Epoch, view: View) -> Result<Address, Error> {
        let proposer = self.proposer(epoch, view)?;
        Ok(proposer.map_or(Address::default(), |validator| validator.address))
    }

    /// Who makes the blocks of a view.
    pub fn proposer(&mut self, epoch: Epoch, view: View) -> Result<Option<&Seat>, Error> {
        let office = self.office(epoch)?;
        Ok(office.roster.validators.get(usize::from(office.term.set.proposer(view))))
    }

    /// Every process that validates in some epoch that is known, or scheduled.
    #[must_use]
    pub fn nodes(&self) -> Vec<NodeId> {
        let scheduled = self.genesis.terms.iter().flat_map(|term| &term.validators);
        let learned = self.known.values().flat_map(|office| &office.roster.validators);
        let mut nodes: Vec<NodeId> =
            scheduled.chain(learned).map(|validator| validator.node).collect();
        nodes.sort_unstable();
        nodes.dedup();
        nodes
    }

    /// Looks up the next set in the schedule.
    fn extend(&mut self) -> Result<(), Error> {
        let newest = self.known.last_key_value().map(|(_, office)| &office.term);
        let next = newest.and_then(|newest| newest.epoch.next().zip(newest.last.next()));
        // 2^64 epochs do not pass.
        let (epoch, first) = next.ok_or(Error::UnknownTerm { height: Height(u64::MAX) })?;
        self.known.insert(epoch, Office::new(self.genesis.roster(epoch, first))?);
        Ok(())
    }
}

/// A roster as consensus knows it. Refused are keys that are none, and validators that share one.
pub fn term_of(roster: &Roster) -> Result<Term, Error> {
    let Roster { epoch, first, last, .. } = *roster;
    let wrong = |reason| Error::Validators { epoch, reason };
    let mut validators = Vec::with_capacity(roster.validators.len());
    for validator in &roster.validators {
        let key = <[u8; 48]>::try_from(validator.key.as_slice());
        let key = key.map_err(|_| wrong(troupe_consensus::Error::BadSignature))?;
        validators.push(Validator { node: validator.node, key: PublicKey(key) });
    }
    let set = ValidatorSet::new(validators).map_err(wrong)?;
    Ok(Term { epoch, first, last, set })
}
