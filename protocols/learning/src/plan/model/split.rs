//! Which rows a model is trained with, and which it is tried out with.

use crate::Unfit;
use crate::task::HeldOut;
use troupe_mpc::program::{Draft, Grid, Op, Register};

/// Some rows of a matrix: `length` of them, again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    from: u32,
    length: u32,
    /// How far it is from the first row to the first one again.
    every: u32,
    times: u32,
}

/// Rows of a matrix, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Choice {
    runs: Vec<Run>,
}

impl Choice {
    pub(super) fn all(rows: u32) -> Self {
        let mut all = Self::default();
        all.add(0, rows, rows, 1);
        all
    }

    fn add(&mut self, from: u32, length: u32, every: u32, times: u32) {
        if length > 0 && times > 0 {
            self.runs.push(Run { from, length, every, times });
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> u32 {
        self.runs.iter().map(|run| run.length * run.times).sum()
    }

    /// They, from 0.
    pub(super) fn rows(&self) -> Vec<usize> {
        let run = |run: &Run| {
            let Run { from, length, every, times } = *run;
            let starts = (0..times).map(move |time| from + time * every);
            starts.flat_map(move |start| start..start + length).map(|row| row as usize)
        };
        self.runs.iter().flat_map(run).collect()
    }

    /// These rows of a matrix that has so many numbers in each.
    pub(super) fn of(&self, draft: &mut Draft, matrix: Register, width: u32) -> Register {
        if let [Run { from: 0, length, times: 1, .. }] = *self.runs
            && u64::from(length) * u64::from(width) == u64::from(draft.length(matrix))
        {
            return matrix;
        }
        let parts = self.runs.iter().map(|run| {
            let grid = Grid {
                from: run.from.saturating_mul(width),
                counts: [1, run.times, run.length.saturating_mul(width)],
                steps: [0, run.every.saturating_mul(width), 1],
            };
            draft.push(Op::Gather { a: matrix, grid })
        });
        let parts: Vec<Register> = parts.collect();
        draft.concat(&parts)
    }
}

/// The rows to train with, and those held out. Of several owners' pooled rows, `parts` are each one's.
pub(super) fn split(held_out: HeldOut, parts: &[u32]) -> Result<(Choice, Choice), Unfit> {
    let (mut kept, mut held) = (Choice::default(), Choice::default());
    let mut start = 0;
    for rows in parts.iter().copied() {
        match held_out {
            HeldOut::Last(count) if count == 0 || count >= rows => {
                return Err(Unfit::HeldOut { rows });
            }
            HeldOut::Last(count) => {
                kept.add(start, rows - count, rows, 1);
                held.add(start + rows - count, count, rows, 1);
            }
            HeldOut::Every(step) if step < 2 || step > rows => {
                return Err(Unfit::HeldOut { rows });
            }
            HeldOut::Every(step) => {
                let times = rows / step;
                kept.add(start, step - 1, step, times);
                kept.add(start + times * step, rows % step, step, 1);
                held.add(start + step - 1, 1, step, times);
            }
        }
        start += rows;
    }
    Ok((kept, held))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_either_trained_with_or_held_out() {
        let parts = [7, 4, 9];
        for held_out in [HeldOut::Last(1), HeldOut::Last(3), HeldOut::Every(2), HeldOut::Every(4)] {
            let (kept, held) = split(held_out, &parts).expect("fits");
            let mut all = [kept.rows(), held.rows()].concat();
            assert_eq!(kept.count() + held.count(), 20);
            assert_eq!(
                u64::from(held.count()),
                parts.map(|own| held_out.of(own.into())).iter().sum::<u64>()
            );
            all.sort_unstable();
            assert_eq!(all, (0..20).collect::<Vec<usize>>(), "{held_out:?}");
        }
        let (_, held) = split(HeldOut::Last(2), &[5, 3]).expect("fits");
        assert_eq!(held.rows(), [3, 4, 6, 7]);
        let (kept, held) = split(HeldOut::Every(3), &[8]).expect("fits");
        assert_eq!((kept.rows(), held.rows()), (vec![0, 1, 3, 4, 6, 7], vec![2, 5]));
        for wrong in [HeldOut::Last(0), HeldOut::Last(4), HeldOut::Every(0), HeldOut::Every(1)] {
            assert_eq!(
                split(wrong, &[7, 4]),
                Err(Unfit::HeldOut { rows: if wrong == HeldOut::Last(4) { 4 } else { 7 } })
            );
        }
        assert_eq!(split(HeldOut::Every(5), &[7, 4]), Err(Unfit::HeldOut { rows: 4 }));
    }
}
