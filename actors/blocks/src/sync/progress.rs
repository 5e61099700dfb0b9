//! Saying how far it is to go.

use crate::shared::Shared;
use troupe_types::{Height, Millis};

/// Fewer blocks than these are no catching up: they come and go with every block.
const NEAR: u64 = 4;
/// From here on people want to know how long it takes.
const FAR: u64 = 32;
/// How often they are told.
const PAUSE: Millis = Millis::secs(5);

/// What is caught up to, and what was last said of it.
#[derive(Debug, Default)]
pub(super) struct Progress {
    target: Option<Height>,
    said: Option<(Millis, Height)>,
}

impl Progress {
    /// Blocks were executed while others are further.
    pub(super) fn came(&mut self, height: Height, target: Height, now: Millis, shared: &Shared) {
        let left = target.since(height);
        if left >= NEAR && self.target.is_none_or(|aimed| target > aimed) {
            self.aim(Some(target), shared);
        }
        if left < FAR {
            return;
        }
        let (at, from) = *self.said.get_or_insert((now, height));
        let took = now.since(at);
        if took < PAUSE {
            return;
        }
        let rate = height.since(from).saturating_mul(1_000) / took.0.max(1);
        let seconds = left.checked_div(rate);
        tracing::info!(
            %height, %target, blocks_per_second = rate, seconds_left = ?seconds, "catching up"
        );
        self.said = Some((now, height));
    }

    /// This block is final here.
    pub(super) fn reached(&mut self, height: Height, shared: &Shared) {
        if self.target.is_some_and(|target| height >= target) {
            self.aim(None, shared);
            self.said = None;
        }
    }

    fn aim(&mut self, target: Option<Height>, shared: &Shared) {
        self.target = target;
        shared.watch.aim(target);
        shared.metrics.aim(target);
    }
}
