//! A party that keeps back what it should send to another one, on a chain.

use crate::chain::{agreed, declared_with};
use crate::common::{COMPUTE, run};
use bytes::Bytes;
use troupe_market::duty::Say;
use troupe_market::task::MAX_PUBLISHED;
use troupe_runtime::BulkHeader;
use troupe_runtime::sim::{Adversary, node_id};
use troupe_types::{Millis, NodeId};

/// Keeps back what its node sends to another one, after some chunks.
struct Withholder {
    to: NodeId,
    left: u8,
}

impl Adversary for Withholder {
    fn streams(&mut self, to: NodeId, _: BulkHeader, chunk: Bytes) -> Option<Bytes> {
        if to == self.to {
            self.left = self.left.checked_sub(1)?;
        }
        Some(chunk)
    }
}

#[test]
fn a_message_that_never_came_is_demanded_and_the_other_party_can_show_it() {
    for (seed, left) in (0..).zip([2u8, 3, 5]) {
        let to = node_id(COMPUTE[0]);
        let withholder = Withholder { to, left };
        let (mut world, task, story) =
            declared_with(seed, |scenario| scenario.byzantine(COMPUTE[1], withholder));
        agreed(&mut world, &task);
        assert!(run(&mut world, task.clone()).is_err());
        world.run_for(Millis::secs(20));
        let story = story.lock().unwrap();
        let said: Vec<usize> = story.said.iter().map(|(who, _)| *who).collect();
        assert_eq!(said.len(), 3, "{said:?}");
        assert!(story.said.iter().all(|(_, say)| matches!(say, Say::GivesUp(_))));
        let lost = story.missing.iter().find(|(who, of, _)| (*who, *of) == (COMPUTE[0], 1));
        let (who, _, round) = *lost.unwrap_or_else(|| panic!("{:?}", story.missing));
        // Whoever waits for the one that waits may be as late; of that one it demands what was never sent.
        for (other, of, round) in story.missing.iter().filter(|(other, ..)| *other != who) {
            let seat =
                COMPUTE.iter().zip(0..).find(|(node, _)| *node == other).map(|(_, seat)| seat);
            let to = seat.unwrap();
            let mut sent = story.sent.iter();
            let was_sent = sent.any(|sent| (sent.0, sent.1, sent.2) == (who, to, *round));
            assert!(*of == 0 && !was_sent, "{:?}", story.missing);
        }
        assert!(story.said.contains(&(who, Say::GivesUp(Some(1)))));
        let shown = story
            .sent
            .iter()
            .find(|(by, to, number, _)| (*by, *to, *number) == (COMPUTE[1], 0, round));
        let (.., message) = shown.unwrap_or_else(|| panic!("no round {round}"));
        assert!(message.len() >= 32 && message.len() <= MAX_PUBLISHED);
        assert!(story.sent.iter().all(|(_, _, round, _)| *round > 0), "not the seed");
    }
}
