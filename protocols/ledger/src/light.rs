//! A light client: finality and validators from headers alone, trusting nobody but the genesis block.
//!
//! It knows the validators of an epoch, and from them takes a header of that epoch which elects the next
//! ones, shown to be final; with it the [`Roster`] that the header names. So it goes from epoch to epoch, or
//! over many at once as long as the same validators are in office: their own signatures say so. Any final
//! header of an epoch that is known gives the root against which states, bodies and receipts are checked.
//!
//! Signatures are not checked here: what is left to check is given as claims.

mod kept;

use crate::error::Unproven;
use crate::proven::check_one;
use crate::terms::term_of;
use crate::{Error, Proven};
use std::collections::BTreeSet;
use troupe_chain::Header;
use troupe_chain::block::Roster;
use troupe_consensus::{Claim, PublicKey, Schedule, Term};
use troupe_types::{Epoch, Hash, Height, NodeId};

/// What a light client knows of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Light {
    /// The hash of the genesis block.
    genesis: Hash,
    /// The terms whose headers can be checked: the last one that was elected, and the one before.
    schedule: Schedule,
    /// The highest final header.
    head: Header,
}

/// A header that is final if claims are true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The header.
    pub header: Header,
    /// The terms by whose keys the claims are checked: what proves the last blocks of an epoch may be of the
    /// next one.
    pub terms: Vec<Term>,
    /// What is left to find out: whether these signatures are good.
    pub claims: Vec<Claim>,
    /// The term of the header.
    term: Term,
    /// The term that the header elects, where the roster was shown as well.
    next: Option<Term>,
    /// Whether epochs were passed over.
    is_jump: bool,
}

impl Light {
    /// Begins at the genesis block, whose hash is trusted, with the first validators.
    pub fn begin(trusted: Hash, genesis: Header, first: &Roster) -> Result<Self, Error> {
        let got = genesis.hash();
        if got != trusted || genesis.height != Height::ZERO {
            return Err(Unproven::Genesis { got, want: trusted }.into());
        }
        named(&genesis, first)?;
        let schedule = Schedule::new(term_of(first)?);
        Ok(Self { genesis: trusted, schedule, head: genesis })
    }

    /// Begins at a later block that elects, whose hash is trusted, with the validators that it elects. Blocks
    /// between it and their first one are not of an epoch that is known.
    pub fn begin_at(
        genesis: Hash,
        trusted: Hash,
        elects: Header,
        next: &Roster,
    ) -> Result<Self, Error> {
        let got = elects.hash();
        if got != trusted {
            return Err(Unproven::Checkpoint { got, want: trusted }.into());
        }
        named(&elects, next)?;
        let term = term_of(next)?;
        let follows = elects.height < term.first && term.first <= term.last;
        if !follows || elects.epoch.next() != Some(term.epoch) {
            return Err(Unproven::Validators { epoch: term.epoch }.into());
        }
        Ok(Self { genesis, schedule: Schedule::new(term), head: elects })
    }

    /// The hash of the chain's genesis block.
    #[must_use]
    pub const fn genesis(&self) -> Hash {
        self.genesis
    }

    /// The highest final header that is known.
    #[must_use]
    pub const fn head(&self) -> &Header {
        &self.head
    }

    /// The last epoch whose validators are known.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.schedule.newest().epoch
    }

    /// Whether the validators of an epoch are known.
    #[must_use]
    pub fn knows(&self, epoch: Epoch) -> bool {
        self.term(epoch).is_some()
    }

    /// The validators of an epoch, if they are known.
    #[must_use]
    pub fn term(&self, epoch: Epoch) -> Option<&Term> {
        self.schedule.get(epoch)
    }

    /// The processes of the validators that are known.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> {
        self.schedule.iter().flat_map(|term| term.set.as_slice()).map(|validator| validator.node)
    }

    /// The first height whose header can be checked.
    #[must_use]
    pub fn first(&self) -> Height {
        self.schedule.iter().next().map_or(Height::ZERO, |term| term.first)
    }

    /// The last height whose header can be checked.
    #[must_use]
    pub fn last(&self) -> Height {
        self.schedule.newest().last
    }

    /// Looks at a header of an epoch that is known. With `next` it is one that elects, and the roster is
    /// what it names.
    pub fn check(
        &self,
        header: &Header,
        proven: &Proven,
        next: Option<&Roster>,
    ) -> Result<Shown, Error> {
        self.look(header, proven, &self.schedule, next)
    }

    /// Looks at a header of a later epoch that elects: `current` is the roster of its own epoch, whose
    /// validators are those of the last epoch that is known, in whatever order. That these signed a
    /// header of that epoch says that they are in office in it, and a quorum of them does not lie.
    pub fn jump(
        &self,
        header: &Header,
        proven: &Proven,
        current: &Roster,
        next: &Roster,
    ) -> Result<Shown, Error> {
        let (known, claimed) = (self.schedule.newest(), term_of(current)?);
        let keys = |term: &Term| -> BTreeSet<PublicKey> {
            term.set.as_slice().iter().map(|one| one.key).collect()
        };
        let is_later = claimed.epoch > known.epoch && claimed.first > known.last;
        if !is_later || keys(known) != keys(&claimed) {
            return Err(Unproven::Validators { epoch: claimed.epoch }.into());
        }
        let schedule = Schedule::new(claimed);
        let shown = self.look(header, proven, &schedule, Some(next))?;
        Ok(Shown { is_jump: true, ..shown })
    }

    fn look(
        &self,
        header: &Header,
        proven: &Proven,
        schedule: &Schedule,
        next: Option<&Roster>,
    ) -> Result<Shown, Error> {
        let claims = check_one(header, proven, schedule, &self.genesis)?;
        let term = schedule.get(header.epoch).ok_or(Unproven::Nothing)?.clone();
        let next = next.map(|roster| successor(header, &term, roster)).transpose()?;
        let terms = schedule.iter().cloned().collect();
        Ok(Shown { header: header.clone(), terms, claims, term, next, is_jump: false })
    }

    /// Takes over what was shown, once all of its claims were found to be true. What is older than what
    /// is known changes nothing. Refused is another block than the head at its height: a third of the
    /// validators contradict themselves then.
    pub fn take(&mut self, shown: Shown) -> Result<(), Error> {
        let Shown { header, term, next, is_jump, .. } = shown;
        if header.height == self.head.height && header != self.head {
            let (height, got, known) = (header.height, header.hash(), self.head.hash());
            return Err(Unproven::Fork { height, got, known }.into());
        }
        if header.height > self.head.height {
            self.head = header;
        }
        let Some(next) = next.filter(|next| next.epoch > self.epoch()) else { return Ok(()) };
        if is_jump {
            self.schedule = Schedule::new(term);
        }
        let before = self.epoch();
        self.schedule.extend(next).map_err(Unproven::Links)?;
        self.schedule.forget_before(before);
        Ok(())
    }
}

/// Whether a header names a roster.
fn named(header: &Header, roster: &Roster) -> Result<(), Unproven> {
    let got = roster.hash();
    match header.next_term {
        Some(want) if want == got => Ok(()),
        want => Err(Unproven::Roster { got, want }),
    }
}

/// The term that comes after one, as its header names it.
fn successor(header: &Header, term: &Term, roster: &Roster) -> Result<Term, Error> {
    named(header, roster)?;
    let next = term_of(roster)?;
    let follows = term.epoch.next() == Some(next.epoch) && term.last.next() == Some(next.first);
    if follows { Ok(next) } else { Err(Unproven::Validators { epoch: next.epoch }.into()) }
}
