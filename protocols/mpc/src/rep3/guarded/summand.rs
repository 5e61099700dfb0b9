//! Bits of the summands that dealers know, in the order of the [semi-honest form](crate::rep3::split).

use super::deal::Deal;
use super::work::Bench;
use crate::rep3::Share;
use crate::rep3::frames::{Frames, Sinks};
use crate::rep3::shape::pack;

/// The bits on their way.
pub(super) struct Summand {
    deal: Option<Deal>,
    count: usize,
    length: usize,
}

impl Summand {
    /// The only round. Who deals which part is the same for all operations, so that those who know the
    /// other summands do.
    pub(super) fn open(
        number: &Share,
        count: u8,
        party: u8,
        bench: &mut Bench<'_>,
        sinks: Sinks<'_>,
    ) -> Self {
        let (count, length) = (usize::from(count), number.len());
        let deal = Deal::open(number, 0u64, count, (0, party), bench.keys, sinks.next);
        Self { deal: Some(deal), count, length }
    }

    pub(super) fn absorb(&mut self, bench: &mut Bench<'_>, frames: &mut Frames) -> Option<Share> {
        let mut deal = self.deal.take()?;
        deal.absorb(frames);
        let mut rows = Share::default();
        for row in 0..self.count {
            let row = deal.row(row);
            rows.own.extend(row.own);
            rows.next.extend(row.next);
        }
        deal.finish(bench.ledger);
        let packed = |rows: &[u64]| pack(rows, self.count, self.length);
        Some(Share { own: packed(&rows.own), next: packed(&rows.next) })
    }

    pub(super) fn words(&self) -> usize {
        self.deal.as_ref().map_or(0, Deal::words)
    }
}
