//! A receiver of results: three streams in, numbers out.

use crate::error::About;
use crate::evidence::{Ground, Piece, SALT, ground, hashes, holders};
use crate::peer::next;
use crate::program::{Kind, frames};
use crate::progress::Meter;
use crate::rep3::ring::Ring;
use crate::stream::{Header, Inbox};
use crate::{Error, Input, Output, PARTIES, Peer, Phase, Place, Program, Refusal};
use troupe_evidence::{MAX_WORDS, Opening, Shape};
use troupe_types::{Hash, Millis};
use troupe_wire::{List, Machine, Now};
use zeroize::Zeroizing;

/// One result.
#[derive(Clone, PartialEq)]
pub struct Revealed {
    /// Its name in the program.
    pub name: String,
    /// Its elements. Each is the exact number rounded once to an `f64`, and once more where it is divided by what is no
    /// power of two.
    pub values: Vec<f64>,
    /// Of wide numbers, the integers that are divided for them; nothing of others.
    pub exact: Vec<i128>,
}

/// All that a receiver gets.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// Its results, in the program's order.
    pub results: Vec<Revealed>,
    /// What honest parties end with as [`Ending::result`](crate::Ending::result). It was made from
    /// these results, so that a party that posts another one can be told.
    pub result: Hash,
    /// What the parties keep is called, in the program's order: a later program names it so.
    pub kept: Vec<Hash>,
    /// With which others can be shown that these are the results; nothing where they are too many.
    pub opening: Option<Box<Opening>>,
}

/// A receiver of results, as a [`Machine`].
///
/// Every party sends it both of its pieces, so each piece comes twice: a party that stands alone
/// with its version of a piece is noticed, and the result refused; and the pieces have
/// to be those that the parties committed to. Nothing is given before everything is there.
pub struct Receiver {
    /// `None` once the session is over.
    work: Option<Box<Work>>,
}

struct Work {
    ground: Ground,
    program: Program,
    index: u8,
    parties: Vec<Inbox>,
    due: Millis,
    meter: Meter,
}

impl Receiver {
    /// The receiver with this index in a session that begins now and has to end within `deadline`.
    /// Refused is an index without a place.
    pub fn new(
        place: Place,
        program: Program,
        index: u8,
        deadline: Millis,
        now: Now,
    ) -> Result<Self, Error> {
        let me = Peer::Receiver(index);
        if !program.has(me) {
            return Err(Error::NoSuchPlace { peer: me });
        }
        let parties = (0..PARTIES).map(Peer::Party).map(|from| {
            let header = Header { place, program: program.hash(), from, to: me };
            Inbox::new(header, frames(&program, from, me).unwrap_or_default())
        });
        let parties = parties.collect();
        let due = now.mono.plus(deadline);
        let ground = ground(place, program.hash());
        let work = Work { ground, program, index, parties, due, meter: Meter::default() };
        Ok(Self { work: Some(Box::new(work)) })
    }
}

impl core::fmt::Debug for Revealed {
    /// Results belong to the receiver, not to its log.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Revealed({}, {} values)", self.name, self.values.len())
    }
}

impl core::fmt::Debug for Receiver {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(if self.work.is_some() { "Receiver(waiting)" } else { "Receiver(over)" })
    }
}

impl Machine for Receiver {
    type Input = Input;
    type Output = Output<Received>;

    fn step(&mut self, _: Now, input: Input, out: &mut Vec<Self::Output>) {
        let Some(work) = &mut self.work else { return };
        match work.step(input, out) {
            Ok(None) => {}
            Ok(Some(received)) => {
                self.work = None;
                out.push(Output::Finished(received));
            }
            Err(error) => {
                self.work = None;
                out.push(Output::Failed(error));
            }
        }
    }

    fn tick(&mut self, now: Now, out: &mut Vec<Self::Output>) {
        let Some(work) = &self.work else { return };
        if now.mono < work.due {
            return;
        }
        let late = (0..).zip(&work.parties).find(|(_, inbox)| !inbox.is_complete());
        let waiting_for = Peer::Party(late.map_or(0, |(party, _)| party));
        self.work = None;
        out.push(Output::Failed(Error::DeadlinePassed { waiting_for, phase: Phase::Revealing }));
    }

    fn next_tick(&self) -> Option<Millis> {
        self.work.as_ref().map(|work| work.due)
    }
}

impl Work {
    fn step(
        &mut self,
        input: Input,
        out: &mut Vec<Output<Received>>,
    ) -> Result<Option<Received>, Error> {
        let phase = Phase::Revealing;
        match input {
            Input::Bytes { from, bytes } => {
                let refused = |reason| Error::Malformed { peer: from, phase, reason };
                let inbox = self.inbox(from).ok_or(refused(Refusal::Unexpected))?;
                inbox.accept(&bytes).map_err(refused)?;
            }
            Input::Credit { .. } => {}
            Input::Lost { peer } => {
                if self.inbox(peer).is_some_and(|inbox| !inbox.is_complete()) {
                    return Err(Error::PeerLost { peer, phase });
                }
            }
            // It has nothing to sign.
            Input::Signed(_) | Input::Unsigned => {}
            Input::Cancel => return Err(Error::Cancelled { phase }),
        }
        let done = self.parties.iter().map(Inbox::received).sum();
        let total = self.parties.iter().map(Inbox::total).sum();
        self.meter.tell(phase, done, total, out);
        if !self.parties.iter().all(Inbox::is_complete) {
            return Ok(None);
        }
        self.received().map(Some)
    }

    fn inbox(&mut self, peer: Peer) -> Option<&mut Inbox> {
        match peer {
            Peer::Party(index) => self.parties.get_mut(usize::from(index)),
            Peer::Owner(_) | Peer::Receiver(_) => None,
        }
    }

    /// The next frame from every party.
    fn frames(&mut self) -> Vec<Zeroizing<Vec<u64>>> {
        let inboxes = self.parties.iter_mut();
        inboxes.map(|inbox| Zeroizing::new(inbox.pop().unwrap_or_default())).collect()
    }

    /// Compares what the parties say and adds it up.
    fn received(&mut self) -> Result<Received, Error> {
        let mut results = Vec::new();
        let mut committed = [0, 1, 2].map(|index| Piece::new(self.index, index));
        let mut shown = Shown::of(&self.program, self.index);
        let program = self.program.clone();
        for reveal in program.reveals_to(self.index) {
            let name = reveal.name.to_string();
            let frames = self.frames();
            let pieces: Vec<(&[u64], &[u64])> =
                frames.iter().map(|frame| frame.split_at(frame.len() / 2)).collect();
            for (first, (_, theirs)) in (0u8..).zip(&pieces) {
                let second = next(first);
                let (ours, _) = pieces[usize::from(second)];
                if *theirs != ours {
                    return Err(Error::Disagreement { first, second, result: name });
                }
            }
            for (piece, (words, _)) in committed.iter_mut().zip(&pieces) {
                piece.take(words);
            }
            shown.take([0, 1, 2].map(|piece: usize| pieces[piece].0));
            let scale = (reveal.divisor as f64) * 2f64.powi(reveal.fraction.into());
            let words = pieces[0].0.iter().zip(pieces[1].0).zip(pieces[2].0);
            let mut exact = Vec::new();
            let values = match self.program.kinds()[reveal.register.index()] {
                Kind::Wide => {
                    let [a, b, c] = [0, 1, 2].map(|piece: usize| u128::all(pieces[piece].0));
                    let sums = a.zip(b).zip(c);
                    exact.extend(
                        sums.map(|((a, b), c)| a.wrapping_add(b).wrapping_add(c).cast_signed()),
                    );
                    exact.iter().map(|whole| *whole as f64 / scale).collect()
                }
                Kind::Number => words
                    .map(|((a, b), c)| {
                        a.wrapping_add(*b).wrapping_add(*c).cast_signed() as f64 / scale
                    })
                    .collect(),
                Kind::Bits => {
                    let length = self.program.lengths()[reveal.register.index()];
                    let bits = words.flat_map(|((a, b), c)| {
                        let word = a ^ b ^ c;
                        (0..u64::BITS).map(move |bit| f64::from(u8::from(word >> bit & 1 == 1)))
                    });
                    bits.take(length as usize).collect()
                }
            };
            results.push(Revealed { name, values, exact });
        }
        self.concluded(results, committed, shown)
    }

    /// All that we got, if it is what the parties committed to.
    fn concluded(
        &mut self,
        results: Vec<Revealed>,
        committed: [Piece; PARTIES as usize],
        shown: Shown,
    ) -> Result<Received, Error> {
        let receiver = self.index;
        let frames = self.frames();
        let parts = frames.iter().map(|frame| frame.split_at(2 * SALT));
        let parts: Vec<(&[u64], &[u64])> = parts.collect();
        for ((salts, leaves), first) in parts.iter().zip(0u8..) {
            let second = next(first);
            let (theirs, their_leaves) = parts[usize::from(second)];
            if salts[SALT..] != theirs[..SALT] || *leaves != their_leaves {
                let (first, second) = holders(second);
                return Err(Error::Contradiction {
                    first,
                    second,
                    about: About::Results { receiver },
                });
            }
        }
        let salt = |party: usize| -> [u64; SALT] {
            let word = |at: usize| parts[party].0.get(at).copied().unwrap_or_default();
            core::array::from_fn(word)
        };
        let salts = [salt(0), salt(1), salt(2)];
        let mut made = salts.iter();
        let pieces = committed.map(|piece| piece.commit(made.next().map_or(&[], |salt| &salt[..])));
        let leaves: Vec<Hash> = hashes(parts[0].1).collect();
        let kept = leaves[usize::from(self.program.receivers()).min(leaves.len())..].to_vec();
        let leaf = self.ground.leaf(receiver, &shown.shapes, pieces);
        if leaves.get(usize::from(receiver)) != Some(&leaf) {
            return Err(Error::Uncommitted);
        }
        let result = self.ground.result(leaves.iter().copied());
        let opening = shown.opening((self.ground, receiver), salts, leaves).map(Box::new);
        Ok(Received { results, result, kept, opening })
    }
}

/// What others can be shown.
struct Shown {
    shapes: Vec<Shape>,
    /// The pieces of all results so far; nothing where they are too many.
    pieces: Option<[Vec<u64>; PARTIES as usize]>,
}

impl Shown {
    fn of(program: &Program, receiver: u8) -> Self {
        let shapes = program.shapes(receiver);
        let words = shapes.iter().map(Shape::words).fold(0, u64::saturating_add);
        let fits = words <= MAX_WORDS as u64;
        Self { shapes, pieces: fits.then(Default::default) }
    }

    fn take(&mut self, words: [&[u64]; PARTIES as usize]) {
        for (piece, words) in self.pieces.iter_mut().flatten().zip(words) {
            piece.extend_from_slice(words);
        }
    }

    fn opening(
        self,
        (ground, receiver): (Ground, u8),
        salts: [[u64; SALT]; PARTIES as usize],
        leaves: Vec<Hash>,
    ) -> Option<Opening> {
        let [a, b, c] = self.pieces?.map(|piece| List::new(piece).ok());
        let (shapes, leaves) = (List::new(self.shapes).ok()?, List::new(leaves).ok()?);
        Some(Opening { ground, receiver, shapes, salts, pieces: [a?, b?, c?], leaves })
    }
}
