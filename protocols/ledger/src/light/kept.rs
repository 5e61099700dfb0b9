//! What a light client knows, as bytes that outlive it.

use super::Light;
use crate::error::Unproven;
use crate::{Error, Proven};
use bincode::{Decode, Encode};
use troupe_chain::Header;
use troupe_chain::block::{MAX_HEADER, MAX_ROSTER};
use troupe_consensus::{PublicKey, Schedule, Term, Validator, ValidatorSet};
use troupe_types::{Epoch, Hash, Height, NodeId};
use troupe_wire::{Blob, Limit, List, codec};

/// Terms that a client holds: the last one that was elected, and the one before.
const MOST_TERMS: usize = 2;

/// A term: its epoch, its heights, and node and key of each validator.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct KeptTerm {
    epoch: Epoch,
    first: Height,
    last: Height,
    validators: List<(NodeId, [u8; 48]), MAX_ROSTER>,
}

/// A [`Light`] in the form in which it is kept. Whoever reads it believes it: it is for the client's own disk,
/// and nothing that comes from others.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct Kept {
    genesis: Hash,
    head: Blob<MAX_HEADER>,
    terms: List<KeptTerm, MOST_TERMS>,
}

impl KeptTerm {
    fn of(term: &Term) -> Option<Self> {
        let validators = term.set.as_slice().iter().map(|one| (one.node, one.key.0)).collect();
        let validators = List::new(validators).ok()?;
        Some(Self { epoch: term.epoch, first: term.first, last: term.last, validators })
    }

    fn read(&self) -> Result<Term, Error> {
        let Self { epoch, first, last, ref validators } = *self;
        let one =
            |(node, key): &(NodeId, [u8; 48])| Validator { node: *node, key: PublicKey(*key) };
        let set = ValidatorSet::new(validators.iter().map(one).collect());
        let set = set.map_err(|reason| Error::Validators { epoch, reason })?;
        if first > last {
            return Err(Unproven::Validators { epoch }.into());
        }
        Ok(Term { epoch, first, last, set })
    }
}

impl Light {
    /// The largest encoding.
    pub const LIMIT: Limit = Proven::LIMIT;

    /// What is known, as bytes; `None` for more than there can be.
    #[must_use]
    pub fn encode(&self) -> Option<Vec<u8>> {
        let mut head = Vec::with_capacity(MAX_HEADER);
        self.head.encode(&mut head);
        let terms = self.schedule.iter().map(KeptTerm::of).collect::<Option<Vec<_>>>()?;
        let (head, terms) = (Blob::new(head).ok()?, List::new(terms).ok()?);
        codec::encode(&Kept { genesis: self.genesis, head, terms }, Self::LIMIT).ok()
    }

    /// Reads what [`Self::encode`] gave for the chain with this genesis block. Nothing in it can be proven:
    /// the bytes have to come from where nobody else writes.
    pub fn decode(trusted: Hash, bytes: &[u8]) -> Result<Self, Error> {
        let kept: Kept = codec::decode(bytes, Self::LIMIT).map_err(Unproven::Kept)?;
        let Kept { genesis, head, terms } = kept;
        if genesis != trusted {
            return Err(Unproven::Genesis { got: genesis, want: trusted }.into());
        }
        let head = Header::decode(&head)?;
        let mut terms = terms.iter();
        let first = terms.next().ok_or(Unproven::Nothing)?.read()?;
        let mut schedule = Schedule::new(first);
        for term in terms {
            schedule.extend(term.read()?).map_err(Unproven::Links)?;
        }
        // A head is of a term that is known, or elected the first one that is.
        let (newest, epoch) = (schedule.newest(), head.epoch);
        if epoch > newest.epoch || head.height > newest.last {
            return Err(Unproven::Validators { epoch }.into());
        }
        Ok(Self { genesis, schedule, head })
    }
}
