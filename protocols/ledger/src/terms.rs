//! Who is in office when.

use crate::Error;
use std::collections::BTreeMap;
use troupe_chain::Genesis;
use troupe_chain::block::Roster;
use troupe_consensus::{PublicKey, Term, Validator, ValidatorSet};
use troupe_types::{Address, Epoch, Hash, Height, NodeId, View};

/// The first epoch; the genesis block belongs to none.
const FIRST: Epoch = Epoch(1);

/// The validator sets of a chain whose genesis schedules them.
#[derive(Debug, Clone)]
pub struct Terms {
    genesis: Genesis,
    /// Those that were asked for, without a gap from the first.
    known: BTreeMap<Epoch, Term>,
}

impl Terms {
    /// Reads the schedule; refuses one whose first set is none.
    pub fn new(genesis: Genesis) -> Result<Self, Error> {
        let mut terms = Self { genesis, known: BTreeMap::new() };
        terms.add(FIRST, Height(1))?;
        Ok(terms)
    }

    /// The term that a height belongs to; the first one for the genesis block.
    pub fn at(&mut self, height: Height) -> Result<&Term, Error> {
        let mut epoch = self.last_known();
        while self.known.get(&epoch).is_some_and(|term| term.last < height) {
            epoch = self.extend()?;
        }
        let found = self.known.values().find(|term| height <= term.last);
        Ok(found.unwrap_or(&self.known[&FIRST]))
    }

    /// The term of an epoch.
    pub fn of(&mut self, epoch: Epoch) -> Result<&Term, Error> {
        while self.last_known() < epoch {
            self.extend()?;
        }
        Ok(self.known.get(&epoch).unwrap_or(&self.known[&FIRST]))
    }

    /// The term that the block at a height elects, if it is an election block.
    pub fn elected_by(&mut self, height: Height) -> Result<Option<Term>, Error> {
        let distance = self.genesis.election_distance;
        let term = self.at(height)?;
        let (epoch, is_election) =
            (term.epoch, term.last.0.checked_sub(distance) == Some(height.0));
        let next = epoch.next().filter(|_| is_election);
        next.map(|next| self.of(next).cloned()).transpose()
    }

    /// What the header of the block at a height says of the term that it elects, if it elects one.
    pub fn promised_by(&mut self, height: Height) -> Result<Option<Hash>, Error> {
        let elected = self.elected_by(height)?;
        Ok(elected.map(|term| self.genesis.roster(term.epoch, term.first).hash()))
    }

    /// The validators of an epoch, as headers name them.
    pub fn roster(&mut self, epoch: Epoch) -> Result<Roster, Error> {
        let first = self.of(epoch)?.first;
        Ok(self.genesis.roster(epoch, first))
    }

    /// What is known in the state of a block: its own term, the one before, and the next one once that
    /// is elected.
    pub fn known_at(&mut self, height: Height) -> Result<Vec<Term>, Error> {
        let term = self.at(height)?.clone();
        let mut terms = Vec::new();
        if let Some(before) = term.epoch.0.checked_sub(1).map(Epoch).filter(|it| *it >= FIRST) {
            terms.push(self.of(before)?.clone());
        }
        let is_elected = height.0.saturating_add(self.genesis.election_distance) >= term.last.0;
        let next = term.epoch.next().filter(|_| is_elected);
        terms.push(term);
        if let Some(next) = next {
            terms.push(self.of(next)?.clone());
        }
        Ok(terms)
    }

    /// Who gets the fees of the blocks of a view.
    pub fn coinbase(&mut self, epoch: Epoch, view: View) -> Result<Address, Error> {
        let proposer = self.proposer(epoch, view)?;
        Ok(proposer.map_or(Address::default(), |validator| validator.address))
    }

    /// Who makes the blocks of a view.
    pub fn proposer(
        &mut self,
        epoch: Epoch,
        view: View,
    ) -> Result<Option<&troupe_chain::genesis::Validator>, Error> {
        let at = usize::from(self.of(epoch)?.set.proposer(view));
        Ok(self.genesis.validators(epoch).get(at))
    }

    /// Every process that validates in some epoch of the schedule.
    #[must_use]
    pub fn nodes(&self) -> Vec<NodeId> {
        let all = self.genesis.terms.iter().flat_map(|term| &term.validators);
        let mut nodes: Vec<NodeId> = all.map(|validator| validator.node).collect();
        nodes.sort_unstable();
        nodes.dedup();
        nodes
    }

    fn last_known(&self) -> Epoch {
        self.known.last_key_value().map_or(FIRST, |(epoch, _)| *epoch)
    }

    fn extend(&mut self) -> Result<Epoch, Error> {
        let newest = &self.known[&self.last_known()];
        let next = newest.epoch.next().zip(newest.last.next());
        // 2^64 epochs do not pass.
        let (epoch, first) = next.unwrap_or((newest.epoch, newest.first));
        self.add(epoch, first)?;
        Ok(epoch)
    }

    fn add(&mut self, epoch: Epoch, first: Height) -> Result<(), Error> {
        let term = term_of(&self.genesis.roster(epoch, first))?;
        self.known.insert(epoch, term);
        Ok(())
    }
}

/// A roster as consensus knows it. Refused are keys that are none, and validators that share one.
pub(crate) fn term_of(roster: &Roster) -> Result<Term, Error> {
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
