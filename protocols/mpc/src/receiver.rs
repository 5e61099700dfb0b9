//! A receiver of results: three streams in, numbers out.

use crate::peer::next;
use crate::program::{Kind, frames};
use crate::progress::Meter;
use crate::stream::{Header, Inbox};
use crate::{Error, Input, Output, PARTIES, Peer, Phase, Program, Refusal};
use troupe_types::{Millis, SessionId};
use troupe_wire::{Machine, Now};
use zeroize::Zeroizing;

/// One result.
#[derive(Clone, PartialEq)]
pub struct Revealed {
    /// Its name in the program.
    pub name: String,
    /// Its elements.
    pub values: Vec<f64>,
}

/// A receiver of results, as a [`Machine`].
///
/// Every party sends it both of its pieces, so each piece comes twice: a party that stands alone
/// with its version of a piece is noticed, and the result refused. Nothing is given before
/// everything is there.
pub struct Receiver {
    /// `None` once the session is over.
    work: Option<Box<Work>>,
}

struct Work {
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
        session: SessionId,
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
            let header = Header { session, program: program.hash(), from, to: me };
            Inbox::new(header, frames(&program, from, me).unwrap_or_default())
        });
        let parties = parties.collect();
        let due = now.mono.plus(deadline);
        let work = Work { program, index, parties, due, meter: Meter::default() };
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
    type Output = Output<Vec<Revealed>>;

    fn step(&mut self, _: Now, input: Input, out: &mut Vec<Self::Output>) {
        let Some(work) = &mut self.work else { return };
        match work.step(input, out) {
            Ok(None) => {}
            Ok(Some(results)) => {
                self.work = None;
                out.push(Output::Finished(results));
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
        out: &mut Vec<Output<Vec<Revealed>>>,
    ) -> Result<Option<Vec<Revealed>>, Error> {
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
            Input::Cancel => return Err(Error::Cancelled { phase }),
        }
        let done = self.parties.iter().map(Inbox::received).sum();
        let total = self.parties.iter().map(Inbox::total).sum();
        self.meter.tell(phase, done, total, out);
        if !self.parties.iter().all(Inbox::is_complete) {
            return Ok(None);
        }
        self.results().map(Some)
    }

    fn inbox(&mut self, peer: Peer) -> Option<&mut Inbox> {
        match peer {
            Peer::Party(index) => self.parties.get_mut(usize::from(index)),
            Peer::Owner(_) | Peer::Receiver(_) => None,
        }
    }

    /// Compares what the parties say and adds it up.
    fn results(&mut self) -> Result<Vec<Revealed>, Error> {
        let mut results = Vec::new();
        for reveal in self.program.reveals_to(self.index) {
            let name = reveal.name.to_string();
            let frames: Vec<Zeroizing<Vec<u64>>> = self
                .parties
                .iter_mut()
                .map(|inbox| Zeroizing::new(inbox.pop().unwrap_or_default()))
                .collect();
            let pieces: Vec<(&[u64], &[u64])> =
                frames.iter().map(|frame| frame.split_at(frame.len() / 2)).collect();
            for (first, (_, theirs)) in (0u8..).zip(&pieces) {
                let second = next(first);
                let (ours, _) = pieces[usize::from(second)];
                if *theirs != ours {
                    return Err(Error::Disagreement { first, second, result: name });
                }
            }
            let scale = (reveal.divisor as f64) * 2f64.powi(reveal.fraction.into());
            let words = pieces[0].0.iter().zip(pieces[1].0).zip(pieces[2].0);
            let values = match self.program.kinds()[reveal.register.index()] {
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
            results.push(Revealed { name, values });
        }
        Ok(results)
    }
}
