//! What peers did that no honest peer does, remembered for a while.

use std::collections::BTreeMap;
use troupe_runtime::Violation;
use troupe_types::{Millis, NodeId};

/// A peer's misdeed, by how much it weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Misdeed {
    /// Bytes that are no frame, no hello, no message.
    Malformed,
    /// More bytes than the message may have.
    Oversized,
    /// A message that this peer may not send.
    NotAllowed,
    /// A bulk stream of a session in which the peer has no part.
    ForeignBulk,
}

impl Misdeed {
    pub(crate) const ALL: [Self; 4] =
        [Self::Malformed, Self::Oversized, Self::NotAllowed, Self::ForeignBulk];

    /// The label in metrics.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Oversized => "oversized",
            Self::NotAllowed => "not_allowed",
            Self::ForeignBulk => "foreign_bulk",
        }
    }

    /// In points; [`Scores::REFUSED`] of them are too many.
    const fn weight(self) -> u64 {
        match self {
            // Two broken messages can be one bad build; three are a habit.
            Self::Malformed | Self::Oversized | Self::NotAllowed => 40,
            // An end of a session that both sides see at different times can look like this.
            Self::ForeignBulk => 10,
        }
    }
}

impl From<Violation> for Misdeed {
    fn from(violation: Violation) -> Self {
        match violation {
            Violation::Oversized { .. } => Self::Oversized,
            Violation::Malformed { .. } => Self::Malformed,
            Violation::NotAllowed { .. } => Self::NotAllowed,
        }
    }
}

/// The table of misdeeds. One point is forgotten every second; who reaches [`Scores::REFUSED`] is
/// refused for the cool-down. At most `capacity` peers are remembered, the worst ones first.
#[derive(Debug)]
pub(crate) struct Scores {
    peers: BTreeMap<NodeId, Score>,
    capacity: usize,
    cool_down: Millis,
}

#[derive(Debug, Clone, Copy, Default)]
struct Score {
    points: u64,
    counted: Millis,
    refused_until: Millis,
}

impl Score {
    fn at(self, now: Millis) -> u64 {
        self.points.saturating_sub(now.since(self.counted).0 / 1_000)
    }

    /// How bad it is to forget this one.
    fn worth(self, now: Millis) -> (bool, u64) {
        (self.refused_until > now, self.at(now))
    }
}

impl Scores {
    /// Points at which a peer is refused.
    pub(crate) const REFUSED: u64 = 100;

    pub(crate) fn new(capacity: usize, cool_down: Millis) -> Self {
        Self { peers: BTreeMap::new(), capacity, cool_down }
    }

    /// Counts a misdeed; true when the peer is refused from now on.
    pub(crate) fn count(&mut self, peer: NodeId, misdeed: Misdeed, now: Millis) -> bool {
        if !self.peers.contains_key(&peer) {
            self.make_room(now);
        }
        let score = self.peers.entry(peer).or_default();
        score.points = score.at(now).saturating_add(misdeed.weight());
        score.counted = now;
        let is_refused = score.points >= Self::REFUSED;
        if is_refused {
            score.refused_until = now.plus(self.cool_down);
            score.points = 0;
        }
        is_refused
    }

    /// Whether a peer is not to be talked to yet.
    pub(crate) fn is_refused(&self, peer: &NodeId, now: Millis) -> bool {
        self.peers.get(peer).is_some_and(|score| score.refused_until > now)
    }

    fn make_room(&mut self, now: Millis) {
        if self.peers.len() < self.capacity {
            return;
        }
        self.peers.retain(|_, score| score.worth(now) > (false, 0));
        if self.peers.len() < self.capacity {
            return;
        }
        let least = self.peers.iter().min_by_key(|(_, score)| score.worth(now));
        if let Some(least) = least.map(|(peer, _)| *peer) {
            self.peers.remove(&least);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const COOL_DOWN: Millis = Millis::secs(60);

    fn peer(number: u8) -> NodeId {
        NodeId([number; 32])
    }

    #[test]
    fn three_broken_messages_in_a_minute_are_too_many() {
        let mut scores = Scores::new(8, COOL_DOWN);
        assert!(!scores.count(peer(1), Misdeed::Malformed, Millis(0)));
        assert!(!scores.count(peer(1), Misdeed::Oversized, Millis::secs(9)));
        assert!(!scores.is_refused(&peer(1), Millis::secs(9)));
        assert!(scores.count(peer(1), Misdeed::NotAllowed, Millis::secs(10)));
        assert!(scores.is_refused(&peer(1), Millis::secs(69)));
        assert!(!scores.is_refused(&peer(1), Millis::secs(70)));
        assert!(!scores.is_refused(&peer(2), Millis::secs(11)));
    }

    #[test]
    fn an_old_misdeed_is_forgotten() {
        let mut scores = Scores::new(8, COOL_DOWN);
        for minute in 0..20 {
            let now = Millis::secs(60 * minute);
            assert!(!scores.count(peer(1), Misdeed::Malformed, now), "minute {minute}");
        }
    }

    #[test]
    fn a_full_table_forgets_the_best_first() {
        let mut scores = Scores::new(2, COOL_DOWN);
        for _ in 0..3 {
            scores.count(peer(1), Misdeed::Malformed, Millis(1));
        }
        scores.count(peer(2), Misdeed::ForeignBulk, Millis(1));
        scores.count(peer(3), Misdeed::Malformed, Millis(1));
        assert!(scores.is_refused(&peer(1), Millis(2)));
        assert_eq!(scores.peers.keys().copied().collect::<Vec<_>>(), [peer(1), peer(3)]);
    }

    proptest! {
        #[test]
        fn the_table_never_grows_past_its_capacity(
            deeds in proptest::collection::vec((any::<u8>(), 0usize..4, 0u64..5_000), 0..300),
        ) {
            let mut scores = Scores::new(16, COOL_DOWN);
            let mut now = Millis(0);
            for (who, deed, pause) in deeds {
                now = now.plus(Millis(pause));
                scores.count(peer(who), Misdeed::ALL[deed], now);
                prop_assert!(scores.peers.len() <= 16);
            }
        }
    }
}
