//! A compute party: shares in, shares out.

mod check;
mod closing;
mod inputs;
mod links;
mod machine;
mod signing;
mod taking;

use crate::peer::{next, prev};
use crate::prg::{KEY, Key, Purpose};
use crate::program::Checks;
use crate::progress::Meter;
use crate::recall::{Missing, Recall, Seal};
use crate::rep3::{Engine, Keys};
use crate::sign::{Notary, SIGNING};
use crate::{Ending, Error, Kept, PARTIES, Peer, Phase, Place, Program, Shelf};
use check::{Check, Digests};
use closing::Closing;
use inputs::Inputs;
pub(crate) use inputs::pieces;
use links::Links;
use signing::Signing;
use std::sync::Arc;
use taking::Taking;
use troupe_types::{Bytes, Millis};
use troupe_wire::{Now, Seed};
use zeroize::Zeroizing;

/// Words that are worked on in less time than a thread takes to wake up.
const LIGHT: u32 = 1 << 15;

#[cfg(test)]
mod tests;

/// How long each phase may take. A party whose deadline passes fails and names whom it waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// From the start until all owners have shared everything.
    pub inputs: Millis,
    /// For each round between the parties, the closing one too.
    pub round: Millis,
    /// From the closing round until the receivers have taken their results.
    pub reveal: Millis,
}

impl Default for Deadlines {
    /// Two minutes for the inputs, one for each round and for the results.
    fn default() -> Self {
        Self { inputs: Millis::secs(120), round: Millis::secs(60), reveal: Millis::secs(60) }
    }
}

/// One of the three compute parties, as a [`Machine`](troupe_wire::Machine).
///
/// It speaks to the two others, listens to every owner, and sends each receiver its pieces of that
/// receiver's results. It ends with an [`Ending`], once the receivers have taken everything. A step does the local work of a round itself, which may take a second: run
/// it on a worker pool.
pub struct Party {
    /// `None` once the session is over, however it ended.
    work: Option<Box<Work>>,
}

struct Work {
    place: Place,
    program: Program,
    index: u8,
    deadlines: Deadlines,
    /// Portions of the program that are proven.
    proven: usize,
    /// Rounds between the parties that are over, those of checks among them.
    exchanged: usize,
    /// When the current phase has to be over.
    due: Millis,
    /// Our half of the pair keys: shared with the party before us.
    seed: Zeroizing<[u8; KEY]>,
    links: Links,
    notary: Option<Arc<dyn Notary>>,
    recall: Option<Recall>,
    taking: Taking,
    /// Where what is kept goes once the session is over, and what that is.
    shelf: Shelf,
    kept: Vec<Kept>,
    state: State,
    meter: Meter,
}

enum State {
    Inputs(Inputs),
    /// The frames of this round (from 0) are sent, those of the others awaited.
    Computing {
        engine: Box<Engine>,
        round: usize,
        /// Of the inputs, where the messages will be checked.
        digests: Option<Digests>,
    },
    /// The frames of this round of a portion's check are sent, those of the others awaited.
    Checking {
        engine: Box<Engine>,
        check: Box<Check>,
        round: usize,
        /// The round to go on with.
        computed: usize,
    },
    /// What we know is said; what the others know is awaited.
    Closing {
        engine: Box<Engine>,
        closing: Box<Closing>,
    },
    /// The results are written but do not leave; what we know is signed, and what the others sign is
    /// awaited.
    Signing(Box<Signing>),
    Revealing(Box<Ending>),
}

impl Party {
    /// The party with this index (0 to 2) in a session that begins now.
    ///
    /// `seed` must be fresh: the operating system's entropy, or a simulation's. Refused are an
    /// index without a place, and a program that keeps something or takes something up.
    pub fn new(
        place: Place,
        program: Program,
        index: u8,
        deadlines: Deadlines,
        seed: &Seed,
        now: Now,
    ) -> Result<Self, Error> {
        if !(program.keeps().is_empty() && program.taken().is_empty()) {
            return Err(Error::NoShelf);
        }
        Self::with_shelf(Shelf::default(), place, program, index, deadlines, seed, now)
    }

    /// The same with a shelf: what the program takes up is on it, or refused, and what it keeps is when the
    /// party has [finished](crate::Output::Finished), and not before.
    pub fn with_shelf(
        shelf: Shelf,
        place: Place,
        program: Program,
        index: u8,
        deadlines: Deadlines,
        seed: &Seed,
        now: Now,
    ) -> Result<Self, Error> {
        if index >= PARTIES {
            return Err(Error::NoSuchPlace { peer: Peer::Party(index) });
        }
        let taking = Taking::new(place, &program, index, &shelf)?;
        let seed = Zeroizing::new(seed.stream("mpc pair seed").array());
        let links = Links::new((place, &program), index, &seed, &taking.shown, None);
        let state = State::Inputs(Inputs::new(&program));
        let due = now.mono.plus(deadlines.inputs);
        let meter = Meter::default();
        let work = Work {
            place,
            program,
            index,
            deadlines,
            proven: 0,
            exchanged: 0,
            due,
            seed,
            links,
            notary: None,
            recall: None,
            taking,
            shelf,
            kept: Vec::new(),
            state,
            meter,
        };
        Ok(Self { work: Some(Box::new(work)) })
    }

    /// The same party, which signs how the session ends and wants the others to. All three do, or none.
    /// Before its first step.
    #[must_use]
    pub fn signing(mut self, notary: Arc<dyn Notary>) -> Self {
        if let Some(work) = &mut self.work {
            let Work { place, program, index, seed, taking, .. } = &**work;
            let signing = Some(SIGNING as u64);
            work.links = Links::new((*place, program), *index, seed, &taking.shown, signing);
            work.notary = Some(notary);
        }
        self
    }

    /// The same party, which keeps what it sent last, for whoever says that it never came. It holds up to
    /// [`FRAMES`](crate::FRAMES) frames of [`LONGEST`](crate::LONGEST) bytes for each of the others, on top of what it
    /// [holds](Self::held) itself. Before its first step, and after [`signing`](Self::signing).
    #[must_use]
    pub fn recalling(mut self, recall: Recall) -> Self {
        if let Some(work) = &mut self.work {
            let (place, program) = (work.place, work.program.hash());
            let before = prev(work.index);
            recall.begin(work.index);
            recall.shares(before, Seal::new(&work.seed, work.index, place, program));
            work.links.recall(&recall);
            work.recall = Some(recall);
        }
        self
    }

    /// What it is doing; `None` once it is over.
    #[must_use]
    pub fn phase(&self) -> Option<Phase> {
        self.work.as_ref().map(|work| work.phase())
    }

    /// Whether it is done in some microseconds with whatever comes next: it computes, and there is little to do in the rounds
    /// that may come at once. Its shell need not move it to another thread for that.
    #[must_use]
    pub fn is_light(&self) -> bool {
        let Some(work) = &self.work else { return true };
        let State::Computing { round, .. } = &work.state else { return false };
        // Others can be ahead of us by one round, and after a portion's last one there is more to do.
        let last = *round + 2;
        let weigh = |round: usize| work.program.weight(round) <= LIGHT;
        last < work.until() && weigh(*round + 1) && weigh(last)
    }

    /// The memory it holds in shares and frames. Never more than
    /// [`Cost::memory`](crate::program::Cost::memory).
    #[must_use]
    pub fn held(&self) -> Bytes {
        let Some(work) = &self.work else { return Bytes::ZERO };
        let engine = match &work.state {
            State::Computing { engine, .. }
            | State::Checking { engine, .. }
            | State::Closing { engine, .. } => engine.held(),
            State::Inputs(_) | State::Signing(_) | State::Revealing(_) => 0,
        };
        let kept = work.kept.iter().flat_map(Kept::words).map(|words| 8 * words.len() as u64);
        Bytes(engine + work.links.held() + kept.sum::<u64>())
    }
}

impl core::fmt::Debug for Party {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match &self.work {
            None => f.write_str("Party(over)"),
            Some(work) => write!(f, "Party({}, {})", work.index, work.phase()),
        }
    }
}

impl Work {
    /// Notes for which frame of another party it waits. What comes before there are shares cannot be asked for.
    fn miss(&mut self, peer: Peer) {
        let Some(recall) = &self.recall else { return };
        let awaited = self.links.inbox(peer).and_then(|inbox| inbox.awaited());
        recall.misses(match (peer, awaited) {
            (Peer::Party(of), Some(frame)) if frame > 0 => Some(Missing { of, frame }),
            (Peer::Party(_) | Peer::Owner(_) | Peer::Receiver(_), _) => None,
        });
    }

    fn phase(&self) -> Phase {
        match &self.state {
            State::Inputs(_) => Phase::Inputs,
            State::Computing { round, .. } => {
                let rounds = self.program.schedule().rounds();
                // Far fewer than 2^32 rounds.
                let round = u32::try_from(*round).unwrap_or(u32::MAX).saturating_add(1);
                Phase::Computing { round: round.min(rounds), rounds }
            }
            State::Checking { round, .. } => {
                let rounds = self.program.check_rounds();
                let before = self.program.checks()[..self.proven].iter().map(Checks::rounds);
                let round = u32::try_from(*round).unwrap_or(u32::MAX).saturating_add(1);
                let round = before.fold(round, u32::saturating_add);
                Phase::Checking { round: round.min(rounds), rounds }
            }
            State::Closing { .. } | State::Signing(_) => Phase::Closing,
            State::Revealing(_) => Phase::Revealing,
        }
    }

    /// The keys, from our seed and the next party's.
    fn keys(&self, theirs: &[u8; KEY]) -> Keys {
        let program = self.program.hash();
        let derive = |seed, party| Key::derive(seed, Purpose::Pair { party }, self.place, program);
        Keys::new(&derive(&self.seed, self.index), &derive(theirs, next(self.index)))
    }
}
