//! Bulk streams in the simulated network: ordered, bounded by credit, ended at both ends.

use bytes::Bytes;
use std::sync::{Arc, Mutex};
use troupe_runtime::sim::{Scenario, Stage, World, node_id};
use troupe_runtime::{
    Actor, Build, BulkEvent, BulkHeader, BulkKind, BulkSink, Cx, Error, FIRST_CREDIT, Fault,
    Handle, MAX_CHUNK, Node, Queue, Reply, Spec,
};
use troupe_types::{Bytes as Size, Millis, SessionId};
use troupe_wire::{CallError, Message};

const SESSION: SessionId = SessionId([7; 16]);
const HEADER: BulkHeader = BulkHeader { session: SESSION, lane: 3 };

/// What the ends of a stream heard.
#[derive(Debug, Clone, Default)]
struct Heard(Arc<Mutex<Vec<(usize, String)>>>);

impl Heard {
    fn at(&self, node: usize) -> Vec<String> {
        let heard = self.0.lock().expect("one thread");
        heard.iter().filter(|(at, _)| *at == node).map(|(_, what)| what.clone()).collect()
    }

    /// The bytes that a node received.
    fn bytes(&self, node: usize) -> usize {
        let chunks = self.at(node).into_iter();
        chunks.filter_map(|what| what.strip_prefix("chunk ")?.parse::<usize>().ok()).sum()
    }
}

/// Sends `left` bytes as its credit allows; a receiver just listens.
struct Porter {
    heard: Heard,
    node: usize,
    sink: Option<Box<dyn BulkSink>>,
    left: usize,
    sent: u8,
}

impl Actor for Porter {
    const KIND: &'static str = "porter";
}

/// Makes a porter send so many bytes to a node.
struct Carry(usize, usize);

impl Message for Carry {
    type Reply = Result<(), CallError>;
    const NAME: &'static str = "carry";
}

impl Porter {
    fn push(&mut self) {
        while let Some(sink) = self.sink.as_mut().filter(|_| self.left > 0) {
            let length = self.left.min(MAX_CHUNK);
            let chunk = Bytes::from(vec![self.sent; length]);
            if sink.send(chunk) == Err(CallError::Busy) {
                return;
            }
            self.left -= length;
            self.sent = self.sent.wrapping_add(1);
        }
        if let Some(sink) = self.sink.take() {
            sink.finish();
        }
    }
}

impl Handle<Carry> for Porter {
    fn handle(
        &mut self,
        Carry(to, bytes): Carry,
        reply: Reply<Carry>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let events = cx.myself::<BulkEvent>();
        let transport = cx.node().transport().expect("a network");
        let opened = transport.open_bulk(node_id(to), HEADER, events);
        let outcome = opened.map(|sink| {
            (self.sink, self.left) = (Some(sink), bytes);
            self.push();
        });
        reply.send(outcome, cx);
        Ok(())
    }
}

impl Handle<BulkEvent> for Porter {
    fn handle(
        &mut self,
        event: BulkEvent,
        _: Reply<BulkEvent>,
        _: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        assert_eq!((event.session, event.lane), (SESSION, HEADER.lane));
        let said = match event.kind {
            BulkKind::Opened => "opened".to_owned(),
            BulkKind::Chunk(bytes) => {
                assert!(bytes.iter().all(|byte| *byte == self.sent), "chunks come in order");
                self.sent = self.sent.wrapping_add(1);
                format!("chunk {}", bytes.len())
            }
            BulkKind::Finished => "finished".to_owned(),
            BulkKind::Credit(_) => {
                self.push();
                return Ok(());
            }
            BulkKind::Lost(why) => {
                self.sink = None;
                format!("lost: {why}")
            }
        };
        self.heard.0.lock().expect("one thread").push((self.node, said));
        Ok(())
    }
}

/// Puts a porter on a node; without a queue worth the name it takes one event at a time.
fn porter(heard: &Heard, stage: &Stage<'_>, queue: Queue) -> Result<(), Error> {
    let (heard, node) = (heard.clone(), stage.number());
    let make = move |_: &Build<'_>| {
        Ok(Porter { heard: heard.clone(), node, sink: None, left: 0, sent: 0 })
    };
    stage.node().spawn(Spec::new(make).queue(queue)).accept::<Carry>().accept::<BulkEvent>();
    Ok(())
}

fn porters(seed: u64, queue: Queue) -> (Scenario, Heard) {
    let heard = Heard::default();
    let kept = heard.clone();
    let story = Scenario::seed(seed).nodes(3).run_actors(move |stage| porter(&kept, stage, queue));
    (story, heard)
}

fn carry(world: &mut World, to: usize, bytes: usize) -> Result<(), CallError> {
    let ask =
        move |node: Node| async move { node.link::<Carry>("porter").ask(Carry(to, bytes)).await };
    world.call(0, Millis::ZERO, ask).expect("the porter lives").expect("it answers at once")
}

/// Lets node 0 open streams of the session at `node`, for as long as the world lives.
fn admit(world: &World, node: usize) {
    let node = world.node(node).expect("it runs");
    let events = node.link::<BulkEvent>("porter");
    let kept = node.bulk().register(SESSION, vec![node_id(0)], events).expect("it is free");
    std::mem::forget(kept);
}

#[test]
fn a_stream_arrives_whole_in_order_and_ends() {
    let (story, heard) = porters(1, Queue::default());
    let mut world = story.open();
    admit(&world, 1);
    carry(&mut world, 1, 5_000_000).expect("it opens");
    world.run_for(Millis::secs(10));
    let said = heard.at(1);
    assert_eq!((said[0].as_str(), said[said.len() - 1].as_str()), ("opened", "finished"));
    assert_eq!(heard.bytes(1), 5_000_000);
    assert_eq!(heard.at(0), [""; 0], "the sender heard of nothing but credit");
    assert_eq!(world.pending(), 0);
}

#[test]
fn a_receiver_that_does_not_read_stops_its_sender() {
    let (story, heard) = porters(2, Queue { messages: 2, bytes: Size::mib(1) });
    let mut world = story.at(Millis::secs(2)).pause(1).resume_after(Millis::secs(1)).open();
    admit(&world, 1);
    world.run_for(Millis::secs(2));
    carry(&mut world, 1, 20_000_000).expect("it opens");
    // The connection stands, the receiver is frozen: no more is under way than was granted.
    world.run_for(Millis(900));
    assert_eq!(heard.bytes(1), 0);
    world.run_for(Millis::secs(30));
    assert_eq!(heard.bytes(1), 20_000_000);
}

#[test]
fn no_more_than_the_credit_is_taken_and_no_chunk_larger_than_the_largest() {
    let (story, _) = porters(3, Queue::default());
    let mut world = story.open();
    let overdraw = |node: Node| async move {
        let events = node.link::<BulkEvent>("porter");
        let transport = node.transport().expect("a network");
        let mut sink = transport.open_bulk(node_id(1), HEADER, events).expect("it opens");
        let too_large = sink.send(Bytes::from(vec![0; MAX_CHUNK + 1]));
        let mut taken = 0;
        while sink.send(Bytes::from(vec![0; 60_000])).is_ok() {
            taken += 60_000;
        }
        (too_large, taken, sink.send(Bytes::from(vec![0; 60_000])))
    };
    let (too_large, taken, refused) = world.call(0, Millis::ZERO, overdraw).expect("it lives");
    assert_eq!((too_large, refused), (Err(CallError::Unsupported), Err(CallError::Busy)));
    assert!(taken <= FIRST_CREDIT && taken + 60_000 > FIRST_CREDIT);
}

#[test]
fn a_stream_waits_for_its_session_and_not_for_ever() {
    let (story, heard) = porters(4, Queue::default());
    let mut world = story.open();
    carry(&mut world, 1, 1_000).expect("it opens");
    carry(&mut world, 2, 1_000).expect("it opens");
    world.run_for(Millis::secs(5));
    admit(&world, 1);
    world.run_for(Millis::secs(1));
    assert_eq!(heard.at(1), ["opened", "chunk 1000", "finished"]);
    world.run_for(Millis::secs(5));
    assert_eq!(heard.at(2), [""; 0]);
    world.run_for(Millis::secs(1));
    assert_eq!(world.pending(), 0);
}

#[test]
fn a_stream_of_a_session_that_is_not_the_peers_is_refused_and_counted() {
    let (story, heard) = porters(5, Queue::default());
    let mut world = story.open();
    let node = world.node(1).expect("it runs");
    let events = node.link::<BulkEvent>("porter");
    let kept = node.bulk().register(SESSION, vec![node_id(2)], events).expect("it is free");
    carry(&mut world, 1, 2_000_000).expect("it opens");
    world.run_for(Millis::secs(1));
    assert_eq!(heard.at(0), ["lost: unsupported"]);
    assert_eq!(heard.at(1), [""; 0]);
    assert_eq!(world.network().burden(1).violations[&0], 1);
    drop(kept);
}

#[test]
fn both_ends_hear_of_a_broken_stream() {
    let (story, heard) = porters(6, Queue::default());
    let mut world = story.at(Millis(1_010)).partition([[0]]).at(Millis::secs(20)).crash(1).open();
    admit(&world, 1);
    world.run_for(Millis::secs(1));
    carry(&mut world, 1, 50_000_000).expect("it opens");
    world.run_for(Millis::secs(10));
    assert_eq!(heard.at(0), ["lost: lost"]);
    assert_eq!(heard.at(1).last().map(String::as_str), Some("lost: lost"));
    assert!(heard.bytes(1) < 50_000_000);
}

#[test]
fn a_sender_that_gives_up_resets_its_stream() {
    let (story, heard) = porters(7, Queue::default());
    let mut world = story.open();
    admit(&world, 1);
    let give_up = |node: Node| async move {
        let events = node.link::<BulkEvent>("porter");
        let transport = node.transport().expect("a network");
        let mut sink = transport.open_bulk(node_id(1), HEADER, events).expect("it opens");
        node.clock().alarm(Millis(50)).await;
        sink.send(Bytes::from_static(&[0; 10])).expect("there is credit");
        node.clock().alarm(Millis(100)).await;
    };
    world.call(0, Millis::secs(1), give_up).expect("it lives");
    world.run_for(Millis::secs(1));
    assert_eq!(heard.at(1), ["opened", "chunk 10", "lost: lost"]);
    assert_eq!(world.pending(), 0);
}
