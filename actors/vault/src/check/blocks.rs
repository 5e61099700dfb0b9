//! What blocks say of themselves and of each other.

use super::{Blocks, MOST};
use crate::error::{Error, Refusal};
use crate::keep::read;
use crate::rosters;
use std::collections::{BTreeMap, BTreeSet};
use troupe_chain::block::{Roster, receipts_root};
use troupe_chain::{Genesis, Header};
use troupe_consensus::{Claim, CommitProof, Keys, Schedule, Term};
use troupe_crypto::Scheme;
use troupe_ledger::{Terms, belongs, seen};
use troupe_storage::Commit;
use troupe_types::{Hash, Height};

/// So many signatures are remembered: those of one block come again in the proofs of the ones below it.
const REMEMBERED: usize = 256;

/// Goes through blocks in order, and writes down what is wrong.
pub(super) struct Audit<S: Scheme> {
    chain: Hash,
    terms: Terms,
    known: (Vec<Term>, Keys<S>),
    last: Option<(Height, Hash)>,
    /// Certificates that were checked, by what they sign and how.
    checked: BTreeSet<(Hash, Vec<u8>)>,
    pub(super) roots: BTreeMap<Height, Hash>,
    pub(super) blocks: Blocks,
    pub(super) wrong: Vec<String>,
}

impl<S: Scheme> Audit<S> {
    pub(super) fn new(genesis: Genesis, chain: Hash) -> Result<Self, Error> {
        Ok(Self {
            chain,
            terms: Terms::new(genesis)?,
            known: (Vec::new(), Keys::default()),
            last: None,
            checked: BTreeSet::new(),
            roots: BTreeMap::new(),
            blocks: Blocks::default(),
            wrong: Vec::new(),
        })
    }

    pub(super) fn block(&mut self, commit: &Commit) {
        let height = commit.height;
        self.blocks.count += 1;
        self.blocks.first.get_or_insert(height);
        self.blocks.last = Some(height);
        self.roots.insert(height, commit.root);
        // A chain that is not that of its validators is wrong in every block.
        if self.wrong.len() <= MOST
            && let Err(reason) = self.look(commit)
        {
            self.wrong.push(format!("block {height}: {reason}"));
        }
        self.last = Some((height, commit.hash));
    }

    fn look(&mut self, commit: &Commit) -> Result<(), Refusal> {
        let stored = read(commit).map_err(|error| match error {
            Error::Chain(error) => Refusal::Chain(error),
            _ => Refusal::Record("proof or receipts do not read"),
        })?;
        let (block, hash) = (&stored.block, stored.block.hash());
        let header: &Header = block.header();
        self.blocks.transactions += block.body().transactions.len() as u64;
        let noted = (commit.height, commit.hash, commit.root);
        if noted != (header.height, hash, header.state_root) {
            return Err(Refusal::Record("its record is of another block"));
        }
        if let Some((height, parent)) = self.last {
            if height.next() != Some(header.height) {
                return Err(Refusal::Record("it does not follow the one before"));
            }
            let (got, want) = (header.parent, parent);
            if got != want {
                return Err(troupe_chain::Error::Mismatch { what: "parent", got, want }.into());
            }
        }
        block.check_body()?;
        let (got, want) = (header.receipts_root, receipts_root(&stored.receipts));
        if got != want {
            return Err(troupe_chain::Error::Mismatch { what: "receipts root", got, want }.into());
        }
        // The next validators may sign what proves it.
        self.elects(header, commit)?;
        match &stored.proof {
            Some(proof) => self.proof(block, proof),
            None if hash == self.chain => Ok(()),
            None => Err(Refusal::Record("nothing proves that it is final")),
        }
    }

    /// Learns the validators that stakes have elected in a block, or those that came with it.
    fn elects(&mut self, header: &Header, commit: &Commit) -> Result<(), Refusal> {
        let named = header.next_term.filter(|_| header.height > Height::ZERO);
        if !self.terms.is_staked() || (named.is_none() && self.last.is_some()) {
            return Ok(());
        }
        let next = header.epoch.next().ok_or(Refusal::Validators)?;
        let mut rosters = rosters::elected(header, &commit.edits);
        if let Some(named) = named {
            let is_named = |roster: &Roster| roster.epoch == next && roster.hash() == named;
            if !rosters.iter().any(is_named) {
                return Err(Refusal::Validators);
            }
        }
        // What is before the log is what a snapshot said; otherwise a block elects the next validators alone.
        rosters.retain(|roster| self.last.is_none() || roster.epoch == next);
        for roster in rosters {
            self.terms.learn(roster)?;
        }
        Ok(())
    }

    fn proof(&mut self, block: &troupe_chain::Block, proof: &CommitProof) -> Result<(), Refusal> {
        let height = block.header().height;
        match self.learn(height) {
            // Stakes have elected them in a block that is not here any more.
            Err(Refusal::Ledger(
                troupe_ledger::Error::UnknownTerm { .. }
                | troupe_ledger::Error::UnknownValidators { .. },
            )) => {
                self.blocks.unknown += 1;
                return Ok(());
            }
            learned => learned?,
        }
        let last = self.terms.at(height)?.last;
        if proof.header() != Some(&seen(block, last)) {
            return Err(Refusal::Record("its proof is of another block"));
        }
        let mut terms = self.known.0.iter();
        let mut schedule = Schedule::new(terms.next().ok_or(Refusal::Validators)?.clone());
        for term in terms {
            schedule.extend(term.clone())?;
        }
        for claim in proof.check(&schedule, &self.chain)? {
            let Claim::Certified { digest, signature, .. } = &claim else { continue };
            let name = (*digest, signature.0.to_vec());
            if self.checked.contains(&name) {
                continue;
            }
            self.known.1.check(std::slice::from_ref(&claim), belongs)?;
            self.blocks.certificates += 1;
            if self.checked.len() >= REMEMBERED {
                self.checked.clear();
            }
            self.checked.insert(name);
        }
        Ok(())
    }

    fn learn(&mut self, height: Height) -> Result<(), Refusal> {
        let terms = self.terms.known_at(height)?;
        if self.known.0 != terms {
            let mut keys = Keys::default();
            for term in &terms {
                keys.learn(term)?;
            }
            self.known = (terms, keys);
        }
        Ok(())
    }
}
