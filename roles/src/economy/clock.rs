//! When a settlement epoch begins, in words.

use super::abi::Staking::{self, getCalendarReturn as Calendar};
use super::words::span;
use super::{Asker, Facts};
use crate::exit::Outcome;
use crate::rpc::number;
use serde_json::json;
use troupe_staking::contract;

/// Where the chain is in its settlement epochs. No contract says how long they are: what is to come is guessed by those that
/// were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clock {
    /// The one that goes on, from 1.
    pub(crate) epoch: u64,
    /// The round that goes on.
    pub(crate) round: u64,
    /// When it began, in milliseconds since 1970.
    began: u64,
    /// When the last block was made.
    now: u64,
    /// How long they were so far; none where the first one goes on.
    length: Option<u64>,
}

impl Clock {
    /// Asks for it.
    pub(crate) async fn read(asker: &Asker<'_>) -> Outcome<Self> {
        let calendar = asker.ask(contract::STAKING, Staking::getCalendarCall {}).await?;
        let now = asker.client().head().await?.time.saturating_mul(1_000);
        let first = json!(["0x0", false]);
        let first = asker.client().call("eth_getBlockByNumber", first).await;
        // A node that does not have the first block any more says so.
        let first = first.ok().and_then(|block| number(block.get("timestamp")?));
        Ok(Self::at(&calendar, now, first.map(|seconds| seconds.saturating_mul(1_000))))
    }

    fn at(calendar: &Calendar, now: u64, first: Option<u64>) -> Self {
        let Calendar { epoch, began, round, .. } = *calendar;
        let ended = epoch.saturating_sub(1);
        let length = first.and_then(|first| began.saturating_sub(first).checked_div(ended));
        Self { epoch, round, began, now, length }
    }

    /// When a settlement epoch begins: `epoch 12, in about 2 h`.
    pub(crate) fn when(&self, epoch: u64) -> String {
        match epoch.checked_sub(self.epoch) {
            None | Some(0) => format!("epoch {epoch}, now"),
            Some(to_go) => match self.length {
                Some(length) => {
                    let begins = self.began.saturating_add(length.saturating_mul(to_go));
                    format!("epoch {epoch}, {}", self.away(begins))
                }
                None => format!("epoch {epoch}, in {to_go} settlement epochs"),
            },
        }
    }

    /// How far away a time is, in milliseconds since 1970.
    pub(crate) fn away(&self, time: u64) -> String {
        match time.checked_sub(self.now) {
            Some(0) => "now".to_owned(),
            Some(left) => format!("in about {}", span(left)),
            None => format!("about {} ago", span(self.now.saturating_sub(time))),
        }
    }

    /// For the head of a list.
    pub(crate) fn facts(&self) -> Facts {
        Facts::default().number("epoch", self.epoch).number("round", self.round)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(epoch: u64, began: u64) -> Calendar {
        Calendar { epoch, began, round: 9, firstRound: 8, cycle: 1, cycleEnds: u64::MAX }
    }

    #[test]
    fn what_is_to_come_is_guessed_by_what_was() {
        let hour = 3_600_000;
        let clock = Clock::at(&calendar(5, 9 * hour), 10 * hour, Some(hour));
        assert_eq!(clock.length, Some(2 * hour));
        assert_eq!(clock.when(7), "epoch 7, in about 3 h");
        assert_eq!(clock.when(5), "epoch 5, now");
        assert_eq!(clock.when(1), "epoch 1, now");
        assert_eq!(
            (clock.away(10 * hour), clock.away(8 * hour)),
            ("now".into(), "about 2 h ago".into())
        );
    }

    #[test]
    fn where_nothing_was_epochs_are_counted() {
        for first in [None, Some(100)] {
            let clock = Clock::at(&calendar(1, 100), 200, first);
            assert_eq!(clock.when(4), "epoch 4, in 3 settlement epochs");
        }
    }

    #[test]
    fn no_calendar_is_too_strange() {
        for (epoch, began) in [(0, 0), (u64::MAX, u64::MAX), (2, u64::MAX), (2, 0)] {
            let clock = Clock::at(&calendar(epoch, began), 7, Some(u64::MAX));
            let _ = (clock.when(u64::MAX), clock.when(0), clock.away(u64::MAX));
        }
    }
}
