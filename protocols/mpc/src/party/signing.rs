//! A round after the closing one, where the parties sign: everybody has the others' signatures under
//! what they all know before anything is revealed.

use super::links::Links;
use crate::evidence::{by_seat, hashes, words};
use crate::peer::{next, prev};
use crate::program::DIGEST;
use crate::sign::{
    CLAIMS, Claim, Notary, OwnClaims, OwnSignatures, SIGNATURE, Signature, Signed, WORDS,
};
use crate::stream::WORD;
use crate::{Ending, Error};
use std::sync::Arc;
use troupe_types::Hash;

/// What a party signs, and whom it asks about the others.
pub(super) struct Signing {
    notary: Arc<dyn Notary>,
    party: u8,
    ending: Ending,
    has_signed: bool,
}

impl Signing {
    pub(super) const fn new(notary: Arc<dyn Notary>, party: u8, ending: Ending) -> Self {
        Self { notary, party, ending, has_signed: false }
    }

    /// What is to be signed.
    pub(super) fn wanted(&self) -> Box<OwnClaims> {
        let (next, prev) = (next(self.party), prev(self.party));
        let [with_prev, ..] = self.claims(prev, prev, self.ending.output);
        let [with_next, transcript, result, output] = self.claims(next, next, self.ending.output);
        Box::new([with_next, with_prev, transcript, result, output])
    }

    /// Whether it is signed. What the others sign is read after that.
    pub(super) const fn has_signed(&self) -> bool {
        self.has_signed
    }

    /// Writes the round with the signatures under what was [wanted](Self::wanted).
    pub(super) fn sign(&mut self, signatures: &OwnSignatures, links: &mut Links) {
        let [with_next, with_prev, general @ ..] = signatures;
        let frame = |pair: &Signature| frame(&self.ending.output, pair, general);
        links.to_next.frame(&frame(with_next));
        links.to_prev.frame(&frame(with_prev));
        self.has_signed = true;
    }

    /// The ending with what the others signed, if they did.
    pub(super) fn verify(&self, from_next: &[u64], from_prev: &[u64]) -> Result<Ending, Error> {
        let next = self.read(next(self.party), from_next)?;
        let prev = self.read(prev(self.party), from_prev)?;
        Ok(Ending { signed: Some(by_seat(self.party, next, prev)), ..self.ending })
    }

    fn read(&self, seat: u8, frame: &[u64]) -> Result<Signed, Error> {
        let (output, signatures) = frame.split_at(DIGEST);
        let output = hashes(output).next().unwrap_or_default();
        let claims = self.claims(seat, self.party, output);
        let mut signed = Signed { seat, claims, signatures: [[0; SIGNATURE]; CLAIMS] };
        let read = signatures.as_chunks::<WORDS>().0;
        for ((claim, words), signature) in claims.iter().zip(read).zip(&mut signed.signatures) {
            for (bytes, word) in signature.as_chunks_mut::<WORD>().0.iter_mut().zip(words) {
                *bytes = word.to_le_bytes();
            }
            if !self.notary.is_signed(seat, claim, signature) {
                return Err(Error::Unsigned { party: seat });
            }
        }
        Ok(signed)
    }

    /// What is stated where we and the party `other` exchanged something: about `peer`, with this output.
    fn claims(&self, other: u8, peer: u8, output: Hash) -> [Claim; CLAIMS] {
        let [first, second] = self.ending.pairs;
        let seats = by_seat(self.party, next(self.party), prev(self.party));
        let hash = if other == seats[0] { first } else { second };
        let Ending { transcript, result, .. } = self.ending;
        [
            Claim::Pair { peer, hash },
            Claim::Transcript(transcript),
            Claim::Result(result),
            Claim::Output(output),
        ]
    }
}

fn frame(output: &Hash, pair: &Signature, general: &[Signature; CLAIMS - 1]) -> Vec<u64> {
    let signatures = [pair].into_iter().chain(general);
    let signed = signatures.flat_map(|signature| signature.as_chunks::<WORD>().0);
    words(output).into_iter().chain(signed.map(|word| u64::from_le_bytes(*word))).collect()
}
