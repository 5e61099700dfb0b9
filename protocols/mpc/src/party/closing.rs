//! The last round: everybody hears from both others what they sent each other and what they will
//! reveal. Nobody reveals anything before it is all the same.
//!
//! With malicious security this is also everybody's word that it found nothing wrong in the proofs.

use super::links::Links;
use crate::error::About;
use crate::evidence::{Ground, Piece, SALT, by_seat, hashes, holders, words};
use crate::peer::{next, prev};
use crate::program::{Program, Security};
use crate::rep3::Engine;
use crate::{Ending, Error};
use troupe_types::Hash;

/// What a party says, and what it says it with.
pub(super) struct Closing {
    ground: Ground,
    security: Security,
    party: u8,
    /// Of our own index and of the next one.
    facts: [Facts; 2],
    /// From our own key and from the next one: for each receiver, one after the other.
    salts: [Vec<u64>; 2],
}

/// What two parties know.
#[derive(Clone, PartialEq, Eq)]
struct Facts {
    pair: Hash,
    /// The commitment to a piece of the results of each receiver.
    pieces: Vec<Hash>,
}

/// What everybody knows in the end.
pub(super) struct Agreed {
    ending: Ending,
    /// The results of each receiver.
    leaves: Vec<Hash>,
    salts: [Vec<u64>; 2],
    ground: Ground,
}

impl Facts {
    fn read(words: &[u64]) -> Self {
        let mut hashes = hashes(words);
        let pair = hashes.next().unwrap_or_default();
        Self { pair, pieces: hashes.collect() }
    }

    fn write(&self, frame: &mut Vec<u64>) {
        for hash in core::iter::once(&self.pair).chain(&self.pieces) {
            frame.extend(words(hash));
        }
    }

    /// What is not the same in both.
    fn differs(&self, other: &Self, security: Security) -> Option<About> {
        if self.pair != other.pair {
            return Some(About::Exchange);
        }
        let pieces = (0..).zip(self.pieces.iter().zip(&other.pieces));
        let mut wrong = pieces.filter(|(_, (ours, theirs))| ours != theirs);
        wrong.next().map(|(receiver, _)| match security {
            Security::SemiHonest => About::Unchecked { receiver },
            Security::Malicious => About::Results { receiver },
        })
    }
}

impl Closing {
    /// Begins, and writes the round.
    pub(super) fn begin(
        ground: Ground,
        program: &Program,
        party: u8,
        engine: &mut Engine,
        links: &mut Links,
    ) -> Self {
        let receivers = program.receivers();
        let (_, keys) = engine.proofs();
        let mut salts = keys.pairs(SALT * (1 + usize::from(receivers)));
        let with_next = [links.from_next.digest(), links.to_next.digest()];
        let with_prev = [links.to_prev.digest(), links.from_prev.digest()];
        let mut facts = [(party, with_prev), (next(party), with_next)].map(|(index, tallies)| {
            let salt = &salts[usize::from(index != party)][..SALT];
            let pair = ground.pair(index, salt, tallies[0], tallies[1]);
            Facts { pair, pieces: Vec::new() }
        });
        for salts in &mut salts {
            salts.drain(..SALT);
        }
        for receiver in 0..receivers {
            let mut pieces = [party, next(party)].map(|index| Piece::new(receiver, index));
            for reveal in program.reveals_to(receiver) {
                let Some(share) = engine.result(reveal.register) else { continue };
                pieces[0].take(&share.own);
                pieces[1].take(&share.next);
            }
            for ((piece, salts), facts) in pieces.into_iter().zip(&salts).zip(&mut facts) {
                facts.pieces.push(piece.commit(salt(salts, receiver)));
            }
        }
        let mut frame = Vec::new();
        for facts in &facts {
            facts.write(&mut frame);
        }
        links.to_next.frame(&frame);
        links.to_prev.frame(&frame);
        Self { ground, security: program.security(), party, facts, salts }
    }

    /// Compares what the others say with what we know, and with each other.
    pub(super) fn agree(&self, from_next: &[u64], from_prev: &[u64]) -> Result<Agreed, Error> {
        let read = |frame: &[u64]| {
            let (own, next) = frame.split_at(frame.len() / 2);
            [Facts::read(own), Facts::read(next)]
        };
        let [ours, nexts] = &self.facts;
        let ([next_of_next, last], [other_last, prev_of_prev]) = (read(from_next), read(from_prev));
        let party = self.party;
        let told = [
            (next(party), nexts, &next_of_next),
            (party, ours, &prev_of_prev),
            (prev(party), &last, &other_last),
        ];
        for (index, one, other) in told {
            if let Some(about) = one.differs(other, self.security) {
                let (first, second) = holders(index);
                return Err(Error::Contradiction { first, second, about });
            }
        }
        let mut by_index = [ours, nexts, &last];
        // From ours, the next and the one after, to 0, 1 and 2.
        by_index.rotate_right(usize::from(party));
        let leaf = |receiver: u8| {
            let pieces = by_index.map(|facts| facts.pieces[usize::from(receiver)]);
            self.ground.leaf(receiver, pieces)
        };
        let receivers = u8::try_from(ours.pieces.len()).unwrap_or(u8::MAX);
        let leaves: Vec<Hash> = (0..receivers).map(leaf).collect();
        let ending = Ending {
            result: self.ground.result(leaves.iter().copied()),
            transcript: self.ground.transcript(by_index.map(|facts| facts.pair)),
            output: Hash::default(),
            pairs: by_seat(party, nexts.pair, ours.pair),
            signed: None,
        };
        Ok(Agreed { ending, leaves, salts: self.salts.clone(), ground: self.ground })
    }
}

impl Agreed {
    /// Hands the results out.
    pub(super) fn reveal(&self, program: &Program, engine: &Engine, links: &mut Links) -> Ending {
        for (receiver, outbox) in (0..).zip(&mut links.receivers) {
            for reveal in program.reveals_to(receiver) {
                let Some(share) = engine.result(reveal.register) else { continue };
                outbox.begin(2 * share.len());
                outbox.write(&share.own);
                outbox.write(&share.next);
                outbox.end();
            }
            let [own, next] = self.salts.each_ref().map(|salts| salt(salts, receiver));
            let mut evidence = [own, next].concat();
            evidence.extend(self.leaves.iter().flat_map(words));
            outbox.frame(&evidence);
        }
        let output = self.ground.output(links.receivers.iter_mut().map(|outbox| outbox.digest()));
        Ending { output, ..self.ending }
    }
}

fn salt(salts: &[u64], receiver: u8) -> &[u64] {
    &salts[SALT * usize::from(receiver)..][..SALT]
}
