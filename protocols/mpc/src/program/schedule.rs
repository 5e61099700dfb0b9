//! Which operation runs in which round.
//!
//! An operation starts in the first round in which its operands are there; all that start together
//! share one frame for each peer. What needs no exchange and only takes room waits for its first
//! reader. The order inside a round is the program's.

use super::{Defect, Listing, check::Shapes};
use crate::{PARTIES, rep3::traffic};

/// Rounds of a program.
pub const MAX_ROUNDS: usize = 1 << 16;

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
}

impl Schedule {
    /// The schedule of a checked listing; refused where it has too many rounds.
    pub(crate) fn new(listing: &Listing, shapes: &Shapes) -> Result<Self, Defect> {
        let lengths = &shapes.lengths;
        let first = lengths.len() - listing.ops.len();
        let mut ready = vec![0usize; lengths.len()];
        let mut uses = vec![0u32; lengths.len()];
        let mut started = Vec::with_capacity(listing.ops.len());
        for (index, op) in listing.ops.iter().enumerate() {
            let mut start = 0;
            for operand in op.operands() {
                start = start.max(ready[operand.index()]);
                uses[operand.index()] += 1;
            }
            ready[first + index] = start + traffic::rounds(shapes.exchanges[index]);
            started.push(start);
        }
        for reveal in listing.reveals.iter() {
            uses[reveal.register.index()] += 1;
        }
        let rounds = ready.iter().copied().max().unwrap_or(0);
        if rounds > MAX_ROUNDS {
            let (got, limit) = (rounds as u64, MAX_ROUNDS as u64);
            return Err(Defect::TooMany { what: "rounds", got, limit });
        }
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
        Ok(Self { starts, uses, frames })
    }

    pub(crate) fn rounds(&self) -> u32 {
        u32::try_from(self.frames.len()).expect("at most MAX_ROUNDS")
    }
}
