//! Which operation runs in which round.
//!
//! An operation starts in the first round in which its operands are there; all that start together
//! share one frame for each peer. The order inside a round is the program's.

use super::{Exchange, Listing};
use crate::{PARTIES, rep3::traffic};

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
    /// The schedule of a checked listing; `lengths` are those of its registers.
    pub(crate) fn new(listing: &Listing, lengths: &[u32]) -> Self {
        let first = lengths.len() - listing.ops.len();
        let mut ready = vec![0usize; lengths.len()];
        let mut uses = vec![0u32; lengths.len()];
        let mut started = Vec::with_capacity(listing.ops.len());
        for (index, op) in listing.ops.iter().enumerate() {
            let (a, b) = op.operands();
            let mut start = 0;
            for operand in [Some(a), b].into_iter().flatten() {
                start = start.max(ready[operand.index()]);
                uses[operand.index()] += 1;
            }
            ready[first + index] = start + traffic::rounds(op.exchange());
            started.push(start);
        }
        for reveal in listing.reveals.iter() {
            uses[reveal.register.index()] += 1;
        }
        let rounds = ready.iter().copied().max().unwrap_or(0);
        let mut starts = vec![Vec::new(); rounds + 1];
        let mut frames = vec![[traffic::Words::default(); PARTIES as usize]; rounds];
        for (index, op) in listing.ops.iter().enumerate() {
            let start = started[index];
            starts[start].push(index);
            let length = u64::from(lengths[first + index]);
            for party in 0..PARTIES {
                let slot = usize::from(party);
                match op.exchange() {
                    Exchange::Local => {}
                    Exchange::Reshare => frames[start][slot].add(traffic::reshare(length)),
                    Exchange::Truncate { .. } => {
                        let role = traffic::Role::of(index, party);
                        frames[start][slot].add(traffic::open(length, role));
                        frames[start + 1][slot].add(traffic::close(length, role));
                    }
                }
            }
        }
        Self { starts, uses, frames }
    }

    pub(crate) fn rounds(&self) -> u32 {
        // At most two for each of 4,096 operations.
        u32::try_from(self.frames.len()).unwrap_or(u32::MAX)
    }
}
