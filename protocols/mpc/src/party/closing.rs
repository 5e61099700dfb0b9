//! The last round: everybody hears from both others what they sent each other and what they will
//! reveal. Nobody reveals anything before it is all the same.
//!
//! With malicious security this is also everybody's word that it found nothing wrong in the proofs.

use super::links::Links;
use crate::error::About;
use crate::evidence::{Ground, Piece, SALT, by_seat, ground, hashes, holders, words};
use crate::kept::{Kept, Label};
use crate::peer::{next, prev};
use crate::program::{Program, Security};
use crate::rep3::Engine;
use crate::{Ending, Error, PARTIES, Place};
use troupe_evidence::Shape;
use troupe_types::Hash;

/// What a party says, and what it says it with.
pub(super) struct Closing {
    ground: Ground,
    security: Security,
    party: u8,
    /// Of our own index and of the next one.
    facts: [Facts; 2],
    /// From our own key and from the next one: for each receiver and everything kept, one after the other.
    salts: [Vec<u64>; 2],
    /// What is public of the results of each receiver.
    shapes: Vec<Vec<Shape>>,
    /// What is public of what is kept.
    labels: Vec<Label>,
}

/// What two parties know.
#[derive(Clone, PartialEq, Eq)]
struct Facts {
    pair: Hash,
    /// The commitment to a piece of the results of each receiver.
    pieces: Vec<Hash>,
    /// The commitment to a piece of everything that is kept.
    kept: Vec<Hash>,
}

/// What everybody knows in the end.
pub(super) struct Agreed {
    ending: Ending,
    party: u8,
    /// The results of each receiver, and the names of what is kept.
    leaves: Vec<Hash>,
    salts: [Vec<u64>; 2],
    ground: Ground,
    /// What is kept, with the commitments to its pieces.
    labels: Vec<(Label, [Hash; PARTIES as usize])>,
}

impl Facts {
    /// The rest of them, after those of so many receivers, are of what is kept.
    fn read(words: &[u64], receivers: usize) -> Self {
        let mut hashes = hashes(words);
        let pair = hashes.next().unwrap_or_default();
        let pieces = hashes.by_ref().take(receivers).collect();
        Self { pair, pieces, kept: hashes.collect() }
    }

    fn write(&self, frame: &mut Vec<u64>) {
        for hash in core::iter::once(&self.pair).chain(&self.pieces).chain(&self.kept) {
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
        if let Some((receiver, _)) = wrong.next() {
            return Some(match security {
                Security::SemiHonest => About::Unchecked { receiver },
                Security::Malicious => About::Results { receiver },
            });
        }
        (self.kept != other.kept).then_some(match security {
            Security::SemiHonest => About::KeptUnchecked,
            Security::Malicious => About::Kept,
        })
    }
}

impl Closing {
    /// Begins, and writes the round.
    pub(super) fn begin(
        (place, program): (Place, &Program),
        party: u8,
        engine: &mut Engine,
        links: &mut Links,
    ) -> Self {
        let ground = ground(place, program.hash());
        let (receivers, keeps) = (program.receivers(), program.keeps());
        let (_, keys) = engine.proofs();
        let mut salts = keys.pairs(SALT * (1 + usize::from(receivers) + keeps.len()));
        let with_next = [links.from_next.digest(), links.to_next.digest()];
        let with_prev = [links.to_prev.digest(), links.from_prev.digest()];
        let mut facts = [(party, with_prev), (next(party), with_next)].map(|(index, tallies)| {
            let salt = &salts[usize::from(index != party)][..SALT];
            let pair = ground.pair(index, salt, tallies[0], tallies[1]);
            Facts { pair, pieces: Vec::new(), kept: Vec::new() }
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
                facts.pieces.push(piece.commit(salt(salts, receiver.into())));
            }
        }
        for ((at, keep), place) in (0..).zip(keeps).zip(usize::from(receivers)..) {
            let Some(share) = engine.result(keep.register) else { continue };
            let pieces = [(party, &share.own), (next(party), &share.next)];
            for (((index, words), salts), facts) in pieces.into_iter().zip(&salts).zip(&mut facts) {
                let mut piece = Piece::kept(at, index);
                piece.take(words);
                facts.kept.push(piece.commit(salt(salts, place)));
            }
        }
        let mut frame = Vec::new();
        for facts in &facts {
            facts.write(&mut frame);
        }
        links.to_next.frame(&frame);
        links.to_prev.frame(&frame);
        let labels = Label::all(place, program);
        let shapes = (0..receivers).map(|receiver| program.shapes(receiver)).collect();
        Self { ground, security: program.security(), party, facts, salts, shapes, labels }
    }

    /// Compares what the others say with what we know, and with each other.
    pub(super) fn agree(&self, from_next: &[u64], from_prev: &[u64]) -> Result<Agreed, Error> {
        let read = |frame: &[u64]| {
            let (own, next) = frame.split_at(frame.len() / 2);
            [own, next].map(|words| Facts::read(words, self.facts[0].pieces.len()))
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
            self.ground.leaf(receiver, &self.shapes[usize::from(receiver)], pieces)
        };
        let receivers = u8::try_from(ours.pieces.len()).unwrap_or(u8::MAX);
        let mut leaves: Vec<Hash> = (0..receivers).map(leaf).collect();
        let labels = self.labels.iter().enumerate().map(|(at, label)| {
            (label.clone(), by_index.map(|facts| facts.kept.get(at).copied().unwrap_or_default()))
        });
        let labels: Vec<_> = labels.collect();
        leaves.extend(labels.iter().map(|(label, pieces)| label.id(pieces)));
        let ending = Ending {
            result: self.ground.result(leaves.iter().copied()),
            transcript: self.ground.transcript(by_index.map(|facts| facts.pair)),
            output: Hash::default(),
            pairs: by_seat(party, nexts.pair, ours.pair),
            signed: None,
        };
        let (salts, ground) = (self.salts.clone(), self.ground);
        Ok(Agreed { ending, party, leaves, salts, ground, labels })
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
            let [own, next] = self.salts.each_ref().map(|salts| salt(salts, receiver.into()));
            let mut evidence = [own, next].concat();
            evidence.extend(self.leaves.iter().flat_map(words));
            outbox.frame(&evidence);
        }
        let output = self.ground.output(links.receivers.iter_mut().map(|outbox| outbox.digest()));
        Ending { output, ..self.ending }
    }

    /// Our part of what is kept.
    pub(super) fn keep(&self, program: &Program, engine: &Engine) -> Vec<Kept> {
        let places = usize::from(program.receivers())..;
        let keeps = program.keeps().iter().zip(&self.labels).zip(places);
        keeps
            .filter_map(|((keep, (label, pieces)), place)| {
                let salts = self.salts.each_ref().map(|salts| salt(salts, place));
                let share = engine.result(keep.register)?;
                Some(Kept::new(label.clone(), self.party, salts, *pieces, share))
            })
            .collect()
    }
}

fn salt(salts: &[u64], place: usize) -> &[u64] {
    &salts[SALT * place..][..SALT]
}
