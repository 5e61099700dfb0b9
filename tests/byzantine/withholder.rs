//! Takes questions and keeps the answers to itself.

use crate::kit::Ping;
use crate::victim::{BAD, HONEST, ask, three};
use bytes::Bytes;
use troupe_runtime::Node;
use troupe_runtime::sim::{Adversary, Sent, node_id};
use troupe_types::Millis;
use troupe_wire::{CallError, Seed, Stream};

/// Drops so many in a hundred of its node's answers, and of what its node sends.
pub(crate) struct Withholder {
    answers: u64,
    messages: u64,
    luck: Stream,
}

impl Withholder {
    pub(crate) fn new(answers: u64, messages: u64) -> Self {
        Self { answers, messages, luck: Seed::from_number(1).stream("withholder") }
    }
}

impl Adversary for Withholder {
    fn sends(&mut self, _: Millis, sent: Sent, out: &mut Vec<Sent>) {
        if !self.luck.chance(self.messages, 100) {
            out.push(sent);
        }
    }

    fn answers(
        &mut self,
        _: &'static str,
        _: u16,
        answer: Result<Bytes, CallError>,
    ) -> Option<Result<Bytes, CallError>> {
        (!self.luck.chance(self.answers, 100)).then_some(answer)
    }
}

#[test]
fn an_asker_waits_for_a_withheld_answer_until_its_deadline_and_no_longer() {
    let (story, diary) = three(1);
    let mut world = story.byzantine(BAD, Withholder::new(100, 0)).open();
    let (outcome, took) = ask(&mut world, HONEST, BAD, 1);
    assert_eq!((outcome, took), (Err(CallError::TimedOut), Millis::secs(20)));
    assert_eq!(diary.numbers(BAD), [1], "it did run: nobody may believe that it did not");
    world.run_for(Millis::secs(1));
    assert_eq!((world.network().open_asks(), world.pending()), (0, 0), "nothing is left of it");
    assert_eq!(ask(&mut world, HONEST, 0, 2).0, Ok(2));
}

#[test]
fn withheld_answers_use_up_their_own_streams_only() {
    let (story, _) = three(2);
    let mut world = story.byzantine(BAD, Withholder::new(100, 0)).open();
    let flood = |node: Node| async move {
        let bad = node.remote::<Ping>(node_id(BAD)).expect("a network");
        let good = node.remote::<Ping>(node_id(0)).expect("a network");
        let stuck = (0..2_000).map(|number| tokio::task::spawn_local(bad.ask(Ping(number))));
        let stuck: Vec<_> = stuck.collect();
        node.clock().alarm(Millis::secs(1)).await;
        let answer = good.ask(Ping(9)).await;
        let at = node.now().mono;
        let mut outcomes = Vec::new();
        for ask in stuck {
            outcomes.push(ask.await.expect("no panic"));
        }
        (answer, at, outcomes)
    };
    let (answer, at, outcomes) = world.call(HONEST, Millis::secs(60), flood).expect("it lives");
    assert_eq!(answer, Ok(9));
    assert!(at <= Millis(1_001), "the other peer answers at once");
    let busy = outcomes.iter().filter(|outcome| **outcome == Err(CallError::Busy)).count();
    let timed_out = outcomes.iter().filter(|outcome| **outcome == Err(CallError::TimedOut)).count();
    // So many may wait for a connection; of these, 96 then had a stream at a time.
    assert_eq!((busy, timed_out), (2_000 - 1_024, 1_024));
    world.run_for(Millis::secs(30));
    assert_eq!(world.network().open_asks(), 0);
}

#[test]
fn a_node_whose_questions_are_swallowed_hears_of_it_in_time() {
    let (story, diary) = three(3);
    let mut world = story.byzantine(BAD, Withholder::new(0, 100)).open();
    let (outcome, took) = ask(&mut world, BAD, 0, 1);
    assert_eq!((outcome, took), (Err(CallError::TimedOut), Millis::secs(20)));
    assert_eq!(diary.numbers(0), [0; 0]);
    world.run_for(Millis::secs(1));
    assert_eq!(world.network().open_asks(), 0);
}
