//! How much a party has to do in a round, roughly.

use super::check::Shapes;
use super::{Exchange, Listing, Op, Schedule};
use crate::rep3::traffic;

/// What an element that an exchange makes counts beside one that is read: it is masked, sent, and received.
const EXCHANGED: u64 = 16;

/// For each round, words that are worked on: what starts in it, and what it brings. The last entry is what
/// follows the last round.
pub(crate) fn weights(listing: &Listing, shapes: &Shapes, schedule: &Schedule) -> Vec<u32> {
    let first = shapes.lengths.len() - listing.ops.len();
    let words = |register: usize| shapes.kinds[register].words(shapes.lengths[register]);
    let mut all = vec![0u64; schedule.starts.len()];
    for (start, ops) in schedule.starts.iter().enumerate() {
        for op in ops {
            let exchange = shapes.exchanges[*op];
            let each = if exchange == Exchange::Local { 1 } else { EXCHANGED };
            let made = words(first + op).saturating_mul(each);
            let read = listing.ops[*op].operands().map(|register| words(register.index()));
            let mut weight = read.fold(made, u64::saturating_add);
            if let Op::Matmul { size, .. } = listing.ops[*op] {
                let products = u64::from(size.rows) * u64::from(size.inner);
                weight = weight.saturating_add(products.saturating_mul(size.columns.into()));
            }
            let until = start + traffic::rounds(exchange);
            for round in &mut all[start..=until] {
                *round = round.saturating_add(weight);
            }
        }
    }
    all.into_iter().map(|weight| u32::try_from(weight).unwrap_or(u32::MAX)).collect()
}
