//! One side of a run.

mod machine;
mod outcome;

use crate::agreement::{Agreement, Side};
use crate::group::{self, Domain, Point, Secret};
use crate::progress::Meter;
use crate::stream::{BATCH, Frame, Header, Inbox, Kind, Outbox, POINT, length_of_points};
use crate::token::{self, Placed, Token, Tokens};
use crate::{Error, Missing, Phase, Refusal, Set};
use core::fmt;
use troupe_types::Millis;
use troupe_wire::{Fork, Now, Seed};

/// Points in one piece of parallel work.
const PIECE: usize = 256;

/// How long each phase may take. A party whose deadline passes fails and says what it waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// From the start until the points of both sides have moved.
    pub points: Millis,
    /// From then on until the answers have.
    pub answers: Millis,
}

impl Default for Deadlines {
    /// Ten minutes for the points, two for the answers.
    fn default() -> Self {
        Self { points: Millis::secs(600), answers: Millis::secs(120) }
    }
}

/// A place in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    /// What was agreed.
    pub agreement: Agreement,
    /// Which side this is.
    pub side: Side,
    /// How long it may take.
    pub deadlines: Deadlines,
}

/// One side of a run, as a [`Machine`](troupe_wire::Machine).
///
/// A step works on four batches of points at most, and asks for a tick at once while more can be done: run it on a
/// worker pool. The `fork` it is given shares a batch out.
pub struct Party<F> {
    /// `None` once the run is over.
    work: Option<Box<Work<F>>>,
}

struct Work<F> {
    seat: Seat,
    fork: F,
    domain: Domain,
    secret: Secret,
    tokens: Tokens,
    own: Own,
    theirs: Theirs,
    /// The peer's answers to our points.
    answers: Vec<Token>,
    outbox: Outbox,
    inbox: Inbox,
    phase: Phase,
    /// When it has to be over.
    due: Millis,
    /// When the last input came.
    latest: Millis,
    meter: Meter,
    lengths: Lengths,
}

/// Bytes of the two streams, headers and all.
struct Lengths {
    /// Ours up to the end of its points, and the peer's.
    points: [u64; 2],
    /// Both streams.
    all: u64,
}

/// Our items, in the order of our points.
enum Own {
    /// So many of them are points by now.
    Hashed(Set, usize),
    /// All are.
    Sent(Vec<u32>),
}

/// The peer's points, raised.
#[derive(Default)]
struct Theirs {
    taken: u32,
    /// What we compare, in the order of its stream until it is sorted.
    inward: Vec<Token>,
    sorted: Vec<Placed>,
    /// What the peer compares, in the order of its stream; to be counted: ascending.
    outward: Vec<Token>,
    answered: usize,
    /// All are here, and none twice.
    is_checked: bool,
}

impl<F: Fork> Party<F> {
    /// A side of a run that begins now.
    ///
    /// `seed` must be fresh: the operating system's entropy, or a simulation's. Refused are sizes beyond
    /// [`MAX_ITEMS`](crate::MAX_ITEMS) and a set of another size than the agreement says.
    pub fn new(seat: Seat, mut set: Set, seed: &Seed, fork: F, now: Now) -> Result<Self, Error> {
        let Seat { agreement, side, deadlines } = seat;
        agreement.check()?;
        if set.len() != agreement.size(side) {
            return Err(Error::Size { got: set.len(), want: agreement.size(side) });
        }
        set.shuffle(&mut seed.stream("psi order"));
        let peer = side.other();
        let work = Work {
            seat,
            fork,
            domain: Domain::new(agreement.session),
            secret: Secret::new(&mut seed.stream("psi secret")),
            tokens: Tokens::new(&agreement),
            own: Own::Hashed(set, 0),
            theirs: Theirs::default(),
            answers: Vec::new(),
            outbox: Outbox::new(&Header::new(&agreement, side), agreement.frames(side)),
            inbox: Inbox::new(Header::new(&agreement, peer), agreement.frames(peer)),
            phase: Phase::Points,
            due: now.mono.plus(deadlines.points),
            latest: now.mono,
            meter: Meter::default(),
            lengths: Lengths {
                points: [side, peer].map(|side| length_of_points(&agreement.frames(side))),
                all: agreement.traffic().iter().sum(),
            },
        };
        Ok(Self { work: Some(Box::new(work)) })
    }
}

impl<F> Party<F> {
    /// What it is doing; `None` once it is over.
    #[must_use]
    pub fn phase(&self) -> Option<Phase> {
        self.work.as_ref().map(|work| work.phase)
    }
}

impl<F> fmt::Debug for Party<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.work {
            None => f.write_str("Party(over)"),
            Some(work) => write!(f, "Party({:?}, {})", work.seat.side, work.phase),
        }
    }
}

impl<F> Work<F> {
    const fn peer(&self) -> Side {
        self.seat.side.other()
    }

    fn informs(&self, side: Side) -> bool {
        self.seat.agreement.mode.informs(side)
    }

    fn refused(&self, reason: Refusal) -> Error {
        Error::Refused { phase: self.phase, reason }
    }

    /// Whether all our points have left.
    fn has_sent_points(&self) -> bool {
        self.outbox.sent() >= self.lengths.points[0]
    }

    /// Whether the points of both sides have moved, and none of the peer's is refused.
    fn has_all_points(&self) -> bool {
        let has_received = self.inbox.received() >= self.lengths.points[1];
        self.theirs.is_checked && has_received && self.has_sent_points()
    }

    /// The frame that could be made now.
    fn wanted(&self) -> Option<Frame> {
        let frame = self.outbox.wanted()?;
        match frame.kind {
            Kind::Points => Some(frame),
            // Nothing is answered before everything was checked.
            Kind::Answers => self.theirs.is_checked.then_some(frame),
        }
    }

    /// What the phase lacks.
    fn missing(&self) -> Missing {
        let received = self.inbox.received();
        let is_here = match self.phase {
            Phase::Points => received >= self.lengths.points[1],
            Phase::Answers => self.inbox.has_all(),
        };
        if is_here { Missing::Room } else { Missing::Bytes }
    }

    fn tell(&mut self, out: &mut Vec<crate::Output>) {
        let [ours, theirs] = self.lengths.points;
        let (sent, received) = (self.outbox.sent(), self.inbox.received());
        let (done, total) = match self.phase {
            Phase::Points => (sent.min(ours) + received.min(theirs), ours + theirs),
            Phase::Answers => (sent + received - ours - theirs, self.lengths.all - ours - theirs),
        };
        self.meter.tell(self.phase, done, total, out);
    }
}

impl<F: Fork> Work<F> {
    /// Our next points.
    fn make_points(&mut self) -> Vec<u8> {
        let Own::Hashed(set, made) = &mut self.own else { return Vec::new() };
        let entries = set.entries(*made, BATCH as usize);
        *made += entries.len();
        let pieces = entries.chunks(PIECE).collect();
        let (domain, secret) = (&self.domain, &self.secret);
        let points = self.fork.map(pieces, |piece| group::blind(domain, secret, piece));
        if *made == set.len() as usize {
            let set = core::mem::take(set);
            self.own = Own::Sent(set.into_rows());
        }
        points.into_iter().flatten().flatten().collect()
    }

    /// Raises the peer's next points.
    fn take_points(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let points: &[Point] = bytes.as_chunks::<POINT>().0;
        let (secret, tokens) = (&self.secret, &self.tokens);
        let sides = [self.seat.side, self.peer()];
        let wanted = sides.map(|side| self.informs(side));
        let pieces = points.chunks(PIECE).collect();
        let raised = self.fork.map(pieces, |piece| {
            let raised = group::raise(secret, piece)?;
            let of = |at: usize| -> Vec<Token> {
                let raised = raised.iter().filter(|_| wanted[at]);
                raised.map(|point| tokens.derive(sides[at], point)).collect()
            };
            Ok((of(0), of(1)))
        });
        for (number, piece) in raised.into_iter().enumerate() {
            let (inward, outward) = piece.map_err(|(place, unfit)| {
                let place = u32::try_from(number * PIECE + place).unwrap_or(u32::MAX);
                let index = self.theirs.taken.saturating_add(place);
                self.refused(match unfit {
                    group::Unfit::Encoding => Refusal::Encoding { index },
                    group::Unfit::Identity => Refusal::Identity { index },
                })
            })?;
            self.theirs.inward.extend(inward);
            self.theirs.outward.extend(outward);
        }
        // A frame has 4,096 at most, and all frames what was agreed.
        let count = u32::try_from(points.len()).unwrap_or(u32::MAX);
        self.theirs.taken = self.theirs.taken.saturating_add(count);
        Ok(())
    }

    /// Looks for repeated points once all are here, and prepares the answers.
    fn check_points(&mut self) -> Result<(), Error> {
        let is_all = self.theirs.taken == self.seat.agreement.size(self.peer());
        if self.theirs.is_checked || !is_all {
            return Ok(());
        }
        let theirs = &mut self.theirs;
        // Raising is one to one, so a token comes twice if its point does.
        let seen = if theirs.inward.is_empty() { &theirs.outward } else { &theirs.inward };
        let sorted = token::sorted(seen);
        if let Some((first, second)) = token::repeated(&sorted) {
            return Err(self.refused(Refusal::RepeatedPoint { first, second }));
        }
        if !theirs.inward.is_empty() {
            theirs.sorted = sorted;
            theirs.inward = Vec::new();
        }
        if self.seat.agreement.mode.is_count() {
            // An order of their own hides which answer is to which point.
            theirs.outward.sort_unstable();
        }
        theirs.is_checked = true;
        Ok(())
    }

    /// Our next answers.
    fn make_answers(&mut self) -> Vec<u8> {
        let left = &self.theirs.outward[self.theirs.answered..];
        let batch = &left[..left.len().min(BATCH as usize)];
        self.theirs.answered += batch.len();
        self.tokens.write(batch)
    }

    /// Takes the peer's next answers.
    fn take_answers(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if !self.has_sent_points() {
            return Err(self.refused(Refusal::Early));
        }
        let before = self.answers.len();
        self.tokens.read(bytes, &mut self.answers);
        if self.seat.agreement.mode.is_count() {
            let from = before.saturating_sub(1);
            let wrong = self.answers[from..].windows(2).position(|pair| pair[0] >= pair[1]);
            if let Some(place) = wrong {
                let index = u32::try_from(from + place + 1).unwrap_or(u32::MAX);
                return Err(self.refused(Refusal::Unsorted { index }));
            }
        }
        Ok(())
    }
}
