//! Signatures, checked outside of the machine.
//!
//! The machine states what would have to be true as [`Claim`]s and hands them out in a [`Task`]; a
//! shell has [`Keys`] find out, on whatever thread, and hands the [`Verdict`] back.

use crate::{Block, Certificate, Error, PublicKey, Signature, Signers, Statement, Term};
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_crypto::scheme::Vote as Cast;
use troupe_crypto::{Fixed, Scheme};
use troupe_types::{Epoch, Hash};

/// Something that is true or is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// A validator signed a digest.
    Signed {
        /// The epoch of its set.
        epoch: Epoch,
        /// Its position there.
        signer: u16,
        /// What is signed.
        digest: Hash,
        /// The signature.
        signature: Signature,
    },
    /// Each of several validators signed a digest.
    Certified {
        /// The epoch of their set.
        epoch: Epoch,
        /// Their positions there.
        signers: Signers,
        /// What is signed.
        digest: Hash,
        /// The sum of their signatures.
        signature: Signature,
    },
    /// Header and body are those of the hash, and well formed.
    Belongs(Arc<Block>),
}

impl Claim {
    /// That a certificate's signatures are good.
    #[must_use]
    pub fn certificate(certificate: &Certificate, genesis: &Hash) -> Self {
        Self::Certified {
            epoch: certificate.place.epoch,
            signers: certificate.signers,
            digest: certificate.statement().digest(genesis),
            signature: certificate.signature,
        }
    }

    /// That a validator of the statement's epoch signed it.
    #[must_use]
    pub fn signed(
        statement: &Statement,
        signer: u16,
        signature: Signature,
        genesis: &Hash,
    ) -> Self {
        let epoch = statement.place.epoch;
        Self::Signed { epoch, signer, digest: statement.digest(genesis), signature }
    }
}

/// Work for a thread that has time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// To be given back with the verdict.
    pub id: u64,
    /// What is to be done.
    pub work: Work,
}

/// See [`Task`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// Are all of these true?
    Check(Vec<Claim>),
    /// Which of these are votes for the digest, and what is the sum of those? All are checked at once;
    /// the bad ones are searched for only where that fails.
    Combine {
        /// The epoch of the voters' set.
        epoch: Epoch,
        /// What is signed.
        digest: Hash,
        /// Voters by position, nobody twice, and their signatures.
        votes: Vec<(u16, Signature)>,
    },
    /// The sums of groups of signatures that were checked before.
    Sum(Vec<Vec<Signature>>),
}

/// What became of a [`Task`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Of [`Work::Check`].
    Checked(Result<(), Error>),
    /// Of [`Work::Combine`].
    Combined {
        /// The sum of the good votes; `None` where there is none.
        sum: Option<Signature>,
        /// Whose votes are bad.
        bad: Vec<u16>,
    },
    /// Of [`Work::Sum`]: a sum for each group.
    Summed(Result<Vec<Signature>, Error>),
}

/// The keys of the validator sets, ready for use.
#[derive(Debug, Clone)]
pub struct Keys<S: Scheme> {
    terms: BTreeMap<Epoch, Vec<S::Key>>,
}

impl<S: Scheme> Default for Keys<S> {
    fn default() -> Self {
        Self { terms: BTreeMap::new() }
    }
}

impl<S: Scheme> Keys<S> {
    /// Reads and checks the keys of a set. The identity and points outside the subgroup are refused.
    pub fn learn(&mut self, term: &Term) -> Result<(), Error> {
        let mut keys = Vec::with_capacity(term.set.len());
        for (at, validator) in (0..).zip(term.set.as_slice()) {
            let public = public_key::<S>(&validator.key);
            let key = public.and_then(|public| S::readmit(&public));
            keys.push(key.map_err(|reason| Error::Key { at, reason })?);
        }
        self.terms.insert(term.epoch, keys);
        Ok(())
    }

    /// Forgets the keys of epochs before one.
    pub fn forget_before(&mut self, epoch: Epoch) {
        self.terms.retain(|known, _| *known >= epoch);
    }

    /// Does the work of a task. `belongs` says whether a block's header and body are those of its hash.
    pub fn answer(&self, work: &Work, belongs: impl Fn(&Block) -> bool) -> Verdict {
        match work {
            Work::Check(claims) => Verdict::Checked(self.check(claims, belongs)),
            Work::Combine { epoch, digest, votes } => self.combine(*epoch, digest, votes),
            Work::Sum(groups) => {
                Verdict::Summed(groups.iter().map(|group| sum::<S>(group)).collect())
            }
        }
    }

    /// Checks claims until one is false.
    pub fn check(&self, claims: &[Claim], belongs: impl Fn(&Block) -> bool) -> Result<(), Error> {
        for claim in claims {
            match claim {
                Claim::Signed { epoch, signer, digest, signature } => {
                    self.verify(*epoch, [*signer].into_iter(), digest, signature)?;
                }
                Claim::Certified { epoch, signers, digest, signature } => {
                    self.verify(*epoch, signers.iter(), digest, signature)?;
                }
                Claim::Belongs(block) if !belongs(block) => return Err(Error::BadBlock),
                Claim::Belongs(_) => {}
            }
        }
        Ok(())
    }

    fn key(&self, epoch: Epoch, at: u16) -> Option<&S::Key> {
        self.terms.get(&epoch)?.get(usize::from(at))
    }

    fn verify(
        &self,
        epoch: Epoch,
        signers: impl Iterator<Item = u16>,
        digest: &Hash,
        signature: &Signature,
    ) -> Result<(), Error> {
        let keys: Option<Vec<&S::Key>> = signers.map(|at| self.key(epoch, at)).collect();
        let keys = keys.ok_or(Error::BadSignature)?;
        let signature = read::<S>(signature)?;
        S::verify_same(&keys, &digest.0, &signature).map_err(|_| Error::BadSignature)
    }

    fn combine(&self, epoch: Epoch, digest: &Hash, votes: &[(u16, Signature)]) -> Verdict {
        let mut bad = Vec::new();
        let mut voters = Vec::new();
        let mut cast = Vec::new();
        for (voter, signature) in votes {
            match (self.key(epoch, *voter), read::<S>(signature)) {
                (Some(key), Ok(signature)) => {
                    voters.push(*voter);
                    cast.push(Cast::<S> { key, signature });
                }
                (None, _) | (_, Err(_)) => bad.push(*voter),
            }
        }
        let combined = S::combine(&digest.0, &cast);
        bad.extend(combined.bad.iter().filter_map(|at| voters.get(*at)));
        Verdict::Combined { sum: combined.aggregate.and_then(|sum| write::<S>(&sum).ok()), bad }
    }
}

/// Signs a statement for a network.
pub fn sign<S: Scheme>(
    secret: &S::SecretKey,
    statement: &Statement,
    genesis: &Hash,
) -> Result<Signature, Error> {
    write::<S>(&S::sign(secret, &statement.digest(genesis).0))
}

/// Checks that a key signed all of these, whatever place it is said to have.
pub fn check_signed<S: Scheme>(key: &PublicKey, claims: &[Claim]) -> Result<(), Error> {
    let public = public_key::<S>(key).and_then(|public| S::readmit(&public));
    let public = public.map_err(|reason| Error::Key { at: 0, reason })?;
    for claim in claims {
        let Claim::Signed { digest, signature, .. } = claim else {
            return Err(Error::BadSignature);
        };
        let signature = read::<S>(signature)?;
        S::verify_same(&[&public], &digest.0, &signature).map_err(|_| Error::BadSignature)?;
    }
    Ok(())
}

/// Checks what somebody else signed with a key for this node.
pub fn verify_statement<S: Scheme>(
    key: &PublicKey,
    statement: &Statement,
    signature: &Signature,
    genesis: &Hash,
) -> Result<(), Error> {
    let refused = |_| Error::BadSignature;
    let key = public_key::<S>(key).and_then(|key| S::readmit(&key)).map_err(refused)?;
    S::verify(&key, &statement.digest(genesis).0, &read::<S>(signature)?).map_err(refused)
}

/// A scheme's public key as it travels.
pub fn public_bytes<S: Scheme>(key: &S::PublicKey) -> Result<PublicKey, Error> {
    let bytes = <[u8; 48]>::try_from(key.as_ref()).map_err(|_| Error::BadSignature)?;
    Ok(PublicKey(bytes))
}

fn public_key<S: Scheme>(key: &PublicKey) -> Result<S::PublicKey, troupe_crypto::Error> {
    S::PublicKey::read(&key.0)
}

fn read<S: Scheme>(signature: &Signature) -> Result<S::Signature, Error> {
    S::Signature::read(&signature.0).map_err(|_| Error::BadSignature)
}

fn write<S: Scheme>(signature: &S::Signature) -> Result<Signature, Error> {
    <[u8; 96]>::try_from(signature.as_ref()).map(Signature).map_err(|_| Error::BadSignature)
}

fn sum<S: Scheme>(signatures: &[Signature]) -> Result<Signature, Error> {
    let signatures: Vec<S::Signature> =
        signatures.iter().map(read::<S>).collect::<Result<_, _>>()?;
    write::<S>(&S::aggregate(&signatures).map_err(|_| Error::BadSignature)?)
}
