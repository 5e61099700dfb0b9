//! Whom to ask.

use std::collections::BTreeMap;
use troupe_types::{Millis, NodeId};

/// How many are asked before a question is given up.
pub(crate) const ASKED: usize = 4;
/// How many are asked for what few may have kept.
pub(crate) const MANY: usize = 16;
/// How long somebody who did not answer is asked last, the first time; then after twice as long.
const SOON: Millis = Millis(500);
/// The longest such pause.
const LATE: Millis = Millis::secs(30);
/// How long somebody is left alone whose answer was false.
const LIAR: Millis = Millis::secs(600);

/// What is known of somebody.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    pause: Millis,
    not_before: Millis,
    /// When it was asked last: the load goes round.
    asked: u64,
}

/// Those who may have the chain.
#[derive(Debug, Default)]
pub(crate) struct Peers {
    known: BTreeMap<NodeId, Known>,
    questions: u64,
}

impl Peers {
    /// Whom to ask next, in this order, of those who are there.
    pub(crate) fn choose(
        &mut self,
        there: impl Iterator<Item = NodeId>,
        most: usize,
        now: Millis,
    ) -> Vec<NodeId> {
        let mut chosen: Vec<NodeId> = there.collect();
        chosen.sort_unstable();
        chosen.dedup();
        self.known.retain(|id, _| chosen.binary_search(id).is_ok());
        let known = |id: &NodeId| self.known.get(id).copied().unwrap_or_default();
        chosen.retain(|id| known(id).pause < LIAR || known(id).not_before <= now);
        // Those who are in a pause come last, and are asked all the same when nobody else answers.
        chosen.sort_by_key(|id| (known(id).not_before > now, known(id).asked));
        chosen.truncate(most);
        chosen
    }

    /// Who is left alone because its answer was false.
    pub(crate) fn liars(&self, now: Millis) -> Vec<NodeId> {
        let is_liar = |known: &Known| known.pause >= LIAR && known.not_before > now;
        self.known.iter().filter(|(_, known)| is_liar(known)).map(|(id, _)| *id).collect()
    }

    /// How many questions were asked.
    pub(crate) const fn questions(&self) -> u64 {
        self.questions
    }

    /// Somebody is asked.
    pub(crate) fn asked(&mut self, id: NodeId) {
        self.questions += 1;
        self.known.entry(id).or_default().asked = self.questions;
    }

    /// Somebody answered, and it was true.
    pub(crate) fn answered(&mut self, id: NodeId) {
        let known = self.known.entry(id).or_default();
        (known.pause, known.not_before) = (Millis::ZERO, Millis::ZERO);
    }

    /// Somebody did not answer.
    pub(crate) fn failed(&mut self, id: NodeId, now: Millis) {
        let known = self.known.entry(id).or_default();
        known.pause = Millis(known.pause.0.saturating_mul(2)).at_most(LATE).max(SOON);
        known.not_before = now.plus(known.pause);
    }

    /// Somebody answered what is not true.
    pub(crate) fn lied(&mut self, id: NodeId, now: Millis) {
        let known = self.known.entry(id).or_default();
        (known.pause, known.not_before) = (LIAR, now.plus(LIAR));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(at: u8) -> NodeId {
        NodeId([at; 32])
    }

    #[test]
    fn liars_are_left_alone_and_the_silent_are_asked_last() {
        let (mut peers, now) = (Peers::default(), Millis(1_000));
        let all = || (0..6).map(id);
        assert_eq!(peers.choose(all(), ASKED, now).len(), ASKED);
        peers.lied(id(0), now);
        peers.failed(id(1), now);
        let chosen = peers.choose((0..3).map(id), ASKED, now);
        assert_eq!(chosen, [id(2), id(1)]);
        let later = now.plus(LIAR);
        assert_eq!(peers.choose((0..3).map(id), ASKED, later).len(), 3);
        peers.answered(id(1));
        assert_eq!(peers.choose((1..3).map(id), ASKED, now), [id(1), id(2)]);
    }

    proptest! {
        #[test]
        fn the_load_goes_round(count in 1u8..9, questions in 1usize..40) {
            let mut peers = Peers::default();
            let mut asked = BTreeMap::new();
            for _ in 0..questions {
                let first = peers.choose((0..count).map(id), ASKED, Millis(5))[0];
                peers.asked(first);
                *asked.entry(first).or_insert(0usize) += 1;
            }
            let most = questions.div_ceil(usize::from(count));
            prop_assert!(asked.values().all(|times| *times <= most));
        }
    }
}
