//! The rows that two inputs have in common, found as two owners find them.

use super::rows::Held;
use crate::exit::{ExitCode, Failure, Outcome};
use std::collections::VecDeque;
use troupe_config::ComputeJob;
use troupe_psi::{Agreement, Deadlines, Input, Learned, Mode, Output, Party, Seat, Set, Side};
use troupe_types::{Hash, Millis, SessionId};
use troupe_wire::{Machine, Now, Seed, Sequential};

/// Rows of two inputs that belong together.
pub(super) struct Common {
    /// The rows of each, in one order.
    pub(super) rows: [Vec<u32>; 2],
    /// The same at both.
    pub(super) alignment: Hash,
    /// How many different keys either has.
    pub(super) sizes: [u32; 2],
}

impl Common {
    pub(super) fn count(&self) -> u64 {
        self.rows[0].len() as u64
    }
}

/// Both sides of a matching, and the streams between them.
pub(super) fn common_rows(job: &ComputeJob, held: &[Held], seed: &Seed) -> Outcome<Common> {
    let wrong = |error: troupe_psi::Error| Failure::new(ExitCode::BadFile, error);
    let sets = job.inputs.iter().zip(held).map(|(input, one)| {
        Set::new(one.keys(&input.keys)?).map_err(|error| one.unfit(&error.to_string()))
    });
    let sets = sets.collect::<Outcome<Vec<Set>>>()?;
    let internal = |text| Failure::new(ExitCode::Internal, text);
    let sets = <[Set; 2]>::try_from(sets).map_err(|_| internal("two inputs are matched"))?;
    let session = SessionId(seed.stream("matching").array());
    let sizes = [sets[0].len(), sets[1].len()];
    let agreement = Agreement { session, terms: Hash::default(), mode: Mode::Aligned, sizes };
    let (now, deadlines) =
        (Now::default(), Deadlines { points: Millis::MAX, answers: Millis::MAX });
    let [first, second] = sets;
    let party = |side, set, index| {
        let seat = Seat { agreement, side, deadlines };
        Party::new(seat, set, &seed.child("matching", index), Sequential, now).map_err(wrong)
    };
    let mut parties = [party(Side::First, first, 0)?, party(Side::Second, second, 1)?];
    let mut found = [None, None];
    let mut inputs: VecDeque<(usize, Input)> =
        [0, 1].map(|at| (at, Input::Credit(u64::MAX))).into();
    while let Some((at, input)) = inputs.pop_front() {
        let mut out = Vec::new();
        parties[at].step(now, input, &mut out);
        // A step does a few batches, and a tick the next ones.
        while parties[at].next_tick().is_some_and(|due| due <= now.mono) {
            parties[at].tick(now, &mut out);
        }
        for output in out {
            match output {
                Output::Send(bytes) => inputs.push_back((1 - at, Input::Bytes(bytes))),
                Output::Finished(outcome) => found[at] = Some(outcome.learned),
                Output::Failed(error) => return Err(wrong(error)),
                Output::Progress { .. } => {}
            }
        }
    }
    match found {
        [
            Some(Learned::Aligned { rows: first, alignment }),
            Some(Learned::Aligned { rows: second, .. }),
        ] => Ok(Common { rows: [first, second], alignment, sizes }),
        _ => Err(internal("the matching has no end")),
    }
}
