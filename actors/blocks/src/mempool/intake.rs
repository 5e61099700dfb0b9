//! Envelopes that wait until somebody finds out who signed them.

use super::Submit;
use std::collections::{BTreeMap, VecDeque};
use troupe_chain::gossip::Source;
use troupe_runtime::Reply;
use troupe_types::Bytes;

/// How much may wait of the users of this process, and of each peer.
const OF_USERS: (usize, Bytes) = (8_192, Bytes::mib(16));
const OF_A_PEER: (usize, Bytes) = (2_048, Bytes::mib(1));

/// An envelope, and who is to be told what came of it.
pub(super) struct Incoming {
    pub(super) envelope: Vec<u8>,
    pub(super) source: Source,
    pub(super) reply: Option<Reply<Submit>>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Incoming>,
    bytes: usize,
}

/// A queue for each source; all get their share of every batch.
#[derive(Default)]
pub(super) struct Intake(BTreeMap<Source, Queue>);

impl Intake {
    /// Lets one wait, or gives it back.
    pub(super) fn push(&mut self, incoming: Incoming) -> Result<(), Incoming> {
        let (count, bytes) = match incoming.source {
            Source::Local => OF_USERS,
            Source::Peer(_) => OF_A_PEER,
        };
        let queue = self.0.entry(incoming.source).or_default();
        let size = incoming.envelope.len();
        if queue.waiting.len() >= count || queue.bytes + size > bytes.as_usize() {
            return Err(incoming);
        }
        queue.bytes += size;
        queue.waiting.push_back(incoming);
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next ones, at most so many: of each source as many as of every other while it has them.
    pub(super) fn take(&mut self, most: usize) -> Vec<Incoming> {
        let mut taken = Vec::new();
        while taken.len() < most && !self.0.is_empty() {
            let share = ((most - taken.len()) / self.0.len()).max(1);
            for queue in self.0.values_mut() {
                let count = share.min(queue.waiting.len()).min(most - taken.len());
                for one in queue.waiting.drain(..count) {
                    queue.bytes -= one.envelope.len();
                    taken.push(one);
                }
            }
            self.0.retain(|_, queue| !queue.waiting.is_empty());
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use troupe_types::NodeId;

    fn incoming(who: u8, size: usize) -> Incoming {
        let source = if who == 0 { Source::Local } else { Source::Peer(NodeId([who; 32])) };
        Incoming { envelope: vec![who; size], source, reply: None }
    }

    proptest! {
        #[test]
        fn every_source_gets_its_share_in_order_and_nothing_is_lost(
            counts in proptest::collection::vec(0usize..300, 1..6),
            most in 1usize..200,
        ) {
            let mut intake = Intake::default();
            for (who, count) in counts.iter().enumerate() {
                for size in 0..*count {
                    let one = incoming(u8::try_from(who).unwrap(), size);
                    prop_assert!(intake.push(one).is_ok());
                }
            }
            let mut left = counts.clone();
            let mut next = vec![0; counts.len()];
            while !intake.is_empty() {
                let fair = most / left.iter().filter(|left| **left > 0).count();
                let taken = intake.take(most);
                prop_assert_eq!(taken.len(), most.min(left.iter().sum()));
                let mut got = vec![0; counts.len()];
                for one in taken {
                    let who = match one.source {
                        Source::Local => 0,
                        Source::Peer(peer) => usize::from(peer.0[0]),
                    };
                    prop_assert_eq!(one.envelope.len(), next[who]);
                    next[who] += 1;
                    got[who] += 1;
                }
                for (got, left) in got.iter().zip(&mut left) {
                    prop_assert!(*got >= fair.min(*left));
                    *left -= got;
                }
            }
            prop_assert_eq!(next, counts);
        }
    }

    #[test]
    fn a_flooding_peer_fills_its_own_queue_and_no_other() {
        let mut intake = Intake::default();
        let flood = (0..10_000).filter(|_| intake.push(incoming(1, 100)).is_ok()).count();
        assert_eq!(flood, OF_A_PEER.0);
        let large = (0..100).filter(|_| intake.push(incoming(2, 100_000)).is_ok()).count();
        assert_eq!(large, 10);
        assert!(intake.push(incoming(0, 100)).is_ok());
        assert!(intake.push(incoming(3, 100)).is_ok());
    }
}
