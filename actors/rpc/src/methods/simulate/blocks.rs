//! Which blocks there are: what is left out of their places and times, and what lies between them.

use super::wish::{Block, MOST_BLOCKS};
use crate::error::Refused;
use troupe_chain::Header;
use troupe_types::{Height, UnixMillis};

/// A block that says nothing of its time is so many seconds later than the one before.
const SECONDS: u64 = 1;

/// All blocks above `base`, each directly above the one before, with height and time.
pub(super) fn in_order(wanted: Vec<Block>, base: &Header) -> Result<Vec<Block>, Refused> {
    let (mut height, mut time) = (base.height.0, base.time.0 / 1_000);
    let mut blocks = Vec::with_capacity(wanted.len());
    for mut block in wanted {
        let next = height.saturating_add(1);
        let at = block.about.height.map_or(next, |height| height.0);
        if at <= height {
            return Err(Refused::Height { got: at, before: height });
        }
        if at - base.height.0 > MOST_BLOCKS as u64 {
            return Err(Refused::TooMany { what: "blocks" });
        }
        for between in next..at {
            time = time.saturating_add(SECONDS);
            let mut empty = Block::default();
            settle(&mut empty, between, time);
            blocks.push(empty);
        }
        let said = block.about.time.map(|time| time.0 / 1_000);
        let later = said.unwrap_or_else(|| time.saturating_add(SECONDS));
        if later <= time {
            return Err(Refused::Time { got: later, before: time });
        }
        (height, time) = (at, later);
        settle(&mut block, height, time);
        blocks.push(block);
    }
    Ok(blocks)
}

fn settle(block: &mut Block, height: u64, seconds: u64) {
    block.about.height = Some(Height(height));
    block.about.time = Some(UnixMillis(seconds.saturating_mul(1_000)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn base() -> Header {
        Header { height: Height(10), time: UnixMillis(500_900), ..Header::default() }
    }

    fn block(height: Option<u64>, seconds: Option<u64>) -> Block {
        let mut block = Block::default();
        block.about.height = height.map(Height);
        block.about.time = seconds.map(|seconds| UnixMillis(seconds * 1_000));
        block
    }

    #[test]
    fn blocks_between_are_filled_in() {
        let wanted = vec![block(None, None), block(Some(14), None), block(None, Some(600))];
        let blocks = in_order(wanted, &base()).unwrap();
        let places: Vec<(u64, u64)> = blocks
            .iter()
            .map(|block| (block.about.height.unwrap().0, block.about.time.unwrap().0 / 1_000))
            .collect();
        assert_eq!(places, [(11, 501), (12, 502), (13, 503), (14, 504), (15, 600)]);
    }

    #[test]
    fn blocks_that_go_back_and_blocks_too_many_are_refused() {
        let code = |wanted| in_order(wanted, &base()).unwrap_err().code();
        assert_eq!(code(vec![block(Some(10), None)]), -38020);
        assert_eq!(code(vec![block(None, Some(500))]), -38021);
        assert_eq!(code(vec![block(Some(267), None)]), -38026);
        assert_eq!(code(vec![block(Some(u64::MAX), None)]), -38026);
        assert_eq!(in_order(vec![block(Some(266), None)], &base()).unwrap().len(), 256);
    }

    proptest! {
        #[test]
        fn heights_rise_by_one_and_times_always(
            wanted in proptest::collection::vec(
                (proptest::option::of(0u64..300), proptest::option::of(0u64..1_000)), 1..9,
            ),
        ) {
            let wanted = wanted.into_iter().map(|(height, time)| block(height, time)).collect();
            let Ok(blocks) = in_order(wanted, &base()) else { return Ok(()) };
            let mut before = (Height(10), UnixMillis(500_000));
            for block in blocks {
                let here = (block.about.height.unwrap(), block.about.time.unwrap());
                prop_assert_eq!(here.0.0, before.0.0 + 1);
                prop_assert!(here.1 > before.1);
                before = here;
            }
            prop_assert!(before.0.0 - 10 <= MOST_BLOCKS as u64);
        }
    }
}
