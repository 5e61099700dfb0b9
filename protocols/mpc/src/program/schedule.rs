//! Which operation runs in which round.
//!
//! An operation starts in the first round in which its operands are there; all that start together
//! share one frame for each peer. What needs no exchange and only takes room waits for its first
//! reader. The order inside a round is the program's.
//!
//! What has to be proven is kept until it is, so a program that would keep much is cut into portions: where
//! an operation would make a portion too large, it and all that follow it in the program wait until what
//! came before is over and proven.

use super::{Defect, Exchange, Listing, Security, check::Shapes};
use crate::{PARTIES, rep3::traffic};
use core::ops::Range;

/// Rounds of a program.
pub const MAX_ROUNDS: usize = 1 << 16;

/// Words that a party keeps at most for one proof, unless one operation takes more: 64 MiB.
pub(crate) const PORTION: u64 = 1 << 23;

/// There are at most twice as many portions and one more, however long a program is: each of them may be
/// deceived with a probability of its own.
const PORTIONS: u64 = 32;

/// When everything happens, the same for every party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Schedule {
    /// The operations that start in each round; the last entry holds the local ones that follow
    /// the last round.
    pub(crate) starts: Vec<Vec<usize>>,
    /// How often each register is read, results included.
    pub(crate) uses: Vec<u32>,
    /// Words in the frames of each round, by sending party.
    pub(crate) frames: Vec<[traffic::Words; PARTIES as usize]>,
    /// What is proven together, the last of them after all rounds.
    pub(crate) portions: Vec<Portion>,
}

/// Operations that are over before others start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Portion {
    /// Their places in the program.
    pub(crate) ops: Range<usize>,
    /// The rounds until then.
    pub(crate) until: usize,
}

impl Schedule {
    /// The schedule of a checked listing, in portions of so many words; refused where it has too many
    /// rounds.
    pub(crate) fn new(listing: &Listing, shapes: &Shapes, portion: u64) -> Result<Self, Defect> {
        let lengths = &shapes.lengths;
        let first = lengths.len() - listing.ops.len();
        let kept: Vec<u64> = (0..listing.ops.len()).map(|op| kept(listing, shapes, op)).collect();
        let total = kept.iter().fold(0, |sum: u64, words| sum.saturating_add(*words));
        // Without proofs nothing is kept.
        let most = match listing.security {
            Security::SemiHonest => u64::MAX,
            Security::Malicious => portion.max(total / PORTIONS),
        };
        let mut portions: Vec<Portion> = Vec::new();
        // Where the portion being filled starts, in the program and in rounds, when it ends, and its words.
        let (mut from, mut floor, mut end, mut filled) = (0, 0, 0, 0u64);
        let mut ready = vec![0usize; lengths.len()];
        let mut uses = vec![0u32; lengths.len()];
        let mut started = Vec::with_capacity(listing.ops.len());
        for (index, op) in listing.ops.iter().enumerate() {
            let mut start = 0;
            for operand in op.operands() {
                start = start.max(ready[operand.index()]);
                uses[operand.index()] += 1;
            }
            if kept[index] > 0 {
                if filled > 0 && filled.saturating_add(kept[index]) > most {
                    portions.push(Portion { ops: from..index, until: end });
                    (from, floor, filled) = (index, end, 0);
                }
                filled = filled.saturating_add(kept[index]);
                start = start.max(floor);
                end = end.max(start + traffic::rounds(shapes.exchanges[index]));
            }
            ready[first + index] = start + traffic::rounds(shapes.exchanges[index]);
            started.push(start);
        }
        let reveals = listing.reveals.iter().map(|reveal| reveal.register);
        for register in reveals.chain(listing.keeps.iter().map(|keep| keep.register)) {
            uses[register.index()] += 1;
        }
        let rounds = ready.iter().copied().max().unwrap_or(0);
        if rounds > MAX_ROUNDS {
            let (got, limit) = (rounds as u64, MAX_ROUNDS as u64);
            return Err(Defect::TooMany { what: "rounds", got, limit });
        }
        portions.push(Portion { ops: from..listing.ops.len(), until: rounds });
        let mut wanted = vec![rounds; lengths.len()];
        for (index, op) in listing.ops.iter().enumerate().rev() {
            if op.can_wait() {
                started[index] = wanted[first + index];
            }
            for operand in op.operands() {
                let wanted = &mut wanted[operand.index()];
                *wanted = started[index].min(*wanted);
            }
        }
        let mut starts = vec![Vec::new(); rounds + 1];
        let mut frames = vec![[traffic::Words::default(); PARTIES as usize]; rounds];
        for (index, exchange) in shapes.exchanges.iter().enumerate() {
            let start = started[index];
            starts[start].push(index);
            let length = lengths[first + index];
            let of_op = &mut frames[start..start + traffic::rounds(*exchange)];
            for (round, by_party) in of_op.iter_mut().enumerate() {
                for (party, words) in (0..).zip(by_party) {
                    words.add(traffic::words(*exchange, index, length, round, party));
                }
            }
        }
        Ok(Self { starts, uses, frames, portions })
    }

    pub(crate) fn rounds(&self) -> u32 {
        u32::try_from(self.frames.len()).expect("at most MAX_ROUNDS")
    }
}

/// The most words that an operation keeps until it is proven.
pub(super) fn kept(listing: &Listing, shapes: &Shapes, op: usize) -> u64 {
    let Exchange::Guarded(guarded) = shapes.exchanges[op] else { return 0 };
    let first = shapes.lengths.len() - listing.ops.len();
    let operand = listing.ops[op].operands().next();
    let operand = operand.map_or(0, |operand| shapes.lengths[operand.index()]);
    guarded.state(shapes.lengths[first + op], operand)
}
