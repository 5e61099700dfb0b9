//! Sends as much as it can of what it may send.

use crate::kit::{Diary, Note, Ping, Recorder};
use crate::victim::{BAD, HONEST, VICTIM, ask, metric, request, three};
use troupe_runtime::sim::{Adversary, Scenario, Sent, Wants, node_id};
use troupe_runtime::{Actor, Node, Queue, Request, Spec};
use troupe_tests::seeds;
use troupe_types::{Bytes, Millis};

/// Tells and asks a victim so many times each millisecond.
pub(crate) struct Flooder {
    victim: usize,
    each: u64,
    until: Millis,
}

impl Flooder {
    pub(crate) fn new(victim: usize, each: u64, until: Millis) -> Self {
        Self { victim, each, until }
    }
}

impl Adversary for Flooder {
    fn acts(&mut self, now: Millis, out: &mut Vec<Sent>) -> Option<Millis> {
        let to = node_id(self.victim);
        let sent = |request: Request, wants| Sent { after: Millis::ZERO, to, request, wants };
        for number in 0..self.each {
            out.push(sent(request(&Note(number)), Wants::Nothing));
            out.push(sent(request(&Ping(number)), Wants::Answer));
        }
        (now < self.until).then(|| now.plus(Millis(1)))
    }
}

/// What may wait for the victim's recorder.
const QUEUE: Queue = Queue { messages: 100, bytes: Bytes::kib(16) };

/// Like the other stories, with a victim whose queue is small and which falls every second.
fn fragile(seed: u64) -> (Scenario, Diary) {
    let diary = Diary::default();
    let kept = diary.clone();
    let story = Scenario::seed(seed).nodes(3).run_actors(move |stage| {
        let recorder = kept.recorder(stage.number());
        let spec = Spec::new(move |_| Ok(recorder())).queue(QUEUE);
        stage.node().spawn(spec).serve::<Note>()?.serve::<Ping>().map(drop)
    });
    (story, diary)
}

#[test]
fn a_flood_fills_no_more_than_the_queue_of_an_actor_that_does_not_read() {
    seeds::each(1..=5, |seed| {
        let (story, _) = fragile(seed);
        let flooder = Flooder::new(VICTIM, 100, Millis(400));
        let mut world = story.byzantine(BAD, flooder).open();
        world.run_for(Millis(10));
        // A fall: for the next 50 ms nothing is read, and about 10,000 messages arrive.
        let fall = |node: Node| async move {
            drop(node.link::<Note>(Recorder::KIND).tell(Note(Recorder::FALL)));
        };
        world.call(VICTIM, Millis::ZERO, fall).expect("it lives");
        let mut deepest = 0;
        for _ in 0..45 {
            world.run_for(Millis(1));
            let depth = metric(&world, VICTIM, "troupe_actor_queue_depth{actor=\"recorder\"}");
            let bytes = metric(&world, VICTIM, "troupe_actor_queue_bytes{actor=\"recorder\"}");
            assert!(depth <= u64::from(QUEUE.messages) && bytes <= QUEUE.bytes.0);
            deepest = deepest.max(depth);
        }
        assert!(deepest >= 90, "the flood did fill the queue: {deepest}");
        world.run_for(Millis::secs(2));
        assert_eq!(ask(&mut world, HONEST, VICTIM, 7).0, Ok(7), "and then life goes on");
        assert_eq!(world.network().open_asks(), 0);
    });
}

#[test]
fn honest_asks_are_answered_in_time_during_a_flood() {
    let (story, _) = three(1);
    let flooder = Flooder::new(VICTIM, 50, Millis::secs(3));
    let mut world = story.byzantine(BAD, flooder).open();
    world.run_for(Millis(100));
    for number in 0..200 {
        let (outcome, took) = ask(&mut world, HONEST, VICTIM, number);
        assert_eq!(outcome, Ok(number));
        assert!(took <= Millis(1), "two ways of at most 150 us took {took}");
        world.run_for(Millis(10));
    }
}

#[test]
fn a_flood_to_a_node_that_does_not_hear_stays_within_what_may_be_under_way() {
    let (story, _) = three(2);
    let flooder = Flooder::new(VICTIM, 100, Millis::secs(4));
    let mut world = story.byzantine(BAD, flooder).at(Millis(500)).pause(VICTIM).open();
    let mut most = 0;
    for _ in 0..400 {
        world.run_for(Millis(10));
        let burden = world.network().burden(VICTIM);
        assert!(burden.messages <= 4_096 && burden.bytes <= Bytes::mib(4), "{burden:?}");
        assert!(world.network().open_asks() <= 96 + 1_024);
        most = most.max(burden.messages);
    }
    assert_eq!(most, 4_096, "the flood did fill what there is");
}
